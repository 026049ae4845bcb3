#include "service/health.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "service/clock.h"
#include "service/log.h"

#define HEALTH_EVERY_MS 5000
#define HEALTH_PATH_MAX 4096
#define HEALTH_LINE_MAX 128

static int write_line(const char *path, const char *line)
{
    /* Not through a link that somebody else put there: the folder may be /tmp. */
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return -1;
    size_t len = strlen(line);
    ssize_t written = write(fd, line, len);
    int failed = written == (ssize_t)len ? 0 : (written < 0 ? errno : ENOSPC);
    if (close(fd) != 0 && failed == 0)
        failed = errno;
    errno = failed;
    return failed == 0 ? 0 : -1;
}

int health_write(const char *path, int64_t wall_ms, const char *state, struct reason *reason)
{
    char line[HEALTH_LINE_MAX], fresh[HEALTH_PATH_MAX];
    snprintf(line, sizeof line, "%" PRId64 " %s\n", wall_ms, state);
    int len = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (len < 0 || (size_t)len >= sizeof fresh) {
        reason_set(reason, "the health file's path is longer than %d bytes", HEALTH_PATH_MAX);
        return -1;
    }
    /* By rename: a reader never sees half a line. */
    if (write_line(fresh, line) == 0 && rename(fresh, path) == 0)
        return 0;
    reason_set(reason, "health file %s: %s", path, strerror(errno));
    unlink(fresh);
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
    if (health_write(health->path, clock_wall(), names[state], &reason) != 0)
        log_event(LOG_WARN_LEVEL, "health-file", "why", reason.text, NULL);
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
    if (read_line(path, line) != 0) {
        reason_set(reason, "health file %s: %s", path, strerror(errno));
        return -1;
    }
    char *end;
    errno = 0;
    int64_t written = strtoll(line, &end, 10);
    if (errno != 0 || end == line || *end != ' ' || strchr(end, '\n') == NULL) {
        reason_set(reason, "health file %s: not written by this program", path);
        return -1;
    }
    int64_t age = wall_ms - written;
    /* A clock that was set back must not make an old file fresh for ever. */
    if (age > HEALTH_STALE_MS || age < -HEALTH_STALE_MS) {
        reason_set(reason, "health file %s: last written %" PRId64 " s %s", path,
                   (age < 0 ? -age : age) / 1000, age < 0 ? "in the future" : "ago");
        return -1;
    }
    return 0;
}
