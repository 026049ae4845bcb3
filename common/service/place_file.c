#include "service/place_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES (64 * 1024)
#define MODE_BITS   0777

/* The system's calls. */

int file_identify(const char *path, struct feed_file *which)
{
    struct stat found;
    if (lstat(path, &found) != 0)
        return -1;
    if (!S_ISREG(found.st_mode)) {
        errno = EINVAL;
        return -1;
    }
    *which = (struct feed_file){
        .device = found.st_dev,
        .inode = found.st_ino,
        .size = found.st_size,
        .mtime_s = found.st_mtim.tv_sec,
        .mtime_ns = found.st_mtim.tv_nsec,
    };
    return 0;
}

static int system_rename_new(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

static int system_link(const char *from, const char *to)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);
        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0) {
            bytes += written;
            len -= (size_t)written;
        }
    }
    return 0;
}

static int copy_bytes(int in, int out)
{
    static char piece[PIECE_BYTES];
    ssize_t got;
    while ((got = read(in, piece, sizeof piece)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || write_all(out, piece, (size_t)got) != 0)
            return -1;
    }
    return 0;
}

/* Whose file it is cannot be kept, unless one is root; who may read it can. */
static int copy_open(int in, int out)
{
    struct stat status;
    if (fstat(in, &status) != 0 || copy_bytes(in, out) != 0)
        return -1;
    const struct timespec times[] = {status.st_atim, status.st_mtim};
    if (fchmod(out, status.st_mode & MODE_BITS) != 0 || futimens(out, times) != 0)
        return -1;
    return fsync(out);
}

static int system_copy(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int out = -1, result = -1;
    if (in >= 0)
        out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (out >= 0)
        result = copy_open(in, out);
    int failed = errno;
    if (out >= 0 && close(out) != 0 && result == 0) {
        result = -1;
        failed = errno;
    }
    if (in >= 0)
        close(in);
    if (result != 0 && out >= 0)
        unlink(to);
    errno = failed;
    return result;
}

const struct file_ops file_ops_system = {
    .identify = file_identify,
    .rename_new = system_rename_new,
    .link = system_link,
    .unlink = unlink,
    .copy = system_copy,
};

int folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int result = fsync(fd);
    int failed = errno;
    close(fd);
    errno = failed;
    /* Some file systems have nothing to sync of a folder. */
    return result == 0 || failed == EINVAL ? 0 : -1;
}

/* One placing. */

struct placing {
    const struct file_ops *ops;
    const struct feed_file *which;
    const char *from, *to;
};

static bool is_meant(const struct placing *placing, const char *path)
{
    struct feed_file found;
    return placing->which == NULL ||
           (placing->ops->identify(path, &found) == 0 && feed_file_equal(&found, placing->which));
}

/* Whether both names are the same file: a move that was cut in its middle. */
static bool is_half_done(const struct placing *placing)
{
    struct feed_file one, other;
    return placing->ops->identify(placing->from, &one) == 0 &&
           placing->ops->identify(placing->to, &other) == 0 && one.device == other.device &&
           one.inode == other.inode;
}

static enum placed fail(int error)
{
    errno = error;
    return PLACE_FAILED;
}

/* Takes the old name away. If it cannot be, the new one goes instead: a file is in one place. */
static enum placed take_old_name(const struct placing *placing)
{
    const struct file_ops *ops = placing->ops;
    /* Somebody may have put another file there since. No call unlinks a name only if it is this file's:
     * what is left is the moment between these two lines. */
    bool meant = is_meant(placing, placing->from);
    if (meant && ops->unlink(placing->from) == 0)
        return PLACED;
    int error = errno;
    (void)ops->unlink(placing->to);
    return meant ? fail(error) : PLACE_CHANGED;
}

static bool has_no_such_call(int error)
{
    return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP;
}

/* Links may not be made: on FAT; of somebody else's file (fs.protected_hardlinks); across file systems. */
static bool has_no_links(int error)
{
    return has_no_such_call(error) || error == EPERM || error == EXDEV || error == EMLINK;
}

/* Gives the file its new name too. */
static enum placed name_new(const struct placing *placing)
{
    if (placing->ops->link(placing->from, placing->to) != 0)
        return errno == EEXIST ? PLACE_TAKEN : PLACE_FAILED;
    if (is_meant(placing, placing->to))
        return PLACED;
    (void)placing->ops->unlink(placing->to);
    return PLACE_CHANGED;
}

static enum placed by_link(const struct placing *placing)
{
    enum placed named = name_new(placing);
    return named == PLACED ? take_old_name(placing) : named;
}

static enum placed by_rename(const struct placing *placing)
{
    const struct file_ops *ops = placing->ops;
    if (ops->rename_new(placing->from, placing->to) != 0)
        return errno == EEXIST ? PLACE_TAKEN : PLACE_FAILED;
    if (is_meant(placing, placing->to))
        return PLACED;
    /* What came in its place just before goes back. If it cannot, it is in good hands where it is. */
    (void)ops->rename_new(placing->to, placing->from);
    return PLACE_CHANGED;
}

static enum placed by_copy(const struct placing *placing, const char *scratch)
{
    const struct file_ops *ops = placing->ops;
    const struct placing copied = {ops, NULL, scratch, placing->to};
    if (ops->copy(placing->from, scratch) != 0)
        return PLACE_FAILED;
    enum placed placed = is_meant(placing, placing->from) ? by_rename(&copied) : PLACE_CHANGED;
    if (placed == PLACE_FAILED && has_no_such_call(errno))
        placed = by_link(&copied);
    int error = errno;
    if (placed == PLACED)
        return take_old_name(placing);
    (void)ops->unlink(scratch);
    errno = error;
    return placed;
}

enum placed place_file(const struct file_ops *ops, const struct feed_file *which, const char *from,
                       const char *to, const char *scratch)
{
    const struct placing placing = {ops, which, from, to};
    if (!is_meant(&placing, from))
        return PLACE_CHANGED;
    if (is_half_done(&placing))
        return ops->unlink(from) == 0 ? PLACED : PLACE_FAILED;
    enum placed placed = by_rename(&placing);
    if (placed == PLACE_FAILED && has_no_such_call(errno))
        placed = by_link(&placing);
    if (placed == PLACE_FAILED && scratch != NULL && has_no_links(errno))
        placed = by_copy(&placing, scratch);
    return placed;
}
