#include "service/options.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "service/option_suggest.h"
#include "service/option_value.h"

#define SHOWN_MAX 80
/* Options a program may have; which of them were given as flags is remembered in one bit each. */
#define OPTIONS_MAX 128

/* One walk along argv. It is made twice: the first only looks for mistakes and --help, so that
 * --help shows the defaults and not what stood before it. */
struct walk {
    const struct options_spec *spec;
    void *settings;
    int argc;
    char **argv;
    int at;
    bool apply;
    bool given[OPTIONS_MAX];
    struct reason *reason;
};

/* A flag as written: "--name", "--no-name", "--name=value", "-Xvalue". */
struct flag {
    const char *name;
    size_t len;
    const char *value; /* NULL: none attached */
    bool is_short;
};

static const struct option *option_at(const struct options_spec *spec, size_t index)
{
    for (size_t group = 0; group < spec->group_count; group++) {
        if (index < spec->groups[group].count)
            return &spec->groups[group].options[index];
        index -= spec->groups[group].count;
    }
    return NULL;
}

static bool is_named(const struct option *option, const struct flag *flag)
{
    return option->name != NULL && (strlen(option->name) == 1) == flag->is_short &&
           strlen(option->name) == flag->len && memcmp(option->name, flag->name, flag->len) == 0;
}

static const struct option *find(const struct options_spec *spec, const struct flag *flag,
                                 size_t *index)
{
    const struct option *option;
    for (*index = 0; (option = option_at(spec, *index)) != NULL; (*index)++)
        if (is_named(option, flag))
            return option;
    return NULL;
}

static struct flag read_flag(const char *text)
{
    if (text[1] != '-') {
        const char *value = text[2] == '\0' ? NULL : text + 2;
        return (struct flag){.name = text + 1, .len = 1, .value = value, .is_short = true};
    }
    const char *equals = strchr(text, '=');
    size_t len = equals == NULL ? strlen(text + 2) : (size_t)(equals - text - 2);
    return (struct flag){.name = text + 2, .len = len, .value = equals == NULL ? NULL : equals + 1};
}

/* --no-name of a FLAG. */
static const struct option *find_negated(const struct options_spec *spec, const struct flag *flag,
                                         size_t *index)
{
    if (flag->is_short || flag->value != NULL || flag->len < 4 || memcmp(flag->name, "no-", 3) != 0)
        return NULL;
    struct flag positive = {.name = flag->name + 3, .len = flag->len - 3};
    const struct option *option = find(spec, &positive, index);
    return option != NULL && option->type == OPTION_FLAG ? option : NULL;
}

static bool flag_is(const struct flag *flag, const char *name, char letter)
{
    if (flag->is_short)
        return flag->value == NULL && *flag->name == letter;
    return flag->len == strlen(name) && memcmp(flag->name, name, flag->len) == 0;
}

/* What is the same in every program. */
static bool print_built_in(const struct walk *walk, const struct flag *flag)
{
    if (flag_is(flag, "help", 'h'))
        options_help(walk->spec, walk->settings, stdout);
    else if (flag_is(flag, "version", 'V'))
        printf("%s %s\n", walk->spec->program, FEEDS_VERSION);
    else if (flag_is(flag, "help-markdown", '\0'))
        options_markdown(walk->spec, walk->settings, stdout);
    else
        return false;
    return true;
}

static enum options_result unknown(const struct walk *walk, const struct flag *flag)
{
    char shown[SHOWN_MAX], nearest[SHOWN_MAX];
    const char *dashes = flag->is_short ? "-" : "--";
    text_show(flag->name, flag->len, shown, sizeof shown);
    if (!flag->is_short && option_suggest(walk->spec, flag->name, flag->len, nearest))
        reason_set(walk->reason, "unknown option --%s: %s", shown, nearest);
    else
        reason_set(walk->reason, "unknown option %s%s (--help lists all)", dashes, shown);
    return OPTIONS_USAGE;
}

/* The value that the flag sets, or NULL when it is missing. Moves on when it is argv's next. */
static const char *flag_value(struct walk *walk, const struct flag *flag,
                              const struct option *option)
{
    if (flag->value != NULL)
        return flag->value;
    if (option->type == OPTION_FLAG)
        return "true";
    if (walk->at + 1 < walk->argc)
        return walk->argv[++walk->at];
    return NULL;
}

static enum options_result set_given(struct walk *walk, const struct option *option, size_t index,
                                     const char *value)
{
    if (index < OPTIONS_MAX && !walk->given[index]) {
        walk->given[index] = true;
        option_value_reset(option, walk->settings);
    }
    if (option_value_set(option, walk->settings, value, walk->reason) == 0)
        return OPTIONS_OK;
    reason_prefix(walk->reason, "%s%s", strlen(option->name) == 1 ? "-" : "--", option->name);
    return OPTIONS_CONFIG;
}

static enum options_result take_flag(struct walk *walk)
{
    struct flag flag = read_flag(walk->argv[walk->at]);
    size_t index;
    const char *value = "false";
    const struct option *option = find_negated(walk->spec, &flag, &index);
    if (option == NULL) {
        option = find(walk->spec, &flag, &index);
        if (option == NULL)
            return print_built_in(walk, &flag) ? OPTIONS_DONE : unknown(walk, &flag);
        value = flag_value(walk, &flag, option);
    }
    if (value == NULL) {
        reason_set(walk->reason, "%s%s needs a value", flag.is_short ? "-" : "--", option->name);
        return OPTIONS_USAGE;
    }
    return walk->apply ? set_given(walk, option, index, value) : OPTIONS_OK;
}

static bool is_flag(const char *text)
{
    return text[0] == '-' && text[1] != '\0';
}

/* Operands gather, in their order, at the end of argv when the walk applies. */
static enum options_result walk_along(struct walk *walk, char **operands, int *count)
{
    *count = 0;
    bool flags = true;
    for (walk->at = 1; walk->at < walk->argc; walk->at++) {
        char *text = walk->argv[walk->at];
        if (flags && strcmp(text, "--") == 0) {
            flags = false;
        } else if (!flags || !is_flag(text)) {
            operands[(*count)++] = text;
        } else {
            enum options_result result = take_flag(walk);
            if (result != OPTIONS_OK)
                return result;
        }
    }
    return OPTIONS_OK;
}

static enum options_result set_defaults(struct walk *walk)
{
    const struct option *option;
    for (size_t i = 0; (option = option_at(walk->spec, i)) != NULL; i++) {
        if (option->fallback == NULL)
            continue;
        option_value_reset(option, walk->settings);
        if (option_value_set(option, walk->settings, option->fallback, walk->reason) != 0) {
            reason_prefix(walk->reason, "default of %s",
                          option->name == NULL ? option->env : option->name);
            return OPTIONS_CONFIG;
        }
    }
    return OPTIONS_OK;
}

static enum options_result set_from_environment(struct walk *walk)
{
    const struct option *option;
    for (size_t i = 0; (option = option_at(walk->spec, i)) != NULL; i++) {
        const char *value = option->env == NULL ? NULL : getenv(option->env);
        if (value == NULL || *value == '\0' || (i < OPTIONS_MAX && walk->given[i]))
            continue;
        option_value_reset(option, walk->settings);
        if (option_value_set(option, walk->settings, value, walk->reason) != 0) {
            reason_prefix(walk->reason, "%s", option->env);
            return OPTIONS_CONFIG;
        }
    }
    return OPTIONS_OK;
}

enum options_result options_parse(const struct options_spec *spec, void *settings, int argc,
                                  char **argv, int *operands, struct reason *reason)
{
    struct walk walk = {
        .spec = spec, .settings = settings, .argc = argc, .argv = argv, .reason = reason};
    int count = 0;
    char **rest = calloc((size_t)argc + 1, sizeof *rest);
    if (rest == NULL) {
        reason_set(reason, "out of memory");
        return OPTIONS_CONFIG;
    }
    enum options_result result = set_defaults(&walk);
    if (result == OPTIONS_OK)
        result = walk_along(&walk, rest, &count);
    walk.apply = true;
    if (result == OPTIONS_OK)
        result = walk_along(&walk, rest, &count);
    if (result == OPTIONS_OK)
        result = set_from_environment(&walk);
    if (result == OPTIONS_OK && count > 0)
        memcpy(argv + argc - count, rest, (size_t)count * sizeof *rest);
    *operands = argc - count;
    free(rest);
    return result;
}
