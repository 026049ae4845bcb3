/* Runs with something to write: from the decision over the request to its verdict. */
#include <stdio.h>
#include <string.h>

#include "http/http_url.h"
#include "strapi/rest_parts.h"
#include "strapi/verdict.h"

/* The answer shall hold the time only (and what names the entry, which is always in it): without
 * `fields` Strapi sends the whole entry back, long texts and fields of others included. Measured:
 * POST and PUT heed it. */
static int build_url(struct rest_run *run, const struct answer_entry *entry)
{
    const struct target *target = run->sink->options.target;
    struct buffer *url = &run->url;

    if (buffer_add_text(url, target->collection_url) != 0)
        return -1;
    if (entry != NULL && (buffer_add_byte(url, '/') != 0 ||
                          http_url_add_escaped(url, entry->address, strlen(entry->address)) != 0))
        return -1;
    return buffer_add_text(url, "?fields[0]=" ANSWER_TIME_FIELD) != 0 ||
                   target_add_drafts(target, TARGET_WRITES, url) != 0
               ? -1
               : 0;
}

void rest_write_too_large(struct rest_run *run)
{
    struct outcome refused = {.verdict = VERDICT_REJECT, .route = ROUTE_CREATE};

    failure_set(&refused.failure, ERROR_BODY_TOO_LARGE, NULL, NULL, 0,
                "the request would be longer than %zu MiB", run->body.max / 1024 / 1024);
    rest_run_end(run, &refused);
}

static void enqueue(struct rest_run *run)
{
    struct rest_sink *sink = run->sink;

    if (rest_run_head(run)->probe)
        run_queue_push_front(&sink->queued, run);
    else
        run_queue_push(&sink->queued, run);
}

void rest_write(struct rest_run *run, const struct answer_entry *entry)
{
    const struct rest_sink *sink = run->sink;
    const struct job *head = rest_run_head(run);

    run->route = entry != NULL ? ROUTE_UPDATE : ROUTE_CREATE;
    if (head->look)
        rest_run_end(run, &(struct outcome){.verdict = VERDICT_ABSENT, .route = run->route});
    else if (sink->blocked[run->route] && !head->probe)
        rest_run_not_reached(run, run->route);
    else if (entry == NULL && target_keep_draft(sink->options.target, &run->body) != 0)
        rest_write_too_large(run);
    else if (build_url(run, entry) != 0)
        rest_run_end_outage(run, "the entry's address does not fit");
    else
        enqueue(run);
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

static const char *method_of(const struct rest_run *run)
{
    return run->route == ROUTE_CREATE ? "POST" : "PUT";
}

/* "/api/products/abc": the path of the URL, for people. */
static const char *path_of(const struct rest_run *run, char *path, size_t size)
{
    const struct target *target = run->sink->options.target;
    const char *rest = run->url.data + strlen(target->collection_url);

    /* Longer ones are cut: they are for people. */
    if (snprintf(path, size, "%s%.*s", target->path, (int)strcspn(rest, "?"), rest) < 0)
        path[0] = '\0';
    return path;
}

bool rest_may_be_written(const struct outcome *outcome)
{
    if (outcome->verdict == VERDICT_UNKNOWN)
        return outcome->http_status != 404;
    return outcome->verdict == VERDICT_RETRY && outcome->http_status >= 500;
}

/* The jobs' outcome, for when the look-up confirms it. */
static void fill(struct rest_run *run, const struct outcome *outcome)
{
    for (struct job *job = run->jobs.first; job != NULL; job = job->next) {
        job->outcome = *outcome;
        job->outcome.how = (enum done_how)job->message->written;
        job->outcome.left_alone = run->left_alone;
        job->outcome.possible_duplicate = job->message->perhaps_written;
    }
}

static void judge(struct rest_run *run, const struct http_response *response,
                  struct outcome *outcome)
{
    struct rest_sink *sink = run->sink;
    char path[sizeof outcome->http_path];

    verdict_of(run->route, method_of(run), path_of(run, path, sizeof path), response,
               sink->options.request_timeout_ms, outcome);
    limiter_note(&sink->limiter, signal_of(response, outcome), response->took_ms, run->in_flight,
                 sink->options.now_ms());
    if (outcome->verdict != VERDICT_DONE)
        sink->effect->failed(run, outcome);
}

static void written(void *arg, const struct http_response *response)
{
    struct rest_run *run = arg;
    struct rest_sink *sink = run->sink;
    struct outcome outcome = {0};

    run_queue_remove(&sink->on_the_way, run);
    sink->in_flight--;
    judge(run, response, &outcome);
    if (outcome.verdict != VERDICT_DONE) {
        rest_run_end(run, &outcome);
        rest_heed(sink, &outcome);
    } else if (sink->effect->answered(run, response->body, response->body_len) != 0) {
        rest_run_end_outage(run, "Strapi's answer to a write does not say which entry it is");
    } else {
        fill(run, &outcome);
        rest_confirm(run);
    }
    rest_flush(sink);
}

static void note_sending(struct rest_run *run)
{
    for (struct job *job = run->jobs.first; job != NULL; job = job->next)
        job->message->written = run->route == ROUTE_CREATE ? DONE_CREATED : DONE_UPDATED;
    if (run->sink->effect->sending != NULL)
        run->sink->effect->sending(run);
}

static void start(struct rest_sink *sink, struct rest_run *run)
{
    struct reason reason = REASON_INIT;
    const struct http_request request = {.method = method_of(run),
                                         .url = run->url.data,
                                         .body = run->body.data,
                                         .body_len = run->body.len,
                                         .timeout_ms = sink->options.request_timeout_ms,
                                         .done = written,
                                         .arg = run};

    run_queue_remove(&sink->queued, run);
    if (http_client_start(sink->options.http, &request, &reason) != 0) {
        rest_run_end_outage(run, reason.text);
        return;
    }
    note_sending(run);
    run->in_flight = sink->in_flight++;
    run_queue_push(&sink->on_the_way, run);
}

void rest_writes_start(struct rest_sink *sink, int64_t now_ms)
{
    while (sink->queued.count > 0 && limiter_room(&sink->limiter, sink->in_flight, now_ms) > 0)
        start(sink, run_queue_first(&sink->queued));
}

void rest_writes_give_back(struct rest_sink *sink, enum route route, bool probes)
{
    struct rest_run *run = run_queue_first(&sink->queued), *next;

    for (; run != NULL; run = next) {
        next = TAILQ_NEXT(run, link);
        if ((route != ROUTE_COUNT && run->route != route) || (rest_run_head(run)->probe && !probes))
            continue;
        run_queue_remove(&sink->queued, run);
        rest_run_not_reached(run, run->route);
    }
}

void rest_writes_free(struct rest_sink *sink)
{
    struct rest_run *run;

    TAILQ_FOREACH (run, &sink->on_the_way.list, link)
        http_client_cancel(sink->options.http, run);
    run_queue_free(&sink->on_the_way);
    run_queue_free(&sink->queued);
}
