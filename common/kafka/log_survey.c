#include "kafka/log_survey.h"

#include <stdlib.h>
#include <string.h>

#include "kafka/asker.h"
#include "kafka/topic_ends.h"

/* For all that one question asks. */
#define QUESTION_MS 15000

struct log_survey {
    struct asker *asker;
    /* The thread's while it is asked, the owner's else: */
    struct log_question *questions;
    struct log_sight *sights;
    size_t count;
    bool failed;
    struct reason reason;
    /* The thread's: */
    char *topic;
    rd_kafka_t *group;  /* asks; subscribes to nothing, reads nothing */
    rd_kafka_t *reader; /* reads; has no group */
    rd_kafka_topic_t *reads;
};

static const char *const reader_properties[][2] = {
    {"isolation.level", "read_uncommitted"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"enable.partition.eof", "true"},
    {"auto.offset.reset", "error"},
    /* One message is wanted; what is fetched beyond it holds up the next question. */
    {"queued.min.messages", "1"},
    {"fetch.message.max.bytes", "1024"},
    {"fetch.wait.max.ms", "10"},
    {"fetch.error.backoff.ms", "50"},
};

static rd_kafka_t *reader_handle(const struct kafka_options *options, struct reason *reason)
{
    struct kafka_options silent = *options;
    silent.log = NULL;
    rd_kafka_conf_t *conf = kafka_conf(&silent, reason);
    if (conf == NULL)
        return NULL;
    /* On top of what the operator passes: it is not about what is delivered. */
    for (size_t i = 0; i < sizeof reader_properties / sizeof *reader_properties; i++)
        if (rd_kafka_conf_set(conf, reader_properties[i][0], reader_properties[i][1], NULL, 0) !=
            RD_KAFKA_CONF_OK) {
            reason_set(reason, "Kafka client: %s is not taken", reader_properties[i][0]);
            rd_kafka_conf_destroy(conf);
            return NULL;
        }
    return kafka_handle(RD_KAFKA_CONSUMER, conf, reason);
}

static struct fingerprint fingerprint_of_raw(const rd_kafka_message_t *raw)
{
    const struct message message = {.offset = raw->offset,
                                    .timestamp_ms = rd_kafka_message_timestamp(raw, NULL),
                                    .key = raw->key,
                                    .key_len = raw->key_len,
                                    .value = raw->payload,
                                    .value_len = raw->len};
    return fingerprint_of(&message);
}

/* What the first message from the mark's offset on tells; its end: the offsets behind it hold none. */
static rd_kafka_resp_err_t judge(const rd_kafka_message_t *raw, const struct fingerprint *mark,
                                 enum mark_sight *sight)
{
    if (raw == NULL)
        return RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (raw->err != RD_KAFKA_RESP_ERR_NO_ERROR && raw->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return raw->err;
    *sight = MARK_HOLE;
    if (raw->err == RD_KAFKA_RESP_ERR_NO_ERROR && raw->offset == mark->offset) {
        const struct fingerprint there = fingerprint_of_raw(raw);
        *sight = fingerprint_equal(&there, mark) ? MARK_SAME : MARK_OTHER;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t look_at(struct log_survey *survey, int32_t partition,
                                   const struct fingerprint *mark, int64_t deadline,
                                   enum mark_sight *sight)
{
    if (rd_kafka_consume_start(survey->reads, partition, mark->offset) != 0)
        return rd_kafka_last_error();
    rd_kafka_message_t *raw =
        rd_kafka_consume(survey->reads, partition, topic_ends_left_ms(deadline));
    rd_kafka_resp_err_t error = judge(raw, mark, sight);
    if (raw != NULL)
        rd_kafka_message_destroy(raw);
    rd_kafka_consume_stop(survey->reads, partition);
    return error;
}

static rd_kafka_resp_err_t compare(struct log_survey *survey, const struct log_sight *seen,
                                   const struct log_history *history, int64_t deadline,
                                   struct log_likeness *likeness)
{
    enum mark_sight sights[LOG_HISTORY_MAX] = {MARK_UNSEEN};
    int next;
    while ((next = log_history_next(history, sights)) >= 0) {
        const struct fingerprint *mark = &history->marks[next];
        rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
        if (mark->offset < seen->low)
            sights[next] = MARK_BELOW;
        else if (mark->offset >= seen->high)
            sights[next] = MARK_BEHIND;
        else
            error = look_at(survey, seen->partition, mark, deadline, &sights[next]);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
            return error;
    }
    *likeness = log_history_compare(history, sights);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t compare_all(struct log_survey *survey, int64_t deadline)
{
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0; i < survey->count && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        const struct log_question *question = &survey->questions[i];
        struct log_sight *sight = &survey->sights[i];
        struct log_history target = {.count = question->of_target, .marks = {question->target}};
        error =
            compare(survey, sight, question->of_group ? &sight->note.history : &question->history,
                    deadline, &sight->likeness);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
            error = compare(survey, sight, &target, deadline, &sight->target);
    }
    return error;
}

/* A note says what was read below its offset; one that says otherwise was not made for it. */
static void read_note(const rd_kafka_topic_partition_t *committed, struct log_sight *sight)
{
    sight->committed = committed->offset < 0 ? -1 : committed->offset;
    if (sight->committed < 0 || committed->metadata == NULL ||
        commit_note_read(committed->metadata, committed->metadata_size, &sight->note) != 0)
        return;
    if (sight->note.history.count > 0 && sight->note.history.marks[0].offset >= sight->committed)
        sight->note = (struct commit_note){.since = -1};
}

static rd_kafka_resp_err_t ask_group(struct log_survey *survey, int64_t deadline)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)survey->count);
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0; i < survey->count; i++)
        rd_kafka_topic_partition_list_add(list, survey->topic, survey->questions[i].partition);
    error = rd_kafka_committed(survey->group, list, topic_ends_left_ms(deadline));
    for (size_t i = 0; i < survey->count && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        error = list->elems[i].err;
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
            read_note(&list->elems[i], &survey->sights[i]);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return error;
}

static rd_kafka_resp_err_t ask_ends(struct log_survey *survey, int64_t deadline)
{
    struct kafka_end *ends = NULL;
    size_t count = 0;
    rd_kafka_resp_err_t error = topic_ends(survey->group, survey->topic, deadline, &ends, &count);
    for (size_t i = 0; i < survey->count && error == RD_KAFKA_RESP_ERR_NO_ERROR; i++) {
        struct log_sight *sight = &survey->sights[i];
        if ((size_t)sight->partition >= count) {
            error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        } else {
            sight->low = ends[sight->partition].low;
            sight->high = ends[sight->partition].high;
        }
    }
    free(ends);
    return error;
}

static bool asks_group(const struct log_survey *survey)
{
    for (size_t i = 0; i < survey->count; i++)
        if (survey->questions[i].of_group)
            return true;
    return false;
}

/* The offsets before the ends: the log only grows meanwhile. */
static rd_kafka_resp_err_t look(struct log_survey *survey)
{
    int64_t deadline = kafka_now_ms() + QUESTION_MS;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (asks_group(survey))
        error = ask_group(survey, deadline);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        error = ask_ends(survey, deadline);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? compare_all(survey, deadline) : error;
}

static void answer(void *arg)
{
    struct log_survey *survey = arg;
    rd_kafka_resp_err_t error = look(survey);
    survey->failed = error != RD_KAFKA_RESP_ERR_NO_ERROR;
    if (survey->failed)
        reason_set(&survey->reason, "topic %s, and how far it was read: %s", survey->topic,
                   rd_kafka_err2str(error));
}

/* Nobody else takes the handles' log lines: they are thrown away. */
static void idle(void *arg)
{
    struct log_survey *survey = arg;
    rd_kafka_poll(survey->group, 0);
    rd_kafka_poll(survey->reader, 0);
}

static void destroy(rd_kafka_t *client)
{
    if (client != NULL)
        rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

static void release(struct log_survey *survey)
{
    if (survey->reads != NULL)
        rd_kafka_topic_destroy(survey->reads);
    destroy(survey->reader);
    destroy(survey->group);
    free(survey->questions);
    free(survey->sights);
    free(survey->topic);
    free(survey);
}

static int open_handles(struct log_survey *survey, const struct kafka_options *options,
                        const char *group, struct reason *reason)
{
    survey->group = topic_ends_handle(options, group, reason);
    if (survey->group == NULL)
        return -1;
    survey->reader = reader_handle(options, reason);
    if (survey->reader == NULL)
        return -1;
    survey->reads = rd_kafka_topic_new(survey->reader, survey->topic, NULL);
    if (survey->reads != NULL)
        return 0;
    reason_set(reason, "topic %s: %s", survey->topic, rd_kafka_err2str(rd_kafka_last_error()));
    return -1;
}

struct log_survey *log_survey_new(const struct kafka_options *options, const char *topic,
                                  const char *group, int wake_fd, struct reason *reason)
{
    struct log_survey *survey = calloc(1, sizeof *survey);
    if (survey == NULL) {
        reason_set(reason, "out of memory");
        return NULL;
    }
    survey->topic = strdup(topic);
    if (survey->topic == NULL)
        reason_set(reason, "out of memory");
    else if (open_handles(survey, options, group, reason) == 0)
        survey->asker = asker_new(&(struct asker_work){answer, idle, survey}, wake_fd, reason);
    if (survey->asker != NULL)
        return survey;
    release(survey);
    return NULL;
}

/* Room for `count` of both, cleared. */
static int make_room(struct log_survey *survey, size_t count)
{
    struct log_question *questions =
        realloc(survey->questions, (count + 1) * sizeof *survey->questions);
    if (questions == NULL)
        return -1;
    survey->questions = questions;
    struct log_sight *sights = realloc(survey->sights, (count + 1) * sizeof *survey->sights);
    if (sights == NULL)
        return -1;
    survey->sights = sights;
    survey->count = count;
    return 0;
}

bool log_survey_ask(struct log_survey *survey, const struct log_question *questions, size_t count)
{
    if (!asker_is_free(survey->asker) || make_room(survey, count) != 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        survey->questions[i] = questions[i];
        survey->sights[i] = (struct log_sight){
            .partition = questions[i].partition, .serial = questions[i].serial, .committed = -1};
    }
    asker_ask(survey->asker);
    return true;
}

enum survey_answer log_survey_take(struct log_survey *survey, const struct log_sight **sights,
                                   size_t *count, struct reason *reason)
{
    if (!asker_take(survey->asker))
        return SURVEY_NONE;
    if (survey->failed) {
        *reason = survey->reason;
        return SURVEY_FAILED;
    }
    *sights = survey->sights;
    *count = survey->count;
    return SURVEY_SEEN;
}

void log_survey_free(struct log_survey *survey)
{
    if (survey != NULL && asker_free(survey->asker))
        release(survey);
}
