#include "service/health.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/clock.h"
#include "service/log.h"

#define HEALTH_EVERY_MS 5000
#define HEALTH_LINE_MAX 128

/* Whether nothing of somebody else's would be lost by a rename to, or an unlink of, that path: a
 * device or a FIFO would. A path that cannot be looked at is left to whoever uses it. */
static bool is_replaceable(const char *path)
{
    struct stat status;
    return lstat(path, &status) != 0 || S_ISREG(status.st_mode);
}

const char *health_place(const char *given, const char *program, char place[HEALTH_PATH_MAX])
{
    size_t len = strlen(given);
    if (len == 0 || given[len - 1] != '/')
        return given;
    snprintf(place, HEALTH_PATH_MAX, "%s%s", given, program);
    return place;
}

int health_check(const char *path, struct reason *reason)
{
    if (path[0] == '\0' || is_replaceable(path))
        return 0;
    reason_set(reason, "HEALTH_FILE: \"%s\" is no regular file, and would be replaced", path);
    return -1;
}

static int write_bytes(int fd, const char *line)
{
    size_t len = strlen(line);
    ssize_t written = write(fd, line, len);
    int failed = written == (ssize_t)len ? 0 : (written < 0 ? errno : ENOSPC);
    if (close(fd) != 0 && failed == 0)
        failed = errno;
    errno = failed;
    return failed == 0 ? 0 : -1;
}

/* By rename: a reader never sees half a line. */
static int replace(const char *path, const char *fresh, const char *line)
{
    /* Not through a link that somebody else put there: the folder may be /tmp. */
    unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return -1;
    if (write_bytes(fd, line) == 0 && rename(fresh, path) == 0)
        return 0;
    int failed = errno;
    unlink(fresh);
    errno = failed;
    return -1;
}

int health_write(const char *path, int64_t wall_ms, const char *state, struct reason *reason)
{
    char line[HEALTH_LINE_MAX], fresh[HEALTH_PATH_MAX];
    snprintf(line, sizeof line, "%" PRId64 " %s\n", wall_ms, state);
    int len = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (len < 0 || (size_t)len >= sizeof fresh) {
        reason_set(reason, "HEALTH_FILE: the path is longer than %d bytes", HEALTH_PATH_MAX);
        return -1;
    }
    if (health_check(path, reason) != 0 || health_check(fresh, reason) != 0)
        return -1;
    if (replace(path, fresh, line) == 0)
        return 0;
    reason_set(reason, "HEALTH_FILE: \"%s\" cannot be written: %s", path, strerror(errno));
    return -1;
}

void health_keep(struct health *health, enum health_state state, int64_t now_ms)
{
    static const char *const names[] = {"unknown", "waiting", "running", "outage"};
    struct reason reason = REASON_INIT;
    if (health == NULL || health->path[0] == '\0' ||
        (health->state == state && now_ms < health->next_ms))
        return;
    health->state = state;
    health->next_ms = now_ms + HEALTH_EVERY_MS;
    bool failing = health_write(health->path, clock_wall(), names[state], &reason) != 0;
    /* Once, not every few seconds: it is one mistake. */
    if (failing && !health->failing)
        log_event(LOG_WARN_LEVEL, "health-file", "why", reason.text, NULL);
    health->failing = failing;
}

void health_end(const struct health *health)
{
    if (health->state != HEALTH_UNKNOWN && is_replaceable(health->path))
        unlink(health->path);
}

static int read_line(const char *path, char line[HEALTH_LINE_MAX])
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    char *got = fgets(line, HEALTH_LINE_MAX, file);
    fclose(file);
    if (got == NULL)
        line[0] = '\0';
    return 0;
}

int health_read(const char *path, int64_t wall_ms, struct reason *reason)
{
    char line[HEALTH_LINE_MAX];
    /* Nobody may write to a FIFO, and opening it would wait for that. */
    if (health_check(path, reason) != 0)
        return -1;
    if (read_line(path, line) != 0) {
        reason_set(reason, "HEALTH_FILE: \"%s\": %s", path, strerror(errno));
        return -1;
    }
    char *end;
    errno = 0;
    int64_t written = strtoll(line, &end, 10);
    if (errno != 0 || end == line || *end != ' ' || strchr(end, '\n') == NULL) {
        reason_set(reason, "HEALTH_FILE: \"%s\": not written by this program", path);
        return -1;
    }
    int64_t age = wall_ms - written;
    /* A clock that was set back must not make an old file fresh for ever. */
    if (age > HEALTH_STALE_MS || age < -HEALTH_STALE_MS) {
        reason_set(reason, "HEALTH_FILE: \"%s\": last written %" PRId64 " s %s", path,
                   (age < 0 ? -age : age) / 1000, age < 0 ? "in the future" : "ago");
        return -1;
    }
    return 0;
}
