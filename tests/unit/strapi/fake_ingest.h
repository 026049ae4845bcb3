/* The ingest plugin in the test's own process, as docs/ingest-api.md has it: positions in memory, and a
 * log of what was applied. It is for what the real one cannot be made to answer, or not when it is wanted;
 * what the real one does is asserted in tests/integration/test_ingest.py. */
#ifndef FEEDS_TESTS_FAKE_INGEST_H
#define FEEDS_TESTS_FAKE_INGEST_H

#include <jansson.h>

#include "../http/tiny_server.h"

#define FAKE_PARTITIONS 4
#define FAKE_OFFSETS    4096

struct fake_partition {
    int64_t epoch, next, confirmed; /* -1: null */
    char fingerprint[80];
    json_t *rejects;           /* of {"offset","error"} */
    int applied[FAKE_OFFSETS]; /* how often each offset had its effect */
};

struct fake_ingest {
    struct tiny_server server;
    struct fake_partition partitions[FAKE_PARTITIONS];
    int sessions, moves, batches, empties; /* requests that came in */
    size_t largest;                        /* items */
    char head[2048], body[65536];          /* of the last batch that had items */
    char session[2048], move[2048];        /* the last ones */
    size_t rejects_max;

    /* By a word in the item's data: */
    const char *reject_word, *reject_code; /* rejected with that code */
    const char *missing_word;              /* its entry is missing */
    const char *poison_word;               /* the batch is answered with poison_status */
    const char *poison_status;
    const char *killer_word; /* the connection is closed */
    const char *hang_word;   /* no answer */

    const char *all;         /* every request: this status line */
    const char *batches_get; /* every batch with items: this status line */
    const char *empties_get;
    const char *sessions_get;
    const char *code;    /* details.code of these */
    const char *headers; /* of these; "" when NULL */
    const char *says;    /* every batch is done, and answered with 200 and this */
    size_t items_taken;  /* batches with more items: 413 */
    int swallow;         /* so many batches are done, and the connection closed without an answer */
    int lose;            /* so many are answered, and nothing is kept */
    bool silent;         /* never answers */
};

static inline enum tiny_next fake_ingest_fail(const struct fake_ingest *fake, int fd,
                                              const char *status, const char *code)
{
    char body[512];

    snprintf(body, sizeof body,
             "{\"data\":null,\"error\":{\"status\":%.3s,\"name\":\"SomeError\",\"message\":\"%s\","
             "\"details\":{\"code\":\"%s\"}}}",
             status, status + 4, code ? code : "");
    tiny_reply(fd, status, fake->headers ? fake->headers : "", body);
    return TINY_KEEP;
}

static inline enum tiny_next fake_ingest_say(int fd, json_t *answer)
{
    char *text = json_dumps(answer, 0);

    tiny_reply(fd, "200 OK", "", text);
    free(text);
    json_decref(answer);
    return TINY_KEEP;
}

static inline json_t *fake_offset(int64_t offset)
{
    return offset < 0 ? json_null() : json_integer(offset);
}

static inline int64_t fake_number(const json_t *object, const char *name)
{
    const json_t *number = json_object_get(object, name);
    return json_is_integer(number) ? json_integer_value(number) : -1;
}

static inline struct fake_partition *fake_of(struct fake_ingest *fake, const json_t *request)
{
    return &fake->partitions[fake_number(request, "partition")];
}

static inline enum tiny_next fake_session(struct fake_ingest *fake,
                                          const struct tiny_request *request)
{
    json_auto_t *body = json_loads(request->body, 0, NULL);
    struct fake_partition *partition = fake_of(fake, body);

    fake->sessions++;
    snprintf(fake->session, sizeof fake->session, "%s", request->body);
    if (fake->sessions_get)
        return fake_ingest_fail(fake, request->fd, fake->sessions_get, fake->code);
    partition->epoch++;
    return fake_ingest_say(
        request->fd,
        json_pack("{s:I,s:o,s:o,s:o,s:O}", "epoch", (json_int_t)partition->epoch, "next_offset",
                  fake_offset(partition->next), "confirmed", fake_offset(partition->confirmed),
                  "fingerprint",
                  partition->fingerprint[0] ? json_string(partition->fingerprint) : json_null(),
                  "rejects", partition->rejects));
}

static inline enum tiny_next fake_move(struct fake_ingest *fake, const struct tiny_request *request)
{
    json_auto_t *body = json_loads(request->body, 0, NULL);
    struct fake_partition *partition = fake_of(fake, body);
    const char *fingerprint = json_string_value(json_object_get(body, "fingerprint"));

    fake->moves++;
    snprintf(fake->move, sizeof fake->move, "%s", request->body);
    if (fake_number(body, "epoch") != partition->epoch)
        return fake_ingest_fail(fake, request->fd, "409 Conflict", "stale_epoch");
    partition->next = partition->confirmed = fake_number(body, "next_offset");
    snprintf(partition->fingerprint, sizeof partition->fingerprint, "%s",
             fingerprint ? fingerprint : "");
    json_array_clear(partition->rejects);
    return fake_ingest_say(request->fd,
                           json_pack("{s:o,s:o}", "next_offset", fake_offset(partition->next),
                                     "confirmed", fake_offset(partition->confirmed)));
}

static inline json_t *fake_reject_of(const struct fake_partition *partition, int64_t offset)
{
    size_t i;
    json_t *each;

    json_array_foreach(partition->rejects, i, each)
    {
        if (fake_number(each, "offset") == offset)
            return json_object_get(each, "error");
    }
    return NULL;
}

static inline bool fake_has(const char *line, const char *word)
{
    return word != NULL && strstr(line, word) != NULL;
}

/* One item; false: the batch stops in front of it. */
static inline bool fake_item(struct fake_ingest *fake, struct fake_partition *partition,
                             const char *line, json_t *results)
{
    json_auto_t *item = json_loads(line, 0, NULL);
    int64_t offset = fake_number(item, "offset");
    json_t *known = fake_reject_of(partition, offset);
    bool final = json_is_true(json_object_get(item, "final"));
    const char *fingerprint = json_string_value(json_object_get(item, "fingerprint"));
    const char *code = fake->reject_code ? fake->reject_code : "refused";

    if (offset < partition->next) {
        json_array_append_new(
            results, known ? json_pack("{s:I,s:s,s:O}", "offset", offset, "status", "rejected",
                                       "error", known)
                           : json_pack("{s:I,s:s}", "offset", offset, "status", "skipped"));
        return true;
    }
    if (fake_has(line, fake->missing_word) && !final) {
        json_array_append_new(results,
                              json_pack("{s:I,s:s}", "offset", offset, "status", "missing"));
        partition->next = offset;
        return false;
    }
    if (fake_has(line, fake->missing_word))
        code = "unknown_entry";
    if (fake_has(line, fake->reject_word) || fake_has(line, fake->missing_word)) {
        json_t *error =
            json_pack("{s:s,s:s,s:s}", "code", code, "message", "not like this", "path", "name");
        json_array_append_new(results, json_pack("{s:I,s:s,s:O}", "offset", offset, "status",
                                                 "rejected", "error", error));
        json_array_append_new(partition->rejects,
                              json_pack("{s:I,s:o}", "offset", offset, "error", error));
    } else {
        partition->applied[offset]++;
        json_array_append_new(results,
                              json_pack("{s:I,s:s}", "offset", offset, "status", "created"));
    }
    if (fingerprint)
        snprintf(partition->fingerprint, sizeof partition->fingerprint, "%s", fingerprint);
    return true;
}

static inline void fake_confirm(struct fake_partition *partition, int64_t confirmed)
{
    json_t *left = json_array(), *each;
    size_t i;

    if (confirmed > partition->confirmed)
        partition->confirmed = confirmed;
    json_array_foreach(partition->rejects, i, each)
    {
        if (fake_number(each, "offset") >= partition->confirmed)
            json_array_append(left, each);
    }
    json_decref(partition->rejects);
    partition->rejects = left;
}

/* The lines behind the envelope. */
static inline json_t *fake_items(struct fake_ingest *fake, struct fake_partition *partition,
                                 char *lines, int64_t next)
{
    json_t *results = json_array();
    bool going = true;

    for (char *rest = NULL, *line = strtok_r(lines, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        json_auto_t *item = json_loads(line, 0, NULL);
        if (going)
            going = fake_item(fake, partition, line, results);
        else
            json_array_append_new(results,
                                  json_pack("{s:O,s:s}", "offset", json_object_get(item, "offset"),
                                            "status", "not_reached"));
    }
    if (going && next > partition->next)
        partition->next = next;
    return results;
}

static inline enum tiny_next fake_apply(struct fake_ingest *fake,
                                        const struct tiny_request *request, const json_t *envelope,
                                        char *lines, size_t count)
{
    struct fake_partition *partition = fake_of(fake, envelope), before = *partition;
    const char *fingerprint = json_string_value(json_object_get(envelope, "fingerprint"));
    int64_t first = fake_number(envelope, "first_offset");

    if (fake_number(envelope, "epoch") != partition->epoch)
        return fake_ingest_fail(fake, request->fd, "409 Conflict", "stale_epoch");
    if (partition->next >= 0 && first > partition->next)
        return fake_ingest_fail(fake, request->fd, "409 Conflict", "gap");
    if (count > 0 && fake->rejects_max && json_array_size(partition->rejects) >= fake->rejects_max)
        return fake_ingest_fail(fake, request->fd, "409 Conflict", "too_many_rejects");
    before.rejects = json_deep_copy(partition->rejects);
    fake_confirm(partition, fake_number(envelope, "confirmed"));
    json_t *results = fake_items(fake, partition, lines, fake_number(envelope, "next_offset"));
    if (fingerprint)
        snprintf(partition->fingerprint, sizeof partition->fingerprint, "%s", fingerprint);
    json_t *answer =
        json_pack("{s:o,s:o}", "next_offset", fake_offset(partition->next), "results", results);
    if (fake->lose-- > 0) {
        json_decref(partition->rejects);
        *partition = before;
    } else {
        json_decref(before.rejects);
    }
    if (fake->swallow > 0) {
        fake->swallow--;
        json_decref(answer);
        return TINY_CLOSE;
    }
    if (fake->says) {
        json_decref(answer);
        tiny_reply(request->fd, "200 OK", "", fake->says);
        return TINY_KEEP;
    }
    return fake_ingest_say(request->fd, answer);
}

static inline size_t fake_count_lines(const char *text)
{
    size_t count = 0;

    for (; (text = strchr(text, '\n')) != NULL; text++)
        count++;
    return count;
}

static inline enum tiny_next fake_batch(struct fake_ingest *fake,
                                        const struct tiny_request *request)
{
    json_auto_t *envelope = json_loads(request->body, JSON_DISABLE_EOF_CHECK, NULL);
    char *copy = strdup(strchr(request->body, '\n') + 1);
    size_t count = fake_count_lines(copy);
    enum tiny_next next;

    if (count == 0) {
        fake->empties++;
    } else {
        fake->batches++;
        snprintf(fake->head, sizeof fake->head, "%s", request->head);
        snprintf(fake->body, sizeof fake->body, "%s", request->body);
        fake->largest = count > fake->largest ? count : fake->largest;
    }
    if (count > 0 && fake->batches_get)
        next = fake_ingest_fail(fake, request->fd, fake->batches_get, fake->code);
    else if (count == 0 && fake->empties_get)
        next = fake_ingest_fail(fake, request->fd, fake->empties_get, fake->code);
    else if (fake->items_taken && count > fake->items_taken)
        next = fake_ingest_fail(fake, request->fd, "413 Payload Too Large", "too_large");
    else if (fake_has(copy, fake->killer_word))
        next = TINY_CLOSE;
    else if (fake_has(copy, fake->hang_word))
        next = TINY_HANG;
    else if (fake_has(copy, fake->poison_word))
        next = fake_ingest_fail(fake, request->fd, fake->poison_status, "");
    else
        next = fake_apply(fake, request, envelope, copy, count);
    free(copy);
    return next;
}

static inline enum tiny_next fake_ingest_answer(void *arg, const struct tiny_request *request)
{
    struct fake_ingest *fake = arg;
    const char *call = strrchr(request->target, '/') + 1;

    if (fake->silent)
        return TINY_HANG;
    if (fake->all)
        return fake_ingest_fail(fake, request->fd, fake->all, fake->code);
    if (strcmp(call, "session") == 0)
        return fake_session(fake, request);
    return strcmp(call, "position") == 0 ? fake_move(fake, request) : fake_batch(fake, request);
}

static inline void fake_ingest_start(struct fake_ingest *fake)
{
    for (int i = 0; i < FAKE_PARTITIONS; i++)
        fake->partitions[i] =
            (struct fake_partition){.next = -1, .confirmed = -1, .rejects = json_array()};
    tiny_start(&fake->server, fake_ingest_answer, fake);
}

static inline void fake_ingest_stop(struct fake_ingest *fake)
{
    tiny_stop(&fake->server);
    for (int i = 0; i < FAKE_PARTITIONS; i++)
        json_decref(fake->partitions[i].rejects);
}

#endif
