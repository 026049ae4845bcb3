#include "feed/map_hint.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/failure.h"
#include "core/text.h"

/* The next byte that counts, in lower case; '\0' at the end. Bytes of other scripts count as they
 * are. */
static int next_letter(const char **text, size_t *len)
{
    while (*len > 0) {
        unsigned char byte = (unsigned char)*(*text)++;
        --*len;
        if (byte >= 0x80 || isalnum(byte))
            return tolower(byte);
    }
    return '\0';
}

static bool is_alike(const char *one, size_t one_len, const char *other, size_t other_len)
{
    int letter;
    do {
        letter = next_letter(&one, &one_len);
        if (letter != next_letter(&other, &other_len))
            return false;
    } while (letter != '\0');
    return true;
}

bool map_hint_fits(const struct field *field, const char *name, size_t len)
{
    if (is_alike(field->name, strlen(field->name), name, len))
        return true;
    for (const char *const *also = field->also; also != NULL && *also != NULL; also++)
        if (is_alike(*also, strlen(*also), name, len))
            return true;
    return false;
}

static void add_item(struct map_hint *hint, const char *field, const char *name)
{
    size_t len = strlen(hint->items);
    size_t wanted = (len > 0) + strlen(field) + 1 + strlen(name);
    if (len + wanted < sizeof hint->items)
        snprintf(hint->items + len, sizeof hint->items - len, "%s%s=%s", len > 0 ? "," : "", field,
                 name);
}

/* As mapping_read_map() reads it. */
static void escape(const char *name, char out[2 * FAILURE_FIELD_MAX])
{
    size_t len = 0;
    for (; *name != '\0'; name++) {
        if (*name == ',' || *name == '\\')
            out[len++] = '\\';
        out[len++] = *name;
    }
    out[len] = '\0';
}

void map_hint_take(struct map_hint *hint, const struct field *field, const char *name, size_t len)
{
    char shown[FAILURE_FIELD_MAX], escaped[2 * FAILURE_FIELD_MAX];
    text_show(name, len, shown, sizeof shown);
    escape(shown, escaped);
    add_item(hint, field->name, escaped);
    hint->found = true;
}

void map_hint_want(struct map_hint *hint, const struct field *field)
{
    add_item(hint, field->name, "COLUMN");
}

static bool is_plain(char byte)
{
    return isalnum((unsigned char)byte) || strchr("-_.,=", byte) != NULL;
}

const char *map_hint_text(struct map_hint *hint)
{
    const char *quote = "";
    for (const char *byte = hint->items; *byte != '\0'; byte++)
        if (!is_plain(*byte))
            quote = strchr(hint->items, '\'') == NULL ? "'" : "\"";
    snprintf(hint->text, sizeof hint->text, "%s%s%s%s", hint->items[0] == '\0' ? "" : "--map ",
             quote, hint->items, quote);
    return hint->text;
}
