#include "strapi/rest_body.h"

#include <string.h>

#include "core/encode.h"

uint32_t rest_given(const struct record *record, uint32_t ignored)
{
    uint32_t fields = 0;

    for (size_t i = 0; i < record->entity->field_count; i++)
        if (record->values[i].kind != VALUE_ABSENT)
            fields |= UINT32_C(1) << i;
    return fields & ~ignored;
}

static int add_fields(const struct record *record, uint32_t fields, struct buffer *body)
{
    struct record chosen = *record;

    for (size_t i = 0; i < record->entity->field_count; i++)
        if (!(fields >> i & 1))
            chosen.values[i].kind = VALUE_ABSENT;
    return encode_record(&chosen, body);
}

int rest_body_add_object(const struct record *record, uint32_t fields, const char *name,
                         const char *text, struct buffer *body)
{
    if (add_fields(record, fields, body) != 0)
        return -1;
    if (name == NULL)
        return 0;
    buffer_cut(body, body->len - 1);
    return buffer_addf(body, "%s\"%s\":", fields != 0 ? "," : "", name) != 0 ||
                   encode_text(text, strlen(text), body) != 0 || buffer_add_byte(body, '}') != 0
               ? -1
               : 0;
}

int rest_body_add_with(const struct record *record, uint32_t fields, const char *name,
                       const char *text, struct buffer *body)
{
    return buffer_add_text(body, "{\"data\":") != 0 ||
                   rest_body_add_object(record, fields, name, text, body) != 0 ||
                   buffer_add_byte(body, '}') != 0
               ? -1
               : 0;
}

int rest_body_add(const struct record *record, uint32_t fields, struct buffer *body)
{
    return rest_body_add_with(record, fields, NULL, NULL, body);
}
