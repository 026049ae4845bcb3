/* A consumer without its loop: the parts that deliver.c holds, wired as there (deliver_ports.c), on
 * the fake Kafka and the null sink. Each test gets one that has joined nothing yet; at the end all
 * that was read must have been freed. */
#ifndef FEEDS_TESTS_MEMBER_H
#define FEEDS_TESTS_MEMBER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_kafka.h"
#include "fake_service.h"
#include "null_sink.h"
#include "pipeline/deliver.h"

#define MEMBER_DRAIN_MS 5000

struct member {
    struct program program;
    struct program_settings settings;
    struct deliver deliver;
    struct kafka_consumer consumer;
    struct kafka_producer producer;
    struct log_survey survey;
    struct null_sink sink;
};

/* cmocka's setup and teardown. */
int member_setup(void **state);
int member_teardown(void **state);

#define WITH_MEMBER(test) cmocka_unit_test_setup_teardown(test, member_setup, member_teardown)

/* The group gives us the partitions 0 to count - 1. */
void member_assigned(struct member *member, size_t count);
/* The partitions first to first + count - 1, in addition. */
void member_assigned_from(struct member *member, int32_t first, size_t count);
/* The partitions first to first + count - 1 shall go, or are lost. */
void member_revoked(struct member *member, int32_t first, size_t count, bool lost);
/* A good message in the partition's queue; each has a lane of its own. */
void member_offer(struct member *member, int32_t partition, int64_t offset);
/* One that does not decode. */
void member_poison(struct member *member, int32_t partition, int64_t offset);
/* What deliver.c does in a turn. Returns when the dead letters want the next one. */
int64_t member_turn(struct member *member);
/* The same after some time. */
int64_t member_later(struct member *member, int64_t ms);
/* Partition 0 is ours, and messages from `first` on are with the sink. */
void member_start(struct member *member, int64_t first, int count);
/* The target's answer for the message, which must be with the sink. */
void member_settle(struct member *member, int32_t partition, int64_t offset,
                   const struct outcome *outcome);
/* The same when only the verdict matters. */
void member_answer(struct member *member, int32_t partition, int64_t offset, enum verdict verdict);
struct partition *member_partition(const struct member *member, int32_t partition);
int64_t member_position(const struct member *member, int32_t partition);

#endif
