#include "monitors/failure_filter.h"

#include <string.h>

#include "core/clock_text.h"
#include "core/error_code.h"

static const struct option_list all = {.count = 0};

static int check_codes(const struct option_list *codes, struct reason *reason)
{
    enum error_code code;
    for (size_t i = 0; i < codes->count; i++) {
        const char *name = codes->items[i];
        if (error_code_find(name, strlen(name), &code) || strcmp(name, FAILURE_NO_CODE) == 0)
            continue;
        reason_set(reason, "--code: there is no code \"%s\"; --help lists them", name);
        return -1;
    }
    return 0;
}

static int read_time(const char *flag, const char *text, int64_t *time_ms, struct reason *reason)
{
    if (text[0] == '\0' || clock_read(text, time_ms) == 0)
        return 0;
    reason_set(reason,
               "--%s: \"%s\" is no time; expected 2026-11-21T08:00:00Z, or 2026-11-21, in UTC",
               flag, text);
    return -1;
}

int failure_filter_init(struct failure_filter *filter, const struct option_list *codes,
                        const char *since, const char *until, struct reason *reason)
{
    *filter = (struct failure_filter){.codes = codes,
                                      .services = &all,
                                      .topics = &all,
                                      .feeds = &all,
                                      .since_ms = INT64_MIN,
                                      .until_ms = INT64_MAX};
    if (check_codes(codes, reason) != 0 ||
        read_time("since", since, &filter->since_ms, reason) != 0 ||
        read_time("until", until, &filter->until_ms, reason) != 0)
        return -1;
    return 0;
}

static bool is_in(const struct option_list *list, const char *text, size_t len)
{
    for (size_t i = 0; text != NULL && i < list->count; i++)
        if (strlen(list->items[i]) == len && memcmp(list->items[i], text, len) == 0)
            return true;
    return list->count == 0;
}

static bool member_is_in(const struct option_list *list, const struct failure_record *record,
                         const char *name)
{
    size_t len = 0;
    const char *text = failure_record_text(record, name, &len);
    return is_in(list, text, len);
}

bool failure_filter_match(const struct failure_filter *filter, const struct failure_record *record)
{
    return record->time_ms >= filter->since_ms && record->time_ms < filter->until_ms &&
           is_in(filter->codes, record->code, strlen(record->code)) &&
           member_is_in(filter->services, record, "service") &&
           member_is_in(filter->topics, record, "topic") &&
           member_is_in(filter->feeds, record, "feed");
}
