#include "strapi/ingest_sink.h"

#include <stdio.h>
#include <stdlib.h>

#include "strapi/ingest_parts.h"

/* A partition that was detached from under its jobs, or fenced: the loop is busy with it. */
#define UNATTACHED_MS 250
/* When nothing more comes, what was done is confirmed at once by an empty batch; not more often than this
 * where messages come one by one. */
#define EMPTY_EVERY_MS 1000
/* A database that is restored while nothing comes is to be noticed before a movement waits for a product longer
 * than PRODUCT_GRACE (30 s): what it has lost is on its way again by then. */
#define IDLE_MS 10000

struct ingest_partition *ingest_find(const struct ingest_sink *sink, int32_t number)
{
    struct ingest_partition *partition;

    LIST_FOREACH (partition, &sink->partitions, link)
        if (partition->number == number && !partition->gone)
            return partition;
    return NULL;
}

/* Requests. */

bool ingest_post(struct ingest_partition *partition, enum ingest_asking asking, const char *url,
                 const char *type, const char *body, size_t len,
                 void (*done)(void *, const struct http_response *))
{
    struct ingest_sink *sink = partition->sink;
    const struct http_request request = {.method = "POST",
                                         .url = url,
                                         .body = body,
                                         .body_len = len,
                                         .content_type = type,
                                         .timeout_ms = sink->options.request_timeout_ms,
                                         .done = done,
                                         .arg = partition};

    if (body == NULL || http_client_start(sink->options.http, &request, NULL) != 0)
        return false;
    partition->asking = asking;
    partition->idle_at_ms = sink->options.now_ms() + IDLE_MS;
    sink->busy += ingest_is_busy(asking);
    return true;
}

bool ingest_ended(struct ingest_partition *partition)
{
    partition->sink->busy -= ingest_is_busy(partition->asking);
    partition->asking = ASKING_NOTHING;
    if (!partition->gone)
        return true;
    ingest_forget(partition);
    return false;
}

static bool is_silenced(const struct ingest_sink *sink, int64_t now_ms)
{
    return now_ms < sink->closed_until_ms || sink->busy >= sink->options.max_in_flight;
}

/* What was refused is kept there until it hears that the error records have arrived. And what it said it
 * had done, it shall still know: a database may have lost it (a gap, then). A position is made even of nothing:
 * that there is none can then mean only that. */
static bool wants_to_knock(const struct ingest_partition *partition, int64_t now_ms)
{
    bool idle = partition->next >= 0 && now_ms >= partition->idle_at_ms;

    return (idle || partition->confirm > partition->confirmed) && now_ms >= partition->ask_at_ms;
}

static void go_ready(struct ingest_partition *partition, int64_t now_ms)
{
    struct ingest_sink *sink = partition->sink;
    const struct job *first = partition->jobs.first;

    if (is_silenced(sink, now_ms))
        return;
    if (first == NULL && !wants_to_knock(partition, now_ms))
        return;
    if (first == NULL)
        partition->ask_at_ms = now_ms + EMPTY_EVERY_MS;
    if (first == NULL || partition->shaken ||
        (partition->full && partition->confirm > partition->confirmed))
        ingest_knock(partition);
    else if (first->look)
        ingest_look(partition);
    else
        ingest_send(partition);
}

void ingest_go(struct ingest_partition *partition, int64_t now_ms)
{
    if (partition->asking != ASKING_NOTHING || partition->gone)
        return;
    if (partition->stage == STAGE_READY)
        go_ready(partition, now_ms);
    else if (partition->stage == STAGE_SESSION && now_ms >= partition->ask_at_ms)
        ingest_ask_session(partition);
    else if (partition->stage == STAGE_MOVE && now_ms >= partition->ask_at_ms)
        ingest_ask_move(partition);
}

/* The port. */

static void port_attach(void *self, int32_t number, int64_t now_ms)
{
    /* Like the loop itself without the memory for a partition. */
    if (ingest_attach(self, number, now_ms) == NULL)
        abort();
}

static void port_move(void *self, int32_t number, int64_t next, const char *fingerprint,
                      enum sink_move why, int64_t now_ms)
{
    struct ingest_partition *partition = ingest_find(self, number);

    if (partition != NULL)
        ingest_move(partition, next, fingerprint, why, now_ms);
}

static void port_confirm(void *self, int32_t number, int64_t offset)
{
    struct ingest_partition *partition = ingest_find(self, number);

    /* While it is being attached, this is about what was read before. */
    if (partition != NULL && partition->stage == STAGE_READY && offset > partition->confirm)
        partition->confirm = offset;
}

static size_t port_unconfirmed(const void *self)
{
    const struct ingest_sink *sink = self;
    const struct ingest_partition *partition;
    size_t count = 0;

    LIST_FOREACH (partition, &sink->partitions, link)
        count += !partition->gone && partition->stage == STAGE_READY &&
                 partition->confirm > partition->confirmed;
    return count;
}

static void port_detach(void *self, int32_t number)
{
    struct ingest_sink *sink = self;
    struct ingest_partition *partition = ingest_find(sink, number);

    if (partition != NULL)
        ingest_detach(partition);
    ingest_flush(sink);
}

static struct value port_lane(void *self, const struct message *message)
{
    struct ingest_sink *sink = self;
    int len = snprintf(sink->lane, sizeof sink->lane, "%d", (int)message->partition);

    return (struct value){.kind = VALUE_TEXT, .text = sink->lane, .len = (size_t)len};
}

static size_t port_room(void *self, int64_t now_ms)
{
    const struct ingest_sink *sink = self;

    if (is_silenced(sink, now_ms))
        return 0;
    return (sink->options.max_in_flight - sink->busy) * sink->ops.run_max;
}

static void port_submit(void *self, struct job *job, int64_t now_ms)
{
    struct ingest_sink *sink = self;
    struct ingest_partition *partition = ingest_find(sink, job->message->partition);
    const struct outcome later = {
        .verdict = VERDICT_NOT_REACHED, .route = sink->route, .delay_ms = UNATTACHED_MS};
    bool takes = partition != NULL && partition->stage == STAGE_READY &&
                 !ingest_has_jobs_out(partition->asking);
    bool blocked = sink->blocked && !job->probe;

    (void)now_ms;
    for (struct job *next; job != NULL; job = next) {
        next = job->behind;
        if (takes)
            job_queue_push(&partition->jobs, job);
        else
            ingest_settle_job(sink, job, &later);
    }
    if (takes && blocked)
        ingest_not_reached(partition, 0);
    ingest_flush(sink);
}

static void port_kick(void *self, int64_t now_ms)
{
    struct ingest_sink *sink = self;
    struct ingest_partition *partition, *next;

    for (partition = LIST_FIRST(&sink->partitions); partition != NULL; partition = next) {
        next = LIST_NEXT(partition, link);
        ingest_go(partition, now_ms);
    }
    ingest_flush(sink);
}

/* Those of which nothing was sent; of all, or only those that are no probes. */
static void give_back(struct ingest_sink *sink, bool probes)
{
    struct ingest_partition *partition;

    LIST_FOREACH (partition, &sink->partitions, link) {
        const struct job *first = partition->jobs.first;
        if (first != NULL && !ingest_has_jobs_out(partition->asking) && (probes || !first->probe))
            ingest_not_reached(partition, 0);
    }
    ingest_flush(sink);
}

static void port_block(void *self, enum route route, bool blocked)
{
    struct ingest_sink *sink = self;

    if (route != sink->route)
        return;
    sink->blocked = blocked;
    if (blocked)
        give_back(sink, false);
}

static void port_recall(void *self)
{
    give_back(self, true);
}

/* Making it. */

static size_t lesser(size_t one, size_t other)
{
    return one < other ? one : other;
}

static void set_up(struct ingest_sink *sink)
{
    const struct ingest_sink_options *options = &sink->options;
    const struct ingest_about *about = &options->target->ingest;
    bool adjusts = options->entity->effect == EFFECT_ADJUST;

    sink->route = adjusts ? ROUTE_UPDATE : ROUTE_CREATE;
    sink->batch_bytes = about->bytes;
    sink->rules =
        (struct ingest_rules){.entity = options->entity,
                              /* A movement is sent whole; its target is ignored in part. */
                              .ignored = adjusts ? 0 : options->target->ignored,
                              .identity = options->target->identity,
                              .place = sink->place.data,
                              .manner = sink->manner.data};
    sink->ops = (struct sink_ops){.name = "ingest",
                                  .attach = port_attach,
                                  .move = port_move,
                                  .confirm = port_confirm,
                                  .unconfirmed = port_unconfirmed,
                                  .detach = port_detach,
                                  .run_max = lesser(options->batch_items, about->items),
                                  .lane = port_lane,
                                  .room = port_room,
                                  .submit = port_submit,
                                  .kick = port_kick,
                                  .block = port_block,
                                  .recall = port_recall};
}

struct ingest_sink *ingest_sink_new(const struct ingest_sink_options *options,
                                    const struct sink_events *events,
                                    const struct sink_attachments *attachments,
                                    struct reason *reason)
{
    struct ingest_sink *sink = calloc(1, sizeof *sink);

    if (sink == NULL) {
        reason_set(reason, "out of memory");
        return NULL;
    }
    sink->options = *options;
    sink->events = *events;
    sink->attachments = *attachments;
    LIST_INIT(&sink->partitions);
    job_queue_init(&sink->settled);
    if (ingest_write_parts(sink) != 0) {
        reason_set(reason, "the names of cluster, group and topic, or STRAPI_URL, are too long");
        ingest_sink_free(sink);
        return NULL;
    }
    set_up(sink);
    return sink;
}

struct sink ingest_sink_port(struct ingest_sink *sink)
{
    return (struct sink){.ops = &sink->ops, .self = sink};
}

void ingest_sink_free(struct ingest_sink *sink)
{
    if (sink == NULL)
        return;
    while (!LIST_EMPTY(&sink->partitions))
        ingest_forget(LIST_FIRST(&sink->partitions));
    buffer_release(&sink->place);
    buffer_release(&sink->manner);
    buffer_release(&sink->member);
    free(sink);
}
