#include "pipeline/intake.h"

#include <stdlib.h>

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

/* -1 when out of memory: the message was not taken in. */
static int admit(struct intake *intake, struct partition *home, struct kafka_message *kafka)
{
    struct taken *taken = calloc(1, sizeof *taken);

    if (!taken)
        goto out;
    describe(&taken->message, kafka, home, intake->topic);
    taken->message.owner = taken;
    if (intake->parents)
        taken->message.mark = parent_wait_mark(intake->parents);
    taken->kafka = *kafka;
    if (taken->message.offset < offset_window_next(&home->window))
        partitions_restart(intake->partitions, home);
    if (offset_window_add(&home->window, taken->message.offset) != 0)
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

/* While the target is away nothing new is read; but one message is wanted to ask it with. */
static bool waits(const struct intake *intake)
{
    return outage_blocked(dispatch_outage(intake->dispatch), PLACE_TARGET) &&
           dispatch_waiting(intake->dispatch) > 0;
}

/* What one partition may take this turn: of a window that is nearly full none takes all the room. */
static size_t share(const struct intake *intake)
{
    size_t in_hand = dispatch_count(intake->dispatch);
    size_t room = in_hand < intake->messages_max ? intake->messages_max - in_hand : 0;
    size_t each = room / (partitions_count(intake->partitions) + 1) + 1;

    return each < SHARE ? each : SHARE;
}

/* 1: perhaps more. */
static int take(struct intake *intake, struct partition *partition, size_t count)
{
    struct kafka_message kafka;
    int64_t end;

    for (size_t i = 0; i < count; i++) {
        if (!has_room(intake))
            return 0;
        switch (kafka_consumer_take(intake->consumer, partition->number, &kafka, &end)) {
        case TAKE_MESSAGE:
            if (admit(intake, partition, &kafka) != 0)
                return -1;
            break;
        case TAKE_END:
            partition->end = end;
            break;
        case TAKE_NOTHING:
            return 0;
        }
    }
    return 1;
}

int intake_turn(struct intake *intake)
{
    struct partition *partition;
    size_t count = share(intake);
    int more = 0;

    if (waits(intake))
        return 0;
    TAILQ_FOREACH (partition, &intake->partitions->list, link) {
        int result = partition->going ? 0 : take(intake, partition, count);

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
    kafka_message_free(&taken->kafka);
    free(taken);
}
