#include "service/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes. Strapi's tokens have 256. */
#define SECRET_MAX 16384

struct secret {
    char *file; /* NULL: from the environment */
    char text[SECRET_MAX + 1];
};

/* A plain memset of memory about to be freed may be left out by the compiler. */
static void wipe(char *bytes, size_t len)
{
    volatile char *at = bytes;
    while (len-- > 0)
        *at++ = '\0';
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The trimmed text into `to`. A secret goes into an HTTP header: one with a line break inside would
 * write headers of its own. */
static int take(char to[SECRET_MAX + 1], const char *text, size_t len, struct reason *reason)
{
    while (len > 0 && is_space(text[len - 1]))
        len--;
    while (len > 0 && is_space(*text)) {
        text++;
        len--;
    }
    if (len == 0 || len > SECRET_MAX) {
        reason_set(reason, len == 0 ? "it is empty" : "it is longer than %d bytes", SECRET_MAX);
        return -1;
    }
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~') {
            reason_set(reason, "it has a blank, a line break or a non-ASCII character inside");
            return -1;
        }
    memcpy(to, text, len);
    to[len] = '\0';
    return 0;
}

static int take_file(char to[SECRET_MAX + 1], const char *path, struct reason *reason)
{
    /* Room for white space around it. */
    char bytes[SECRET_MAX + 256];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        reason_set(reason, "%s: %s", path, strerror(errno));
        return -1;
    }
    /* Unbuffered: stdio's own buffer would keep a copy. */
    setvbuf(file, NULL, _IONBF, 0);
    size_t len = fread(bytes, 1, sizeof bytes, file);
    bool failed = ferror(file) != 0;
    fclose(file);
    int result = -1;
    if (failed)
        reason_set(reason, "it cannot be read");
    else
        result = take(to, bytes, len, reason);
    if (result != 0)
        reason_prefix(reason, "%s", path);
    wipe(bytes, sizeof bytes);
    return result;
}

static bool given(const char *text)
{
    return text != NULL && *text != '\0';
}

struct secret *secret_new(const char *value, const char *file, struct reason *reason)
{
    if (given(value) == given(file)) {
        reason_set(reason, given(value) ? "both a value and a file are given; give one of them"
                                        : "neither a value nor a file is given");
        return NULL;
    }
    struct secret *secret = calloc(1, sizeof *secret);
    if (secret == NULL)
        goto out;
    if (given(file) && (secret->file = strdup(file)) == NULL)
        goto out;
    if ((given(file) ? take_file(secret->text, file, reason)
                     : take(secret->text, value, strlen(value), reason)) == 0)
        return secret;
    secret_free(secret);
    return NULL;
out:
    reason_set(reason, "out of memory");
    secret_free(secret);
    return NULL;
}

const char *secret_text(const struct secret *secret)
{
    return secret->text;
}

bool secret_refresh(struct secret *secret)
{
    if (secret->file == NULL)
        return false;
    char text[SECRET_MAX + 1];
    /* A file that is being replaced may be missing or empty for a moment: the old secret stays. */
    bool changed = take_file(text, secret->file, NULL) == 0 && strcmp(text, secret->text) != 0;
    if (changed)
        memcpy(secret->text, text, strlen(text) + 1);
    wipe(text, sizeof text);
    return changed;
}

void secret_free(struct secret *secret)
{
    if (secret == NULL)
        return;
    wipe(secret->text, sizeof secret->text);
    free(secret->file);
    free(secret);
}
