/* What is the same in all requests of an ingest sink: parts of their bodies, and where they go. */
#include <stdio.h>
#include <string.h>

#include "core/encode.h"
#include "strapi/ingest_parts.h"

/* The envelope has room for two of them, and for some numbers. */
#define PART_MAX (INGEST_ENVELOPE_MAX / 2 - 512)

static int add_member(struct buffer *out, const char *name, const char *text)
{
    return buffer_addf(out, "%s\"%s\":", out->len > 0 ? "," : "", name) != 0
               ? -1
               : encode_text(text, strlen(text), out);
}

static int add_kept(const struct ingest_sink_options *options, struct buffer *out)
{
    const struct entity *entity = options->entity;
    const char *separator = ",\"keep\":[";

    if (options->update_create_only || !entity_has_create_only(entity))
        return 0;
    for (size_t i = 0; i < entity->field_count; i++) {
        if (!(entity->fields[i].flags & FIELD_CREATE_ONLY))
            continue;
        if (buffer_addf(out, "%s\"%s\"", separator, entity->fields[i].name) != 0)
            return -1;
        separator = ",";
    }
    return buffer_add_byte(out, ']');
}

static int write_manner(const struct ingest_sink_options *options, struct buffer *out)
{
    static const char *const words[] = {[ON_EXISTING_UPDATE] = "update",
                                        [ON_EXISTING_SKIP] = "skip",
                                        [ON_EXISTING_REJECT] = "reject"};

    if (buffer_addf(out, ",\"content_type\":\"%s\"", options->entity->name) != 0)
        return -1;
    if (options->entity->effect != EFFECT_UPSERT)
        return 0;
    return buffer_addf(out, ",\"on_existing\":\"%s\"", words[options->on_existing]) != 0
               ? -1
               : add_kept(options, out);
}

static int write_bodies(struct ingest_sink *sink)
{
    const struct ingest_sink_options *options = &sink->options;
    struct buffer *place = &sink->place;

    sink->place = sink->manner = sink->member = (struct buffer)BUFFER_INIT(PART_MAX);
    return add_member(place, "cluster", options->cluster) != 0 ||
                   add_member(place, "group", options->group) != 0 ||
                   add_member(place, "topic", options->topic) != 0 ||
                   write_manner(options, &sink->manner) != 0 ||
                   encode_text(options->member, strlen(options->member), &sink->member) != 0
               ? -1
               : 0;
}

static int write_url(char *out, size_t size, const char *base, const char *call)
{
    int len = snprintf(out, size, "%s/%s", base, call);

    return len < 0 || (size_t)len >= size ? -1 : 0;
}

static int write_urls(struct ingest_sink *sink)
{
    const struct target *target = sink->options.target;
    const struct {
        const char *call;
        char *url, *path;
    } calls[] = {{"batch", sink->batch_url, sink->batch_path},
                 {"session", sink->session_url, sink->session_path},
                 {"position", sink->position_url, sink->position_path}};

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (write_url(calls[i].url, sizeof sink->batch_url, target->ingest_url, calls[i].call) !=
                0 ||
            write_url(calls[i].path, sizeof sink->batch_path, target->ingest_path, calls[i].call) !=
                0)
            return -1;
    return 0;
}

int ingest_write_parts(struct ingest_sink *sink)
{
    return write_bodies(sink) != 0 ? -1 : write_urls(sink);
}
