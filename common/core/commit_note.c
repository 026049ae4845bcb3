#include "core/commit_note.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION "strapi-feeds/1"

void commit_note_write(const struct commit_note *note, char text[COMMIT_NOTE_SIZE])
{
    char ahead[OFFSET_SET_TEXT];
    bool any = offset_set_write(&note->ahead, ahead) > 0;
    int at;

    text[0] = '\0';
    if (!note->sink[0])
        return;
    at = snprintf(text, COMMIT_NOTE_SIZE, "%s %s", VERSION, note->sink);
    if (note->since >= 0)
        at += snprintf(text + at, COMMIT_NOTE_SIZE - (size_t)at, " @%" PRId64, note->since);
    if (any)
        at += snprintf(text + at, COMMIT_NOTE_SIZE - (size_t)at, " %s", ahead);
    for (size_t i = 0; i < note->history.count; i++) {
        char mark[FINGERPRINT_SIZE];

        fingerprint_write(&note->history.marks[i], mark);
        at += snprintf(text + at, COMMIT_NOTE_SIZE - (size_t)at, " %s", mark);
    }
}

/* The text's next word, and what is behind it. */
struct word {
    const char *text;
    size_t len;
};

static struct word next_word(const char **text, const char *end)
{
    const char *blank = memchr(*text, ' ', (size_t)(end - *text));
    struct word word = {*text, (size_t)((blank ? blank : end) - *text)};

    *text = blank ? blank + 1 : end;
    return word;
}

static int read_marks(const char *text, const char *end, struct log_history *history)
{
    while (text < end) {
        struct word word = next_word(&text, end);
        struct fingerprint mark;

        if (history->count == LOG_HISTORY_MAX || fingerprint_read(word.text, word.len, &mark) != 0)
            return -1;
        if (history->count > 0 && mark.offset >= history->marks[history->count - 1].offset)
            return -1;
        history->marks[history->count++] = mark;
    }
    return 0;
}

/* The word is optional. */
static int read_since(const char **at, const char *end, int64_t *since)
{
    char digits[24] = "", *rest;
    struct word word;

    *since = -1;
    if (*at == end || **at != '@')
        return 0;
    word = next_word(at, end);
    if (word.len < 2 || word.len >= sizeof digits)
        return -1;
    memcpy(digits, word.text + 1, word.len - 1);
    *since = strtoll(digits, &rest, 10);
    return *rest == '\0' && *since >= 0 ? 0 : -1;
}

/* So is this one. */
static int read_ahead(const char **at, const char *end, struct offset_set *ahead)
{
    struct word word;

    if (*at == end || **at != '+')
        return 0;
    word = next_word(at, end);
    return offset_set_read(word.text, word.len, ahead);
}

int commit_note_read(const char *text, size_t len, struct commit_note *note)
{
    const char *at = text, *end = text + len;
    struct word version, sink;

    *note = (struct commit_note){.since = -1};
    if (len == 0)
        return -1;
    version = next_word(&at, end);
    sink = next_word(&at, end);
    if (version.len == strlen(VERSION) && memcmp(version.text, VERSION, version.len) == 0 &&
        sink.len > 0 && sink.len < COMMIT_NOTE_SINK && read_since(&at, end, &note->since) == 0 &&
        read_ahead(&at, end, &note->ahead) == 0 && read_marks(at, end, &note->history) == 0) {
        memcpy(note->sink, sink.text, sink.len);
        return 0;
    }
    *note = (struct commit_note){.since = -1};
    return -1;
}
