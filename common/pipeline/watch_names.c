#include "pipeline/watch_names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"

/* What comes behind the feed's own name, at most: ".0123456789ab.4294967295.rejected.ndjson". */
#define TAIL_MAX 48
#define BASE_MAX (WATCH_NAME_SIZE - 1 - TAIL_MAX)

static bool ends_in(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);
    return len >= end_len && strcasecmp(name + len - end_len, end) == 0;
}

bool watch_leaves_alone(const char *name)
{
    static const char *const unfinished[] = {".part", ".tmp", ".filepart", "~"};
    bool alone = name[0] == '.';
    for (size_t i = 0; i < sizeof unfinished / sizeof unfinished[0]; i++)
        alone |= ends_in(name, unfinished[i]);
    return alone;
}

/* Where a name's ending begins: ".csv", also ".csv.gz". What is longer than that is no ending. */
static size_t ending(const char *name)
{
    static const size_t longest = 16;
    size_t len = strlen(name), end = len;
    if (ends_in(name, ".gz"))
        end = len - 3;
    for (size_t i = end; i > 1 && len - i < longest; i--)
        if (name[i - 1] == '.')
            return i - 1;
    return end;
}

/* "" for the first of its kind, ".2" for the second. */
static void number_text(unsigned n, char text[16])
{
    text[0] = '\0';
    if (n > 1)
        snprintf(text, 16, ".%u", n);
}

/* Between the file's name and its ending. */
static void feed_name(const char *name, const char *feed_id, unsigned n, char out[WATCH_NAME_SIZE])
{
    char number[16];
    if (n == 1) {
        snprintf(out, WATCH_NAME_SIZE, "%s", name);
        return;
    }
    size_t stem = ending(name), cut = text_cut(name, stem, BASE_MAX);
    number_text(n - 1, number);
    snprintf(out, WATCH_NAME_SIZE, "%.*s.%.*s%s%s", (int)cut, name, WATCH_FEED_DIGITS, feed_id,
             number, name + stem);
}

void watch_output_name(enum watch_output output, const char *name, const char *feed_id, unsigned n,
                       char out[WATCH_NAME_SIZE])
{
    static const char *const tails[] = {
        [OUTPUT_FEED] = "",
        [OUTPUT_REPORT] = ".report.json",
        [OUTPUT_REJECTED_CSV] = ".rejected.csv",
        [OUTPUT_REJECTED_JSON] = ".rejected.ndjson",
    };
    char number[16];
    if (output == OUTPUT_FEED) {
        feed_name(name, feed_id, n, out);
        return;
    }
    number_text(n, number);
    snprintf(out, WATCH_NAME_SIZE, "%.*s.%.*s%s%s", (int)text_cut(name, strlen(name), BASE_MAX),
             name, WATCH_FEED_DIGITS, feed_id, number, tails[output]);
}
