#include "service/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/clock_text.h"
#include "core/text.h"
#include "service/clock.h"

/* Ceilings, bytes. A pair that no longer fits is left out whole, so that a line stays well-formed.
 */
#define LOG_LINE_MAX  16384
#define LOG_VALUE_MAX 4096
/* For what ends a line. */
#define LOG_END "}\n"

static const char *service_name;
static enum log_level lowest_level = LOG_INFO_LEVEL;
static bool as_json;

void log_setup(const char *service, enum log_level lowest, bool json)
{
    service_name = service;
    lowest_level = lowest;
    as_json = json;
}

static const char *level_name(enum log_level level)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    return names[level];
}

/* U+0080 to U+009F are control characters too: some terminals obey them. */
static bool is_c1(const unsigned char *at)
{
    return at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f;
}

static bool needs_quotes(const char *text)
{
    if (*text == '\0')
        return true;
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++)
        if (*at <= ' ' || *at == '"' || *at == '\\' || *at == '=' || *at == 0x7f || is_c1(at))
            return true;
    return false;
}

static int add_escaped(struct buffer *line, const unsigned char **at)
{
    const unsigned char *c = *at;
    if (is_c1(c)) {
        *at = c + 1;
        return buffer_addf(line, "\\u%04x", c[1]);
    }
    if (*c == '"' || *c == '\\')
        return buffer_addf(line, "\\%c", *c);
    if (*c == '\n')
        return buffer_add_text(line, "\\n");
    if (*c < ' ' || *c == 0x7f)
        return buffer_addf(line, "\\u%04x", *c);
    return buffer_add_byte(line, (char)*c);
}

/* A JSON string; in logfmt the same. */
static int add_quoted(struct buffer *line, const char *text)
{
    if (buffer_add_byte(line, '"') != 0)
        return -1;
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++)
        if (add_escaped(line, &at) != 0)
            return -1;
    return buffer_add_byte(line, '"');
}

static int add_logfmt(struct buffer *line, const char *key, const char *value)
{
    if (line->len > 0 && buffer_add_byte(line, ' ') != 0)
        return -1;
    /* The time stands alone, as people read it first. */
    if (strcmp(key, "time") != 0 && buffer_addf(line, "%s=", key) != 0)
        return -1;
    return needs_quotes(value) ? add_quoted(line, value) : buffer_add_text(line, value);
}

static int add_json(struct buffer *line, const char *key, const char *value)
{
    if (buffer_add_byte(line, line->len == 0 ? '{' : ',') != 0 || add_quoted(line, key) != 0 ||
        buffer_add_byte(line, ':') != 0)
        return -1;
    return add_quoted(line, value);
}

static void add_pair(struct buffer *line, const char *key, const char *value)
{
    char clean[LOG_VALUE_MAX];
    if (value == NULL)
        value = "";
    text_clean(value, strlen(value), clean, sizeof clean);
    size_t before = line->len;
    if ((as_json ? add_json(line, key, clean) : add_logfmt(line, key, clean)) != 0)
        buffer_cut(line, before);
}

static void begin_line(struct buffer *line, enum log_level level, const char *event)
{
    char now[CLOCK_TEXT_SIZE];
    clock_text(clock_wall(), now);
    add_pair(line, "time", now);
    add_pair(line, "level", level_name(level));
    if (service_name != NULL)
        add_pair(line, "service", service_name);
    add_pair(line, "event", event);
}

/* One write, so that lines of several processes on one descriptor do not mix. */
static void end_line(struct buffer *line)
{
    line->max += strlen(LOG_END);
    buffer_add_text(line, as_json ? "}\n" : "\n");
    ssize_t written;
    do
        written = write(STDERR_FILENO, line->data, line->len);
    while (written < 0 && errno == EINTR);
    buffer_release(line);
}

void log_event(enum log_level level, const char *event, ...)
{
    if (level < lowest_level)
        return;
    struct buffer line = BUFFER_INIT(LOG_LINE_MAX);
    begin_line(&line, level, event);
    va_list pairs;
    va_start(pairs, event);
    for (const char *key; (key = va_arg(pairs, const char *)) != NULL;)
        add_pair(&line, key, va_arg(pairs, const char *));
    va_end(pairs);
    end_line(&line);
}

void log_say(enum log_level level, const char *event, const char *format, ...)
{
    if (level < lowest_level)
        return;
    char sentence[LOG_VALUE_MAX];
    va_list args;
    va_start(args, format);
    if (vsnprintf(sentence, sizeof sentence, format, args) < 0)
        sentence[0] = '\0';
    va_end(args);
    struct buffer line = BUFFER_INIT(LOG_LINE_MAX);
    begin_line(&line, level, event);
    add_pair(&line, "msg", sentence);
    end_line(&line);
}
