/* A finished file goes to another place, and nothing that is there is overwritten.
 *
 * The steps, in the order in which they are tried:
 *
 *     rename, if the name is free     one step; not every file system can (NFS, for one, cannot)
 *     link, unlink                    in between the file has two names: placing it again ends it
 *     copy, fsync, then one of those  across file systems, or where no link may be made
 *
 * A process may die between any two of them: then the file still has its old name, and whoever does it
 * again comes to the same end. Everything goes through file_ops, so that tests can let each step fail. */
#ifndef FEEDS_SERVICE_PLACE_FILE_H
#define FEEDS_SERVICE_PLACE_FILE_H

#include "core/feed_progress.h"

/* Each 0, or -1 with errno. */
struct file_ops {
    /* Not through links. */
    int (*identify)(const char *path, struct feed_file *which);
    /* EEXIST when the name is taken; EINVAL or ENOSYS when the file system has no such call. */
    int (*rename_new)(const char *from, const char *to);
    int (*link)(const char *from, const char *to);
    int (*unlink)(const char *path);
    /* Durably, with its times; an older file at `to` is replaced. */
    int (*copy)(const char *from, const char *to);
};

extern const struct file_ops file_ops_system;

enum placed {
    PLACED,
    PLACE_TAKEN,   /* something of that name is there: choose another one */
    PLACE_CHANGED, /* `from` is not the file that is meant, or no more: it is left alone */
    PLACE_FAILED,  /* errno; the file has its old name */
};

/* which: the file that is meant, NULL: whatever has that name. scratch: a name in the folder of `to`
 * that nobody else uses, which may be left behind when the process dies; NULL: do not copy. */
enum placed place_file(const struct file_ops *ops, const struct feed_file *which, const char *from,
                       const char *to, const char *scratch);
/* What a stat says of a file, or of the one that is open. 0, or -1 with errno: also (EINVAL) when it is
 * no regular file. */
int file_identify(const char *path, struct feed_file *which);
/* Makes a new name durable. 0, or -1 with errno. */
int folder_sync(const char *path);

#endif
