/* Movements of which nobody knows yet which entry they move: they name it by its id, its documentId
 * or its natural key, and one entry may be named in all three ways. A look-up tells; the lane is the
 * entry from then on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strapi/rest_parts.h"

/* The older one was not found at its last look-up, and its next one is soon; or its error record is on
 * the way. */
#define BEHIND_OLDER_MS 250

const char *rest_entry_field(const struct rest_sink *sink)
{
    return target_has_documents(sink->options.target) ? ANSWER_DOCUMENT_FIELD : "id";
}

bool rest_address_needed(const struct message *message)
{
    return message->entry == NULL || message->missing;
}

/* The field that names the entry: decode has seen to it that there is one. */
static const struct field *field_of(const struct record *record)
{
    const struct entity *entity = record->entity;
    size_t i = 0;

    while (entity->fields[i].address == ADDRESS_NONE ||
           (record->values[i].kind != VALUE_TEXT && record->values[i].kind != VALUE_INTEGER))
        i++;
    return &entity->fields[i];
}

static const char *field_there(enum address address)
{
    if (address == ADDRESS_KEY)
        return NULL;
    return address == ADDRESS_NUMBER ? "id" : ANSWER_DOCUMENT_FIELD;
}

struct lookup_key rest_address_key(const struct message *message, char digits[VALUE_DIGITS_SIZE])
{
    return (struct lookup_key){.by = field_there(field_of(&message->record)->address),
                               .text = record_key_text(&message->record, digits)};
}

/* "?" and the address: the lane of an entry begins with "=". */
struct value rest_address_lane(struct rest_sink *sink, const struct message *message)
{
    char digits[VALUE_DIGITS_SIZE];
    struct value text = record_key_text(&message->record, digits);
    struct buffer *lane = &sink->lane;

    buffer_clear(lane);
    /* Without memory for it several addresses share a lane: slower, and right. */
    if (buffer_addf(lane, "?%s=", field_of(&message->record)->name) != 0 ||
        buffer_add(lane, text.text, text.len) != 0)
        return (struct value){.kind = VALUE_TEXT, .text = "?", .len = 1};
    return (struct value){.kind = VALUE_TEXT, .text = lane->data, .len = lane->len};
}

static void refuse(struct job *job, enum error_code code, const char *why)
{
    const struct record *record = &job->message->record;
    char digits[VALUE_DIGITS_SIZE];
    struct value text = record_key_text(record, digits);

    job->outcome = (struct outcome){.verdict = VERDICT_REJECT, .route = ROUTE_LOOKUP};
    failure_set(&job->outcome.failure, code, field_of(record)->name, text.text, text.len, "%s",
                why);
}

static bool is_unstable(const struct rest_sink *sink, const struct job *job,
                        const struct answer_entry *entry)
{
    return field_of(&job->message->record)->address == ADDRESS_NUMBER &&
           target_id_may_change(sink->options.target, entry);
}

static void refuse_unstable(struct job *job)
{
    refuse(job, ERROR_UNSTABLE_ID,
           "with Draft & Publish the id changes at each publication: name the entry otherwise");
}

/* What no look-up would make better. */
static bool is_refused(const struct rest_sink *sink, struct job *job)
{
    if (field_of(&job->message->record)->address == ADDRESS_DOCUMENT &&
        !target_has_documents(sink->options.target)) {
        refuse(job, ERROR_INVALID_FIELD, "Strapi 4 has no documentId");
        return true;
    }
    if (!is_unstable(sink, job, NULL))
        return false;
    refuse_unstable(job);
    return true;
}

void rest_address_begin(struct rest_run *run)
{
    struct job_queue all = run->jobs;
    struct job *job;

    run->resolves = true;
    job_queue_init(&run->jobs);
    while ((job = job_queue_pop(&all)) != NULL) {
        if (is_refused(run->sink, job))
            rest_settle(run->sink, job);
        else
            job_queue_push(&run->jobs, job);
    }
}

void rest_address_missing(struct rest_sink *sink, struct job *job)
{
    struct message *message = job->message;
    struct reason sentence = REASON_INIT;

    reason_set(&sentence, "there is no such %s", sink->options.target->entity->name);
    refuse(job, ERROR_UNKNOWN_PRODUCT, sentence.text);
    job->outcome.verdict = VERDICT_MISSING;
    free(message->entry);
    message->entry = NULL;
    message->missing = true;
}

static void address(struct job *job, const struct answer_entry *entry)
{
    struct message *message = job->message;

    free(message->entry);
    message->entry = strdup(entry->address);
    message->missing = false;
    job->outcome = (struct outcome){.verdict = VERDICT_ADDRESSED, .route = ROUTE_LOOKUP};
    if (message->entry != NULL)
        return;
    job->outcome.verdict = VERDICT_OUTAGE;
    failure_set(&job->outcome.failure, ERROR_ATTEMPTS_EXHAUSTED, NULL, NULL, 0, "out of memory");
}

/* An entry, and who has found it. */
struct finding {
    const struct rest_sink *sink;
    const struct answer_entry *entry;
    const struct message *by;
};

static const char *name_there(const struct rest_sink *sink, const struct field *field)
{
    const char *by = field_there(field->address);

    return by != NULL ? by : entity_key(sink->options.target->entity)->name;
}

static bool same_text(const json_t *there, const struct value *text)
{
    char digits[VALUE_DIGITS_SIZE];

    if (json_is_string(there))
        return json_string_length(there) == text->len &&
               memcmp(json_string_value(there), text->text, text->len) == 0;
    int len = snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(there));
    return json_is_integer(there) && (size_t)len == text->len &&
           memcmp(digits, text->text, text->len) == 0;
}

/* Those that name it in the finder's own way are kept in order by their lane, which only one that is
 * refused has left. */
static bool must_go_first(const void *arg, const struct message *older)
{
    const struct finding *finding = arg;
    const struct field *field = field_of(&older->record);
    char digits[VALUE_DIGITS_SIZE];
    struct value text = record_key_text(&older->record, digits);

    return (field != field_of(&finding->by->record) || older->state == MESSAGE_REJECTED) &&
           same_text(answer_entry_member(finding->entry, name_there(finding->sink, field)), &text);
}

/* The ledger remembers the last offset of a partition, and would take an older message for applied. So
 * one that was not found, and names the entry in another of the three ways, goes first. And one that
 * was refused has its error record first: read again after a crash, it would find the entry. */
static bool is_overtaking(const struct rest_sink *sink, const struct message *message,
                          const struct answer_entry *entry)
{
    const struct finding finding = {sink, entry, message};

    return sink->events.older_missing != NULL &&
           sink->events.older_missing(sink->events.arg, message, must_go_first, &finding);
}

static void let_go_first(struct job *job)
{
    job->outcome = (struct outcome){
        .verdict = VERDICT_LATER, .route = ROUTE_LOOKUP, .delay_ms = BEHIND_OLDER_MS};
    failure_set(&job->outcome.failure, ERROR_ATTEMPTS_EXHAUSTED, NULL, NULL, 0,
                "an older message that names the entry goes first");
    /* It does not hold up those of other entries. */
    job->message->missing = true;
}

void rest_address_resolve(struct rest_sink *sink, struct job *job, const struct answer_entry *entry,
                          bool several)
{
    if (entry == NULL)
        rest_address_missing(sink, job);
    else if (several)
        refuse(job, ERROR_AMBIGUOUS_PRODUCT, "several entries have it");
    else if (is_unstable(sink, job, entry))
        refuse_unstable(job);
    else if (is_overtaking(sink, job->message, entry))
        let_go_first(job);
    else
        address(job, entry);
}
