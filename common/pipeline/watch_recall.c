#include "pipeline/watch_recall.h"

#include <dirent.h>
#include <string.h>

#define REPORT_END ".report.json"

static bool is_report(const char *name)
{
    size_t len = strlen(name), end = strlen(REPORT_END);
    return name[0] != '.' && len > end && strcmp(name + len - end, REPORT_END) == 0;
}

/* Whether what it says is about the file that has this name now. */
static bool holds(const struct filing *filing, const struct feed_report_head *head)
{
    char path[FILING_PATH_SIZE];
    struct feed_file now;
    if (strchr(head->file, '/') != NULL || filing_path(path, filing->folder, head->file) != 0 ||
        file_identify(path, &now) != 0)
        return false;
    if (head->changed)
        return now.device == head->which.device && now.inode == head->which.inode;
    return feed_file_equal(&now, &head->which);
}

static void recall(const struct filing *filing, const char *name, const char *topic,
                   struct watch_table *table)
{
    struct feed_report_head head;
    char path[FILING_PATH_SIZE];
    if (filing_path(path, filing->report_dir, name) != 0 || filing_read_report(path, &head) != 0 ||
        strcmp(head.topic, topic) != 0 || !holds(filing, &head))
        return;
    (void)watch_table_recall(table, head.file, &head.which, head.changed);
}

void watch_recall(const struct filing *filing, const char *topic, struct watch_table *table)
{
    DIR *listing = opendir(filing->report_dir);
    const struct dirent *entry;
    while (listing != NULL && (entry = readdir(listing)) != NULL)
        if (is_report(entry->d_name))
            recall(filing, entry->d_name, topic, table);
    if (listing != NULL)
        closedir(listing);
}
