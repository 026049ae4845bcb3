#include "pipeline/claim_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/clock_text.h"
#include "core/text.h"

#define NAME_SHOWN 120
#define TIME_SHOWN 32
#define TIME_WIDTH 19 /* 2026-11-21 08:00:00 */

static const char *show_name(const char *name, char shown[NAME_SHOWN])
{
    text_show(name, strlen(name), shown, NAME_SHOWN);
    return shown;
}

static const char *show_time(int64_t time_ms, char shown[TIME_SHOWN])
{
    char text[CLOCK_TEXT_SIZE];
    clock_text(time_ms, text);
    text[10] = ' ';
    snprintf(shown, TIME_SHOWN, "%.*s UTC", TIME_WIDTH, text);
    return shown;
}

void claim_say_sent(const struct claim_words *words, const struct feed_choice *choice,
                    struct reason *sentence)
{
    char file[NAME_SHOWN], first[NAME_SHOWN], when[TIME_SHOWN];
    const struct feed_progress *run = &choice->about->progress;
    show_name(words->file, file);
    show_time(run->at_ms, when);
    if (choice->decision == FEED_SAME)
        reason_set(sentence,
                   "%s was sent to %s on %s (%" PRIu64 " rows sent, %" PRIu64
                   " refused); it is not sent again, unless with --force",
                   file, words->topic, when, run->sent, run->rejected);
    else
        reason_set(
            sentence,
            "%s is another file with the content of %s, which was sent to %s on %s; it is not "
            "sent, unless with --force%s",
            file, show_name(run->file, first), words->topic, when,
            words->by_name ? "" : " or IDENTITY=name");
}

void claim_say_rival(const struct claim_words *words, const struct feed_progress *rival,
                     struct reason *sentence)
{
    char file[NAME_SHOWN], service[NAME_SHOWN], instance[NAME_SHOWN];
    reason_set(sentence, "%s %s to %s by %s (%s); it is not sent a second time",
               show_name(words->file, file),
               rival->state == FEED_COMPLETE ? "was just sent" : "is being sent right now",
               words->topic, show_name(rival->service, service),
               show_name(rival->instance, instance));
}

void claim_say_alike(const struct claim_words *words, const struct alike_run *earlier,
                     struct reason *sentence)
{
    char file[NAME_SHOWN], first[NAME_SHOWN], when[TIME_SHOWN];
    reason_set(sentence,
               "%s looks like %s, which was sent to %s on %s: %zu of its first %zu rows were sent. "
               "Send only the rows that were refused, corrected (error-monitor --rejected-csv), or "
               "--force",
               show_name(words->file, file), show_name(earlier->progress.file, first), words->topic,
               show_time(earlier->progress.at_ms, when), earlier->overlap.common,
               earlier->overlap.rows);
}

void claim_say_again(const struct claim_words *words, const struct feed_progress *earlier,
                     struct reason *sentence)
{
    char file[NAME_SHOWN], when[TIME_SHOWN];
    reason_set(sentence,
               "an earlier run of this feed did not finish (%s, begun on %s): %" PRIu64
               " of its rows were sent to %s or refused, perhaps a few more, since TRANSACTIONS is "
               "off; it goes on behind these%s",
               show_name(words->file, file), show_time(earlier->started_ms, when), earlier->rows,
               words->topic, words->repeatable ? "" : ", and the few come twice");
}
