#include "feed/json_wrapped.h"

#include "core/text.h"
#include "feed/json_members.h"
#include "feed/json_scan.h"
#include "feed/rejected_head.h"

#define NAME_SHOWN 80

static void refuse(const char *name, size_t len, struct failure *failure)
{
    char shown[NAME_SHOWN];
    text_show(name, len, shown, sizeof shown);
    failure_set(failure, ERROR_UNREADABLE_FEED, NULL, NULL, 0,
                "its records are in an array inside an object: take it out, with jq '.\"%s\"' for "
                "example; nothing was sent",
                shown);
}

static void refuse_bracket(struct failure *failure)
{
    failure_set(failure, ERROR_UNREADABLE_FEED, NULL, NULL, 0,
                "it is an object over several lines: its records must stand in an array, between "
                "[ and ], or each on one line (if there is an array in it: take it out, with jq "
                "'.products' for example); nothing was sent");
}

/* `[{`, or as much of it as there is. */
static bool is_list(const char *value, size_t len)
{
    if (len == 0 || value[0] != '[')
        return false;
    size_t next = 1 + json_blanks(value + 1, len - 1);
    return next == len || value[next] == '{';
}

static bool is_ours(const struct entity *entity, const struct mapping *mapping, const char *name,
                    size_t len)
{
    return mapping_field(entity, mapping, name, len) >= 0 || rejected_head_has(name, len);
}

bool json_wrapped(const struct entity *entity, const struct mapping *mapping, const char *text,
                  size_t len, struct failure *failure)
{
    const char *list = NULL;
    size_t list_len = 0, name_len, value_len, before = json_blanks(text, len);
    if (before == len || text[before] != '{')
        return false;
    struct json_members members = json_members(text + before + 1, len - before - 1);
    while (json_members_next(&members)) {
        const char *name = json_member_name(&members, &name_len);
        const char *value = json_member_value(&members, &value_len);
        if (name != NULL && is_ours(entity, mapping, name, name_len))
            return false;
        if (name == NULL || value == NULL || list != NULL || !is_list(value, value_len))
            continue;
        list = name;
        list_len = name_len;
    }
    if (list != NULL)
        refuse(list, list_len, failure);
    else if (before + 1 + json_blanks(text + before + 1, len - before - 1) == len)
        refuse_bracket(failure);
    else
        return false;
    return true;
}
