/* Where the files of a watched folder go when they are through, and what is put beside them:
 *
 *     DIR/done/  DIR/failed/  DIR/duplicate/     the file, its report, its refused rows
 *     REPORT_DIR/                                reports and refused rows; the files stay in DIR
 *
 * Nothing is overwritten (service/place_file.h). What is the same as what is there already, because a
 * process died behind this step, is not put there twice. */
#ifndef FEEDS_PIPELINE_FILING_H
#define FEEDS_PIPELINE_FILING_H

#include <stdbool.h>

#include "pipeline/feed_report.h"
#include "pipeline/watch_names.h"
#include "service/exit_code.h"
#include "service/place_file.h"

#define FILING_PATH_SIZE 4096

struct filing {
    const char *folder;     /* that is watched */
    const char *report_dir; /* "": files are moved */
    const char *service;    /* program's name: unfinished files are named after it */
    const struct file_ops *ops;
};

bool filing_in_place(const struct filing *filing);
/* Whether the folder is there, and all can be written that will have to be; makes the folders.
 * EXIT_ALL_ACCOUNTED, or EXIT_NO_FEED or EXIT_CONFIGURATION with a reason. */
enum exit_code filing_check(const struct filing *filing, struct reason *reason);
/* Removes the unfinished files of a process of this program that died. Nobody else may be at it. */
void filing_sweep(const struct filing *filing);

/* Where what belongs to this outcome goes: "<folder>/done". */
void filing_folder(const struct filing *filing, enum feed_outcome outcome,
                   char path[FILING_PATH_SIZE]);
/* A path in that folder for a file that is not finished, by a name that nobody else has; makes the
 * folder. 0, or -1 with a reason. */
int filing_scratch(const struct filing *filing, enum feed_outcome outcome,
                   char path[FILING_PATH_SIZE], struct reason *reason);

/* "<folder>/<name>". 0, or -1 with errno: longer than any path may be. */
int filing_path(char path[FILING_PATH_SIZE], const char *folder, const char *name);
/* "<path>: <what>: <errno's text>"; returns -1. */
int filing_fail(const char *path, const char *what, struct reason *reason);

/* One feed that is to be filed. */
struct filed {
    enum feed_outcome outcome;
    const char *name; /* its file's */
    const char *feed_id;
};

/* The file at `scratch`, if there is one, gets its name, which is written into `name`, or "". 0, or -1
 * with a reason. */
int filing_put_rejected(const struct filing *filing, const struct filed *filed, bool json,
                        const char *scratch, char name[WATCH_NAME_SIZE], struct reason *reason);
/* 0, or -1 with a reason (a full disk). */
int filing_put_report(const struct filing *filing, const struct filed *filed,
                      const struct buffer *report, struct reason *reason);
/* 0, or -1 when it is no report. */
int filing_read_report(const char *path, struct feed_report_head *head);
/* Whether there is a report on this file with this outcome. */
bool filing_has_report(const struct filing *filing, const struct filed *filed,
                       const struct feed_file *which);
/* Moves the file, unless files stay. PLACED, PLACE_CHANGED (left where it is), or PLACE_FAILED with a
 * reason. */
enum placed filing_put_feed(const struct filing *filing, const struct filed *filed,
                            const struct feed_file *which, struct reason *reason);

#endif
