/* Whether a feed is ours to send, and from where on: the outlet is asked, and told what it needs to
 * know. For that the beginning of a file is read once by itself. */
#include "pipeline/ingest_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/error_record.h"
#include "feed/row_layout.h"
#include "service/log.h"

#define CHUNK_BYTES (64 * 1024)

struct survey {
    struct ingest *ingest;
    struct feed_reader *reader;
    bool samples;    /* a row that comes twice does harm */
    size_t rows;     /* good or refused */
    bool has_sample; /* one of them is worth remembering */
    struct feed_sample sample;
};

/* A row to be corrected stood in another feed, which was sent before; and whether it had to be corrected
 * itself, or the product it names to be made, nobody knows. So it counts as one that was not sent. */
static void survey_row(void *arg, const struct row *row)
{
    struct survey *survey = arg;
    struct ingest *ingest = survey->ingest;
    struct record record;
    struct failure failure;
    survey->rows++;
    if (!survey->samples || feed_sample_full(&survey->sample))
        return;
    if (feed_reader_corrects(survey->reader) ||
        ingest_encode(ingest, row, &record, &failure) != 0) {
        feed_sample_add(&survey->sample, NULL, 0);
        return;
    }
    feed_sample_add(&survey->sample, ingest->encoded.data, ingest->encoded.len);
    survey->has_sample = true;
    record_release(&record);
}

static void survey_refused(void *arg, const struct row *row, const struct failure *failure)
{
    struct survey *survey = arg;
    (void)row;
    (void)failure;
    survey->rows++;
    if (survey->samples)
        feed_sample_add(&survey->sample, NULL, 0);
}

static void ignore_notice(void *arg, const char *sentence)
{
    (void)arg;
    (void)sentence;
}

static bool has_seen_enough(const struct survey *survey)
{
    return survey->rows > 0 && (!survey->samples || feed_sample_full(&survey->sample));
}

/* What is wrong with the feed is said when it is read in earnest. */
static void read_beginning(struct survey *survey)
{
    char chunk[CHUNK_BYTES];
    struct reason reason;
    struct failure failure;
    ssize_t len = 1;
    while (len > 0 && !has_seen_enough(survey)) {
        len = source_read(survey->ingest->source, chunk, sizeof chunk, &reason);
        int result = len > 0 ? feed_reader_write(survey->reader, chunk, (size_t)len, &failure)
                             : feed_reader_finish(survey->reader, &failure);
        if (result != 0)
            return;
    }
}

static enum exit_code ask(const struct ingest *ingest, const struct feed_reader *reader,
                          const struct feed_sample *sample, struct outlet_claim *claim)
{
    const struct rejected_layout layout = feed_reader_layout(reader);
    struct buffer text = BUFFER_INIT(ERROR_LAYOUT_MAX);
    bool known = row_layout_write(&layout, ingest->options->feed.entity, &text) == 0;
    const struct outlet_wish wish = {.layout = known ? text.data : NULL, .sample = sample};
    enum exit_code code = ingest->outlet.ops->claim(ingest->outlet.self, &wish, claim);
    buffer_release(&text);
    return code;
}

static void accept_denial(struct ingest *ingest, const struct outlet_claim *claim)
{
    struct ingest_summary *summary = ingest->summary;
    enum log_level level = claim->duplicate ? LOG_WARN_LEVEL : LOG_INFO_LEVEL;
    progress_clear(&ingest->progress);
    log_event(claim->alike ? LOG_ERROR_LEVEL : level, "sent-before", "msg", claim->why_not.text,
              NULL);
    summary->sent_before = true;
    summary->duplicate = claim->duplicate;
    summary->alike = claim->alike;
    summary->busy = claim->busy;
    summary->about = claim->about;
    summary->ended = claim->why_not;
}

/* The earlier run's account is the beginning of ours. */
static void take_over(struct ingest *ingest, const struct feed_progress *from)
{
    struct ingest_summary *summary = ingest->summary;
    char reading[FEED_READING_SIZE], count[24];
    memcpy(reading, ingest->handed.reading, sizeof reading);
    ingest->handed = *from;
    memcpy(ingest->handed.reading, reading, sizeof reading);
    summary->rows = summary->rows_before = from->rows;
    summary->sent = from->sent;
    summary->rejected = from->rejected;
    memcpy(summary->codes, from->codes, sizeof summary->codes);
    ingest->resumed = true;
    ingest->later = ingest->rejects.file;
    ingest->rejects.file = NULL;
    snprintf(count, sizeof count, "%" PRIu64, from->rows);
    log_event(LOG_INFO_LEVEL, "resumed", "feed", ingest->feed.name, "rows_before", count, NULL);
}

/* A place in the text means nothing when the text is read in another way. */
static bool is_read_alike(struct ingest *ingest, const struct feed_progress *from)
{
    struct reason *ended = &ingest->summary->ended;
    if (strcasecmp(from->reading, ingest->handed.reading) == 0)
        return true;
    ingest->summary->read_otherwise = true;
    reason_set(ended,
               "an earlier run has read this feed as \"%s\", and now it would be \"%s\": its rows "
               "cannot be gone on with; give the options of then, or --force to send all of it",
               from->reading, ingest->handed.reading);
    progress_clear(&ingest->progress);
    log_event(LOG_ERROR_LEVEL, "configuration", "why", ended->text, NULL);
    return false;
}

/* Version 0.1 counted rows, and kept no place. */
static bool has_place(const struct ingest *ingest, const struct feed_progress *from)
{
    if (from->rows == 0)
        return false;
    if (from->reading[0] != '\0')
        return true;
    log_event(LOG_WARN_LEVEL, "sent-again", "feed", ingest->feed.name, "msg",
              "an earlier run did not record how far it came: the feed is sent from its beginning",
              NULL);
    return false;
}

static void claim(struct ingest *ingest, const struct feed_reader *reader,
                  const struct feed_sample *sample)
{
    struct ingest_summary *summary = ingest->summary;
    struct outlet_claim claim = {.granted = false};
    ingest->claimed = true;
    feed_reader_reading(reader, ingest->handed.reading);
    ingest->code = ask(ingest, reader, sample, &claim);
    if (ingest->code != EXIT_ALL_ACCOUNTED)
        return;
    ingest->sent_before = !claim.granted;
    if (!claim.granted) {
        accept_denial(ingest, &claim);
        return;
    }
    snprintf(summary->feed_id, sizeof summary->feed_id, "%s", claim.feed_id);
    ingest->feed.id = summary->feed_id;
    ingest->value_bytes_max = claim.value_bytes_max;
    if (!has_place(ingest, &claim.from))
        return;
    bool alike = is_read_alike(ingest, &claim.from);
    take_over(ingest, &claim.from);
    if (alike)
        return;
    /* What the outlet records of it stays as it is. */
    memcpy(ingest->handed.reading, claim.from.reading, sizeof ingest->handed.reading);
    ingest->code = EXIT_CONFIGURATION;
}

void ingest_claim_stream(struct ingest *ingest)
{
    claim(ingest, ingest->reader, NULL);
}

/* 0 when the file can be read from its beginning again. */
static int survey_file(struct survey *survey)
{
    struct ingest *ingest = survey->ingest;
    const struct feed_events events = {survey_row, survey_refused, ignore_notice, survey};
    struct reason reason = REASON_INIT;
    survey->reader = feed_reader_new(&ingest->options->feed, &events);
    if (survey->reader == NULL) {
        log_event(LOG_ERROR_LEVEL, "out-of-memory", NULL);
        ingest->code = EXIT_BUG;
        return -1;
    }
    read_beginning(survey);
    if (source_seek(ingest->source, 0, &reason) == 0)
        return 0;
    log_event(LOG_ERROR_LEVEL, "no-feed", "why", reason.text, NULL);
    ingest->code = EXIT_BAD_FEED;
    return -1;
}

void ingest_claim_file(struct ingest *ingest)
{
    struct survey survey = {.ingest = ingest,
                            .samples = ingest->options->feed.entity->effect != EFFECT_UPSERT};
    if (survey_file(&survey) == 0 && survey.rows > 0)
        claim(ingest, survey.reader, survey.has_sample ? &survey.sample : NULL);
    if (ingest->resumed)
        feed_reader_resume(ingest->reader, &ingest->handed.place, ingest->handed.rows);
    feed_reader_free(survey.reader);
}
