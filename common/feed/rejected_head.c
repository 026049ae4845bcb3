#include "feed/rejected_head.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "feed/dialect.h"

#define UTF8_MARK "\xEF\xBB\xBF"
/* A BOM, and `"error","row",`. */
#define HEAD_BYTES 20

bool rejected_head_has(const char *name, size_t len)
{
    static const char *const added[] = {REJECTED_ERROR, REJECTED_ROW};
    for (size_t i = 0; i < sizeof added / sizeof *added; i++)
        if (strlen(added[i]) == len && memcmp(added[i], name, len) == 0)
            return true;
    return false;
}

/* What stands behind the column's name, in quotes or not; NULL: the text begins otherwise. */
static const char *behind(const char *text, const char *name)
{
    bool quoted = *text == '"';
    size_t len = strlen(name);
    if (strncmp(text + quoted, name, len) != 0)
        return NULL;
    text += quoted + len;
    if (quoted && *text != '"')
        return NULL;
    return text + quoted;
}

/* The member `row` stands too far behind to be looked for: the sentence has any length. */
static bool begins_as_json(const char *head)
{
    static const char first[] = "{\"" REJECTED_ERROR "\":";
    return strncmp(head, first, sizeof first - 1) == 0;
}

static bool begins_as_csv(const char *head)
{
    const char *delimiter = behind(head, REJECTED_ERROR);
    if (delimiter == NULL || *delimiter == '\0' || strchr(DIALECT_DELIMITERS, *delimiter) == NULL)
        return false;
    const char *end = behind(delimiter + 1, REJECTED_ROW);
    return end != NULL && *end == *delimiter;
}

static ssize_t read_head(const char *path, char head[HEAD_BYTES + 1])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : pread(fd, head, HEAD_BYTES, 0);
    int error = errno;
    if (fd >= 0)
        close(fd);
    errno = error;
    head[len < 0 ? 0 : len] = '\0';
    return len;
}

int rejected_head_is_ours(const char *path)
{
    char head[HEAD_BYTES + 1];
    if (read_head(path, head) < 0)
        return -1;
    const char *text = head;
    if (strncmp(text, UTF8_MARK, sizeof UTF8_MARK - 1) == 0)
        text += sizeof UTF8_MARK - 1;
    return begins_as_csv(text) || begins_as_json(text);
}
