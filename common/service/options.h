/* The one configuration table: it feeds the parser, --help, --check-config and the README.
 *
 * A program has a struct of settings and groups of options that say where in it each value goes.
 * Flags win over the environment, the environment over the default. */
#ifndef FEEDS_SERVICE_OPTIONS_H
#define FEEDS_SERVICE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/reason.h"

#define OPTION_LIST_MAX 64

struct option_list {
    const char *items[OPTION_LIST_MAX];
    size_t count;
};

enum option_type {
    OPTION_TEXT,     /* const char * */
    OPTION_SECRET,   /* const char *; environment only, never printed */
    OPTION_INTEGER,  /* int64_t, minimum..maximum */
    OPTION_DURATION, /* int64_t milliseconds: "500ms", "30s", "10m", "30d"; "never" is -1 */
    OPTION_BYTES,    /* int64_t: "1048576", "64k", "1m" */
    OPTION_FLAG,     /* bool: --name, --no-name, or the environment's true/false/1/0/yes/no */
    OPTION_CHOICE,   /* const char *, one of choices */
    OPTION_LIST,     /* struct option_list: may be given several times */
};

struct option {
    const char *name; /* flag without its dashes; NULL: environment only. "X" is the short -X */
    const char *env;  /* NULL: flag only */
    enum option_type type;
    const char
        *fallback; /* the default as the operator would write it; NULL: what the settings hold
                             when options_parse() is called */
    int64_t minimum, maximum;   /* INTEGER, DURATION, BYTES; both 0: no limits */
    const char *const *choices; /* CHOICE: ends with NULL */
    size_t offset;              /* of the value in the settings */
    const char *help;           /* one sentence */
};

struct option_group {
    const char *title;
    const struct option *options;
    size_t count;
};

struct options_spec {
    const char *program;
    const char *synopsis; /* behind the program's name: "[FILE...]" */
    const char *purpose;  /* one sentence */
    const struct option_group *groups;
    size_t group_count;
    const char *epilogue; /* printed below the options, or NULL */
};

enum options_result {
    OPTIONS_OK,
    OPTIONS_DONE,  /* --help, --version or --help-markdown has been printed on stdout: exit 0 */
    OPTIONS_USAGE, /* the flags are wrong: exit 64 */
    OPTIONS_CONFIG /* a value is wrong: exit 78; the reason names flag or variable, value, range */
};

/* Reads argv and the environment into settings. *operands is the index in argv of the first operand
 * (argv may be permuted). Values are borrowed from argv, the environment or the table. Empty
 * environment variables count as not set (docker-compose sets them so). */
enum options_result options_parse(const struct options_spec *spec, void *settings, int argc,
                                  char **argv, int *operands, struct reason *reason);
void options_help(const struct options_spec *spec, const void *settings, FILE *out);
/* The README's table. */
void options_markdown(const struct options_spec *spec, const void *settings, FILE *out);
/* The values in force, one NAME=value a line, secrets as "(set)" or "(not set)". */
void options_print(const struct options_spec *spec, const void *settings, FILE *out);

#endif
