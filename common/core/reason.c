#include "core/reason.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

void reason_vset(struct reason *reason, const char *format, va_list args)
{
    if (reason == NULL)
        return;
    /* vsnprintf cuts at a byte; a person's sentence is cut between two characters, which takes the
     * first byte behind the cut to know. */
    char text[REASON_SIZE + 1];
    int wanted = vsnprintf(text, sizeof text, format, args);
    size_t len = wanted < 0 ? 0 : text_cut(text, strnlen(text, sizeof text), REASON_SIZE - 1);
    memcpy(reason->text, text, len);
    reason->text[len] = '\0';
}

void reason_set(struct reason *reason, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    reason_vset(reason, format, args);
    va_end(args);
}

void reason_prefix(struct reason *reason, const char *format, ...)
{
    if (reason == NULL)
        return;
    struct reason context;
    va_list args;
    va_start(args, format);
    reason_vset(&context, format, args);
    va_end(args);
    reason_set(reason, "%s: %s", context.text, reason->text);
}
