#include "feed/source.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "feed/byte_stream.h"

#define DIGEST_PIECE 65536
#define RANDOM_BYTES 16

struct source {
    int fd;
    char *path;
    const char *name;
    char id[SOURCE_ID_SIZE];
    bool is_stream;      /* standard input, a pipe: read once, of no known size */
    struct stat before;  /* as it was before the digest was made */
    struct reason fault; /* why it cannot be unpacked to its end; "" if it can */
    uint64_t handed;     /* bytes that source_read() gave, or that were passed over */
    struct byte_stream stream;
};

static void set_errno_reason(struct reason *reason, const char *path, const char *what)
{
    reason_set(reason, "%s: %s: %s", path, what, strerror(errno));
}

static void write_hex(char *text, const unsigned char *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 0xF];
    }
    text[2 * len] = '\0';
}

/* The next bytes of a file, as byte_stream_read(), which here has always something. */
static enum stream_result read_on(struct source *source, char *bytes, size_t len, size_t *got,
                                  struct reason *reason)
{
    enum stream_result result;
    do {
        result = byte_stream_read(&source->stream, bytes, len, got, reason);
    } while (result == STREAM_NOTHING_YET && !source->is_stream);
    if (result == STREAM_FAILED)
        reason_set(reason, "cannot be read: %s", strerror(errno));
    return result;
}

static int digest_all(EVP_MD_CTX *digest, struct source *source, struct reason *reason)
{
    char piece[DIGEST_PIECE];
    size_t got;
    enum stream_result result;
    while ((result = read_on(source, piece, sizeof piece, &got, &source->fault)) == STREAM_BYTES) {
        if (EVP_DigestUpdate(digest, piece, got) != 1) {
            reason_set(reason, "%s: SHA-256 failed", source->path);
            return -1;
        }
    }
    if (result == STREAM_DAMAGED)
        return 0;
    if (result == STREAM_END && byte_stream_rewind(&source->stream) == 0)
        return 0;
    set_errno_reason(reason, source->path, "cannot be read");
    return -1;
}

static int identify_file(struct source *source, struct reason *reason)
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    int result = -1;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
        reason_set(reason, "%s: SHA-256 is not available", source->path);
    else if (digest_all(digest, source, reason) == 0 && EVP_DigestFinal_ex(digest, sum, &len) == 1)
        result = 0;
    EVP_MD_CTX_free(digest);
    if (result == 0)
        write_hex(source->id, sum, len);
    return result;
}

static int identify_stream(struct source *source, struct reason *reason)
{
    static const char prefix[] = "stdin-";
    unsigned char random[RANDOM_BYTES];
    source->is_stream = true;
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        set_errno_reason(reason, source->path, "no random number for its identity");
        return -1;
    }
    memcpy(source->id, prefix, sizeof prefix);
    write_hex(source->id + sizeof prefix - 1, random, sizeof random);
    return 0;
}

static enum source_result open_file(struct source *source, struct reason *reason)
{
    if (source->path[0] == '\0') {
        reason_set(reason, "an empty file name");
        return SOURCE_MISSING;
    }
    /* A pipe that nobody writes to would hold us here, deaf to signals. */
    source->fd = open(source->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    byte_stream_init(&source->stream, source->fd);
    if (source->fd < 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR || errno == EACCES;
        set_errno_reason(reason, source->path, "cannot be opened");
        return missing ? SOURCE_MISSING : SOURCE_UNREADABLE;
    }
    if (fcntl(source->fd, F_SETFL, O_RDONLY) != 0 || fstat(source->fd, &source->before) != 0) {
        set_errno_reason(reason, source->path, "cannot be read");
        return SOURCE_UNREADABLE;
    }
    if (S_ISDIR(source->before.st_mode)) {
        reason_set(reason, "%s: is a folder, not a feed", source->path);
        return SOURCE_UNREADABLE;
    }
    int result = S_ISREG(source->before.st_mode) ? identify_file(source, reason)
                                                 : identify_stream(source, reason);
    return result == 0 ? SOURCE_OK : SOURCE_UNREADABLE;
}

static enum source_result open_stdin(struct source *source, struct reason *reason)
{
    source->fd = STDIN_FILENO;
    byte_stream_init(&source->stream, source->fd);
    return identify_stream(source, reason) == 0 ? SOURCE_OK : SOURCE_UNREADABLE;
}

enum source_result source_open(const char *path, struct source **source, struct reason *reason)
{
    bool is_stdin = strcmp(path, "-") == 0;
    struct source *opened = calloc(1, sizeof *opened);
    *source = NULL;
    if (opened == NULL || (opened->path = strdup(is_stdin ? "stdin" : path)) == NULL) {
        reason_set(reason, "%s: out of memory", path);
        free(opened);
        return SOURCE_UNREADABLE;
    }
    const char *slash = strrchr(opened->path, '/');
    opened->name = slash == NULL ? opened->path : slash + 1;
    opened->fd = -1;
    enum source_result result = is_stdin ? open_stdin(opened, reason) : open_file(opened, reason);
    if (result == SOURCE_OK)
        *source = opened;
    else
        source_close(opened);
    return result;
}

const char *source_name(const struct source *source)
{
    return source->name;
}

const char *source_id(const struct source *source)
{
    return source->id;
}

bool source_file(const struct source *source, struct feed_file *file)
{
    const struct stat *stat = &source->before;
    if (source->is_stream)
        return false;
    *file = (struct feed_file){
        .device = stat->st_dev,
        .inode = stat->st_ino,
        .size = stat->st_size,
        .mtime_s = stat->st_mtim.tv_sec,
        .mtime_ns = stat->st_mtim.tv_nsec,
    };
    return true;
}

bool source_is_stream(const struct source *source)
{
    return source->is_stream;
}

int source_fd(const struct source *source)
{
    return source->fd;
}

int64_t source_size(const struct source *source)
{
    return source->is_stream ? -1 : (int64_t)source->before.st_size;
}

int64_t source_done(const struct source *source)
{
    return (int64_t)source->stream.taken;
}

bool source_holds(const struct source *source)
{
    return byte_stream_holds(&source->stream);
}

ssize_t source_read(struct source *source, char *bytes, size_t len, struct reason *reason)
{
    size_t got;
    if (source->fault.text[0] != '\0') {
        reason_set(reason, "%s", source->fault.text);
        return -1;
    }
    switch (read_on(source, bytes, len, &got, reason)) {
    case STREAM_BYTES:
        source->handed += got;
        return (ssize_t)got;
    case STREAM_END:
        return 0;
    case STREAM_NOTHING_YET:
        return SOURCE_NOTHING_YET;
    case STREAM_FAILED:
    case STREAM_DAMAGED:
        break;
    }
    return -1;
}

static int rewind_all(struct source *source, struct reason *reason)
{
    source->handed = 0;
    if (byte_stream_rewind(&source->stream) == 0)
        return 0;
    set_errno_reason(reason, source->path, "cannot be read");
    return -1;
}

/* Reads on up to the offset, or the end. */
static int pass_over(struct source *source, uint64_t offset, struct reason *reason)
{
    char piece[DIGEST_PIECE];
    ssize_t got = 1;
    while (got > 0 && source->handed < offset) {
        uint64_t left = offset - source->handed;
        got = source_read(source, piece, left < sizeof piece ? (size_t)left : sizeof piece, reason);
    }
    return got < 0 ? -1 : 0;
}

int source_seek(struct source *source, uint64_t offset, struct reason *reason)
{
    /* What is damaged is not read at all. */
    if (source->fault.text[0] != '\0')
        return 0;
    if (source->stream.kind == STREAM_PLAIN && offset > 0) {
        source->handed = offset;
        if (byte_stream_seek(&source->stream, offset) == 0)
            return 0;
        set_errno_reason(reason, source->path, "cannot be read");
        return -1;
    }
    if (offset < source->handed && rewind_all(source, reason) != 0)
        return -1;
    return pass_over(source, offset, reason);
}

static bool same_content(const struct stat *one, const struct stat *other)
{
    return one->st_size == other->st_size && one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
           one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

bool source_changed(const struct source *source, struct reason *reason)
{
    struct stat now, named;
    if (source->is_stream)
        return false;
    if (fstat(source->fd, &now) != 0 || !same_content(&source->before, &now)) {
        reason_set(reason, "%s: was changed while it was read", source->path);
        return true;
    }
    /* A name that is gone is no change: what is being read stays what it was. */
    if (stat(source->path, &named) == 0 &&
        (named.st_dev != now.st_dev || named.st_ino != now.st_ino)) {
        reason_set(reason, "%s: was replaced by another file while it was read", source->path);
        return true;
    }
    return false;
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    if (source->fd > STDERR_FILENO)
        close(source->fd);
    byte_stream_release(&source->stream);
    free(source->path);
    free(source);
}
