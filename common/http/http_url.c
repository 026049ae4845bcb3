#include "http/http_url.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

#define SUBJECT_MAX 160

static bool is_unreserved(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

static int add_byte(struct buffer *url, char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned char code = (unsigned char)byte;
    const char escape[] = {'%', digits[code >> 4], digits[code & 0xF]};

    return is_unreserved(byte) ? buffer_add_byte(url, byte)
                               : buffer_add(url, escape, sizeof escape);
}

int http_url_add_escaped(struct buffer *url, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (add_byte(url, text[i]) != 0)
            return -1;
    return 0;
}

/* Copies that part of the URL to text[size]; false when it has none, or it does not fit. */
static bool get(CURLU *handle, CURLUPart which, char *text, size_t size)
{
    char *part = NULL;
    if (curl_url_get(handle, which, &part, 0) != CURLUE_OK)
        return false;
    size_t len = strlen(part);
    if (len < size)
        memcpy(text, part, len + 1);
    curl_free(part);
    return len < size;
}

static bool has(CURLU *handle, CURLUPart which)
{
    char *part = NULL;
    bool given = curl_url_get(handle, which, &part, 0) == CURLUE_OK;
    curl_free(part);
    return given;
}

/* The URL in quotes, to begin a sentence with, unless it may hold a password or a key. */
static void name_subject(const char *text, char subject[SUBJECT_MAX])
{
    char shown[SUBJECT_MAX - 2];
    if (strpbrk(text, "@?") != NULL) {
        snprintf(subject, SUBJECT_MAX, "the value");
        return;
    }
    text_show(text, strlen(text), shown, sizeof shown);
    snprintf(subject, SUBJECT_MAX, "\"%s\"", shown);
}

static int refuse_extras(CURLU *handle, const char *subject, struct reason *reason)
{
    static const struct {
        CURLUPart part;
        const char *name;
    } extras[] = {{CURLUPART_USER, "a user name"},
                  {CURLUPART_PASSWORD, "a password"},
                  {CURLUPART_QUERY, "a query (?...)"},
                  {CURLUPART_FRAGMENT, "a fragment (#...)"}};

    for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++)
        if (has(handle, extras[i].part)) {
            reason_set(reason, "%s has %s, which the address of a server does not need", subject,
                       extras[i].name);
            return -1;
        }
    return 0;
}

static void cut_slashes(char *text)
{
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '/')
        text[--len] = '\0';
}

static int take_apart(CURLU *handle, const char *text, struct http_url *url, struct reason *reason)
{
    char scheme[16], subject[SUBJECT_MAX];

    name_subject(text, subject);
    if (curl_url_set(handle, CURLUPART_URL, text, 0) != CURLUE_OK ||
        !get(handle, CURLUPART_SCHEME, scheme, sizeof scheme) ||
        (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0) ||
        !get(handle, CURLUPART_HOST, url->host, sizeof url->host)) {
        reason_set(reason, "%s is not a URL like http://host:1337", subject);
        return -1;
    }
    if (refuse_extras(handle, subject, reason) != 0)
        return -1;
    if (!get(handle, CURLUPART_URL, url->base, sizeof url->base) ||
        !get(handle, CURLUPART_PATH, url->path, sizeof url->path)) {
        reason_set(reason, "%s is too long", subject);
        return -1;
    }
    cut_slashes(url->base);
    cut_slashes(url->path);
    return 0;
}

int http_url_parse(const char *text, struct http_url *url, struct reason *reason)
{
    CURLU *handle = curl_url();
    if (handle == NULL) {
        reason_set(reason, "out of memory");
        return -1;
    }
    int result = take_apart(handle, text, url, reason);
    curl_url_cleanup(handle);
    return result;
}
