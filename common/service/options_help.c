#include <string.h>

#include "core/buffer.h"
#include "service/option_value.h"
#include "service/options.h"

/* Columns of --help. */
#define HELP_WIDTH  88
#define HELP_INDENT 30
/* Bytes of one option's text. */
#define HELP_TEXT_MAX 4096

static const char *placeholder(const struct option *option)
{
    switch (option->type) {
    case OPTION_INTEGER:
        return " NUMBER";
    case OPTION_DURATION:
        return " TIME";
    case OPTION_BYTES:
        return " BYTES";
    case OPTION_CHOICE:
        return " WORD";
    case OPTION_FLAG:
        return "";
    case OPTION_LIST:
        return strlen(option->name) == 1 ? " NAME=VALUE" : " TEXT";
    case OPTION_TEXT:
    case OPTION_SECRET:
        break;
    }
    return " TEXT";
}

/* The default as the operator would write it: the table's words, else what the settings hold. */
static void default_text(const struct option *option, const void *settings,
                         char text[OPTION_TEXT_SIZE])
{
    text[0] = '\0';
    if (option->type == OPTION_SECRET)
        return;
    if (option->fallback != NULL)
        snprintf(text, OPTION_TEXT_SIZE, "%s", option->fallback);
    else if (option->type != OPTION_LIST && settings != NULL)
        option_value_text(option, settings, 0, text);
}

/* "--name TEXT", "--[no-]name", "-X NAME=VALUE", or the variable where there is no flag. */
static void add_left(const struct option *option, struct buffer *out)
{
    if (option->name == NULL)
        buffer_add_text(out, option->env);
    else if (strlen(option->name) == 1)
        buffer_addf(out, "-%s%s", option->name, placeholder(option));
    else
        buffer_addf(out, "--%s%s%s", option->type == OPTION_FLAG ? "[no-]" : "", option->name,
                    placeholder(option));
}

static void add_note(struct buffer *out, const char **glue, const char *label, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    buffer_addf(out, "%s%s%s", *glue, label, text);
    *glue = "; ";
}

/* The sentence, and in brackets what else there is to know. */
static void add_right(const struct option *option, const void *settings, struct buffer *out)
{
    char fallback[OPTION_TEXT_SIZE], range[OPTION_TEXT_SIZE];
    default_text(option, settings, fallback);
    option_range(option, range);
    buffer_add_text(out, option->help);
    const char *glue = " [";
    if (option->name == NULL)
        add_note(out, &glue, "", "environment only");
    else
        add_note(out, &glue, "", option->env);
    add_note(out, &glue, "", range);
    if (option->type == OPTION_LIST)
        add_note(out, &glue, "", "may be repeated");
    add_note(out, &glue, "default: ", fallback);
    if (*glue == ';')
        buffer_add_byte(out, ']');
}

static void print_spaces(FILE *out, size_t count)
{
    fprintf(out, "%*s", (int)count, "");
}

/* Words up to the width; each line begins at the indent, where the first already stands. */
static void print_wrapped(const char *text, size_t indent, FILE *out)
{
    size_t column = indent;
    bool first = true;
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (!first && column + 1 + len > HELP_WIDTH) {
            fputc('\n', out);
            print_spaces(out, indent);
            column = indent;
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, len, out);
        column += len;
        first = false;
        text += len;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_entry(const char *left, const char *right, FILE *out)
{
    size_t len = strlen(left) + 2;
    fprintf(out, "  %s", left);
    if (len + 2 > HELP_INDENT) {
        fputc('\n', out);
        len = 0;
    }
    print_spaces(out, HELP_INDENT - len);
    print_wrapped(right, HELP_INDENT, out);
}

static void print_option(const struct option *option, const void *settings, FILE *out)
{
    struct buffer left = BUFFER_INIT(HELP_TEXT_MAX), right = BUFFER_INIT(HELP_TEXT_MAX);
    add_left(option, &left);
    add_right(option, settings, &right);
    if (left.data != NULL && right.data != NULL)
        print_entry(left.data, right.data, out);
    buffer_release(&left);
    buffer_release(&right);
}

void options_help(const struct options_spec *spec, const void *settings, FILE *out)
{
    fprintf(out, "Usage: %s [OPTION...]%s%s\n\n", spec->program,
            spec->synopsis == NULL || *spec->synopsis == '\0' ? "" : " ",
            spec->synopsis == NULL ? "" : spec->synopsis);
    print_wrapped(spec->purpose, 0, out);
    for (size_t group = 0; group < spec->group_count; group++) {
        fprintf(out, "\n%s\n", spec->groups[group].title);
        for (size_t i = 0; i < spec->groups[group].count; i++)
            print_option(&spec->groups[group].options[i], settings, out);
    }
    fprintf(out, "\nHelp\n");
    print_entry("-h, --help", "Print this and exit.", out);
    print_entry("--help-markdown", "Print the options as Markdown tables and exit.", out);
    print_entry("-V, --version", "Print the version and exit.", out);
    fputc('\n', out);
    print_wrapped("What stands in brackets first is the environment variable that sets the same; "
                  "a flag wins over it.",
                  0, out);
    if (spec->epilogue != NULL)
        fprintf(out, "\n%s\n", spec->epilogue);
}

/* A cell's "|" would end it. */
static void print_cell(const char *text, FILE *out)
{
    for (; *text != '\0'; text++)
        fprintf(out, *text == '|' ? "\\%c" : "%c", *text);
}

static void print_code_cell(const char *text, FILE *out)
{
    if (text == NULL || *text == '\0') {
        fputs("| ", out);
        return;
    }
    fputs("| `", out);
    print_cell(text, out);
    fputs("` ", out);
}

static void print_row(const struct option *option, const void *settings, FILE *out)
{
    char fallback[OPTION_TEXT_SIZE], range[OPTION_TEXT_SIZE];
    struct buffer left = BUFFER_INIT(HELP_TEXT_MAX);
    default_text(option, settings, fallback);
    option_range(option, range);
    if (option->name != NULL)
        add_left(option, &left);
    print_code_cell(left.data, out);
    print_code_cell(option->env, out);
    print_code_cell(fallback, out);
    fputs("| ", out);
    print_cell(option->help, out);
    if (range[0] != '\0') {
        fputs(" (", out);
        print_cell(range, out);
        fputc(')', out);
    }
    fputs(" |\n", out);
    buffer_release(&left);
}

void options_markdown(const struct options_spec *spec, const void *settings, FILE *out)
{
    for (size_t group = 0; group < spec->group_count; group++) {
        fprintf(out, "%s**%s**\n\n| Flag | Environment | Default | Meaning |\n|---|---|---|---|\n",
                group == 0 ? "" : "\n", spec->groups[group].title);
        for (size_t i = 0; i < spec->groups[group].count; i++)
            print_row(&spec->groups[group].options[i], settings, out);
    }
}

static void print_values(const struct option *option, const void *settings, FILE *out)
{
    char text[OPTION_TEXT_SIZE];
    const char *dashes = option->env != NULL ? "" : strlen(option->name) == 1 ? "-" : "--";
    const char *name = option->env != NULL ? option->env : option->name;
    for (size_t i = 0; i < option_value_count(option, settings); i++) {
        option_value_text(option, settings, i, text);
        fprintf(out, "%s%s%s%s\n", dashes, name, *dashes == '-' && dashes[1] == '\0' ? " " : "=",
                text);
    }
}

void options_print(const struct options_spec *spec, const void *settings, FILE *out)
{
    for (size_t group = 0; group < spec->group_count; group++)
        for (size_t i = 0; i < spec->groups[group].count; i++)
            print_values(&spec->groups[group].options[i], settings, out);
}
