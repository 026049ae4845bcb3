#include "pipeline/dead_letters.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/backoff.h"
#include "core/text.h"
#include "kafka/topic_settings.h"
#include "kafka/topics.h"
#include "service/clock.h"
#include "service/log.h"

#define RESEND_FIRST_MS   500
#define RESEND_CEILING_MS 15000
/* How long the error topic may keep us from everything else when it must be asked for its limit, or
 * created again. */
#define TOPIC_WAIT_MS 3000
#define FEED_SHOWN    200

struct letter {
    TAILQ_ENTRY(letter) link;
    struct message *message;
    const char *stage;
    struct outcome outcome;
    int64_t failed_ms; /* wall time */
    bool sent;         /* with librdkafka; else it is to be sent at the next chance */
};

TAILQ_HEAD(letter_list, letter);

struct dead_letters {
    struct dead_letters_options options;
    struct kafka_producer *producer;
    struct error_topic *topic;
    struct letter_list letters;
    size_t unsent;
    struct backoff backoff;
    int64_t limit;      /* of a record, bytes, once one was too large; 0: not known */
    int64_t due_ms;     /* nothing is sent before then */
    int64_t trouble_ms; /* when the error topic began to refuse; 0: it does not */
    bool ask_limit, look_for_topic, broken;
};

struct dead_letters *dead_letters_new(const struct dead_letters_options *options)
{
    struct dead_letters *letters = calloc(1, sizeof *letters);

    if (!letters)
        return NULL;
    letters->options = *options;
    letters->backoff = (struct backoff)BACKOFF_INIT(RESEND_FIRST_MS, RESEND_CEILING_MS);
    TAILQ_INIT(&letters->letters);
    return letters;
}

void dead_letters_use(struct dead_letters *letters, struct kafka_producer *producer,
                      struct error_topic *topic)
{
    letters->producer = producer;
    letters->topic = topic;
}

/* Where a person finds it: in the feed if the message says so, else in the topic. */
static void place(const struct message *message, char *text, size_t size)
{
    char feed[FEED_SHOWN];

    if (message->origin.feed && message->origin.row) {
        text_show(message->origin.feed, strlen(message->origin.feed), feed, sizeof feed);
        snprintf(text, size, "%s, row %" PRIu64, feed, message->origin.row);
    } else {
        snprintf(text, size, "%.200s, partition %" PRId32 ", offset %" PRId64, message->topic,
                 message->partition, message->offset);
    }
}

static void fill_http(struct error_record *record, const struct outcome *outcome)
{
    if (!outcome->http_method)
        return;
    record->http_method = outcome->http_method;
    record->http_path = outcome->http_path;
    record->http_status = outcome->http_status;
    record->http_body = outcome->http_body;
    record->http_body_len = outcome->http_body_len;
}

static void fill_message(struct error_record *record, const struct message *message)
{
    record->topic = message->topic;
    record->partition = message->partition;
    record->offset = message->offset;
    record->timestamp_ms = message->timestamp_ms;
    record->key = message->key;
    record->key_len = message->key_len;
    record->feed = message->origin.feed;
    record->feed_id = message->origin.feed_id;
    record->row = message->origin.row;
    record->message = message->value;
    record->message_len = message->value_len;
    record->attempts = message->attempts;
    record->first_failed_ms = message->first_failed_ms;
}

/* The error topic is in trouble: said once, then patience. */
static void trouble(struct dead_letters *letters, const char *why)
{
    uint32_t random = (uint32_t)clock_now() * 2654435761u;

    if (letters->trouble_ms == 0) {
        letters->trouble_ms = clock_now();
        log_event(LOG_ERROR_LEVEL, "error-topic-refuses", "topic",
                  letters->options.program->settings->error_topic, "why", why, "then",
                  "the messages concerned are kept and their offsets stay; trying again", NULL);
    }
    /* The letters of one batch fail together: that is one failure. */
    if (clock_now() >= letters->due_ms)
        letters->due_ms = clock_now() + backoff_next(&letters->backoff, random);
}

static void recovered(struct dead_letters *letters)
{
    backoff_reset(&letters->backoff);
    if (letters->trouble_ms == 0)
        return;
    log_say(LOG_INFO_LEVEL, "error-topic-accepts-again", "after %.1f s",
            (double)(clock_now() - letters->trouble_ms) / 1000);
    letters->trouble_ms = 0;
}

static enum send_result send_letter(struct dead_letters *letters, struct letter *letter,
                                    struct reason *reason)
{
    const struct failure *failure = &letter->outcome.failure;
    struct error_record record = ERROR_RECORD_INIT;
    struct reason sentence = failure->reason;
    char where[256];

    record.code = failure->code;
    record.stage = letter->stage;
    record.group = letters->options.group;
    record.field = failure->field[0] ? failure->field : NULL;
    record.value = failure->value[0] ? failure->value : NULL;
    record.failed_ms = letter->failed_ms;
    place(letter->message, where, sizeof where);
    reason_prefix(&sentence, "%s", where);
    record.error = sentence.text;
    program_sign(letters->options.program, &record);
    fill_message(&record, letter->message);
    fill_http(&record, &letter->outcome);
    return error_topic_send(letters->topic, &record, letter, reason);
}

void dead_letters_send(struct dead_letters *letters, struct message *message, const char *stage,
                       const struct outcome *outcome)
{
    struct letter *letter = calloc(1, sizeof *letter);

    /* Neither dropping the record nor going on without it is allowed, so the process ends; nothing
     * is committed, and the next start reads the message again. */
    if (!letter)
        abort();
    letter->message = message;
    letter->stage = stage;
    letter->outcome = *outcome;
    letter->failed_ms = clock_wall();
    TAILQ_INSERT_TAIL(&letters->letters, letter, link);
    letters->unsent++;
}

void dead_letters_delivered(void *arg, void *opaque, enum delivery delivery, const char *why)
{
    struct dead_letters *letters = arg;
    struct letter *letter = opaque;

    letter->sent = false;
    if (delivery == DELIVERED) {
        recovered(letters);
        TAILQ_REMOVE(&letters->letters, letter, link);
        letters->options.acknowledged(letters->options.arg, letter->message);
        free(letter);
        return;
    }
    letters->unsent++;
    if (delivery == DELIVERY_TOO_LARGE)
        letters->ask_limit = true;
    else
        letters->look_for_topic = true;
    trouble(letters, why);
}

/* Who may not ask for the limit (-1) finds it by halving. */
static void learn_limit(struct dead_letters *letters, int64_t told)
{
    int64_t before = letters->limit ? letters->limit : ERROR_RECORD_BYTES_MAX;

    letters->limit = told > 0 && told < before ? told : before / 2;
    if (letters->limit < ERROR_TOPIC_BYTES_MIN)
        letters->limit = told > 0 ? told : ERROR_TOPIC_BYTES_MIN;
    error_topic_limit(letters->topic, letters->limit);
}

/* What can be done about the trouble before the next try: a topic with a smaller limit gets shorter
 * records, one that was deleted is made again. */
static void mend(struct dead_letters *letters)
{
    const struct program_settings *settings = letters->options.program->settings;
    const struct topic_spec spec = {
        .name = settings->error_topic, .partitions = (int)settings->partitions, .retention_ms = -1};
    rd_kafka_t *handle = kafka_producer_handle(letters->producer);
    struct reason reason = REASON_INIT;

    if (letters->ask_limit)
        learn_limit(letters, topic_message_bytes(handle, settings->error_topic, TOPIC_WAIT_MS));
    if (letters->look_for_topic)
        topics_ensure(handle, &spec, 1, TOPIC_WAIT_MS, &reason);
    letters->ask_limit = letters->look_for_topic = false;
}

int64_t dead_letters_turn(struct dead_letters *letters, int64_t now_ms)
{
    struct reason reason = REASON_INIT;
    struct letter *letter;

    if (letters->unsent == 0)
        return INT64_MAX;
    if (now_ms < letters->due_ms)
        return letters->due_ms;
    mend(letters);
    TAILQ_FOREACH (letter, &letters->letters, link) {
        enum send_result result;

        if (letter->sent)
            continue;
        result = send_letter(letters, letter, &reason);
        if (result == SEND_OK) {
            letter->sent = true;
            letters->unsent--;
            continue;
        }
        letters->broken |= result == SEND_FAILED;
        letters->ask_limit |= result == SEND_TOO_LARGE;
        letters->look_for_topic |= result == SEND_NO_TOPIC;
        if (result == SEND_FULL)
            return now_ms + 100;
        trouble(letters, reason.text);
        return letters->due_ms;
    }
    return INT64_MAX;
}

bool dead_letters_broken(const struct dead_letters *letters)
{
    return letters->broken;
}

void dead_letters_free(struct dead_letters *letters)
{
    struct letter *letter;

    if (!letters)
        return;
    while ((letter = TAILQ_FIRST(&letters->letters))) {
        TAILQ_REMOVE(&letters->letters, letter, link);
        free(letter);
    }
    free(letters);
}
