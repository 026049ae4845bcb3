#include "pipeline/watch_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"
#include "pipeline/filing.h"
#include "pipeline/watch_names.h"
#include "service/log.h"

#define EVENTS_BYTES (64 * 1024)

void watch_folder_init(struct watch_folder *folder, const char *path)
{
    *folder = (struct watch_folder){.path = path, .notify_fd = -1, .watch = -1, .lock_fd = -1};
}

bool watch_folder_lock(struct watch_folder *folder)
{
    if (folder->lock_fd < 0)
        folder->lock_fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder->lock_fd < 0 || flock(folder->lock_fd, LOCK_EX | LOCK_NB) == 0 ||
           errno != EWOULDBLOCK;
}

/* Before it is listed, so that nothing falls between the two. */
static void ensure_watch(struct watch_folder *folder)
{
    if (folder->notify_fd < 0)
        folder->notify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (folder->notify_fd >= 0 && folder->watch < 0)
        folder->watch = inotify_add_watch(folder->notify_fd, folder->path,
                                          IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR |
                                              IN_DELETE_SELF | IN_MOVE_SELF);
}

static void say(const char *name, const char *why)
{
    char shown[4 * WATCH_NAME_SIZE];
    text_show(name, strlen(name), shown, sizeof shown);
    log_event(LOG_WARN_LEVEL, "left-alone", "file", shown, "why", why, NULL);
}

/* Folders are for other things: done/ is one. A link would be moved, and what it points to would not. */
static void look_at_strange(struct watch_table *table, const char *name, mode_t mode)
{
    if (!S_ISDIR(mode) && watch_table_see_strange(table, name))
        say(name, S_ISLNK(mode) ? "a link; only files are taken" : "no file");
}

static void say_full(struct watch_folder *folder)
{
    if (!folder->full)
        log_say(LOG_WARN_LEVEL, "watch-full",
                "more files than can be remembered: the others have to wait for room");
    folder->full = true;
}

void watch_folder_look(struct watch_folder *folder, struct watch_table *table, const char *name,
                       bool closed, int64_t now_ms)
{
    char path[FILING_PATH_SIZE];
    struct stat status;
    struct feed_file which;
    if (watch_leaves_alone(name) || filing_path(path, folder->path, name) != 0)
        return;
    if (lstat(path, &status) != 0) {
        watch_table_forget(table, name);
        return;
    }
    if (!S_ISREG(status.st_mode))
        look_at_strange(table, name, status.st_mode);
    else if (file_identify(path, &which) == 0 &&
             watch_table_see(table, name, &which, closed, now_ms) != 0)
        say_full(folder);
}

int watch_folder_list(struct watch_folder *folder, struct watch_table *table, int64_t now_ms,
                      struct reason *reason)
{
    ensure_watch(folder);
    DIR *listing = opendir(folder->path);
    const struct dirent *entry;
    if (listing == NULL)
        return filing_fail(folder->path, "cannot be listed", reason);
    watch_table_list(table);
    folder->full = false;
    errno = 0;
    while ((entry = readdir(listing)) != NULL) {
        watch_folder_look(folder, table, entry->d_name, false, now_ms);
        errno = 0;
    }
    int error = errno;
    closedir(listing);
    errno = error;
    if (error != 0)
        return filing_fail(folder->path, "cannot be listed", reason);
    watch_table_listed(table);
    return 0;
}

/* Whether all is known still. */
static bool take_event(struct watch_folder *folder, struct watch_table *table,
                       const struct inotify_event *event, int64_t now_ms)
{
    if (event->mask & (IN_IGNORED | IN_MOVE_SELF | IN_DELETE_SELF | IN_UNMOUNT)) {
        if (event->wd == folder->watch && !(event->mask & IN_IGNORED))
            (void)inotify_rm_watch(folder->notify_fd, folder->watch);
        if (event->wd == folder->watch)
            folder->watch = -1;
        return false;
    }
    if (event->mask & IN_Q_OVERFLOW)
        return false;
    if (event->wd == folder->watch && event->len > 0)
        watch_folder_look(folder, table, event->name, true, now_ms);
    return true;
}

bool watch_folder_read(struct watch_folder *folder, struct watch_table *table, int64_t now_ms)
{
    static alignas(struct inotify_event) char events[EVENTS_BYTES];
    bool known = true;
    ssize_t got;
    while (folder->notify_fd >= 0 && (got = read(folder->notify_fd, events, sizeof events)) > 0) {
        const char *at = events;
        while (at < events + got) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
            known &= take_event(folder, table, event, now_ms);
            at += sizeof *event + event->len;
        }
    }
    return !known;
}

void watch_folder_release(struct watch_folder *folder)
{
    if (folder->notify_fd >= 0)
        close(folder->notify_fd);
    if (folder->lock_fd >= 0)
        close(folder->lock_fd);
}
