#include "service/option_suggest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Longer names are not compared. */
#define NAME_MAX_LEN 40

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance: letters to add, drop or change. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[NAME_MAX_LEN + 1];
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t changed = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(changed, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_len];
}

/* 0 is the same; a name that begins with what was typed is near, however long it is. */
static size_t distance_to(const char *name, size_t len, const char *candidate)
{
    size_t candidate_len = strlen(candidate);
    if (len > NAME_MAX_LEN || candidate_len > NAME_MAX_LEN)
        return NAME_MAX_LEN;
    if (len >= 3 && candidate_len > len && memcmp(name, candidate, len) == 0)
        return 1;
    return distance(name, len, candidate, candidate_len);
}

/* "strapi-token" for STRAPI_TOKEN */
static bool is_variable(const char *name, size_t len, const char *variable)
{
    for (size_t i = 0; i < len; i++) {
        char c = name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
        if (variable[i] != c)
            return false;
    }
    return variable[len] == '\0';
}

static void consider(const struct option *option, const char *name, size_t len, size_t *best,
                     char text[OPTION_SUGGESTION_SIZE])
{
    if (option->name == NULL) {
        if (*best > 0 && is_variable(name, len, option->env)) {
            *best = 0;
            snprintf(text, OPTION_SUGGESTION_SIZE, "only the environment sets it, as %s",
                     option->env);
        }
        return;
    }
    size_t near = strlen(option->name) == 1 ? NAME_MAX_LEN : distance_to(name, len, option->name);
    if (near >= *best)
        return;
    *best = near;
    snprintf(text, OPTION_SUGGESTION_SIZE, "did you mean --%s?", option->name);
}

bool option_suggest(const struct options_spec *spec, const char *name, size_t len,
                    char text[OPTION_SUGGESTION_SIZE])
{
    static const struct option built_in[] = {{.name = "help"}, {.name = "version"}};
    /* Half of a short name may be wrong, never more than three letters. */
    size_t best = least(len / 2, 3) + 1;
    size_t limit = best;
    for (size_t group = 0; group < spec->group_count; group++)
        for (size_t i = 0; i < spec->groups[group].count; i++)
            consider(&spec->groups[group].options[i], name, len, &best, text);
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++)
        consider(&built_in[i], name, len, &best, text);
    return best < limit;
}
