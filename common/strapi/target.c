#include "strapi/target.h"

#include <stdio.h>
#include <string.h>

#include "http/http_url.h"

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static bool names_this_machine(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 ||
           strcmp(host, "[::1]") == 0;
}

int target_init(struct target *target, const struct entity *entity, const char *strapi_url,
                uint32_t ignored, struct reason *reason)
{
    struct http_url url;

    *target = (struct target){.entity = entity, .ignored = ignored};
    if (http_url_parse(strapi_url, &url, reason) != 0) {
        reason_prefix(reason, "STRAPI_URL");
        return -1;
    }
    target->is_local = names_this_machine(url.host);
    /* Some write it as they see it in their browser's address line. */
    const char *api = ends_with(url.path, "/api") ? "" : "/api";
    int url_len = snprintf(target->collection_url, sizeof target->collection_url, "%s%s/%s",
                           url.base, api, entity->collection);
    int path_len =
        snprintf(target->path, sizeof target->path, "%s%s/%s", url.path, api, entity->collection);
    if (url_len >= (int)sizeof target->collection_url || path_len >= (int)sizeof target->path) {
        reason_set(reason, "STRAPI_URL: \"%s\" is too long", url.base);
        return -1;
    }
    return 0;
}

bool target_has(const struct target *target, size_t field)
{
    return (target->ignored >> field & 1) == 0;
}

int target_add_fields(const struct target *target, struct buffer *url)
{
    const struct entity *entity = target->entity;
    size_t count = 0;

    for (size_t i = 0; i < entity->field_count; i++) {
        if (!target_has(target, i))
            continue;
        if (buffer_addf(url, "%sfields[%zu]=%s", count ? "&" : "", count, entity->fields[i].name))
            return -1;
        count++;
    }
    return 0;
}
