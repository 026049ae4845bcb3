#include "pipeline/dry_outlet.h"

#include <stdio.h>

#include "service/signals.h"

static void begin(void *self, const struct feed_name *feed, const struct feed_file *file,
                  const struct outlet_events *events)
{
    struct dry_outlet *dry = self;
    (void)file;
    dry->feed = *feed;
    dry->events = *events;
}

static enum exit_code claim(void *self, const struct outlet_wish *wish, struct outlet_claim *claim)
{
    const struct dry_outlet *dry = self;
    (void)wish;
    *claim = (struct outlet_claim){.granted = true};
    snprintf(claim->feed_id, sizeof claim->feed_id, "%s", dry->feed.id);
    return EXIT_ALL_ACCOUNTED;
}

static enum exit_code row(void *self, const struct outlet_row *good)
{
    const struct dry_outlet *dry = self;
    (void)good;
    dry->events.sent(dry->events.arg);
    return EXIT_ALL_ACCOUNTED;
}

static enum exit_code reject(void *self, const struct reject *reject)
{
    const struct dry_outlet *dry = self;
    struct reason sentence;
    reject_sentence(reject, &dry->feed, &sentence);
    if (!dry->silent)
        fprintf(stderr, "%s  [%s]\n", sentence.text, error_code_name(reject->failure->code));
    dry->events.rejected(dry->events.arg, reject->failure->code);
    return EXIT_ALL_ACCOUNTED;
}

static void feed_failed(void *self, const struct reject *reject)
{
    (void)self;
    (void)reject;
}

static enum exit_code turn(void *self)
{
    (void)self;
    return signals_stopping() ? EXIT_INTERRUPTED : EXIT_ALL_ACCOUNTED;
}

static enum exit_code finish(void *self, bool complete)
{
    (void)self;
    (void)complete;
    return EXIT_ALL_ACCOUNTED;
}

static const struct outlet_ops ops = {
    .begin = begin,
    .claim = claim,
    .row = row,
    .reject = reject,
    .feed_failed = feed_failed,
    .turn = turn,
    .finish = finish,
};

struct outlet dry_outlet(struct dry_outlet *dry)
{
    return (struct outlet){.ops = &ops, .self = dry};
}
