/* The null sink: the sink port with nothing behind it. Jobs are held until the test settles one
 * with the verdict it likes. By null_keeping_ops it keeps positions, which answer at once unless it is
 * silent. */
#ifndef FEEDS_TESTS_NULL_SINK_H
#define FEEDS_TESTS_NULL_SINK_H

#include <string.h>

#include "core/sink.h"

#define NULL_SINK_MAX        64
#define NULL_SINK_PARTITIONS 4

/* What it knows of a partition, and was asked for it. */
struct null_place {
    struct sink_position position;
    int attaches, detaches, moves;
    int64_t confirmed; /* as told last */
    enum sink_move why;
    bool owes; /* an answer */
};

struct null_sink {
    struct sink_events events;
    struct job *held[NULL_SINK_MAX];
    size_t count, room;
    bool blocked[ROUTE_COUNT];
    bool alone_violated; /* a suspect's job had company */
    /* null_keeping_ops: */
    struct sink_attachments attachments;
    struct null_place places[NULL_SINK_PARTITIONS];
    bool silent;
};

static inline void null_sink_settle(struct null_sink *null, size_t which, struct outcome outcome)
{
    struct job *job = null->held[which];

    null->held[which] = null->held[--null->count];
    job->outcome = outcome;
    null->events.settled(null->events.arg, job);
}

static inline struct value null_sink_lane(void *self, const struct message *message)
{
    (void)self;
    return record_key(&message->record);
}

static inline size_t null_sink_room(void *self, int64_t now_ms)
{
    struct null_sink *null = self;

    (void)now_ms;
    return null->count < null->room ? null->room - null->count : 0;
}

static inline void null_sink_submit(void *self, struct job *job, int64_t now_ms)
{
    struct null_sink *null = self;

    (void)now_ms;
    for (size_t i = 0; i < null->count; i++)
        null->alone_violated |= job->message->suspect || null->held[i]->message->suspect;
    null->held[null->count++] = job;
}

static inline void null_sink_kick(void *self, int64_t now_ms)
{
    (void)self;
    (void)now_ms;
}

static inline void null_sink_block(void *self, enum route route, bool blocked)
{
    ((struct null_sink *)self)->blocked[route] = blocked;
}

static inline void null_sink_recall(void *self)
{
    struct null_sink *null = self;

    /* Every other job counts as not sent; some were looked up already and name a write's route. */
    for (size_t i = null->count; i-- > 0;)
        if (i % 2)
            null_sink_settle(null, i,
                             (struct outcome){.verdict = VERDICT_NOT_REACHED,
                                              .route = (enum route)(i % ROUTE_COUNT)});
}

static const struct sink_ops null_sink_ops = {
    .name = "null",
    .run_max = 1,
    .lane = null_sink_lane,
    .room = null_sink_room,
    .submit = null_sink_submit,
    .kick = null_sink_kick,
    .block = null_sink_block,
    .recall = null_sink_recall,
};

static inline void null_sink_answer(struct null_sink *null, int32_t partition)
{
    struct null_place *place = &null->places[partition];

    place->owes = null->silent;
    if (!null->silent)
        null->attachments.attached(null->attachments.arg, partition, &place->position);
}

static inline void null_sink_attach(void *self, int32_t partition, int64_t now_ms)
{
    struct null_sink *null = self;

    (void)now_ms;
    null->places[partition].attaches++;
    null_sink_answer(null, partition);
}

static inline void null_sink_move(void *self, int32_t partition, int64_t next,
                                  const char *fingerprint, enum sink_move why, int64_t now_ms)
{
    struct null_sink *null = self;
    struct null_place *place = &null->places[partition];

    (void)now_ms;
    place->moves++;
    place->why = why;
    place->position.next = place->position.confirmed = next;
    memcpy(place->position.fingerprint, fingerprint, strlen(fingerprint) + 1);
    null_sink_answer(null, partition);
}

static inline void null_sink_confirm(void *self, int32_t partition, int64_t offset)
{
    ((struct null_sink *)self)->places[partition].confirmed = offset;
}

static inline void null_sink_detach(void *self, int32_t partition)
{
    ((struct null_sink *)self)->places[partition].detaches++;
}

static const struct sink_ops null_keeping_ops = {
    .name = "ingest",
    .attach = null_sink_attach,
    .move = null_sink_move,
    .confirm = null_sink_confirm,
    .detach = null_sink_detach,
    .run_max = 1,
    .lane = null_sink_lane,
    .room = null_sink_room,
    .submit = null_sink_submit,
    .kick = null_sink_kick,
    .block = null_sink_block,
    .recall = null_sink_recall,
};

/* A target that knows of no partition. */
static inline struct sink null_sink_keeping(struct null_sink *null,
                                            struct sink_attachments attachments)
{
    null->attachments = attachments;
    for (int p = 0; p < NULL_SINK_PARTITIONS; p++)
        null->places[p] = (struct null_place){.position = {.next = -1, .confirmed = -1}};
    return (struct sink){&null_keeping_ops, null};
}

#endif
