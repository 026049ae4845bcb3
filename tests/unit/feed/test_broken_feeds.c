/* data/broken: each feed against the file that says what must come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>

#include "csv_trace.h"
#include "entities/entities.h"

#define FOLDER    SOURCE_DIR "/data/broken"
#define FILE_MAX  65536
#define FEEDS_MIN 15

static size_t read_file(const char *name, const char *suffix, char bytes[FILE_MAX])
{
    char path[512];
    snprintf(path, sizeof path, FOLDER "/%s%s", name, suffix);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s is missing", path);
    size_t len = fread(bytes, 1, FILE_MAX - 1, file);
    bytes[len] = '\0';
    fclose(file);
    return len;
}

static void note_refused(void *arg, const struct row *row, const struct failure *failure)
{
    trace_must(buffer_addf(arg, "row %" PRIu64 " line %" PRIu64 " %s\n", row->row, row->line,
                           error_code_name(failure->code)));
}

static void check_feed(const char *name)
{
    static char feed[FILE_MAX], expected[FILE_MAX];
    struct feed_options options = {.entity = &entity_product};
    struct buffer found = BUFFER_INIT(FILE_MAX);
    struct csv_trace trace = {.on_refused = note_refused, .arg = &found};
    size_t len = read_file(name, ".csv", feed);
    read_file(name, ".expected", expected);
    trace_cut(&trace, &options, feed, len, NULL, 0);
    if (trace.unusable)
        trace_must(buffer_add_text(&found, trace.brief.data));
    else
        trace_must(buffer_addf(&found, "%zu rows = %zu good + %zu refused\n",
                               trace.rows + trace.refused, trace.rows, trace.refused));
    if (strcmp(found.data, expected) != 0)
        fail_msg("%s:\n%s\ninstead of\n%s", name, found.data, expected);
    buffer_release(&found);
    trace_release(&trace);
}

static void every_broken_feed(void **state)
{
    size_t count = 0;
    DIR *folder = opendir(FOLDER);
    (void)state;
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char *suffix = strrchr(entry->d_name, '.');
        if (suffix == NULL || strcmp(suffix, ".csv") != 0)
            continue;
        *suffix = '\0';
        check_feed(entry->d_name);
        count++;
    }
    closedir(folder);
    assert_true(count >= FEEDS_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_broken_feed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
