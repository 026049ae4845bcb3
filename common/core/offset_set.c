#include "core/offset_set.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The longest number, with its NUL. */
#define NUMBER_SIZE 20

void offset_set_start(struct offset_set *set, int64_t base)
{
    *set = (struct offset_set){.base = base};
}

void offset_set_add(struct offset_set *set, int64_t offset)
{
    if (offset < set->base || offset - set->base >= OFFSET_SET_BYTES * 8)
        return;
    size_t place = (size_t)(offset - set->base);
    set->bits[place / 8] |= (unsigned char)(1u << place % 8);
    if (set->len <= place / 8)
        set->len = place / 8 + 1;
}

bool offset_set_has(const struct offset_set *set, int64_t offset)
{
    if (offset < set->base || offset - set->base >= (int64_t)set->len * 8)
        return false;
    size_t place = (size_t)(offset - set->base);
    return set->bits[place / 8] >> place % 8 & 1;
}

void offset_set_add_from(struct offset_set *set, const struct offset_set *other, int64_t from)
{
    for (size_t place = 0; place < other->len * 8; place++) {
        int64_t offset = other->base + (int64_t)place;
        if (offset >= from && offset_set_has(other, offset))
            offset_set_add(set, offset);
    }
}

size_t offset_set_write(const struct offset_set *set, char text[OFFSET_SET_TEXT])
{
    size_t at = 0;
    text[0] = '\0';
    if (set->len == 0)
        return 0;
    at = (size_t)snprintf(text, OFFSET_SET_TEXT, "+%" PRId64 ":", set->base);
    for (size_t i = 0; i < set->len; i++)
        at += (size_t)snprintf(text + at, OFFSET_SET_TEXT - at, "%02x", set->bits[i]);
    return at;
}

/* The number between "+" and ":". -1: there is none. */
static int64_t read_base(const char *text, const char *colon)
{
    char number[NUMBER_SIZE];
    char *end;
    size_t len = (size_t)(colon - text - 1);
    if (len == 0 || len >= sizeof number || strspn(text + 1, "0123456789") != len)
        return -1;
    memcpy(number, text + 1, len);
    number[len] = '\0';
    return strtoll(number, &end, 10);
}

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = c == '\0' ? NULL : strchr(digits, c);
    return found == NULL ? -1 : (int)(found - digits);
}

static int read_bits(const char *text, size_t len, struct offset_set *set)
{
    if (len == 0 || len % 2 != 0 || len / 2 > OFFSET_SET_BYTES)
        return -1;
    for (size_t i = 0; i < len / 2; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        set->bits[i] = (unsigned char)(high << 4 | low);
    }
    set->len = len / 2;
    return 0;
}

int offset_set_read(const char *text, size_t len, struct offset_set *set)
{
    const char *colon = memchr(text, ':', len);
    offset_set_start(set, 0);
    if (len == 0 || text[0] != '+' || colon == NULL)
        return -1;
    set->base = read_base(text, colon);
    if (set->base >= 0 && read_bits(colon + 1, (size_t)(text + len - colon - 1), set) == 0)
        return 0;
    offset_set_start(set, 0);
    return -1;
}
