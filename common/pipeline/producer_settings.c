#include "pipeline/producer_settings.h"

#include <stddef.h>

#include "core/feed_progress.h"
#include "feed/csv_reader.h"
#include "pipeline/watch.h"

#define AT(member) .offset = offsetof(struct producer_settings, member)

#define ROW_BYTES_SMALLEST 64
#define ROW_BYTES_LARGEST  (64 * 1024 * 1024)

#define STILL_LONGEST_MS  (24 * 60 * 60 * 1000)
#define EVERY_SHORTEST_MS 100
#define EVERY_LONGEST_MS  (60 * 60 * 1000)

static const char *const formats[] = {"auto", "csv", "json", NULL};
static const char *const delimiters[] = {"auto", ",", ";", "tab", "|", NULL};
static const char *const identities[] = {"content", "name", NULL};
static const char *const summaries[] = {"text", "json", NULL};

static const struct option feed_options[] = {
    {.env = "FILE_NAME",
     .type = OPTION_TEXT,
     AT(file_name),
     .help = "The feed when no operand names one; - is standard input. gzip is unpacked."},
    {.name = "topic", .env = "TOPIC", .type = OPTION_TEXT, AT(topic), .help = "Topic to send to."},
    {.name = "format",
     .env = "FORMAT",
     .type = OPTION_CHOICE,
     .fallback = "auto",
     .choices = formats,
     AT(format),
     .help = "What the feed is; auto takes it for JSON (an array, or one record a line) when it "
             "begins with [ or {, else for CSV."},
    {.name = "encoding",
     .env = "ENCODING",
     .type = OPTION_TEXT,
     .fallback = "auto",
     AT(encoding),
     .help = "What the feed's text is encoded in: windows-1252, iso-8859-15, utf-16 and all else "
             "that iconv knows. auto is UTF-8. A byte order mark in the feed wins."},
    {.name = "map",
     .env = "MAP",
     .type = OPTION_LIST,
     AT(map),
     .help = "Columns or members that have other names: FIELD=COLUMN,FIELD=COLUMN. A comma in a "
             "name is written \\,."},
    {.name = "set",
     .env = "SET",
     .type = OPTION_LIST,
     AT(set),
     .help = "Values for what a row does not give: FIELD=VALUE,FIELD=VALUE. What a row gives "
             "stays."},
    {.name = "decimal-comma",
     .env = "DECIMAL_COMMA",
     .type = OPTION_FLAG,
     AT(decimal_comma),
     .help = "Take 7,00 for 7 where a whole number is expected; 7,50 is refused all the same."},
    {.name = "delimiter",
     .env = "DELIMITER",
     .type = OPTION_CHOICE,
     .fallback = "auto",
     .choices = delimiters,
     AT(delimiter),
     .help = "What stands between two cells of CSV; auto finds it in the header."},
    {.name = "max-row-bytes",
     .env = "MAX_ROW_BYTES",
     .type = OPTION_BYTES,
     .fallback = "1m",
     .minimum = ROW_BYTES_SMALLEST,
     .maximum = ROW_BYTES_LARGEST,
     AT(row_bytes_max),
     .help = "A row with more bytes is refused (row_too_long)."},
    {.name = "force",
     .type = OPTION_FLAG,
     AT(force),
     .help = "Send a feed that was sent before once more, as a run with error records of its own."},
    {.name = "identity",
     .env = "IDENTITY",
     .type = OPTION_CHOICE,
     .fallback = "content",
     .choices = identities,
     AT(identity),
     .help = "What makes a feed one that was sent before: the same content, or content and file "
             "name."},
    {.name = "feed-progress-topic",
     .env = "FEED_PROGRESS_TOPIC",
     .type = OPTION_TEXT,
     .fallback = FEED_PROGRESS_TOPIC,
     AT(progress_topic),
     .help = "Topic that remembers which feeds were sent, and how far: one partition, compacted."},
    {.name = "transactions",
     .env = "TRANSACTIONS",
     .type = OPTION_FLAG,
     .fallback = "true",
     AT(transactions),
     .help = "Commit rows, error records and the feed's progress together, so that a row is there "
             "once whatever happens. Without: rows may come twice after a crash."},
    {.name = "transaction-rows",
     .env = "TRANSACTION_ROWS",
     .type = OPTION_INTEGER,
     .fallback = "100000",
     .minimum = 1,
     .maximum = 100000,
     AT(transaction_rows),
     .help = "Rows of a transaction at most (and 32 MiB). They are kept in memory until it is "
             "committed."},
    {.name = "transaction-time",
     .env = "TRANSACTION_TIME",
     .type = OPTION_DURATION,
     .fallback = "1s",
     .minimum = 100,
     .maximum = FEED_REFRESH_MS,
     AT(transaction_ms),
     .help = "A transaction is committed after this time, whatever it holds: until then its rows "
             "are not seen by consumers. At most a third of transaction.timeout.ms."},
    {.name = "takeover-after",
     .env = "TAKEOVER_AFTER",
     .type = OPTION_DURATION,
     .fallback = "15s",
     .minimum = 0,
     .maximum = 10 * 60 * 1000,
     AT(takeover_ms),
     .help =
         "A run of the feed that did not end is watched for so long, in case it goes on, before "
         "this one goes on in its place."},
    {.name = "dry-run",
     .type = OPTION_FLAG,
     AT(dry_run),
     .help = "Read and check everything without Kafka; refused rows are printed on stderr."},
    {.name = "rejected",
     .env = "REJECTED",
     .type = OPTION_TEXT,
     AT(rejected),
     .help = "Write the refused rows to this file, each behind its reason, ready to be corrected "
             "and fed in again. For one feed at a time."},
    {.name = "strict",
     .env = "STRICT",
     .type = OPTION_FLAG,
     AT(strict),
     .help =
         "Exit 65 if a row was refused (the good ones are sent all the same), or the feed was not "
         "sent because another file with its content was."},
    {.name = "summary",
     .env = "SUMMARY",
     .type = OPTION_CHOICE,
     .fallback = "text",
     .choices = summaries,
     AT(summary),
     .help = "The line on stdout at a feed's end: for people, or for programs."},
};

static const struct option watch_options[] = {
    {.name = "watch",
     .env = "WATCH",
     .type = OPTION_TEXT,
     .fallback = "",
     AT(watch_dir),
     .help =
         "Take every file that is dropped into this folder, once, the oldest first; then it is in "
         "done, failed or duplicate in that folder, with a report. Runs until it is stopped."},
    {.name = "report-dir",
     .env = "REPORT_DIR",
     .type = OPTION_TEXT,
     .fallback = "",
     AT(report_dir),
     .help =
         "Leave the files where they are, in a folder that may not be written, say; the reports "
         "and refused rows go here."},
    {.name = "watch-parallel",
     .env = "WATCH_PARALLEL",
     .type = OPTION_INTEGER,
     .fallback = "1",
     .minimum = 1,
     .maximum = WATCH_PARALLEL_MAX,
     AT(watch_parallel),
     .help = "Files at a time. More than one: rows of different files go in no order."},
    {.name = "watch-still",
     .env = "WATCH_STILL",
     .type = OPTION_DURATION,
     .fallback = "10s",
     .minimum = 0,
     .maximum = STILL_LONGEST_MS,
     AT(watch_still_ms),
     .help =
         "A file whose size and time of change stand still for so long is complete. One that is "
         "closed after writing, or renamed into the folder, is at once, where the system tells."},
    {.name = "watch-every",
     .env = "WATCH_EVERY",
     .type = OPTION_DURATION,
     .fallback = "5s",
     .minimum = EVERY_SHORTEST_MS,
     .maximum = EVERY_LONGEST_MS,
     AT(watch_every_ms),
     .help = "How often the folder is listed, for what the system does not tell."},
    {.name = "until-idle",
     .type = OPTION_FLAG,
     AT(until_idle),
     .help = "Take what is there, each file once, and end."},
    {.env = "HEALTH_FILE",
     .type = OPTION_TEXT,
     .fallback = "",
     AT(health_file),
     .help =
         "File in which a program that watches keeps its state for --healthcheck; a folder when it "
         "ends in a slash: then the file there has the program's name."},
    {.name = "healthcheck",
     .type = OPTION_FLAG,
     AT(healthcheck),
     .help = "Ask the running program's HEALTH_FILE; exit 0 if it is well."},
};

static const char epilogue[] =
    "Several files are several feeds, one after the other; the worst exit code wins.\n"
    "With --watch none is named: see docs/feeds.md.\n"
    "A row that is refused becomes a record on the error topic, with its reason; see\n"
    "error-monitor. rows read = sent + rejected, or the exit code is not 0:\n"
    "  64 usage                        70 a bug\n"
    "  65 feed unusable, or --strict   74 a file or stdout is not writable\n"
    "  66 no such feed                 75 stopped by a signal; run it again\n"
    "  69 Kafka out of reach           78 configuration\n";

static struct option_group groups[] = {
    {.title = "Feed", .options = feed_options, .count = sizeof feed_options / sizeof *feed_options},
    {.title = "Watched folder",
     .options = watch_options,
     .count = sizeof watch_options / sizeof *watch_options},
    {.title = "Kafka and logs", .options = program_options},
};

struct options_spec producer_options(const char *name, const struct entity *entity,
                                     struct producer_settings *settings)
{
    settings->topic = entity->topic;
    settings->file_name = entity->feed;
    settings->rejected = "";
    groups[2].count = program_option_count;
    return (struct options_spec){
        .program = name,
        .synopsis = "[FILE...]",
        .purpose =
            "Sends the rows of CSV and JSON feeds to a Kafka topic, checked, one message each.",
        .groups = groups,
        .group_count = sizeof groups / sizeof groups[0],
        .epilogue = epilogue,
    };
}
