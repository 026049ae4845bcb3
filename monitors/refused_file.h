/* --rejected-csv: the refused rows of one feed on standard output, as one file. What shape they are to
 * have is known only when all records were seen, so the topic is read twice:
 *
 *     refused_file_init(&file, "export.csv");
 *     refused_file_take(&file, &record);          each record, the first time
 *     code = refused_file_shape(&file);
 *     refused_file_take(&file, &record);          each record, the second time
 *     code = refused_file_print(&file, &output);
 *     refused_file_release(&file); */
#ifndef FEEDS_MONITORS_REFUSED_FILE_H
#define FEEDS_MONITORS_REFUSED_FILE_H

#include <stdbool.h>

#include "core/buffer.h"
#include "monitors/failure_record.h"
#include "monitors/output.h"
#include "monitors/refused_order.h"
#include "monitors/refused_rows.h"
#include "service/exit_code.h"

struct refused_file {
    const char *feed; /* its file's name; borrowed */
    struct refused_rows rows;
    struct refused_order *order; /* of their lines; NULL until the shape is known */
    struct buffer line;
    bool full; /* no more lines can be kept: reading on is of no use */
};

void refused_file_init(struct refused_file *file, const char *feed);
/* Whether the shape is known: this is the second reading. */
bool refused_file_is_shaped(const struct refused_file *file);
void refused_file_take(struct refused_file *file, const struct failure_record *record);
/* These say in the log why they could not, and return the exit code. */
enum exit_code refused_file_shape(struct refused_file *file);
/* Also says what is not in the file. */
enum exit_code refused_file_print(struct refused_file *file, struct output *output);
void refused_file_release(struct refused_file *file);

#endif
