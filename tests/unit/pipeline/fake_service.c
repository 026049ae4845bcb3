#include "fake_service.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/clock.h"
#include "service/log.h"

#define LINES_MAX  256
#define LINE_BYTES 1024
#define FIRST_MS   1000000
#define WALL_MS    1700000000000

static int64_t now_ms = FIRST_MS;
static char lines[LINES_MAX][LINE_BYTES];
static size_t line_count;

void fake_service_reset(void)
{
    now_ms = FIRST_MS;
    line_count = 0;
}

void fake_clock_pass(int64_t ms)
{
    now_ms += ms;
}

int64_t clock_now(void)
{
    return now_ms;
}

int64_t clock_wall(void)
{
    return WALL_MS + now_ms;
}

/* A test that logs more than this has a loop it does not want. */
static char *new_line(void)
{
    if (line_count == LINES_MAX)
        abort();
    return lines[line_count++];
}

void log_setup(const char *service, enum log_level lowest, bool json)
{
    (void)service;
    (void)lowest;
    (void)json;
}

void log_event(enum log_level level, const char *event, ...)
{
    char *line = new_line();
    int len = snprintf(line, LINE_BYTES, "%s", event);
    const char *key;
    va_list pairs;

    (void)level;
    va_start(pairs, event);
    while ((key = va_arg(pairs, const char *)) && len < LINE_BYTES)
        len += snprintf(line + len, (size_t)(LINE_BYTES - len), " %s=%s", key,
                        va_arg(pairs, const char *));
    va_end(pairs);
}

void log_say(enum log_level level, const char *event, const char *format, ...)
{
    char text[LINE_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    log_event(level, event, "msg", text, NULL);
}

static bool is_of(const char *line, const char *event)
{
    size_t len = strlen(event);

    return strncmp(line, event, len) == 0 && line[len] == ' ';
}

size_t fake_log_count(const char *event)
{
    size_t count = 0;

    for (size_t i = 0; i < line_count; i++)
        count += is_of(lines[i], event);
    return count;
}

const char *fake_log_last(const char *event)
{
    for (size_t i = line_count; i-- > 0;)
        if (is_of(lines[i], event))
            return lines[i];
    return "";
}
