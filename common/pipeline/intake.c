#include "pipeline/intake.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/fingerprint.h"
#include "service/clock.h"

/* A partition's share of one turn at most: the loop sees to its other work in between. */
#define SHARE 100

/* The message and what it borrows from. */
struct taken {
    struct message message;
    struct kafka_message kafka;
};

static uint64_t read_row(const char *text)
{
    return text ? strtoull(text, NULL, 10) : 0;
}

static void describe(struct message *message, const struct kafka_message *kafka,
                     struct partition *home, const char *topic)
{
    const rd_kafka_message_t *raw = kafka->raw;

    if (kafka->timestamp_ms > home->newest_ms)
        home->newest_ms = kafka->timestamp_ms;
    *message = (struct message){
        .topic = topic,
        .partition = raw->partition,
        .offset = raw->offset,
        .timestamp_ms = kafka->timestamp_ms,
        .newest_ms = home->newest_ms,
        .key = raw->key,
        .key_len = raw->key_len,
        .value = raw->payload,
        .value_len = raw->len,
        .home = home,
        .origin =
            {
                .feed = kafka_message_header(kafka, "feed"),
                .feed_id = kafka_message_header(kafka, "feed-id"),
                .row = read_row(kafka_message_header(kafka, "row")),
            },
    };
}

static size_t weight(const struct message *message)
{
    return message->key_len + message->value_len + sizeof(struct taken);
}

/* It was done before the partition was ours. -1 when out of memory. */
static int pass_over(struct partition *home, struct kafka_message *kafka, const char *topic)
{
    struct message message;
    int result;

    describe(&message, kafka, home, topic);
    const struct fingerprint mark = fingerprint_of(&message);
    result = offset_window_add_marked(&home->window, &mark);
    if (result == 0)
        partitions_done(home, mark.offset);
    home->end = -1;
    kafka_message_free(kafka);
    return result;
}

/* -1 when out of memory: the message was not taken in. */
static int admit(struct intake *intake, struct partition *home, struct kafka_message *kafka)
{
    struct taken *taken;
    struct fingerprint mark;

    if (offset_set_has(&home->ahead, kafka->raw->offset))
        return pass_over(home, kafka, intake->topic);
    taken = calloc(1, sizeof *taken);
    if (!taken)
        goto out;
    describe(&taken->message, kafka, home, intake->topic);
    taken->message.owner = taken;
    if (intake->parents)
        taken->message.mark = parent_wait_mark(intake->parents);
    taken->kafka = *kafka;
    mark = fingerprint_of(&taken->message);
    if (offset_window_add_marked(&home->window, &mark) != 0)
        goto out;
    if (dispatch_admit(intake->dispatch, &taken->message) != 0)
        goto out;
    home->end = -1;
    intake->bytes += weight(&taken->message);
    return 0;
out:
    kafka_message_free(kafka);
    free(taken);
    return -1;
}

static bool has_room(const struct intake *intake)
{
    return dispatch_count(intake->dispatch) < intake->messages_max &&
           intake->bytes < intake->bytes_max;
}

/* What one partition may take this turn: of a window that is nearly full none takes all the room. */
static size_t share(const struct intake *intake)
{
    size_t in_hand = dispatch_count(intake->dispatch);
    size_t room = in_hand < intake->messages_max ? intake->messages_max - in_hand : 0;
    size_t each = room / (partitions_count(intake->partitions) + 1) + 1;

    return each < SHARE ? each : SHARE;
}

/* A message that has just come: believed, or held back until the log was looked at. */
static int receive(struct intake *intake, struct partition *partition, struct kafka_message *kafka,
                   int64_t now_ms)
{
    bool descends = kafka->raw->offset < offset_window_next(&partition->window);

    if (descends || partition_in_doubt(partition, now_ms)) {
        if (descends)
            kafka_message_free(kafka);
        else
            partition->held = *kafka;
        partition_check(partition, descends, now_ms);
        return 0;
    }
    partition->read_ms = now_ms;
    return admit(intake, partition, kafka);
}

/* The one that was held back comes first. */
static enum take_result next_message(struct intake *intake, struct partition *partition,
                                     struct kafka_message *kafka, int64_t *end)
{
    if (!partition->held.raw)
        return kafka_consumer_take(intake->consumer, partition->number, kafka, end);
    *kafka = partition->held;
    partition->held.raw = NULL;
    return TAKE_MESSAGE;
}

/* 1: perhaps more. */
static int take(struct intake *intake, struct partition *partition, size_t count)
{
    struct kafka_message kafka;
    int64_t end, now_ms = clock_now();

    for (size_t i = 0; i < count && partition->state == PARTITION_READING; i++) {
        if (!has_room(intake))
            return 0;
        switch (next_message(intake, partition, &kafka, &end)) {
        case TAKE_MESSAGE:
            if (receive(intake, partition, &kafka, now_ms) != 0)
                return -1;
            break;
        case TAKE_END:
            partition->end = end;
            break;
        case TAKE_ASTRAY:
            partitions_doubt(intake->partitions);
            partition_check(partition, true, now_ms);
            break;
        case TAKE_NOTHING:
            return 0;
        }
    }
    return 1;
}

void intake_expired(struct intake *intake, struct partition *home, int64_t first, int64_t next)
{
    struct taken *taken = calloc(1, sizeof *taken);
    struct outcome outcome = {.verdict = VERDICT_REJECT};

    /* Neither dropping the record nor going on without it is allowed. */
    if (!taken)
        abort();
    taken->message = (struct message){.topic = intake->topic,
                                      .partition = home->number,
                                      .offset = first,
                                      .home = home,
                                      .owner = taken};
    outcome.failure.code = ERROR_EXPIRED;
    reason_set(&outcome.failure.reason,
               "the messages from offset %" PRId64 " to %" PRId64
               " were deleted from the log before they were read",
               first, next - 1);
    intake->bytes += weight(&taken->message);
    dispatch_refuse(intake->dispatch, &taken->message, "read", &outcome);
}

int intake_turn(struct intake *intake)
{
    struct partition *partition;
    size_t count = share(intake);
    int more = 0;

    if (dispatch_rests(intake->dispatch))
        return 0;
    TAILQ_FOREACH (partition, &intake->partitions->list, link) {
        int result = partition->state == PARTITION_READING ? take(intake, partition, count) : 0;

        if (result < 0)
            return -1;
        more |= result;
    }
    partitions_rotate(intake->partitions);
    return more;
}

void intake_free(struct intake *intake, struct message *message)
{
    struct taken *taken = message->owner;

    intake->bytes -= weight(message);
    record_release(&message->record);
    free(message->entry);
    if (taken->kafka.raw)
        kafka_message_free(&taken->kafka);
    free(taken);
}
