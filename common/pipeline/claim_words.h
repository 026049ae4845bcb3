/* What a person is told about a feed that was sent before. Pure. */
#ifndef FEEDS_PIPELINE_CLAIM_WORDS_H
#define FEEDS_PIPELINE_CLAIM_WORDS_H

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
/* It is sent, and an earlier run had begun to. */
void claim_say_again(const struct claim_words *words, const struct feed_progress *earlier,
                     struct reason *sentence);

#endif
