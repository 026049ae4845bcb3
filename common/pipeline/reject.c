#include "pipeline/reject.h"

#include <inttypes.h>
#include <string.h>

#include "core/text.h"

/* File names have at most 255 bytes; each may be shown as four. */
#define NAME_SHOWN_MAX 200

void reject_sentence(const struct reject *reject, const struct feed_name *feed,
                     struct reason *sentence)
{
    char name[NAME_SHOWN_MAX];
    text_show(feed->name, strlen(feed->name), name, sizeof name);
    const char *why = reject->failure->reason.text;
    if (reject->row->row == 0)
        reason_set(sentence, "%s: %s", name, why);
    else
        reason_set(sentence, "%s, row %" PRIu64 ", line %" PRIu64 ": %s", name, reject->row->row,
                   reject->row->line, why);
}

size_t reject_raw_len(const struct row *row)
{
    size_t len = row->raw_len;
    if (len > 0 && row->raw[len - 1] == '\n')
        len--;
    if (len > 0 && row->raw[len - 1] == '\r')
        len--;
    return len;
}

static const char *given(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

void reject_record(const struct reject *reject, const struct feed_name *feed,
                   const struct reason *sentence, struct error_record *record)
{
    *record = (struct error_record){
        .code = reject->failure->code,
        .stage = reject->stage,
        .error = sentence->text,
        .partition = -1,
        .offset = -1,
        .feed = feed->name,
        .feed_id = feed->id,
        .row = reject->row->row,
        .line = reject->row->line,
        .layout = reject->row->row == 0 ? NULL : feed->layout,
        .field = given(reject->failure->field),
        .value = given(reject->failure->value),
        .message = reject->row->raw,
        .message_len = reject_raw_len(reject->row),
    };
}
