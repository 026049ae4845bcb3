/* APPEND: an entry for each message, and for none a second one, as far as the target can tell.
 *
 * Where the content type takes the message's identity, a message is looked up by it before it is
 * written. So a redelivery, and a write whose outcome nobody learned, are found. All are looked up, not
 * only those that may come again: a look-up of 100 costs as much as about three writes.
 *
 * Where it has no such field, nothing tells one entry from another but Strapi's own name for it,
 * which only its answer to the write says. A message that was answered with 2xx is looked up by that
 * name; if it is not there (a rollback), writing it again doubles nothing. One without an answer is
 * written again, and may be there twice: it says so when it is done (possible_duplicate). */
#include <stdlib.h>
#include <string.h>

#include "strapi/rest_body.h"
#include "strapi/rest_parts.h"

static struct value text_of(const char *text)
{
    return (struct value){.kind = VALUE_TEXT, .text = text, .len = strlen(text)};
}

/* A lane of its own: no message waits for another. */
static struct value lane_of(struct rest_sink *sink, const struct message *message)
{
    char identity[MESSAGE_IDENTITY_SIZE];

    message_identity(message, identity);
    buffer_clear(&sink->lane);
    if (buffer_add_text(&sink->lane, identity) != 0)
        return text_of("");
    return text_of(sink->lane.data);
}

static void begin(struct rest_run *run)
{
    message_identity(rest_run_head(run)->message, run->identity);
}

static struct lookup_key key_of(const struct rest_run *run, const struct message *message,
                                char digits[VALUE_DIGITS_SIZE])
{
    const struct target *target = run->sink->options.target;

    (void)digits;
    if (target->identity)
        return (struct lookup_key){target->entity->identity, text_of(run->identity)};
    if (message->entry != NULL)
        return (struct lookup_key){rest_entry_field(run->sink), text_of(message->entry)};
    return (struct lookup_key){.text = {.kind = VALUE_ABSENT}};
}

static int fill_body(struct rest_run *run)
{
    const struct target *target = run->sink->options.target;
    const struct record *record = &rest_run_head(run)->message->record;
    uint32_t fields = rest_given(record, target->ignored);

    return target->identity ? rest_body_add_with(record, fields, target->entity->identity,
                                                 run->identity, &run->body)
                            : rest_body_add(record, fields, &run->body);
}

static void decide(struct rest_run *run, const struct answer_entry *entry)
{
    if (entry != NULL) {
        rest_settle_done(run->sink, job_queue_pop(&run->jobs), false);
        rest_run_end_filled(run);
    } else if (fill_body(run) == 0) {
        rest_write(run, NULL);
    } else {
        rest_write_too_large(run);
    }
}

static void failed(struct rest_run *run, struct outcome *outcome)
{
    if (!run->sink->options.target->identity && rest_may_be_written(outcome))
        run->jobs.first->message->perhaps_written = true;
}

static int answered(struct rest_run *run, const char *body, size_t len)
{
    struct message *message = run->jobs.first->message;

    if (run->sink->options.target->identity)
        return 0;
    free(message->entry);
    message->entry = answer_written_address(body, len);
    message->perhaps_written |= message->entry == NULL;
    return message->entry != NULL ? 0 : -1;
}

static bool is_there(const struct rest_run *run, const struct answer_entry *entry)
{
    (void)run;
    (void)entry;
    return true;
}

const struct rest_effect rest_append = {
    .lane = lane_of,
    .begin = begin,
    .key = key_of,
    .decide = decide,
    .failed = failed,
    .answered = answered,
    .is_there = is_there,
};
