#include "monitors/refused_file.h"

#include <inttypes.h>

#include "monitors/failure_view.h"
#include "service/log.h"

void refused_file_init(struct refused_file *file, const char *feed)
{
    *file = (struct refused_file){
        .feed = feed, .rows = REFUSED_ROWS_INIT, .line = BUFFER_INIT(VIEW_BYTES_MAX)};
}

bool refused_file_is_shaped(const struct refused_file *file)
{
    return file->order != NULL;
}

static enum exit_code fail(const struct reason *reason)
{
    log_event(LOG_ERROR_LEVEL, "rejected-csv", "why", reason->text, NULL);
    return EXIT_IO;
}

static void add(struct refused_file *file, const struct failure_record *record)
{
    const json_t *row = json_object_get(record->root, "row");
    struct refused_place place = {.row = (uint64_t)json_integer_value(row),
                                  .time_ms = record->time_ms};
    struct reason reason = REASON_INIT;
    place.feed_id = failure_record_text(record, "feed_id", &place.feed_id_len);
    buffer_clear(&file->line);
    if (refused_rows_add(&file->rows, record, &file->line) != 0)
        reason_set(&reason, "out of memory");
    else if (file->line.len == 0 ||
             refused_order_add(file->order, &place, file->line.data, file->line.len, &reason) == 0)
        return;
    (void)fail(&reason);
    file->full = true;
}

void refused_file_take(struct refused_file *file, const struct failure_record *record)
{
    if (refused_file_is_shaped(file))
        add(file, record);
    else
        refused_rows_learn(&file->rows, record);
}

enum exit_code refused_file_shape(struct refused_file *file)
{
    struct reason reason = REASON_INIT;
    if (refused_rows_shape(&file->rows, file->feed) != 0)
        return EXIT_BUG;
    file->order = refused_order_new(&reason);
    return file->order == NULL ? fail(&reason) : EXIT_ALL_ACCOUNTED;
}

static void say_left_out(const struct refused_file *file)
{
    const struct refused_rows *rows = &file->rows;
    if (rows->cut + rows->unfit + rows->strangers > 0)
        log_say(LOG_WARN_LEVEL, "left-out",
                "not in this file: %" PRIu64
                " rows that are too long for their error record, %" PRIu64
                " that cannot be put into its columns, %" PRIu64
                " of another content type; error-monitor --feed %s shows them",
                rows->cut, rows->unfit, rows->strangers, file->feed);
    if (rows->written == 0)
        log_say(LOG_INFO_LEVEL, "no-rows", "no row of %s was refused", file->feed);
}

struct printing {
    struct buffer *line;
    struct output *output;
};

static int print_row(void *arg, const char *line, size_t len)
{
    const struct printing *printing = arg;
    buffer_clear(printing->line);
    if (buffer_add(printing->line, line, len) == 0)
        output_print(printing->output, printing->line);
    return output_is_open(printing->output) ? 0 : -1;
}

enum exit_code refused_file_print(struct refused_file *file, struct output *output)
{
    struct reason reason = REASON_INIT;
    struct printing printing = {&file->line, output};
    if (file->full)
        return EXIT_IO;
    buffer_clear(&file->line);
    if (file->rows.written > 0 && refused_rows_head(&file->rows, &file->line) == 0)
        output_print(output, &file->line);
    if (refused_order_each(file->order, print_row, &printing, &reason) != 0)
        return fail(&reason);
    say_left_out(file);
    return EXIT_ALL_ACCOUNTED;
}

void refused_file_release(struct refused_file *file)
{
    refused_rows_release(&file->rows);
    refused_order_free(file->order);
    buffer_release(&file->line);
}
