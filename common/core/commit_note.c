#include "core/commit_note.h"

#include <stdio.h>
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
    at = snprintf(text, COMMIT_NOTE_SIZE, "%s %s%s%s", VERSION, note->sink, any ? " " : "", ahead);
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

    memset(note, 0, sizeof *note);
    if (len == 0)
        return -1;
    version = next_word(&at, end);
    sink = next_word(&at, end);
    if (version.len == strlen(VERSION) && memcmp(version.text, VERSION, version.len) == 0 &&
        sink.len > 0 && sink.len < COMMIT_NOTE_SINK && read_ahead(&at, end, &note->ahead) == 0 &&
        read_marks(at, end, &note->history) == 0) {
        memcpy(note->sink, sink.text, sink.len);
        return 0;
    }
    memset(note, 0, sizeof *note);
    return -1;
}
