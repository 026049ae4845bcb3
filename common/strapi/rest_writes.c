/* Jobs with something to write: from the decision over the request to its verdict. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/http_url.h"
#include "strapi/rest_parts.h"
#include "strapi/verdict.h"

/* A message is at most 1 MiB in Kafka, and as JSON at most six times that. Strapi takes 1 MiB: the
 * rest is its 413 to say, because that limit can be raised. */
#define BODY_MAX (8 * 1024 * 1024)
#define URL_MAX  2048

static void write_free(struct rest_write *write)
{
    buffer_release(&write->body);
    buffer_release(&write->url);
    free(write);
}

static struct rest_write *write_new(struct rest_sink *sink, struct job *job)
{
    struct rest_write *write = calloc(1, sizeof *write);
    if (write == NULL)
        return NULL;
    write->sink = sink;
    write->job = job;
    write->body = (struct buffer)BUFFER_INIT(BODY_MAX);
    write->url = (struct buffer)BUFFER_INIT(URL_MAX);
    return write;
}

/* The answer shall hold the key and the time only: without `fields` Strapi sends the whole entry
 * back, long texts and fields of others included. Measured: POST and PUT heed it. */
static int build_url(struct rest_write *write, const struct answer_entry *entry)
{
    const struct target *target = write->sink->options.target;
    struct buffer *url = &write->url;

    if (buffer_add_text(url, target->collection_url) != 0)
        return -1;
    if (entry != NULL && (buffer_add_byte(url, '/') != 0 ||
                          http_url_add_escaped(url, entry->address, strlen(entry->address)) != 0))
        return -1;
    return buffer_addf(url, "?fields[0]=%s&fields[1]=" ANSWER_TIME_FIELD,
                       entity_key(target->entity)->name) != 0 ||
                   target_add_drafts(target, TARGET_WRITES, url) != 0
               ? -1
               : 0;
}

static void settle_done(struct rest_sink *sink, struct job *job, bool withheld)
{
    job->outcome = (struct outcome){.verdict = VERDICT_DONE,
                                    .how = (enum done_how)job->message->written,
                                    .withheld = withheld,
                                    .route = ROUTE_LOOKUP};
    rest_settle(sink, job);
}

static void settle_exists(struct rest_sink *sink, struct job *job)
{
    const struct value key = record_key(&job->message->record);

    job->outcome = (struct outcome){.verdict = VERDICT_REJECT, .route = ROUTE_LOOKUP};
    failure_set(&job->outcome.failure, ERROR_REFUSED,
                entity_key(sink->options.target->entity)->name, key.text, key.len,
                "already exists with other values, and ON_EXISTING=reject");
    rest_settle(sink, job);
}

static void settle_too_large(struct rest_sink *sink, struct job *job)
{
    job->outcome = (struct outcome){.verdict = VERDICT_REJECT, .route = ROUTE_CREATE};
    failure_set(&job->outcome.failure, ERROR_BODY_TOO_LARGE, NULL, NULL, 0,
                "the request would be longer than %d MiB", BODY_MAX / 1024 / 1024);
    rest_settle(sink, job);
}

static void settle_outage(struct rest_sink *sink, struct job *job, const struct reason *reason)
{
    const struct outcome outage = {
        .verdict = VERDICT_OUTAGE,
        .route = ROUTE_CREATE,
        .failure = {.code = ERROR_ATTEMPTS_EXHAUSTED, .reason = *reason}};
    job->outcome = outage;
    rest_settle(sink, job);
    rest_heed(sink, &outage);
}

static void settle_absent(struct rest_sink *sink, struct job *job, enum route route)
{
    job->outcome = (struct outcome){.verdict = VERDICT_ABSENT, .route = route};
    rest_settle(sink, job);
}

static void enqueue(struct rest_sink *sink, struct rest_write *write, enum route route,
                    const struct answer_entry *entry)
{
    write->route = route;
    if (write->job->look) {
        settle_absent(sink, write->job, route);
        write_free(write);
        return;
    }
    if (sink->blocked[route] && !write->job->probe) {
        rest_not_reached(sink, write->job, route);
        write_free(write);
        return;
    }
    if (build_url(write, entry) != 0) {
        settle_outage(sink, write->job, &(struct reason){"the entry's address does not fit"});
        write_free(write);
        return;
    }
    if (write->job->probe)
        TAILQ_INSERT_HEAD(&sink->queued, write, link);
    else
        TAILQ_INSERT_TAIL(&sink->queued, write, link);
    sink->queued_count++;
}

void rest_write_decide(struct rest_sink *sink, struct job *job, const struct answer_entry *entry)
{
    const struct upsert_rules rules = {.on_existing = sink->options.on_existing,
                                       .update_create_only = sink->options.update_create_only,
                                       .ignored = sink->options.target->ignored};
    struct rest_write *write = write_new(sink, job);

    if (write == NULL) {
        settle_outage(sink, job, &(struct reason){"out of memory"});
        return;
    }
    switch (upsert_decide(&job->message->record, entry != NULL ? entry->fields : NULL, &rules,
                          &write->body, &write->withheld)) {
    case UPSERT_CREATE:
        if (target_keep_draft(sink->options.target, &write->body) == 0) {
            enqueue(sink, write, ROUTE_CREATE, NULL);
            return;
        }
        settle_too_large(sink, job);
        break;
    case UPSERT_UPDATE:
        enqueue(sink, write, ROUTE_UPDATE, entry);
        return;
    case UPSERT_NOTHING:
        settle_done(sink, job, write->withheld);
        break;
    case UPSERT_EXISTS:
        settle_exists(sink, job);
        break;
    case UPSERT_TOO_LARGE:
        settle_too_large(sink, job);
        break;
    }
    write_free(write);
}

static enum limiter_signal signal_of(const struct http_response *response,
                                     const struct outcome *outcome)
{
    if (outcome->verdict == VERDICT_DONE)
        return LIMITER_OK;
    if (outcome->verdict == VERDICT_LATER || response->end == HTTP_TIMED_OUT ||
        response->status == 503)
        return LIMITER_OVERLOAD;
    return LIMITER_FAILED;
}

static const char *method_of(const struct rest_write *write)
{
    return write->route == ROUTE_CREATE ? "POST" : "PUT";
}

static enum done_how how_of(const struct rest_write *write)
{
    return write->route == ROUTE_CREATE ? DONE_CREATED : DONE_UPDATED;
}

/* "/api/products/abc": the path of the URL, for people. */
static const char *path_of(const struct rest_write *write, char *path, size_t size)
{
    const struct target *target = write->sink->options.target;
    const char *rest = write->url.data + strlen(target->collection_url);

    /* Longer ones are cut: they are for people. */
    if (snprintf(path, size, "%s%.*s", target->path, (int)strcspn(rest, "?"), rest) < 0)
        path[0] = '\0';
    return path;
}

static void written(void *arg, const struct http_response *response)
{
    struct rest_write *write = arg;
    struct rest_sink *sink = write->sink;
    struct job *job = write->job;
    char path[sizeof job->outcome.http_path];
    int64_t now = sink->options.now_ms();

    TAILQ_REMOVE(&sink->on_the_way, write, link);
    sink->in_flight--;
    job->outcome = (struct outcome){.how = how_of(write), .withheld = write->withheld};
    verdict_of(write->route, method_of(write), path_of(write, path, sizeof path), response,
               sink->options.request_timeout_ms, &job->outcome);
    limiter_note(&sink->limiter, signal_of(response, &job->outcome), response->took_ms,
                 write->in_flight, now);
    write_free(write);
    if (job->outcome.verdict == VERDICT_DONE) {
        rest_confirm(sink, job, response->body, response->body_len);
    } else {
        /* The job is the loop's as soon as it is settled, and may be gone. */
        struct outcome outcome = job->outcome;
        rest_settle(sink, job);
        rest_heed(sink, &outcome);
    }
    rest_flush(sink);
}

static void start(struct rest_sink *sink, struct rest_write *write)
{
    struct reason reason = REASON_INIT;
    const struct http_request request = {.method = method_of(write),
                                         .url = write->url.data,
                                         .body = write->body.data,
                                         .body_len = write->body.len,
                                         .timeout_ms = sink->options.request_timeout_ms,
                                         .done = written,
                                         .arg = write};

    TAILQ_REMOVE(&sink->queued, write, link);
    sink->queued_count--;
    if (http_client_start(sink->options.http, &request, &reason) != 0) {
        settle_outage(sink, write->job, &reason);
        write_free(write);
        return;
    }
    write->job->message->written = how_of(write);
    write->in_flight = sink->in_flight++;
    TAILQ_INSERT_TAIL(&sink->on_the_way, write, link);
}

void rest_writes_start(struct rest_sink *sink, int64_t now_ms)
{
    while (!TAILQ_EMPTY(&sink->queued) && limiter_room(&sink->limiter, sink->in_flight, now_ms) > 0)
        start(sink, TAILQ_FIRST(&sink->queued));
}

void rest_writes_give_back(struct rest_sink *sink, enum route route, bool probes)
{
    struct rest_write *write = TAILQ_FIRST(&sink->queued);

    while (write != NULL) {
        struct rest_write *next = TAILQ_NEXT(write, link);
        if ((route == ROUTE_COUNT || write->route == route) && (probes || !write->job->probe)) {
            TAILQ_REMOVE(&sink->queued, write, link);
            sink->queued_count--;
            rest_not_reached(sink, write->job, write->route);
            write_free(write);
        }
        write = next;
    }
}

static void free_all(struct write_list *list, struct http_client *http)
{
    while (!TAILQ_EMPTY(list)) {
        struct rest_write *write = TAILQ_FIRST(list);
        TAILQ_REMOVE(list, write, link);
        http_client_cancel(http, write);
        write_free(write);
    }
}

void rest_writes_free(struct rest_sink *sink)
{
    free_all(&sink->queued, sink->options.http);
    free_all(&sink->on_the_way, sink->options.http);
}
