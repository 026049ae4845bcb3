#include "pipeline/feed_settings.h"

#include <string.h>

#include "feed/encoding.h"
#include "feed/transcode.h"

static char delimiter(const char *word)
{
    if (strcmp(word, "auto") == 0)
        return '\0';
    return strcmp(word, "tab") == 0 ? '\t' : word[0];
}

static enum feed_format format(const char *word)
{
    if (strcmp(word, "csv") == 0)
        return FEED_CSV;
    return strcmp(word, "json") == 0 ? FEED_JSON : FEED_AUTO;
}

static int check_encoding_name(const char *name, struct reason *reason)
{
    if (encoding_is_utf8(name))
        return 0;
    struct transcode *transcode = transcode_new(name, reason);
    transcode_free(transcode);
    if (transcode != NULL)
        return 0;
    reason_prefix(reason, "--encoding (ENCODING)");
    return -1;
}

static int read_mapping(const struct producer_settings *settings, struct mapping *mapping,
                        struct reason *reason)
{
    mapping->decimal_comma = settings->decimal_comma;
    for (size_t i = 0; i < settings->map.count; i++) {
        if (mapping_read_map(mapping, settings->map.items[i], reason) != 0) {
            reason_prefix(reason, "--map (MAP)");
            return -1;
        }
    }
    for (size_t i = 0; i < settings->set.count; i++) {
        if (mapping_read_set(mapping, settings->set.items[i], reason) != 0) {
            reason_prefix(reason, "--set (SET)");
            return -1;
        }
    }
    return 0;
}

int feed_settings_read(const struct producer_settings *settings, struct mapping *mapping,
                       struct feed_options *options, struct reason *reason)
{
    const char *encoding = strcmp(settings->encoding, "auto") == 0 ? NULL : settings->encoding;
    *options = (struct feed_options){
        .entity = mapping->entity,
        .mapping = mapping,
        .format = format(settings->format),
        .encoding = encoding,
        .delimiter = delimiter(settings->delimiter),
        .row_bytes_max = (size_t)settings->row_bytes_max,
    };
    if (encoding != NULL && check_encoding_name(encoding, reason) != 0)
        return -1;
    return read_mapping(settings, mapping, reason);
}
