#include "monitors/failure_summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock_text.h"
#include "core/error_code.h"
#include "monitors/failure_view.h"

#define OTHER "other"

static struct failure_group *find(struct failure_summary *summary, const char *code)
{
    for (size_t i = 0; i < summary->group_count; i++)
        if (strcmp(summary->groups[i].code, code) == 0)
            return &summary->groups[i];
    return NULL;
}

static struct failure_group *make(struct failure_summary *summary, const char *code,
                                  const struct failure_record *record)
{
    struct failure_group *group = &summary->groups[summary->group_count++];
    *group = (struct failure_group){.first_ms = record->time_ms, .last_ms = record->time_ms};
    snprintf(group->code, sizeof group->code, "%s", code);
    memcpy(group->where, record->where, sizeof group->where);
    memcpy(group->sentence, record->sentence, sizeof group->sentence);
    return group;
}

/* The last place is kept for what has no place of its own. */
static struct failure_group *group_for(struct failure_summary *summary,
                                       const struct failure_record *record)
{
    const char *code = record->code;
    struct failure_group *group = find(summary, code);
    if (group == NULL && summary->group_count >= SUMMARY_CODES_MAX - 1) {
        code = OTHER;
        group = find(summary, code);
    }
    return group != NULL ? group : make(summary, code, record);
}

void failure_summary_add(struct failure_summary *summary, const struct failure_record *record)
{
    struct failure_group *group = group_for(summary, record);
    summary->count++;
    group->count++;
    if (record->time_ms < group->first_ms)
        group->first_ms = record->time_ms;
    if (record->time_ms > group->last_ms)
        group->last_ms = record->time_ms;
}

static int by_count(const void *one, const void *other)
{
    const struct failure_group *a = one, *b = other;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return strcmp(a->code, b->code);
}

static void sort(struct failure_summary *summary)
{
    qsort(summary->groups, summary->group_count, sizeof summary->groups[0], by_count);
}

static int add_group(const struct failure_group *group, struct buffer *out)
{
    char first[CLOCK_TEXT_SIZE], last[CLOCK_TEXT_SIZE];
    enum error_code code;
    int failed = 0;
    failure_view_time(group->first_ms, first);
    failure_view_time(group->last_ms, last);
    failed |= buffer_addf(out, "\n%7" PRIu64 "  %-18s  %s to %s\n", group->count, group->code,
                          first, last);
    if (error_code_find(group->code, strlen(group->code), &code))
        failed |= buffer_addf(out, "         %s\n", error_code_sentence(code));
    return failed | buffer_addf(out, "         e.g. %s: %s\n", group->where, group->sentence);
}

int failure_summary_text(struct failure_summary *summary, struct buffer *out)
{
    int failed = 0;
    if (summary->count == 0)
        return buffer_add_text(out, "no failures\n");
    sort(summary);
    failed |= buffer_addf(out, "%" PRIu64 " failure%s, %zu code%s\n", summary->count,
                          summary->count == 1 ? "" : "s", summary->group_count,
                          summary->group_count == 1 ? "" : "s");
    for (size_t i = 0; i < summary->group_count; i++)
        failed |= add_group(&summary->groups[i], out);
    return failed == 0 ? 0 : -1;
}

static json_t *group_json(const struct failure_group *group)
{
    char first[CLOCK_TEXT_SIZE], last[CLOCK_TEXT_SIZE];
    clock_text(group->first_ms, first);
    clock_text(group->last_ms, last);
    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "code", group->code, "count",
                     (json_int_t)group->count, "first", first, "last", last, "where", group->where,
                     "example", group->sentence);
}

int failure_summary_json(struct failure_summary *summary, struct buffer *out)
{
    json_t *codes = json_array();
    sort(summary);
    for (size_t i = 0; i < summary->group_count; i++)
        json_array_append_new(codes, group_json(&summary->groups[i]));
    json_auto_t *root =
        json_pack("{s:I, s:o}", "failures", (json_int_t)summary->count, "codes", codes);
    char *text = root == NULL ? NULL : json_dumps(root, JSON_COMPACT);
    int failed = text == NULL ? -1 : buffer_addf(out, "%s\n", text);
    free(text);
    return failed;
}
