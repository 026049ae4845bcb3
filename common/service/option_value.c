#include "service/option_value.h"

#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "service/option_quantity.h"

#define SHOWN_MAX 120

static const struct {
    const char *word;
    bool value;
} words[] = {{"true", true}, {"false", false}, {"1", true},  {"0", false},
             {"yes", true},  {"no", false},    {"on", true}, {"off", false}};

static void *place(const struct option *option, void *settings)
{
    return (char *)settings + option->offset;
}

/* A range shows the units by itself. */
static const char *expectation(const struct option *option, bool has_range)
{
    switch (option->type) {
    case OPTION_INTEGER:
        return "a whole number";
    case OPTION_DURATION:
        if (has_range)
            return "a time";
        return "a time with its unit, like 500ms, 30s, 10m, 12h or 30d, or never";
    case OPTION_BYTES:
        return has_range ? "a number of bytes" : "a number of bytes, like 1048576, 64k or 1m";
    default:
        return "true or false";
    }
}

static int refuse(const struct option *option, const char *text, struct reason *reason)
{
    char shown[SHOWN_MAX], range[OPTION_TEXT_SIZE];
    text_show(text, strlen(text), shown, sizeof shown);
    option_range(option, range);
    if (option->type == OPTION_CHOICE)
        reason_set(reason, "expected %s, not \"%s\"", range, shown);
    else if (range[0] != '\0')
        reason_set(reason, "expected %s from %s, not \"%s\"", expectation(option, true), range,
                   shown);
    else
        reason_set(reason, "expected %s, not \"%s\"", expectation(option, false), shown);
    return -1;
}

static int set_quantity(const struct option *option, void *settings, const char *text,
                        struct reason *reason)
{
    int64_t number;
    if (option_quantity_read(option, text, &number) != 0)
        return refuse(option, text, reason);
    if (option_is_limited(option) && (number < option->minimum || number > option->maximum))
        return refuse(option, text, reason);
    memcpy(place(option, settings), &number, sizeof number);
    return 0;
}

static int set_flag(const struct option *option, void *settings, const char *text,
                    struct reason *reason)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i].word) == 0) {
            memcpy(place(option, settings), &words[i].value, sizeof(bool));
            return 0;
        }
    return refuse(option, text, reason);
}

static int set_choice(const struct option *option, void *settings, const char *text,
                      struct reason *reason)
{
    for (const char *const *choice = option->choices; *choice != NULL; choice++)
        if (strcmp(text, *choice) == 0) {
            memcpy(place(option, settings), choice, sizeof *choice);
            return 0;
        }
    return refuse(option, text, reason);
}

static int add_item(const struct option *option, void *settings, const char *text,
                    struct reason *reason)
{
    struct option_list *list = place(option, settings);
    if (list->count == OPTION_LIST_MAX) {
        reason_set(reason, "given more than %d times", OPTION_LIST_MAX);
        return -1;
    }
    list->items[list->count++] = text;
    return 0;
}

int option_value_set(const struct option *option, void *settings, const char *text,
                     struct reason *reason)
{
    switch (option->type) {
    case OPTION_INTEGER:
    case OPTION_DURATION:
    case OPTION_BYTES:
        return set_quantity(option, settings, text, reason);
    case OPTION_FLAG:
        return set_flag(option, settings, text, reason);
    case OPTION_CHOICE:
        return set_choice(option, settings, text, reason);
    case OPTION_LIST:
        return add_item(option, settings, text, reason);
    case OPTION_TEXT:
    case OPTION_SECRET:
        break;
    }
    memcpy(place(option, settings), &text, sizeof text);
    return 0;
}

void option_value_reset(const struct option *option, void *settings)
{
    if (option->type == OPTION_LIST)
        ((struct option_list *)place(option, settings))->count = 0;
}
