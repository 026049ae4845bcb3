#include "core/clock_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#define DAY_MS (24 * 60 * 60 * INT64_C(1000))
/* Days from 0000-03-01 to 1970-01-01. */
#define EPOCH_DAYS 719468
#define ERA_DAYS   146097 /* 400 years */

struct date {
    int64_t year;
    int month, day; /* from 1 */
};

static int64_t floor_div(int64_t number, int64_t by)
{
    return number / by - (number % by < 0);
}

/* The Gregorian calendar in years that begin in March, so that the leap day is a year's last:
 * Howard Hinnant's "chrono-compatible low-level date algorithms". timegm() is not POSIX. */
static int64_t days_of(struct date date)
{
    int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * ((date.month + 9) % 12) + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_DAYS;
}

static struct date date_of(int64_t days)
{
    int64_t shifted = days + EPOCH_DAYS;
    int64_t era = floor_div(shifted, ERA_DAYS);
    int64_t day_of_era = shifted - era * ERA_DAYS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0 is March */
    struct date date = {
        .year = era * 400 + year_of_era + (month >= 10),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
    };
    return date;
}

void clock_text(int64_t time_ms, char text[CLOCK_TEXT_SIZE])
{
    int64_t days = floor_div(time_ms, DAY_MS);
    unsigned ms = (unsigned)(time_ms - days * DAY_MS);
    struct date date = date_of(days);
    snprintf(text, CLOCK_TEXT_SIZE, "%04" PRId64 "-%02d-%02dT%02u:%02u:%02u.%03uZ", date.year,
             date.month, date.day, ms / 3600000 % 24, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}

/* The number that stands in `digits` places at *text, which moves behind it. */
static bool read_digits(const char **text, int digits, int smallest, int largest, int *number)
{
    *number = 0;
    for (int i = 0; i < digits; i++, ++*text) {
        if (**text < '0' || **text > '9')
            return false;
        *number = *number * 10 + (**text - '0');
    }
    return *number >= smallest && *number <= largest;
}

static bool read_mark(const char **text, char mark)
{
    return *(*text)++ == mark;
}

static bool read_date(const char **text, int64_t *days)
{
    int year, month, day;
    if (!read_digits(text, 4, 0, 9999, &year) || !read_mark(text, '-') ||
        !read_digits(text, 2, 1, 12, &month) || !read_mark(text, '-') ||
        !read_digits(text, 2, 1, 31, &day))
        return false;
    struct date date = {.year = year, .month = month, .day = day};
    *days = days_of(date);
    /* 30 February is some day of March. */
    return date_of(*days).day == day;
}

static bool read_time(const char **text, int64_t *ms)
{
    int hours, minutes, seconds, thousandths = 0;
    if (!read_digits(text, 2, 0, 23, &hours) || !read_mark(text, ':') ||
        !read_digits(text, 2, 0, 59, &minutes) || !read_mark(text, ':') ||
        !read_digits(text, 2, 0, 59, &seconds))
        return false;
    if (**text == '.') {
        ++*text;
        if (!read_digits(text, 3, 0, 999, &thousandths))
            return false;
    }
    *ms = ((hours * 60 + minutes) * 60 + seconds) * INT64_C(1000) + thousandths;
    return read_mark(text, 'Z');
}

int clock_read(const char *text, int64_t *time_ms)
{
    int64_t days, ms = 0;
    if (!read_date(&text, &days))
        return -1;
    if (*text == 'T') {
        text++;
        if (!read_time(&text, &ms))
            return -1;
    }
    if (*text != '\0')
        return -1;
    *time_ms = days * DAY_MS + ms;
    return 0;
}
