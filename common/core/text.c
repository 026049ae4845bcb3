#include "core/text.h"

#include <stdint.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

static const uint8_t *as_utf8(const char *text)
{
    return (const uint8_t *)text;
}

bool text_valid(const char *text, size_t len, size_t *bad)
{
    const uint8_t *wrong = len == 0 ? NULL : u8_check(as_utf8(text), len);
    if (wrong == NULL)
        return true;
    if (bad != NULL)
        *bad = (size_t)(wrong - as_utf8(text));
    return false;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Five bytes are not assigned, and a control character says that it is something else. */
bool text_maybe_windows_1252(const char *bytes, size_t len)
{
    static const char never[] = "\x81\x8D\x8F\x90\x9D\x7F";
    for (size_t i = 0; i < len; i++) {
        bool control = (unsigned char)bytes[i] < 0x20 && strchr("\t\r\n", bytes[i]) == NULL;
        if (bytes[i] == '\0' || control || strchr(never, bytes[i]) != NULL)
            return false;
    }
    return true;
}

size_t text_units(const char *text, size_t len)
{
    size_t units = 0;
    for (size_t i = 0; i < len; i++) {
        /* Four bytes are a character beyond U+FFFF: a surrogate pair, two units. */
        if (!is_continuation(text[i]))
            units += (unsigned char)text[i] >= 0xF0 ? 2 : 1;
    }
    return units;
}

size_t text_cut(const char *text, size_t len, size_t max)
{
    if (len <= max)
        return len;
    size_t end = max;
    /* A character has three continuation bytes at most; more are no UTF-8, and cut anywhere. */
    while (end > 0 && max - end < 3 && is_continuation(text[end]))
        end--;
    return is_continuation(text[end]) ? max : end;
}

/* Bytes of the character at the start of the text, 0 when it is not valid. */
static size_t character_at(const char *text, size_t len, ucs4_t *character)
{
    int size = u8_mbtoucr(character, as_utf8(text), len);
    return size > 0 ? (size_t)size : 0;
}

void text_trim(const char **text, size_t *len)
{
    ucs4_t character;
    size_t size;
    while (*len > 0 && (size = character_at(*text, *len, &character)) > 0 &&
           uc_is_property_white_space(character)) {
        *text += size;
        *len -= size;
    }
    const uint8_t *start = as_utf8(*text), *before;
    while (*len > 0 && (before = u8_prev(&character, start + *len, start)) != NULL &&
           uc_is_property_white_space(character))
        *len = (size_t)(before - start);
}

static bool is_control(ucs4_t character)
{
    return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

/* Takes no place and joins nothing: BOM, zero width space, word joiner. */
static bool is_invisible(ucs4_t character)
{
    return character == 0xFEFF || character == 0x200B || character == 0x2060;
}

/* Three bytes (U+FEFF) as \xNN\xNN\xNN. */
#define SHOWN_CHARACTER_MAX 12

/* Writes the character at the start of bytes as it is shown, and how many bytes that took of them.
 */
static size_t show_character(const char *bytes, size_t len, char out[SHOWN_CHARACTER_MAX],
                             size_t *taken)
{
    static const char digits[] = "0123456789ABCDEF";
    ucs4_t character;
    size_t size = character_at(bytes, len, &character);
    *taken = size == 0 ? 1 : size;
    if (size != 0 && !is_control(character) && !is_invisible(character)) {
        memcpy(out, bytes, size);
        return size;
    }
    for (size_t i = 0; i < *taken; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        const char shown[] = {'\\', 'x', digits[byte >> 4], digits[byte & 0xF]};
        memcpy(out + i * sizeof shown, shown, sizeof shown);
    }
    return *taken * 4;
}

size_t text_show(const char *bytes, size_t len, char *out, size_t size)
{
    static const char dots[] = "...";
    size_t written = 0, dots_at = 0, taken;
    for (size_t i = 0; i < len; i += taken) {
        char shown[SHOWN_CHARACTER_MAX];
        size_t shown_len = show_character(bytes + i, len - i, shown, &taken);
        if (written + shown_len >= size) {
            memcpy(out + dots_at, dots, sizeof dots);
            return dots_at + sizeof dots - 1;
        }
        memcpy(out + written, shown, shown_len);
        written += shown_len;
        /* The last place between characters behind which the dots still fit. */
        if (written + sizeof dots <= size)
            dots_at = written;
    }
    out[written] = '\0';
    return written;
}

size_t text_clean(const char *bytes, size_t len, char *out, size_t size)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    size_t written = 0, taken;
    for (size_t i = 0; i < len; i += taken) {
        ucs4_t character;
        size_t valid = character_at(bytes + i, len - i, &character);
        bool keep = valid != 0 && character != 0;
        const char *from = keep ? bytes + i : replacement;
        size_t from_len = keep ? valid : sizeof replacement - 1;
        taken = valid == 0 ? 1 : valid;
        if (written + from_len >= size)
            break;
        memcpy(out + written, from, from_len);
        written += from_len;
    }
    out[written] = '\0';
    return written;
}
