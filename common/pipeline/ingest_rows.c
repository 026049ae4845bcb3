/* What becomes of each row: from the reader to the outlet, and back as a count. */
#include "pipeline/ingest_state.h"

#include <stdio.h>
#include <string.h>

#include "core/check.h"
#include "core/encode.h"
#include "service/clock.h"
#include "service/log.h"

/* The outlet's events. */

static void on_sent(void *arg)
{
    struct ingest *ingest = arg;
    ingest->summary->sent++;
}

static void on_rejected(void *arg, enum error_code code)
{
    struct ingest *ingest = arg;
    ingest->summary->rejected++;
    ingest->summary->codes[code]++;
}

static void note_reject(struct ingest *ingest, const struct reject *reject)
{
    const struct rejected_layout layout = feed_reader_layout(ingest->reader);
    struct reason *example = &ingest->summary->examples[reject->failure->code];
    progress_clear(&ingest->progress);
    if (example->text[0] == '\0')
        reject_sentence(reject, &ingest->feed, example);
    reject_log_add(&ingest->rejects, &layout, reject);
}

static void count_rejected(struct ingest *ingest, enum error_code code)
{
    ingest->handed.rejected++;
    ingest->handed.codes[code]++;
}

/* It had been handed over as a good one; perhaps that call has not returned yet. */
static void on_refused(void *arg, const struct reject *reject)
{
    struct ingest *ingest = arg;
    ingest->handed.sent--;
    count_rejected(ingest, reject->failure->code);
    note_reject(ingest, reject);
}

static void on_unconfirmed(void *arg, uint64_t first, uint64_t last)
{
    struct ingest *ingest = arg;
    ingest->summary->unconfirmed_first = first;
    ingest->summary->unconfirmed_last = last;
}

static void on_waiting(void *arg)
{
    struct ingest *ingest = arg;
    progress_tick(&ingest->progress, ingest->summary, ingest->done_bytes, clock_now());
}

static void on_count(void *arg, struct feed_progress *progress)
{
    const struct ingest *ingest = arg;
    const struct feed_progress *handed = &ingest->handed;
    progress->rows = handed->rows;
    progress->sent = handed->sent;
    progress->rejected = handed->rejected;
    memcpy(progress->codes, handed->codes, sizeof progress->codes);
    progress->place = handed->place;
    memcpy(progress->reading, handed->reading, sizeof progress->reading);
}

static bool on_changed(void *arg)
{
    return ingest_changed(arg);
}

/* The rows that it has committed are all that this run has read. */
static void on_taken(void *arg, const struct reason *why)
{
    struct ingest *ingest = arg;
    struct ingest_summary *summary = ingest->summary;
    progress_clear(&ingest->progress);
    log_event(LOG_WARN_LEVEL, "feed-taken", "msg", why->text, NULL);
    ingest->sent_before = summary->sent_before = true;
    summary->busy = true;
    summary->rows = summary->sent + summary->rejected;
    summary->ended = *why;
}

/* The reader's events. */

/* Whether the outlet takes rows of this feed. A stream's are asked for at its first one, good or not. A
 * file that was found to have none is another one by now. */
static bool takes_rows(struct ingest *ingest)
{
    if (!ingest->claimed && source_is_stream(ingest->source))
        ingest_claim_stream(ingest);
    return ingest->claimed && ingest->code == EXIT_ALL_ACCOUNTED && !ingest->sent_before;
}

/* Counts a row; if the outlet does not take it, it has not been read. */
static void settle(struct ingest *ingest, const struct row *row, enum exit_code code)
{
    if (code == EXIT_ALL_ACCOUNTED) {
        ingest->handed.rows++;
        ingest->handed.place = row->behind;
        return;
    }
    ingest->code = code;
    ingest->summary->rows--;
}

static void refuse(struct ingest *ingest, const struct row *row, const struct failure *failure,
                   const char *stage)
{
    const struct reject reject = {row, failure, stage};
    if (!takes_rows(ingest))
        return;
    ingest->summary->rows++;
    settle(ingest, row, ingest->outlet.ops->reject(ingest->outlet.self, &reject));
    if (ingest->code != EXIT_ALL_ACCOUNTED)
        return;
    count_rejected(ingest, failure->code);
    note_reject(ingest, &reject);
}

static void send(struct ingest *ingest, const struct row *row, const struct record *record)
{
    char digits[VALUE_DIGITS_SIZE];
    struct value key = record_key_text(record, digits);
    const struct outlet_row good = {
        .row = row,
        .key = key.text,
        .key_len = key.len,
        .value = ingest->encoded.data,
        .value_len = ingest->encoded.len,
    };
    ingest->summary->rows++;
    settle(ingest, row, ingest->outlet.ops->row(ingest->outlet.self, &good));
    ingest->handed.sent += ingest->code == EXIT_ALL_ACCOUNTED;
}

static bool fits(const struct ingest *ingest, struct failure *failure)
{
    size_t max = ingest->value_bytes_max;
    if (max == 0 || ingest->encoded.len <= max)
        return true;
    failure_set(failure, ERROR_TOO_LARGE, NULL, NULL, 0,
                "as a message it would have %zu bytes, and topic %s takes %zu", ingest->encoded.len,
                ingest->options->topic, max);
    return false;
}

int ingest_encode(struct ingest *ingest, const struct row *row, struct record *record,
                  struct failure *failure)
{
    *record = (struct record)RECORD_INIT;
    if (check_row(ingest->options->feed.entity, row, record, failure) != 0)
        return -1;
    buffer_clear(&ingest->encoded);
    if (encode_record(record, &ingest->encoded) != 0)
        failure_set(failure, ERROR_TOO_LARGE, NULL, NULL, 0,
                    "as a message it would have more than %d bytes", ENCODED_BYTES_MAX);
    else if (fits(ingest, failure))
        return 0;
    record_release(record);
    return -1;
}

static void on_row(void *arg, const struct row *row)
{
    struct ingest *ingest = arg;
    struct record record;
    struct failure failure;
    if (!takes_rows(ingest))
        return;
    if (ingest_encode(ingest, row, &record, &failure) != 0) {
        refuse(ingest, row, &failure, STAGE_VALIDATE);
        return;
    }
    send(ingest, row, &record);
    record_release(&record);
}

static void on_unreadable(void *arg, const struct row *row, const struct failure *failure)
{
    refuse(arg, row, failure, STAGE_READ);
}

static void on_notice(void *arg, const char *sentence)
{
    struct ingest *ingest = arg;
    if (ingest->options->silent)
        return;
    progress_clear(&ingest->progress);
    log_event(LOG_WARN_LEVEL, "feed", "feed", ingest->feed.name, "notice", sentence, NULL);
}

struct feed_events ingest_feed_events(struct ingest *ingest)
{
    return (struct feed_events){
        .row = on_row, .rejected = on_unreadable, .notice = on_notice, .arg = ingest};
}

struct outlet_events ingest_outlet_events(struct ingest *ingest)
{
    return (struct outlet_events){
        .sent = on_sent,
        .rejected = on_rejected,
        .refused = on_refused,
        .unconfirmed = on_unconfirmed,
        .waiting = on_waiting,
        .count = on_count,
        .changed = on_changed,
        .taken = on_taken,
        .arg = ingest,
    };
}
