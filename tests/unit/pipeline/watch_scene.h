/* A watched folder, and in place of Kafka a file that remembers: what was committed outlives the
 * process, as Kafka does. */
#ifndef FEEDS_TESTS_WATCH_SCENE_H
#define FEEDS_TESTS_WATCH_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "entities/entities.h"
#include "pipeline/dry_outlet.h"
#include "pipeline/watched_feed.h"
#include "service/log.h"
#include "service/signals.h"

#define HEADER "name,description,stock_available,barcode,status\n"

static char root[] = "/tmp/feeds-watch-XXXXXX";
static char watched_dir[64], report_dir[64], ledger[64];

/* One commit of the outlet. */
struct committed {
    char id[FEED_RUN_SIZE];
    struct feed_file which;
    uint64_t rows, sent, rejected;
};

/* The outlet: rows count when finish() has written them into the ledger, all or none. */
struct memory {
    struct outlet dry;
    struct dry_outlet dry_state;
    struct feed_file which;
    char id[FEED_RUN_SIZE];
    uint64_t sent, rejected;
    bool busy;                  /* somebody else is at it */
    enum exit_code refuses;     /* finish() ends with this */
    void (*on_first_row)(void); /* something happens */
    void (*before_commit)(void), (*after_commit)(void);
};

static inline void memory_begin(void *self, const struct feed_name *feed,
                                const struct feed_file *file, const struct outlet_events *events)
{
    struct memory *memory = self;
    memory->which = *file;
    memory->sent = memory->rejected = 0;
    snprintf(memory->id, sizeof memory->id, "%s", feed->id);
    memory->dry.ops->begin(memory->dry.self, feed, file, events);
}

/* The last commit of this feed, or of any when id is NULL. How many there are. */
static inline int recall_commits(const char *id, struct committed *last)
{
    int count = 0;
    struct committed one;
    FILE *file = fopen(ledger, "r");
    while (file != NULL && fread(&one, sizeof one, 1, file) == 1)
        if (id == NULL || strcmp(id, one.id) == 0) {
            *last = one;
            count++;
        }
    if (file != NULL)
        fclose(file);
    return count;
}

static inline enum exit_code memory_claim(void *self, const struct outlet_wish *wish,
                                          struct outlet_claim *claim)
{
    struct memory *memory = self;
    struct committed earlier;
    (void)wish;
    *claim = (struct outlet_claim){.granted = true};
    snprintf(claim->feed_id, sizeof claim->feed_id, "%s", memory->id);
    bool known = recall_commits(memory->id, &earlier) > 0;
    claim->granted = !known && !memory->busy;
    claim->busy = memory->busy;
    if (!known)
        return EXIT_ALL_ACCOUNTED;
    claim->duplicate = !feed_file_equal(&earlier.which, &memory->which);
    snprintf(claim->about.id, sizeof claim->about.id, "%s", earlier.id);
    snprintf(claim->about.progress.file, sizeof claim->about.progress.file, "first.csv");
    claim->about.progress.rows = earlier.rows;
    claim->about.progress.sent = earlier.sent;
    claim->about.progress.rejected = earlier.rejected;
    reason_set(&claim->why_not, "it was sent on Monday");
    return EXIT_ALL_ACCOUNTED;
}

static inline enum exit_code memory_row(void *self, const struct outlet_row *good)
{
    struct memory *memory = self;
    if (memory->sent++ == 0 && memory->on_first_row != NULL)
        memory->on_first_row();
    return memory->dry.ops->row(memory->dry.self, good);
}

static inline enum exit_code memory_reject(void *self, const struct reject *bad)
{
    struct memory *memory = self;
    memory->rejected++;
    return memory->dry.ops->reject(memory->dry.self, bad);
}

static inline void memory_feed_failed(void *self, const struct reject *bad)
{
    (void)self;
    (void)bad;
}

static inline enum exit_code memory_turn(void *self)
{
    (void)self;
    return EXIT_ALL_ACCOUNTED;
}

static inline enum exit_code memory_finish(void *self, bool complete)
{
    struct memory *memory = self;
    struct committed now = {.which = memory->which,
                            .rows = memory->sent + memory->rejected,
                            .sent = memory->sent,
                            .rejected = memory->rejected};
    if (memory->refuses != EXIT_ALL_ACCOUNTED || !complete || now.rows == 0)
        return memory->refuses;
    if (memory->before_commit != NULL)
        memory->before_commit();
    memcpy(now.id, memory->id, sizeof now.id);
    int fd = open(ledger, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (write(fd, &now, sizeof now) != (ssize_t)sizeof now)
        abort();
    close(fd);
    if (memory->after_commit != NULL)
        memory->after_commit();
    return EXIT_ALL_ACCOUNTED;
}

static inline struct outlet memory_outlet(struct memory *memory)
{
    static const struct outlet_ops ops = {
        .begin = memory_begin,
        .claim = memory_claim,
        .row = memory_row,
        .reject = memory_reject,
        .feed_failed = memory_feed_failed,
        .turn = memory_turn,
        .finish = memory_finish,
    };
    memory->dry_state.silent = true;
    memory->dry = dry_outlet(&memory->dry_state);
    return (struct outlet){&ops, memory};
}

static inline const char *path_in(const char *dir, const char *name)
{
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

static inline void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static inline void drop(const char *name, const char *text)
{
    write_file(path_in(watched_dir, name), text);
}

static inline int by_text(const void *one, const void *other)
{
    return strcmp(one, other);
}

/* The names in a folder below the root, sorted, with a blank behind each; folders are left out. */
static inline const char *names_in(const char *dir)
{
    static char text[4096];
    static char names[64][WATCH_NAME_SIZE];
    struct stat status;
    size_t count = 0, len = 0;
    DIR *listing = opendir(path_in(root, dir));
    text[0] = '\0';
    for (const struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;)
        if (fstatat(dirfd(listing), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            !S_ISDIR(status.st_mode))
            snprintf(names[count++], WATCH_NAME_SIZE, "%s", entry->d_name);
    if (listing != NULL)
        closedir(listing);
    qsort(names, count, sizeof names[0], by_text);
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s ", names[i]);
    return text;
}

static inline json_t *load(const char *dir, const char *name)
{
    json_error_t error;
    json_t *root_json = json_load_file(path_in(path_in(root, dir), name), 0, &error);
    assert_non_null(root_json);
    return root_json;
}

static inline void assert_text(const char *dir, const char *name, const char *expected)
{
    char text[1024];
    FILE *file = fopen(path_in(path_in(root, dir), name), "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
}

static inline void empty_folder(const char *path)
{
    DIR *listing = opendir(path);
    struct stat status;
    for (const struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char inner[1024];
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        if (lstat(inner, &status) == 0 && S_ISDIR(status.st_mode)) {
            empty_folder(inner);
            rmdir(inner);
        } else {
            unlink(inner);
        }
    }
    if (listing != NULL)
        closedir(listing);
}

static inline int scene_begin(void **state)
{
    (void)state;
    empty_folder(root);
    return mkdir(watched_dir, 0700) != 0 || mkdir(report_dir, 0700) != 0;
}

static inline int set_up(void **state)
{
    (void)state;
    log_setup("test", LOG_ERROR_LEVEL + 1, false); /* silent */
    if (signals_setup() != 0 || mkdtemp(root) == NULL)
        return -1;
    snprintf(watched_dir, sizeof watched_dir, "%s/in", root);
    snprintf(report_dir, sizeof report_dir, "%s/reports", root);
    snprintf(ledger, sizeof ledger, "%s/ledger", root);
    /* Summaries are for people. */
    return freopen("/dev/null", "w", stdout) == NULL ? -1 : 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    empty_folder(root);
    return rmdir(root);
}

#endif
