#include "service/option_value.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "service/option_quantity.h"

static const void *place(const struct option *option, const void *settings)
{
    return (const char *)settings + option->offset;
}

/* "a, b or c" */
static void write_choices(const char *const *choices, char text[OPTION_TEXT_SIZE])
{
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; choices[i] != NULL && len < OPTION_TEXT_SIZE; i++) {
        const char *glue = i == 0 ? "" : choices[i + 1] == NULL ? " or " : ", ";
        int more = snprintf(text + len, OPTION_TEXT_SIZE - len, "%s%s", glue, choices[i]);
        len += more > 0 ? (size_t)more : 0;
    }
}

void option_range(const struct option *option, char text[OPTION_TEXT_SIZE])
{
    char least[OPTION_TEXT_SIZE], most[OPTION_TEXT_SIZE];
    text[0] = '\0';
    if (option->type == OPTION_CHOICE)
        write_choices(option->choices, text);
    if (!option_is_limited(option) || option->type == OPTION_CHOICE)
        return;
    bool never = option_may_be_never(option);
    option_quantity_write(option, never ? 0 : option->minimum, least);
    option_quantity_write(option, option->maximum, most);
    snprintf(text, OPTION_TEXT_SIZE, "%.120s to %.120s%s", least, most, never ? ", or never" : "");
}

size_t option_value_count(const struct option *option, const void *settings)
{
    if (option->type != OPTION_LIST)
        return 1;
    return ((const struct option_list *)place(option, settings))->count;
}

/* Whether "name=value" gives a secret: sasl.password, ssl.key.pem, sasl.jaas.config, ... */
static bool names_secret(const char *item)
{
    static const char *const parts[] = {"password", "secret",      "token",
                                        "jaas",     "oauthbearer", "pem"};
    const char *equals = strchr(item, '=');
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *found = strstr(item, parts[i]);
        if (equals != NULL && found != NULL && found < equals)
            return true;
    }
    return false;
}

/* "http://user:password@host" without its password. */
static void write_text(const char *value, char text[OPTION_TEXT_SIZE])
{
    if (value == NULL)
        value = "";
    const char *scheme = strstr(value, "://");
    const char *colon = scheme == NULL ? NULL : strchr(scheme + 3, ':');
    const char *at = scheme == NULL ? NULL : strchr(scheme + 3, '@');
    if (colon != NULL && at != NULL && colon < at)
        snprintf(text, OPTION_TEXT_SIZE, "%.*s:(set)%s", (int)(colon - value), value, at);
    else
        text_show(value, strlen(value), text, OPTION_TEXT_SIZE);
}

static void write_item(const char *item, char text[OPTION_TEXT_SIZE])
{
    if (names_secret(item))
        snprintf(text, OPTION_TEXT_SIZE, "%.*s=(set)", (int)(strchr(item, '=') - item), item);
    else
        write_text(item, text);
}

void option_value_text(const struct option *option, const void *settings, size_t index,
                       char text[OPTION_TEXT_SIZE])
{
    const void *at = place(option, settings);
    switch (option->type) {
    case OPTION_INTEGER:
    case OPTION_DURATION:
    case OPTION_BYTES:
        option_quantity_write(option, *(const int64_t *)at, text);
        break;
    case OPTION_FLAG:
        snprintf(text, OPTION_TEXT_SIZE, "%s", *(const bool *)at ? "true" : "false");
        break;
    case OPTION_LIST:
        write_item(((const struct option_list *)at)->items[index], text);
        break;
    case OPTION_SECRET: {
        const char *value = *(const char *const *)at;
        bool set = value != NULL && *value != '\0';
        snprintf(text, OPTION_TEXT_SIZE, "%s", set ? "(set)" : "(not set)");
        break;
    }
    case OPTION_TEXT:
    case OPTION_CHOICE:
        write_text(*(const char *const *)at, text);
        break;
    }
}
