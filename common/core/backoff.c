#include "core/backoff.h"

int64_t backoff_next(struct backoff *backoff, uint32_t random)
{
    int64_t delay = backoff->first_ms;

    for (unsigned i = 0; i < backoff->step && delay < backoff->ceiling_ms; i++)
        delay *= 2;
    if (delay < backoff->ceiling_ms)
        backoff->step++;
    else
        delay = backoff->ceiling_ms;
    return delay / 2 + (int64_t)((double)(delay - delay / 2) * ((double)random / UINT32_MAX));
}

void backoff_reset(struct backoff *backoff)
{
    backoff->step = 0;
}
