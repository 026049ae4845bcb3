#include "pipeline/reject_log.h"

#include "service/log.h"

int reject_log_open(struct reject_log *log, const struct feed_name *feed, const char *path,
                    bool silent, struct reason *reason)
{
    *log = (struct reject_log){.feed = feed, .silent = silent};
    if (path == NULL || path[0] == '\0')
        return 0;
    log->file = rejected_file_open(path, reason);
    return log->file == NULL ? -1 : 0;
}

static void say(struct reject_log *log, const struct reject *reject)
{
    struct reason sentence;
    log->count++;
    if (log->silent || log->count > REJECTS_LOGGED + 1)
        return;
    if (log->count > REJECTS_LOGGED) {
        log_event(LOG_WARN_LEVEL, "rejected", "note",
                  "further ones are only in the error topic: see error-monitor", NULL);
        return;
    }
    reject_sentence(reject, log->feed, &sentence);
    log_event(LOG_WARN_LEVEL, "rejected", "code", error_code_name(reject->failure->code), "why",
              sentence.text, NULL);
}

void reject_log_add(struct reject_log *log, const struct rejected_layout *layout,
                    const struct reject *reject)
{
    say(log, reject);
    /* Its raw bytes are a beginning only, which corrected or not could pass as another row. */
    if (reject->failure->code == ERROR_ROW_TOO_LONG) {
        log->left_out++;
        return;
    }
    /* After the first failure the rest would leave holes: told at the end, once. */
    if (log->file != NULL && log->failed.text[0] == '\0')
        (void)rejected_file_add(log->file, layout, reject->row, reject->failure, &log->failed);
}

int reject_log_close(struct reject_log *log, bool complete, struct reason *reason)
{
    struct reason failed = log->failed;
    int closed = log->file == NULL ? 0 : rejected_file_close(log->file, complete, reason);
    log->file = NULL;
    if (failed.text[0] == '\0')
        return closed;
    if (reason != NULL)
        *reason = failed;
    return -1;
}
