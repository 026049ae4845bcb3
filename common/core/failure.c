#include "core/failure.h"

#include <stdarg.h>
#include <string.h>

#include "core/text.h"

void failure_set(struct failure *failure, enum error_code code, const char *field,
                 const char *value, size_t value_len, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    reason_vset(&failure->reason, format, args);
    va_end(args);

    failure->code = code;
    text_show(field == NULL ? "" : field, field == NULL ? 0 : strlen(field), failure->field,
              sizeof failure->field);
    text_show(value, value == NULL ? 0 : value_len, failure->value, sizeof failure->value);
    if (value != NULL)
        reason_set(&failure->reason, "%s: \"%s\"", failure->reason.text, failure->value);
    if (failure->field[0] != '\0')
        reason_prefix(&failure->reason, "%s", failure->field);
}
