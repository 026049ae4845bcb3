#include "strapi/ingest_batch.h"

#include <inttypes.h>
#include <string.h>

#include "core/encode.h"
#include "core/fingerprint.h"
#include "core/message_identity.h"
#include "core/text.h"
#include "strapi/ingest_answer.h"
#include "strapi/rest_body.h"

bool ingest_batch_may_stop(const struct ingest_rules *rules)
{
    return rules->entity->effect == EFFECT_ADJUST;
}

int ingest_batch_begin(struct buffer *body)
{
    static const char room[INGEST_ENVELOPE_MAX];

    buffer_clear(body);
    return buffer_add(body, room, sizeof room);
}

static int add_fingerprint(const struct message *message, struct buffer *out)
{
    const struct fingerprint fingerprint = fingerprint_of(message);
    char text[FINGERPRINT_SIZE];

    fingerprint_write(&fingerprint, text);
    return buffer_addf(out, ",\"fingerprint\":\"%s\"", text);
}

static int add_data(const struct ingest_rules *rules, const struct message *message,
                    struct buffer *body)
{
    const struct record *record = &message->record;
    char identity[MESSAGE_IDENTITY_SIZE];
    const char *name = rules->identity ? rules->entity->identity : NULL;

    if (name != NULL)
        message_identity(message, identity);
    return rest_body_add_object(record, rest_given(record, rules->ignored), name, identity, body);
}

int ingest_batch_add(const struct ingest_rules *rules, struct buffer *body,
                     const struct message *message)
{
    size_t start = body->len;

    if (buffer_addf(body, "{\"offset\":%" PRId64 ",\"data\":", message->offset) == 0 &&
        add_data(rules, message, body) == 0 &&
        (!ingest_batch_may_stop(rules) || add_fingerprint(message, body) == 0) &&
        buffer_add_text(body, message->final ? ",\"final\":true}\n" : "}\n") == 0)
        return 0;
    buffer_cut(body, start);
    return -1;
}

static int write_envelope(const struct ingest_rules *rules, const struct ingest_envelope *envelope,
                          struct buffer *out)
{
    if (buffer_addf(out,
                    "{%s,\"partition\":%" PRId32 ",\"epoch\":%" PRId64 ",\"first_offset\":%" PRId64
                    ",\"next_offset\":%" PRId64,
                    rules->place, envelope->partition, envelope->epoch, envelope->first,
                    envelope->next) != 0)
        return -1;
    if (envelope->known >= 0 &&
        buffer_addf(out, ",\"known_offset\":%" PRId64, envelope->known) != 0)
        return -1;
    if (envelope->confirmed >= 0 &&
        buffer_addf(out, ",\"confirmed\":%" PRId64, envelope->confirmed) != 0)
        return -1;
    if (envelope->fingerprint[0] &&
        (buffer_add_text(out, ",\"fingerprint\":") != 0 ||
         encode_text(envelope->fingerprint, strlen(envelope->fingerprint), out) != 0))
        return -1;
    return buffer_addf(out, "%s}\n", rules->manner);
}

const char *ingest_batch_end(const struct ingest_rules *rules, struct buffer *body,
                             const struct ingest_envelope *envelope, size_t *len)
{
    struct buffer line = BUFFER_INIT(INGEST_ENVELOPE_MAX);
    char *start = NULL;

    if (write_envelope(rules, envelope, &line) == 0) {
        start = body->data + INGEST_ENVELOPE_MAX - line.len;
        memcpy(start, line.data, line.len);
        *len = body->len - INGEST_ENVELOPE_MAX + line.len;
    }
    buffer_release(&line);
    return start;
}

/* What a refusal is about. */
enum about { ABOUT_ITEM, ABOUT_ENTRY, ABOUT_QUANTITY };

struct refusal {
    const char *word;
    enum error_code code;
    enum about about;
    const char *words; /* ABOUT_ENTRY: the same as by plain REST */
};

static const struct refusal refusals[] = {
    {"refused", ERROR_REFUSED, ABOUT_ITEM, NULL},
    {"exists", ERROR_REFUSED, ABOUT_ENTRY,
     "already exists with other values, and ON_EXISTING=reject"},
    {"unknown_entry", ERROR_UNKNOWN_PRODUCT, ABOUT_ENTRY, "there is no such entry"},
    {"ambiguous_entry", ERROR_AMBIGUOUS_PRODUCT, ABOUT_ENTRY, "several entries have it"},
    {"unstable_id", ERROR_UNSTABLE_ID, ABOUT_ENTRY,
     "with Draft & Publish the id changes at each publication: name the entry otherwise"},
    {"negative_stock", ERROR_NEGATIVE_STOCK, ABOUT_QUANTITY, NULL},
    {"stock_overflow", ERROR_STOCK_OVERFLOW, ABOUT_QUANTITY, NULL},
};

/* What a later version may say is refused, too. */
static const struct refusal *find_refusal(const char *word)
{
    for (size_t i = 0; word != NULL && i < sizeof refusals / sizeof refusals[0]; i++)
        if (strcmp(refusals[i].word, word) == 0)
            return &refusals[i];
    return &refusals[0];
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

/* The entry is named by the record, as it names it; what is wrong with the item, by the plugin. */
static void fail(const struct refusal *refusal, const json_t *error, const struct message *message,
                 struct failure *failure)
{
    const struct adjustment *adjustment = message->record.entity->adjustment;
    const struct field *field = record_key_field(&message->record);
    const char *said = text_of(error, "message"), *at = text_of(error, "path");
    char digits[VALUE_DIGITS_SIZE], shown[REASON_SIZE / 2], path[FAILURE_FIELD_MAX];

    text_show(said ? said : "", said ? strlen(said) : 0, shown, sizeof shown);
    if (refusal->about == ABOUT_ENTRY && field != NULL) {
        struct value key = record_key_text(&message->record, digits);
        failure_set(failure, refusal->code, field->name, key.text, key.len, "%s", refusal->words);
        return;
    }
    if (refusal->about == ABOUT_QUANTITY && adjustment != NULL)
        at = adjustment->quantity;
    text_show(at ? at : "", at ? strlen(at) : 0, path, sizeof path);
    failure_set(failure, refusal->code, path[0] ? path : NULL, NULL, 0,
                refusal->about == ABOUT_ITEM ? "Strapi refuses it: %s" : "%s", shown);
}

void ingest_batch_refuse(const json_t *error, const struct message *message,
                         const struct outcome *answered, struct outcome *outcome)
{
    const char *said = text_of(error, "message");

    *outcome = *answered;
    outcome->verdict = VERDICT_REJECT;
    fail(find_refusal(text_of(error, "code")), error, message, &outcome->failure);
    outcome->http_body_len = text_clean(said ? said : "", said ? strlen(said) : 0,
                                        outcome->http_body, sizeof outcome->http_body);
}

struct status {
    const char *word;
    enum verdict verdict;
    enum done_how how;
};

static const struct status statuses[] = {
    {"created", VERDICT_DONE, DONE_CREATED},
    {"updated", VERDICT_DONE, DONE_UPDATED},
    {"unchanged", VERDICT_DONE, DONE_UNCHANGED},
    {"applied", VERDICT_DONE, DONE_UPDATED},
    {"skipped", VERDICT_DONE, DONE_UNCHANGED},
    {"rejected", VERDICT_REJECT, 0},
    {"missing", VERDICT_MISSING, 0},
    {"not_reached", VERDICT_NOT_REACHED, 0},
};

static const struct status *find_status(const json_t *result)
{
    const char *word = text_of(result, "status");

    for (size_t i = 0; word != NULL && i < sizeof statuses / sizeof statuses[0]; i++)
        if (strcmp(statuses[i].word, word) == 0)
            return &statuses[i];
    return NULL;
}

static void miss(const struct message *message, struct failure *failure)
{
    char digits[VALUE_DIGITS_SIZE];
    const struct field *field = record_key_field(&message->record);
    struct value key = record_key_text(&message->record, digits);

    failure_set(failure, ERROR_UNKNOWN_PRODUCT, field != NULL ? field->name : NULL, key.text,
                key.len, "there is no such entry");
}

static void settle(const json_t *result, struct job *job, const struct outcome *answered)
{
    const struct status *status = find_status(result);

    if (status->verdict == VERDICT_REJECT) {
        ingest_batch_refuse(json_object_get(result, "error"), job->message, answered,
                            &job->outcome);
        return;
    }
    job->outcome = *answered;
    job->outcome.verdict = status->verdict;
    job->outcome.how = status->how;
    job->outcome.left_alone = json_is_true(json_object_get(result, "kept"));
    if (status->verdict == VERDICT_MISSING)
        miss(job->message, &job->outcome.failure);
}

/* One result for each item, in their order; and nothing is done that the position has not passed. */
static bool is_answer(const json_t *answer, const struct job *first, size_t count)
{
    const json_t *results = json_object_get(answer, "results");
    int64_t next = ingest_answer_number(answer, "next_offset");
    const struct job *job = first;

    if (json_array_size(results) != count || (count > 0 && next < 0))
        return false;
    for (size_t i = 0; i < count; i++, job = job->next) {
        const json_t *result = json_array_get(results, i);
        const struct status *status = find_status(result);
        bool passed = status != NULL && status->verdict != VERDICT_MISSING &&
                      status->verdict != VERDICT_NOT_REACHED;

        if (status == NULL || ingest_answer_number(result, "offset") != job->message->offset ||
            passed != (job->message->offset < next))
            return false;
    }
    return true;
}

bool ingest_batch_settle(const json_t *answer, struct job *first, size_t count,
                         const struct outcome *answered)
{
    struct job *job = first;

    if (!is_answer(answer, first, count))
        return false;
    for (size_t i = 0; i < count; i++, job = job->next)
        settle(json_array_get(json_object_get(answer, "results"), i), job, answered);
    return true;
}
