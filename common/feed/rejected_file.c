#include "feed/rejected_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buffer.h"
#include "feed/rejected_csv.h"
#include "feed/rejected_head.h"
#include "feed/rejected_json.h"

#define PATH_BYTES_MAX 4096
#define UTF8_MARK      "\xEF\xBB\xBF"
#define FILE_MODE      (S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH)

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

/* 0 when what is there, if anything, may be replaced: it is ours, or empty. */
static int check_older(const char *path, struct reason *reason)
{
    struct stat older;
    if (stat(path, &older) != 0 || !S_ISREG(older.st_mode) || older.st_size == 0)
        return 0;
    int ours = rejected_head_is_ours(path);
    if (ours < 0)
        return fail(path, "exists and cannot be read", reason);
    if (ours > 0)
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

static size_t old_header(const struct rejected_layout *layout)
{
    return rejected_csv_old_header(layout->delimiter, layout->header, layout->header_len);
}

static void begin(struct rejected_file *file, const struct rejected_layout *layout,
                  struct buffer *text)
{
    if (layout->marked)
        (void)buffer_add_text(text, UTF8_MARK);
    file->used = true;
    if (layout->json)
        return;
    size_t old = old_header(layout);
    (void)rejected_csv_header(layout->delimiter, layout->header + old, layout->header_len - old,
                              text);
}

static int add_csv(const struct rejected_layout *layout, const struct row *row,
                   const struct failure *failure, struct buffer *text)
{
    size_t old = old_header(layout) == 0
                     ? 0
                     : rejected_csv_old_front(layout->delimiter, row->raw, row->raw_len);
    return rejected_csv_front(layout->delimiter, failure->reason.text, row->row, text) |
           rejected_csv_raw(row->raw + old, row->raw_len - old, text);
}

int rejected_file_add(struct rejected_file *file, const struct rejected_layout *layout,
                      const struct row *row, const struct failure *failure, struct reason *reason)
{
    struct buffer text = BUFFER_INIT(SIZE_MAX / 2);
    if (!file->used)
        begin(file, layout, &text);
    int failed = layout->json ? rejected_json(row, failure->reason.text, &text)
                              : add_csv(layout, row, failure, &text);
    errno = failed != 0 ? ENOMEM : 0;
    if (failed == 0)
        fwrite(text.data, 1, text.len, file->stream);
    buffer_release(&text);
    if (failed == 0 && !ferror(file->stream))
        return 0;
    return fail(file->path, "cannot be written", reason);
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
