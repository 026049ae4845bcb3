#include "member.h"

#include <stdio.h>
#include <stdlib.h>

#include "entities/entities.h"
#include "pipeline/deliver_ports.h"
#include "service/clock.h"

static void make_kafka_side(struct member *member)
{
    struct deliver *deliver = &member->deliver;
    const struct producer_events events = deliver_producer_events(deliver);

    fake_consumer_init(&member->consumer);
    fake_survey_init(&member->survey);
    fake_producer_init(&member->producer, &events);
    deliver->consumer = &member->consumer;
    deliver->producer = &member->producer;
    deliver->error_topic = error_topic_new(&member->producer, member->settings.error_topic, 0);
    assert_non_null(deliver->error_topic);
    dead_letters_use(deliver->letters, deliver->producer, deliver->error_topic);
}

static void make_parts(struct member *member)
{
    struct deliver *deliver = &member->deliver;
    struct partitions_options options;

    deliver->dispatch = deliver_dispatch(deliver);
    deliver->letters = deliver_letters(deliver);
    assert_non_null(deliver->dispatch);
    assert_non_null(deliver->letters);
    make_kafka_side(member);
    options = deliver_partitions_options(deliver);
    partitions_init(&deliver->partitions, deliver->dispatch, &options);
    deliver->partitions.consumer = deliver->consumer;
    deliver->partitions.survey = &member->survey;
    headway_init(&deliver->headway, deliver->options.topic, deliver->options.group,
                 deliver->options.entity, clock_now());
    deliver->headway.consumer = deliver->consumer;
    deliver->headway.partitions = &deliver->partitions;
    deliver->intake = (struct intake){
        .consumer = deliver->consumer,
        .dispatch = deliver->dispatch,
        .partitions = &deliver->partitions,
        .topic = deliver->options.topic,
        .messages_max = 1000,
        .bytes_max = 1 << 20,
    };
    member->sink.events =
        (struct sink_events){.settled = dispatch_settled, .arg = deliver->dispatch};
    member->sink.room = NULL_SINK_MAX;
    dispatch_use(deliver->dispatch, (struct sink){&null_sink_ops, &member->sink});
}

int member_setup(void **state)
{
    struct member *member = calloc(1, sizeof *member);

    assert_non_null(member);
    fake_service_reset();
    member->settings = (struct program_settings){.error_topic = "error", .partitions = 3};
    member->program = (struct program){.name = "tester", .settings = &member->settings};
    member->deliver.options = (struct deliver_options){
        .program = &member->program,
        .entity = &entity_product,
        .topic = "product",
        .group = "tester-group",
        .max_attempts = 3,
        .lone_retry_ms = 600000,
        .drain_ms = MEMBER_DRAIN_MS,
    };
    make_parts(member);
    *state = member;
    return 0;
}

int member_teardown(void **state)
{
    struct member *member = *state;
    struct deliver *deliver = &member->deliver;
    size_t held, bytes;

    partitions_release(&deliver->partitions);
    dispatch_abandon(deliver->dispatch);
    held = member->consumer.held;
    bytes = deliver->intake.bytes;
    fake_consumer_release(&member->consumer);
    error_topic_free(deliver->error_topic);
    fake_producer_release(&member->producer);
    dead_letters_free(deliver->letters);
    dispatch_free(deliver->dispatch);
    headway_release(&deliver->headway);
    free(member);
    if (held || bytes)
        fprintf(stderr, "%zu messages, %zu bytes of the window were never freed\n", held, bytes);
    return held || bytes ? -1 : 0;
}

static void fill_numbers(int32_t numbers[FAKE_PARTITIONS], int32_t first, size_t count)
{
    assert_true((size_t)first + count <= FAKE_PARTITIONS);
    for (size_t i = 0; i < count; i++)
        numbers[i] = first + (int32_t)i;
}

void member_assigned_from(struct member *member, int32_t first, size_t count)
{
    const struct consumer_events events = deliver_consumer_events(&member->deliver);
    int32_t numbers[FAKE_PARTITIONS];

    fill_numbers(numbers, first, count);
    events.assigned(events.arg, numbers, count);
}

void member_assigned(struct member *member, size_t count)
{
    member_assigned_from(member, 0, count);
}

void member_revoked(struct member *member, int32_t first, size_t count, bool lost)
{
    const struct consumer_events events = deliver_consumer_events(&member->deliver);
    int32_t numbers[FAKE_PARTITIONS];

    fill_numbers(numbers, first, count);
    events.revoked(events.arg, numbers, count, lost);
}

void member_offer(struct member *member, int32_t partition, int64_t offset)
{
    char value[128];

    snprintf(value, sizeof value, "{\"name\":\"n\",\"barcode\":\"%d-%lld\",\"stock_available\":1}",
             (int)partition, (long long)offset);
    fake_consumer_offer(&member->consumer, partition, offset, value, NULL, NULL);
}

void member_poison(struct member *member, int32_t partition, int64_t offset)
{
    fake_consumer_offer(&member->consumer, partition, offset, "{\"name\":", NULL, NULL);
}

void member_start(struct member *member, int64_t first, int count)
{
    member_assigned(member, 1);
    for (int i = 0; i < count; i++)
        member_offer(member, 0, first + i);
    member_turn(member);
    assert_int_equal(member->sink.count, count);
}

int64_t member_turn(struct member *member)
{
    struct deliver *deliver = &member->deliver;
    int64_t letters;
    int more;

    /* The loop turns again at once when there may be more to read. */
    do {
        kafka_producer_poll(deliver->producer, 0);
        partitions_turn(&deliver->partitions, clock_now());
        more = intake_turn(&deliver->intake);
        assert_true(more >= 0);
    } while (more);
    dispatch_turn(deliver->dispatch);
    letters = dead_letters_turn(deliver->letters, clock_now());
    headway_turn(&deliver->headway, clock_now());
    return letters;
}

int64_t member_later(struct member *member, int64_t ms)
{
    fake_clock_pass(ms);
    return member_turn(member);
}

void member_settle(struct member *member, int32_t partition, int64_t offset,
                   const struct outcome *outcome)
{
    for (size_t i = 0; i < member->sink.count; i++) {
        const struct message *message = member->sink.held[i]->message;

        if (message->partition == partition && message->offset == offset) {
            null_sink_settle(&member->sink, i, *outcome);
            return;
        }
    }
    fail_msg("partition %d offset %lld is not with the sink", (int)partition, (long long)offset);
}

void member_answer(struct member *member, int32_t partition, int64_t offset, enum verdict verdict)
{
    struct outcome outcome = {.verdict = verdict, .route = ROUTE_CREATE};

    outcome.failure.code = ERROR_REFUSED;
    member_settle(member, partition, offset, &outcome);
}

struct partition *member_partition(const struct member *member, int32_t partition)
{
    struct partition *found = partitions_find(&member->deliver.partitions, partition);

    assert_non_null(found);
    return found;
}

int64_t member_position(const struct member *member, int32_t partition)
{
    return partition_position(member_partition(member, partition));
}
