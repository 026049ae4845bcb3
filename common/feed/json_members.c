#include "feed/json_members.h"

#include <string.h>

#include "feed/json_scan.h"

struct json_members json_members(const char *text, size_t len)
{
    return (struct json_members){.rest = text, .rest_len = len};
}

/* Up to the comma or bracket that ends the member; all there is, if nothing does. */
static size_t member_len(const char *text, size_t len)
{
    bool in_text = false;
    size_t depth = 0, i = 0;
    for (; i < len; i++) {
        char byte = text[i];
        if (in_text && byte == '\\')
            i += i + 1 < len;
        else if (byte == '"')
            in_text = !in_text;
        else if (!in_text && depth == 0 && (byte == ',' || byte == '}'))
            break;
        else if (!in_text && (byte == '{' || byte == '['))
            depth++;
        else if (!in_text && (byte == '}' || byte == ']') && depth > 0)
            depth--;
    }
    return i;
}

static void trim(const char **text, size_t *len)
{
    size_t blanks = json_blanks(*text, *len);
    *text += blanks;
    *len -= blanks;
    while (*len > 0 && json_is_blank((*text)[*len - 1]))
        (*len)--;
}

bool json_members_next(struct json_members *members)
{
    if (members->ended)
        return false;
    if (members->begun) { /* behind the comma */
        members->rest++;
        members->rest_len--;
    }
    size_t len = member_len(members->rest, members->rest_len);
    members->text = members->rest;
    members->len = len;
    members->rest += len;
    members->rest_len -= len;
    members->begun = true;
    members->ended = members->rest_len == 0 || members->rest[0] != ',';
    trim(&members->text, &members->len);
    return true;
}

/* Behind the name's closing quote; NULL when the member does not begin with a name. */
static const char *name_end(const struct json_members *members)
{
    if (members->len < 2 || members->text[0] != '"')
        return NULL;
    for (size_t i = 1; i < members->len; i++) {
        if (members->text[i] == '\\')
            i++;
        else if (members->text[i] == '"')
            return members->text + i + 1;
    }
    return NULL;
}

const char *json_member_name(const struct json_members *members, size_t *len)
{
    const char *end = name_end(members);
    if (end == NULL)
        return NULL;
    *len = (size_t)(end - members->text) - 2;
    return members->text + 1;
}

bool json_member_is(const struct json_members *members, const char *name, size_t len)
{
    size_t own_len;
    const char *own = json_member_name(members, &own_len);
    return own != NULL && own_len == len && memcmp(own, name, len) == 0;
}

const char *json_member_value(const struct json_members *members, size_t *len)
{
    const char *end = name_end(members);
    if (end == NULL)
        return NULL;
    const char *value = end;
    *len = members->len - (size_t)(end - members->text);
    trim(&value, len);
    if (*len == 0 || value[0] != ':')
        return NULL;
    value++;
    (*len)--;
    trim(&value, len);
    return value;
}
