#include "feed/encoding.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"

const char *encoding_of_mark(const char *bytes, size_t len, size_t *mark)
{
    /* The longer ones first: UTF-16's is the beginning of UTF-32's. */
    static const struct {
        const char *name, *mark;
        size_t len;
    } marks[] = {
        {"UTF-32LE", "\xFF\xFE\0\0", 4}, {"UTF-32BE", "\0\0\xFE\xFF", 4},
        {"UTF-8", "\xEF\xBB\xBF", 3},    {"UTF-16LE", "\xFF\xFE", 2},
        {"UTF-16BE", "\xFE\xFF", 2},
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        *mark = marks[i].len;
        if (len >= *mark && memcmp(bytes, marks[i].mark, *mark) == 0)
            return marks[i].name;
    }
    *mark = 0;
    return NULL;
}

bool encoding_is_utf8(const char *name)
{
    return strcasecmp(name, "utf-8") == 0 || strcasecmp(name, "utf8") == 0;
}

const char *encoding_fault(const char *encoding, const char *bytes, size_t len,
                           char fault[ENCODING_FAULT_MAX])
{
    if (encoding != NULL)
        snprintf(fault, ENCODING_FAULT_MAX, "has bytes that are not %.64s", encoding);
    else
        snprintf(fault, ENCODING_FAULT_MAX, "is not UTF-8%s",
                 text_maybe_windows_1252(bytes, len)
                     ? " (it would be valid Windows-1252: --encoding windows-1252)"
                     : "");
    return fault;
}
