/* What happens in a folder. The kernel tells it at once where it can (inotify); where it cannot, on NFS
 * and in the mounts of Docker Desktop, and for what was there before, the folder is listed.
 *
 * The folder may go away and come back. */
#ifndef FEEDS_PIPELINE_WATCH_FOLDER_H
#define FEEDS_PIPELINE_WATCH_FOLDER_H

#include <stdbool.h>

#include "core/reason.h"
#include "pipeline/watch_table.h"

struct watch_folder {
    const char *path;
    int notify_fd; /* to be polled; -1: the kernel tells nothing */
    int watch;     /* -1: not watched at the moment */
    int lock_fd;
    bool full; /* the table had no room, which was said */
};

/* Nothing is opened yet. */
void watch_folder_init(struct watch_folder *folder, const char *path);
/* Whether this process is the only one that works on the folder now. Children share the lock, so that it
 * is held until the last of them has ended, too. A file system without locks has no second one. */
bool watch_folder_lock(struct watch_folder *folder);
/* All names in it, into the table. 0, or -1 with a reason: it is not there. */
int watch_folder_list(struct watch_folder *folder, struct watch_table *table, int64_t now_ms,
                      struct reason *reason);
/* What has happened since, into the table. Whether the folder should be listed, because not all is
 * known. */
bool watch_folder_read(struct watch_folder *folder, struct watch_table *table, int64_t now_ms);
/* Looks at one name. */
void watch_folder_look(struct watch_folder *folder, struct watch_table *table, const char *name,
                       bool closed, int64_t now_ms);
void watch_folder_release(struct watch_folder *folder);

#endif
