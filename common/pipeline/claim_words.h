/* What a person is told about a feed that was sent before. Pure. */
#ifndef FEEDS_PIPELINE_CLAIM_WORDS_H
#define FEEDS_PIPELINE_CLAIM_WORDS_H

#include "core/feed_alike.h"
#include "core/feed_runs.h"
#include "core/reason.h"

struct claim_words {
    const char *file;  /* of the feed that is to be sent */
    const char *topic; /* to which */
    bool by_name;      /* its name counts (IDENTITY=name) */
    bool repeatable;   /* rows that come twice do no harm */
};

/* Nothing is sent: FEED_SAME, FEED_DUPLICATE. */
void claim_say_sent(const struct claim_words *words, const struct feed_choice *choice,
                    struct reason *sentence);
/* Nothing is sent: another process does. */
void claim_say_rival(const struct claim_words *words, const struct feed_progress *rival,
                     struct reason *sentence);
/* Nothing is sent: most of it was, as another feed. */
void claim_say_alike(const struct claim_words *words, const struct alike_run *earlier,
                     struct reason *sentence);
/* It is gone on with without transactions, and an earlier run may have sent more than it has told. */
void claim_say_again(const struct claim_words *words, const struct feed_progress *earlier,
                     struct reason *sentence);

#endif
