#include "pipeline/filing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/text.h"

#define FOLDER_MODE 0777
#define FILE_MODE   0644

static const char *const folders[] = {
    [OUTCOME_DONE] = "done", [OUTCOME_DUPLICATE] = "duplicate", [OUTCOME_FAILED] = "failed"};
#define FOLDERS (sizeof folders / sizeof folders[0])

int filing_fail(const char *path, const char *what, struct reason *reason)
{
    int error = errno;
    char shown[REASON_SIZE / 2];
    text_show(path, strlen(path), shown, sizeof shown);
    reason_set(reason, "%s: %s: %s", shown, what, strerror(error));
    return -1;
}

int filing_path(char path[FILING_PATH_SIZE], const char *folder, const char *name)
{
    int len = snprintf(path, FILING_PATH_SIZE, "%s/%s", folder, name);
    if (len >= 0 && len < FILING_PATH_SIZE)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

bool filing_in_place(const struct filing *filing)
{
    return filing->report_dir[0] != '\0';
}

void filing_folder(const struct filing *filing, enum feed_outcome outcome,
                   char path[FILING_PATH_SIZE])
{
    if (filing_in_place(filing))
        snprintf(path, FILING_PATH_SIZE, "%s", filing->report_dir);
    else
        (void)filing_path(path, filing->folder, folders[outcome]);
}

/* What the unfinished files of this program begin with. */
static int scratch_prefix(const struct filing *filing, char prefix[WATCH_NAME_SIZE])
{
    return snprintf(prefix, WATCH_NAME_SIZE, ".%s.", filing->service);
}

static int make_folder(const char *path)
{
    return mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST ? 0 : -1;
}

int filing_scratch(const struct filing *filing, enum feed_outcome outcome,
                   char path[FILING_PATH_SIZE], struct reason *reason)
{
    char folder[FILING_PATH_SIZE], name[WATCH_NAME_SIZE];
    uint64_t random = 0;
    filing_folder(filing, outcome, folder);
    int len = scratch_prefix(filing, name);
    if (make_folder(folder) != 0)
        return filing_fail(folder, "cannot be made", reason);
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return filing_fail(folder, "no random number for a name", reason);
    snprintf(name + len, sizeof name - (size_t)len, "%016" PRIx64, random);
    return filing_path(path, folder, name) == 0
               ? 0
               : filing_fail(folder, "cannot be written to", reason);
}

/* At the start. */

static int try_writing(const struct filing *filing, enum feed_outcome outcome,
                       struct reason *reason)
{
    char path[FILING_PATH_SIZE];
    if (filing_scratch(filing, outcome, path, reason) != 0)
        return -1;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return filing_fail(path, "cannot be written", reason);
    close(fd);
    unlink(path);
    return 0;
}

/* To move a file out of a folder is to write to that folder. */
static int check_moving(const struct filing *filing, struct reason *reason)
{
    if (faccessat(AT_FDCWD, filing->folder, W_OK | X_OK, AT_EACCESS) != 0)
        return filing_fail(filing->folder, "files cannot be moved out of it", reason);
    for (size_t i = 0; i < FOLDERS; i++)
        if (try_writing(filing, (enum feed_outcome)i, reason) != 0)
            return -1;
    return 0;
}

static enum exit_code check_report_dir(const struct filing *filing, struct reason *reason)
{
    struct stat reports, watched;
    if (try_writing(filing, OUTCOME_DONE, reason) != 0)
        return EXIT_CONFIGURATION;
    if (stat(filing->report_dir, &reports) != 0 || stat(filing->folder, &watched) != 0 ||
        reports.st_dev != watched.st_dev || reports.st_ino != watched.st_ino)
        return EXIT_ALL_ACCOUNTED;
    reason_set(reason, "%s is the watched folder: its reports would be taken for feeds",
               filing->report_dir);
    return EXIT_CONFIGURATION;
}

static int check_folder(const char *path, struct reason *reason)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return filing_fail(path, "cannot be watched", reason);
    close(fd);
    return 0;
}

enum exit_code filing_check(const struct filing *filing, struct reason *reason)
{
    if (check_folder(filing->folder, reason) != 0)
        return EXIT_NO_FEED;
    if (filing_in_place(filing)) {
        enum exit_code code = check_report_dir(filing, reason);
        if (code != EXIT_ALL_ACCOUNTED)
            reason_prefix(reason, "REPORT_DIR");
        return code;
    }
    if (check_moving(filing, reason) == 0)
        return EXIT_ALL_ACCOUNTED;
    struct reason why = *reason;
    reason_set(
        reason,
        "%.300s (user %u, group %u). Let this user write there; or, if the folder is to stay "
        "as it is, set REPORT_DIR to a folder for the reports: then no file is moved",
        why.text, (unsigned)geteuid(), (unsigned)getegid());
    return EXIT_CONFIGURATION;
}

static void sweep(const char *folder, const char *prefix)
{
    DIR *listing = opendir(folder);
    if (listing == NULL)
        return;
    const struct dirent *entry;
    while ((entry = readdir(listing)) != NULL)
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
            unlinkat(dirfd(listing), entry->d_name, 0);
    closedir(listing);
}

void filing_sweep(const struct filing *filing)
{
    char prefix[WATCH_NAME_SIZE], folder[FILING_PATH_SIZE];
    scratch_prefix(filing, prefix);
    for (size_t i = 0; i < FOLDERS; i++) {
        filing_folder(filing, (enum feed_outcome)i, folder);
        sweep(folder, prefix);
    }
}
