#include "feed/rejected_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "feed/dialect.h"

#define PATH_BYTES_MAX 4096
/* A BOM, and `"error","row",`. */
#define HEAD_BYTES 20
#define FILE_MODE  (S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH)

struct rejected_file {
    char *path;
    /* Its name while it is written, in the same folder; none when the path is no file (/dev/stdout,
     * a pipe) and is written directly. */
    struct buffer temporary;
    FILE *stream;
    bool used; /* a row was written */
};

static int fail(const char *path, const char *what, struct reason *reason)
{
    reason_set(reason, "%s: %s: %s", path, what, strerror(errno));
    return -1;
}

static void discard(struct rejected_file *file)
{
    if (file->stream != NULL)
        fclose(file->stream);
    if (file->temporary.data != NULL)
        unlink(file->temporary.data);
    buffer_release(&file->temporary);
    free(file->path);
    free(file);
}

/* mkstemp makes files that only their owner can read; a report is for whoever corrects it. */
static int open_temporary(struct rejected_file *file)
{
    int fd = mkstemp(file->temporary.data);
    if (fd < 0) {
        buffer_release(&file->temporary);
        return -1;
    }
    if (fchmod(fd, FILE_MODE) == 0)
        file->stream = fdopen(fd, "w");
    if (file->stream == NULL)
        close(fd);
    return file->stream == NULL ? -1 : 0;
}

bool rejected_file_is(const char *path, int fd)
{
    struct stat there, here;
    return stat(path, &there) == 0 && fstat(fd, &here) == 0 && there.st_dev == here.st_dev &&
           there.st_ino == here.st_ino && S_ISREG(there.st_mode);
}

/* What stands behind the column's name, in quotes or not; NULL: the text begins otherwise. */
static const char *behind(const char *text, const char *name)
{
    bool quoted = *text == '"';
    size_t len = strlen(name);
    if (strncmp(text + quoted, name, len) != 0)
        return NULL;
    text += quoted + len;
    if (quoted && *text != '"')
        return NULL;
    return text + quoted;
}

/* Whether it is a file of refused rows, perhaps saved by a spreadsheet meanwhile (BOM, quotes). */
static bool begins_as_ours(const char *head)
{
    static const char utf8_mark[] = "\xEF\xBB\xBF";
    if (strncmp(head, utf8_mark, sizeof utf8_mark - 1) == 0)
        head += sizeof utf8_mark - 1;
    const char *delimiter = behind(head, "error");
    if (delimiter == NULL || *delimiter == '\0' || strchr(DIALECT_DELIMITERS, *delimiter) == NULL)
        return false;
    const char *end = behind(delimiter + 1, "row");
    return end != NULL && *end == *delimiter;
}

static ssize_t read_head(const char *path, char head[HEAD_BYTES + 1])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : pread(fd, head, HEAD_BYTES, 0);
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    head[len < 0 ? 0 : len] = '\0';
    return len;
}

/* 0 when what is there, if anything, may be replaced: it is ours, or empty. */
static int check_older(const char *path, struct reason *reason)
{
    char head[HEAD_BYTES + 1];
    struct stat older;
    if (stat(path, &older) != 0 || !S_ISREG(older.st_mode) || older.st_size == 0)
        return 0;
    if (read_head(path, head) < 0)
        return fail(path, "exists and cannot be read", reason);
    if (begins_as_ours(head))
        return 0;
    reason_set(reason, "%s: exists and is not a file of refused rows: name another one", path);
    return -1;
}

static bool is_no_file(const char *path)
{
    struct stat there;
    return stat(path, &there) == 0 && !S_ISREG(there.st_mode);
}

static int open_stream(struct rejected_file *file)
{
    if (is_no_file(file->path)) {
        file->stream = fopen(file->path, "w");
        return file->stream == NULL ? -1 : 0;
    }
    if (buffer_addf(&file->temporary, "%s.XXXXXX", file->path) == 0)
        return open_temporary(file);
    errno = ENAMETOOLONG;
    return -1;
}

struct rejected_file *rejected_file_open(const char *path, struct reason *reason)
{
    if (check_older(path, reason) != 0)
        return NULL;
    struct rejected_file *file = calloc(1, sizeof *file);
    if (file == NULL || (file->path = strdup(path)) == NULL) {
        reason_set(reason, "%s: out of memory", path);
        free(file);
        return NULL;
    }
    file->temporary.max = PATH_BYTES_MAX;
    if (open_stream(file) != 0) {
        fail(path, "cannot be created", reason);
        discard(file);
        return NULL;
    }
    return file;
}

static void put(struct rejected_file *file, const char *bytes, size_t len)
{
    fwrite(bytes, 1, len, file->stream);
}

static void put_quoted(struct rejected_file *file, const char *text)
{
    putc('"', file->stream);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putc('"', file->stream);
        putc(*text, file->stream);
    }
    putc('"', file->stream);
}

static bool ends_a_line(const char *bytes, size_t len)
{
    return len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r');
}

int rejected_file_add(struct rejected_file *file, const char *header, size_t header_len,
                      char delimiter, const struct row *row, const struct failure *failure,
                      struct reason *reason)
{
    if (!file->used) {
        fprintf(file->stream, "error%crow%c", delimiter, delimiter);
        put(file, header, header_len);
        putc('\n', file->stream);
        file->used = true;
    }
    put_quoted(file, failure->reason.text);
    fprintf(file->stream, "%c%" PRIu64 "%c", delimiter, row->row, delimiter);
    put(file, row->raw, row->raw_len);
    if (!ends_a_line(row->raw, row->raw_len))
        putc('\n', file->stream);
    return ferror(file->stream) ? fail(file->path, "cannot be written", reason) : 0;
}

/* Everything is on the disk, or it is known that it is not. */
static int flush_all(struct rejected_file *file)
{
    bool good = !ferror(file->stream) && fflush(file->stream) == 0 &&
                (fsync(fileno(file->stream)) == 0 || errno == EINVAL);
    int first_error = errno;
    good = fclose(file->stream) == 0 && good;
    file->stream = NULL;
    if (!good && first_error != 0)
        errno = first_error;
    return good ? 0 : -1;
}

/* A run without a refused row. */
static int remove_older(const struct rejected_file *file, struct reason *reason)
{
    if (file->temporary.data == NULL)
        return 0;
    if (check_older(file->path, reason) != 0)
        return -1;
    if (unlink(file->path) == 0 || errno == ENOENT)
        return 0;
    return fail(file->path, "an older one cannot be removed", reason);
}

/* Puts the file in place. */
static int keep(struct rejected_file *file, bool complete, struct reason *reason)
{
    if (flush_all(file) != 0)
        return fail(file->path, "cannot be written", reason);
    if (file->temporary.data == NULL || !complete)
        return 0;
    if (check_older(file->path, reason) != 0)
        return -1;
    if (rename(file->temporary.data, file->path) != 0)
        return fail(file->path, "cannot be written", reason);
    buffer_release(&file->temporary);
    return 0;
}

int rejected_file_close(struct rejected_file *file, bool complete, struct reason *reason)
{
    int result = 0;
    if (file == NULL)
        return 0;
    if (file->used)
        result = keep(file, complete, reason);
    else if (complete)
        result = remove_older(file, reason);
    discard(file);
    return result;
}
