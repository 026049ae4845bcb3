/* librdkafka's handle of a run: made by the name of its transactional.id, and made ready. Whoever had that name
 * before is fenced. */
#include <stdio.h>

#include "kafka/topic_settings.h"
#include "pipeline/kafka_outlet_state.h"
#include "service/clock.h"
#include "service/log.h"

/* An answer that comes at once, "not yet", is not asked for again at once. */
#define AGAIN_MS    20
#define SAY_SLOW_MS 10000
#define LOOK_UP_MS  500
#define ID_SIZE     512

/* Until the handle is ready. The last answer. */
static enum txn_answer init(struct kafka_outlet *kafka, struct reason *reason)
{
    enum txn_answer answer = TXN_AGAIN;
    int64_t say_ms = clock_now() + SAY_SLOW_MS;
    while (answer == TXN_AGAIN && kafka_outlet_goes_on(kafka)) {
        answer = txn_init(kafka_producer_handle(kafka->link.producer), OUTLET_WAIT_MS, reason);
        if (answer == TXN_AGAIN)
            kafka_outlet_wait_turn(kafka, AGAIN_MS);
        if (answer != TXN_AGAIN || clock_now() < say_ms)
            continue;
        log_say(LOG_WARN_LEVEL, "waiting",
                "Kafka does not get transactions ready (%s); a single broker needs "
                "transaction.state.log.replication.factor=1; --no-transactions sends without",
                reason->text);
        say_ms = INT64_MAX;
    }
    return answer;
}

static enum txn_answer make(struct kafka_outlet *kafka, const char *id, bool each_alone,
                            struct reason *reason)
{
    char name[ID_SIZE];
    snprintf(name, sizeof name, "%s/%s/%s", kafka->link.program->name, kafka->link.topic, id);
    /* No report will come of what the handle had. */
    window_rewind(&kafka->window);
    kafka->entry.on_its_way = 0;
    if (kafka_link_transact(&kafka->link, name, each_alone, reason) == 0)
        return init(kafka, reason);
    kafka_outlet_misconfigured(kafka, reason);
    return TXN_LOST;
}

/* librdkafka 2.0.2 asks for a topic that it is given for the first time once a second: a whole second for
 * each of a small feed's two transactions. Asked for before, they are in its memory. */
static void look_up_topics(struct kafka_outlet *kafka)
{
    const char *const topics[] = {kafka->settings.progress_topic, kafka->link.topic,
                                  kafka->link.program->settings->error_topic};
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
        (void)topic_partitions(kafka_producer_handle(kafka->link.producer), topics[i], LOOK_UP_MS,
                               NULL);
}

bool kafka_handle_open(struct kafka_outlet *kafka, const char *id, bool each_alone)
{
    struct reason reason = REASON_INIT;
    enum txn_answer answer = TXN_LOST;
    kafka->asking = true;
    while (answer != TXN_DONE && kafka_outlet_goes_on(kafka)) {
        answer = make(kafka, id, each_alone, &reason);
        if (answer == TXN_REFUSED)
            kafka_transaction_refused(kafka, &reason);
        else if (answer != TXN_DONE)
            kafka_outlet_pause(kafka, OUTLET_PAUSE_MS);
    }
    kafka->asking = false;
    /* While nothing can be committed, that the broker is there is no headway. */
    kafka->window.alive |= answer == TXN_DONE && kafka->setback.times == 0;
    if (answer == TXN_DONE)
        look_up_topics(kafka);
    return answer == TXN_DONE;
}
