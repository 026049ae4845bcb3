#include "core/adjust.h"

#include <inttypes.h>
#include <string.h>

#include "core/check.h"
#include "core/encode.h"

static const struct value *value_of(const struct record *record, const char *name)
{
    const struct field *field = entity_field(record->entity, name, strlen(name));
    return &record->values[entity_index(record->entity, field)];
}

static int sign_of(const struct adjustment *rules, const struct value *word)
{
    const struct direction *first = &rules->directions[0];
    bool is_first =
        strlen(first->word) == word->len && memcmp(first->word, word->text, word->len) == 0;
    return rules->directions[is_first ? 0 : 1].sign;
}

struct movement adjust_movement(const struct message *message)
{
    const struct record *record = &message->record;
    const struct adjustment *rules = record->entity->adjustment;
    return (struct movement){
        .place = {message->topic, message->partition, message->offset, message->timestamp_ms,
                  message->newest_ms},
        .change = value_of(record, rules->quantity)->integer *
                  sign_of(rules, value_of(record, rules->way)),
    };
}

/* Strapi gives an integer as a number, a biginteger as text. What is out of the field's range is a
 * level all the same. */
static int read_level(const json_t *there, int64_t *level)
{
    static const struct field any = {.name = "",
                                     .type = FIELD_INTEGER,
                                     .flags = FIELD_LENIENT,
                                     .minimum = -INT64_MAX / 2,
                                     .maximum = INT64_MAX / 2};
    struct value value;
    struct failure failure;
    if (check_json(&any, there, &value, &failure) != 0)
        return -1;
    *level = value.kind == VALUE_INTEGER ? value.integer : 0;
    return 0;
}

int adjust_start(struct adjust *adjust, const struct adjustment *rules, const json_t *level,
                 bool keeps_ledger, const json_t *ledger, struct reason *reason)
{
    *adjust = (struct adjust){
        .rules = rules,
        .field = entity_field(rules->target, rules->level, strlen(rules->level)),
        .keeps_ledger = keeps_ledger,
    };
    if (read_level(level, &adjust->level) != 0) {
        reason_set(reason, "%s of the %s is no whole number", rules->level, rules->target->name);
        return -1;
    }
    if (!keeps_ledger || ledger_read(&adjust->ledger, ledger) == 0)
        return 0;
    reason_set(reason, "out of memory");
    return -1;
}

enum adjust_verdict adjust_take(struct adjust *adjust, const struct movement *movement)
{
    int64_t level = adjust->level + movement->change;
    if (adjust->keeps_ledger && ledger_has(&adjust->ledger, &movement->place))
        return ADJUST_REDELIVERED;
    if (adjust->keeps_ledger && ledger_note(&adjust->ledger, &movement->place) != 0)
        adjust->failed = true;
    if (movement->change < 0 && level < adjust->field->minimum)
        return ADJUST_BELOW;
    if (movement->change > 0 && level > adjust->field->maximum)
        return ADJUST_ABOVE;
    adjust->level = level;
    adjust->write |= movement->change != 0;
    return ADJUST_APPLIED;
}

void adjust_refuse(const struct adjust *adjust, enum adjust_verdict verdict,
                   const struct movement *movement, struct failure *failure)
{
    const struct adjustment *rules = adjust->rules;
    bool below = verdict == ADJUST_BELOW;
    const struct direction *way = &rules->directions[0];
    if ((way->sign < 0) != (movement->change < 0))
        way = &rules->directions[1];
    failure_set(failure, below ? ERROR_NEGATIVE_STOCK : ERROR_STOCK_OVERFLOW, rules->quantity, NULL,
                0,
                "%s %" PRId64 " with %s at %" PRId64 " would make it %" PRId64 ", %s than %" PRId64,
                way->word, movement->change < 0 ? -movement->change : movement->change,
                rules->level, adjust->level, adjust->level + movement->change,
                below ? "less" : "more", below ? adjust->field->minimum : adjust->field->maximum);
}

static int add_ledger(const struct adjust *adjust, struct buffer *out)
{
    if (!adjust->keeps_ledger)
        return 0;
    if (buffer_addf(out, ",\"%s\":", adjust->rules->ledger) != 0)
        return -1;
    return encode_json(adjust->ledger.partitions, out);
}

int adjust_encode(const struct adjust *adjust, struct buffer *out)
{
    size_t start = out->len;
    if (!adjust->failed &&
        buffer_addf(out, "{\"%s\":%" PRId64, adjust->rules->level, adjust->level) == 0 &&
        add_ledger(adjust, out) == 0 && buffer_add_byte(out, '}') == 0)
        return 0;
    buffer_cut(out, start);
    return -1;
}

void adjust_release(struct adjust *adjust)
{
    ledger_release(&adjust->ledger);
}
