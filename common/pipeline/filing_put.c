/* Putting what is finished where it belongs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/filing.h"

/* Names that are tried for one output: a feed that comes so often has other troubles. */
#define TRIES_MAX 10000

static int read_all(const char *path, struct buffer *bytes)
{
    static char piece[64 * 1024];
    ssize_t got;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -1;
    while ((got = read(fd, piece, sizeof piece)) > 0)
        if (buffer_add(bytes, piece, (size_t)got) != 0)
            got = -1;
    close(fd);
    return got < 0 ? -1 : 0;
}

static int compare_streams(FILE *one, FILE *other)
{
    static char first[64 * 1024], second[64 * 1024];
    size_t got;
    do {
        got = fread(first, 1, sizeof first, one);
        if (fread(second, 1, sizeof second, other) != got || memcmp(first, second, got) != 0)
            return -1;
    } while (got > 0);
    return ferror(one) || ferror(other) ? -1 : 0;
}

static bool same_bytes(const char *one, const char *other)
{
    FILE *first = fopen(one, "re"), *second = fopen(other, "re");
    bool same = first != NULL && second != NULL && compare_streams(first, second) == 0;
    if (first != NULL)
        fclose(first);
    if (second != NULL)
        fclose(second);
    return same;
}

/* A copy, with its times: what a move across file systems leaves when it is cut before its end. */
static bool same_feed(const char *one, const char *other)
{
    struct feed_file first, second;
    return file_identify(one, &first) == 0 && file_identify(other, &second) == 0 &&
           first.size == second.size && first.mtime_s == second.mtime_s &&
           first.mtime_ns == second.mtime_ns && same_bytes(one, other);
}

static bool same_report(const char *one, const char *other)
{
    struct buffer first = BUFFER_INIT(REPORT_BYTES_MAX), second = BUFFER_INIT(REPORT_BYTES_MAX);
    bool same = read_all(one, &first) == 0 && read_all(other, &second) == 0 &&
                feed_report_same(first.data, first.len, second.data, second.len);
    buffer_release(&first);
    buffer_release(&second);
    return same;
}

/* What is placed under the first name that is free. */
struct putting {
    const struct filing *filing;
    const struct filed *filed;
    enum watch_output output;
    bool (*same)(const char *one, const char *other); /* what is there need not come twice */
    char folder[FILING_PATH_SIZE];
    char name[WATCH_NAME_SIZE]; /* what it was called */
};

static enum placed put_as(struct putting *putting, unsigned n, const struct feed_file *which,
                          const char *from, const char *scratch)
{
    char to[FILING_PATH_SIZE];
    const struct file_ops *ops = putting->filing->ops;
    watch_output_name(putting->output, putting->filed->name, putting->filed->feed_id, n,
                      putting->name);
    if (filing_path(to, putting->folder, putting->name) != 0)
        return PLACE_FAILED;
    enum placed placed = place_file(ops, which, from, to, scratch);
    if (placed != PLACE_TAKEN || !putting->same(from, to))
        return placed;
    return ops->unlink(from) == 0 ? PLACED : PLACE_FAILED;
}

static enum placed put(struct putting *putting, const struct feed_file *which, const char *from,
                       const char *scratch)
{
    enum placed placed = PLACE_TAKEN;
    filing_folder(putting->filing, putting->filed->outcome, putting->folder);
    for (unsigned n = 1; placed == PLACE_TAKEN && n <= TRIES_MAX; n++)
        placed = put_as(putting, n, which, from, scratch);
    if (placed == PLACE_TAKEN) {
        errno = EEXIST;
        placed = PLACE_FAILED;
    }
    return placed;
}

/* Of what has to be there for good before the feed itself is moved. */
static int put_safely(struct putting *putting, const char *scratch)
{
    return put(putting, NULL, scratch, NULL) == PLACED && folder_sync(putting->folder) == 0 ? 0
                                                                                            : -1;
}

int filing_put_rejected(const struct filing *filing, const struct filed *filed, bool json,
                        const char *scratch, char name[WATCH_NAME_SIZE], struct reason *reason)
{
    struct putting putting = {
        .filing = filing,
        .filed = filed,
        .output = json ? OUTPUT_REJECTED_JSON : OUTPUT_REJECTED_CSV,
        .same = same_bytes,
    };
    struct feed_file found;
    name[0] = '\0';
    if (filing->ops->identify(scratch, &found) != 0)
        return errno == ENOENT ? 0 : filing_fail(scratch, "cannot be read", reason);
    if (put_safely(&putting, scratch) != 0)
        return filing_fail(putting.folder, "the refused rows cannot be written there", reason);
    snprintf(name, WATCH_NAME_SIZE, "%s", putting.name);
    return 0;
}

static int write_new(const char *path, const struct buffer *bytes)
{
    FILE *file = fopen(path, "wxe");
    if (file == NULL)
        return -1;
    bool good = fwrite(bytes->data, 1, bytes->len, file) == bytes->len && fflush(file) == 0 &&
                fsync(fileno(file)) == 0;
    int error = errno;
    if (fclose(file) != 0 && good) {
        good = false;
        error = errno;
    }
    errno = error;
    return good ? 0 : -1;
}

int filing_put_report(const struct filing *filing, const struct filed *filed,
                      const struct buffer *report, struct reason *reason)
{
    char scratch[FILING_PATH_SIZE];
    struct putting putting = {
        .filing = filing, .filed = filed, .output = OUTPUT_REPORT, .same = same_report};
    if (filing_scratch(filing, filed->outcome, scratch, reason) != 0)
        return -1;
    if (write_new(scratch, report) == 0 && put_safely(&putting, scratch) == 0)
        return 0;
    filing_fail(scratch, "the report cannot be written", reason);
    unlink(scratch);
    return -1;
}

int filing_read_report(const char *path, struct feed_report_head *head)
{
    struct buffer bytes = BUFFER_INIT(REPORT_BYTES_MAX);
    int failed = read_all(path, &bytes) != 0 || feed_report_read(bytes.data, bytes.len, head) != 0;
    buffer_release(&bytes);
    return failed ? -1 : 0;
}

static bool is_report_of(const char *path, const struct filed *filed, const struct feed_file *which)
{
    struct feed_report_head head;
    return filing_read_report(path, &head) == 0 && head.outcome == filed->outcome &&
           feed_file_equal(&head.which, which);
}

bool filing_has_report(const struct filing *filing, const struct filed *filed,
                       const struct feed_file *which)
{
    char folder[FILING_PATH_SIZE], path[FILING_PATH_SIZE], name[WATCH_NAME_SIZE];
    filing_folder(filing, filed->outcome, folder);
    for (unsigned n = 1; n <= TRIES_MAX; n++) {
        watch_output_name(OUTPUT_REPORT, filed->name, filed->feed_id, n, name);
        if (filing_path(path, folder, name) != 0 || access(path, F_OK) != 0)
            return false;
        if (is_report_of(path, filed, which))
            return true;
    }
    return false;
}

enum placed filing_put_feed(const struct filing *filing, const struct filed *filed,
                            const struct feed_file *which, struct reason *reason)
{
    char from[FILING_PATH_SIZE], scratch[FILING_PATH_SIZE];
    struct putting putting = {
        .filing = filing, .filed = filed, .output = OUTPUT_FEED, .same = same_feed};
    if (filing_in_place(filing))
        return PLACED;
    if (filing_scratch(filing, filed->outcome, scratch, reason) != 0)
        return PLACE_FAILED;
    enum placed placed = filing_path(from, filing->folder, filed->name) == 0
                             ? put(&putting, which, from, scratch)
                             : PLACE_FAILED;
    if (placed == PLACE_FAILED)
        filing_fail(from, "cannot be moved", reason);
    return placed;
}
