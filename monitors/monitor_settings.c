#include "monitors/monitor_settings.h"

#include <stddef.h>

#include "core/buffer.h"
#include "core/error_code.h"

#define AT(member)   .offset = offsetof(struct monitor_settings, member)
#define EPILOGUE_MAX 16384

static const struct option view_options[] = {
    {.name = "until-end",
     .type = OPTION_FLAG,
     AT(until_end),
     .help = "Exit when the topic's end is reached; otherwise new failures are waited for."},
    {.name = "summary",
     .type = OPTION_FLAG,
     AT(summary),
     .help = "Count the failures by code, with the first and last time and an example of each; "
             "exits at the end."},
    {.name = "json",
     .type = OPTION_FLAG,
     AT(json),
     .help = "Each record as the JSON it is, one a line; with --summary one object."},
    {.name = "rejected-csv",
     .type = OPTION_FLAG,
     AT(rejected_csv),
     .help =
         "The rows of one --feed that were refused, by producers and consumers, as one file of "
         "that "
         "feed's shape with error and row in front, to be corrected and fed in again. Of a JSON "
         "feed one object a line. Exits at the end."},
};

static const struct option filter_options[] = {
    {.name = "code", .type = OPTION_LIST, AT(codes), .help = "Only this code (see below)."},
    {.name = "service", .type = OPTION_LIST, AT(services), .help = "Only from this program."},
    {.name = "topic",
     .type = OPTION_LIST,
     AT(topics),
     .help = "Only of messages of, or rows for, this topic."},
    {.name = "feed", .type = OPTION_LIST, AT(feeds), .help = "Only of this feed (file name)."},
    {.name = "since",
     .type = OPTION_TEXT,
     AT(since),
     .help = "Only failures of this time (UTC) or later: 2026-11-21T08:00:00Z or 2026-11-21."},
    {.name = "until", .type = OPTION_TEXT, AT(until), .help = "Only failures before this time."},
};

/* The closed list, from its one table. */
static const char *epilogue(void)
{
    static struct buffer text = BUFFER_INIT(EPILOGUE_MAX);
    buffer_clear(&text);
    int failed = buffer_add_text(&text, "Codes:\n");
    for (int i = 0; i < ERROR_CODE_COUNT; i++)
        failed |= buffer_addf(&text, "  %-18s  %s\n", error_code_name((enum error_code)i),
                              error_code_sentence((enum error_code)i));
    failed |= buffer_add_text(
        &text, "  no_code             A record of another program, which gives none.\n\n"
               "A record that was written twice (same id) is shown once, unless 250000 others\n"
               "came in between. The topic is read from its beginning, without a group.\n");
    return failed == 0 ? text.data : NULL;
}

static struct option_group groups[] = {
    {.title = "What to show", .options = view_options, .count = 4},
    {.title = "Which failures", .options = filter_options, .count = 6},
    {.title = "Kafka and logs", .options = program_options},
};

int monitor_settings_check(const struct monitor_settings *settings, struct reason *reason)
{
    if (!settings->rejected_csv)
        return 0;
    if (settings->feeds.count != 1)
        reason_set(reason, "--rejected-csv makes the file of one feed: name it with --feed");
    else if (settings->json || settings->summary)
        reason_set(reason, "--rejected-csv goes with neither --json nor --summary");
    else
        return 0;
    return -1;
}

struct options_spec monitor_options(struct monitor_settings *settings)
{
    settings->since = settings->until = "";
    groups[2].count = program_option_count;
    return (struct options_spec){
        .program = "error-monitor",
        .synopsis = "",
        .purpose = "Shows the records of the error topic: what failed, where, and why.",
        .groups = groups,
        .group_count = sizeof groups / sizeof groups[0],
        .epilogue = epilogue(),
    };
}
