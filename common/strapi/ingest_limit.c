#include "strapi/ingest_limit.h"

/* So many full batches prove that the ceiling is too low. */
#define PASSED_ENOUGH 32

void ingest_limit_init(struct ingest_limit *limit, size_t most)
{
    *limit = (struct ingest_limit){
        .items = most, .ceiling = most, .most = most, .failed_at = -1, .trouble_end = -1};
}

static size_t half_of(size_t count)
{
    return count > 1 ? count / 2 : 1;
}

static void raise_ceiling(struct ingest_limit *limit)
{
    if (limit->ceiling == limit->most || ++limit->passed < PASSED_ENOUGH)
        return;
    limit->passed = 0;
    limit->ceiling = limit->ceiling < limit->most / 2 ? limit->ceiling * 2 : limit->most;
}

void ingest_limit_passed(struct ingest_limit *limit, size_t count, int64_t next)
{
    limit->failed_at = -1;
    if (count < limit->items || next < limit->trouble_end)
        return;
    if (limit->items == limit->ceiling)
        raise_ceiling(limit);
    limit->items = limit->items < limit->ceiling / 2 ? limit->items * 2 : limit->ceiling;
}

void ingest_limit_died(struct ingest_limit *limit, size_t count, int64_t next)
{
    limit->failed_at = -1;
    limit->items = half_of(count);
    limit->trouble_end = next;
}

void ingest_limit_failed(struct ingest_limit *limit, size_t count, int64_t first, int64_t next)
{
    if (limit->failed_at == first) {
        ingest_limit_died(limit, count, next);
        /* Its pieces are not sent twice each as well. */
        limit->failed_at = first;
        return;
    }
    limit->failed_at = first;
    limit->items = count;
}

void ingest_limit_too_much(struct ingest_limit *limit, size_t count, int64_t next)
{
    ingest_limit_died(limit, count, next);
    limit->ceiling = limit->items;
    limit->passed = 0;
}
