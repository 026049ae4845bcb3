/* A feed read in two parts: rows up to a mark by one reader, the rest by another that goes on there, must
 * be what one reader hands over, byte for byte, at every mark. */
#ifndef FEEDS_TEST_RESUME_TRACE_H
#define FEEDS_TEST_RESUME_TRACE_H

#include "csv_trace.h"

struct resume_mark {
    struct feed_place behind;
    uint64_t rows;
    size_t traced; /* bytes of the whole trace that tell of the rows in front */
};

/* The whole feed, and its marks. */
struct resume_trace {
    struct csv_trace whole;
    struct resume_mark *marks;
    size_t count;
};

/* How the second reader is given the bytes. */
struct resume_way {
    size_t step;
    bool jumps; /* where it is told that it may */
    bool brief; /* the first rows do; the rest is not read */
};

/* The event itself is traced behind this. */
static inline void resume_note(struct resume_trace *resume, const struct row *row)
{
    resume->marks = realloc(resume->marks, (resume->count + 1) * sizeof *resume->marks);
    if (resume->marks == NULL)
        abort();
    if (resume->count > 0)
        resume->marks[resume->count - 1].traced = resume->whole.full.len;
    resume->marks[resume->count++] = (struct resume_mark){.behind = row->behind, .rows = row->row};
}

static inline void resume_row(void *arg, const struct row *row)
{
    resume_note(arg, row);
}

static inline void resume_refused(void *arg, const struct row *row, const struct failure *failure)
{
    (void)failure;
    resume_note(arg, row);
}

static inline void resume_read(struct resume_trace *resume, const struct feed_options *options,
                               const char *bytes, size_t len)
{
    *resume = (struct resume_trace){
        .whole = {.no_notices = true, .on_row = resume_row, .on_refused = resume_refused}};
    resume->whole.arg = resume;
    trace_cut(&resume->whole, options, bytes, len, NULL, 0);
    if (resume->count > 0)
        resume->marks[resume->count - 1].traced =
            resume->whole.unusable ? resume->whole.unusable_at : resume->whole.full.len;
}

static inline void resume_from(struct csv_trace *trace, const struct feed_options *options,
                               const char *bytes, size_t len, const struct resume_mark *mark,
                               struct resume_way way)
{
    struct feed_reader *reader = trace_start(trace, options);
    uint64_t to;
    feed_reader_resume(reader, &mark->behind, mark->rows);
    for (size_t from = 0; from < len && (!way.brief || trace->full.len == 0);) {
        size_t piece = len - from < way.step ? len - from : way.step;
        trace_write(trace, reader, bytes + from, piece);
        from += piece;
        if (way.jumps && feed_reader_jump(reader, &to))
            from = (size_t)to;
    }
    if (way.brief && trace->full.len > 0)
        feed_reader_free(reader);
    else
        trace_end(trace, reader);
}

/* Whether the second reader handed over the rest, from this mark. What it handed over stays in `rest`
 * (trace_release()). */
static inline bool resume_fits(const struct resume_trace *resume, size_t mark,
                               const struct feed_options *options, const char *bytes, size_t len,
                               struct resume_way way, struct csv_trace *rest)
{
    const struct buffer *whole = &resume->whole.full;
    size_t traced = resume->marks[mark].traced;
    *rest = (struct csv_trace){.no_notices = true};
    resume_from(rest, options, bytes, len, &resume->marks[mark], way);
    return (rest->full.len == whole->len - traced ||
            (way.brief && rest->full.len > 0 && rest->full.len < whole->len - traced)) &&
           memcmp(rest->full.data, whole->data + traced, rest->full.len) == 0;
}

static inline void resume_release(struct resume_trace *resume)
{
    trace_release(&resume->whole);
    free(resume->marks);
}

#endif
