#include "core/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

void failure_set(struct failure *failure, enum error_code code, const char *field,
                 const char *value, size_t value_len, const char *format, ...)
{
    char sentence[REASON_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);

    failure->code = code;
    text_show(field == NULL ? "" : field, field == NULL ? 0 : strlen(field), failure->field,
              sizeof failure->field);
    text_show(value, value == NULL ? 0 : value_len, failure->value, sizeof failure->value);
    if (value == NULL)
        reason_set(&failure->reason, "%s", sentence);
    else
        reason_set(&failure->reason, "%s: \"%s\"", sentence, failure->value);
    if (failure->field[0] != '\0')
        reason_prefix(&failure->reason, "%s", failure->field);
}
