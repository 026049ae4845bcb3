#include "kafka/transaction.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define FATAL_SIZE 256
#define VALUE_SIZE 32

/* Faults that no new handle mends. */
static bool is_refusal(rd_kafka_resp_err_t error)
{
    switch (error) {
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
        return true;
    default:
        return false;
    }
}

static enum txn_answer fatal(rd_kafka_t *client, rd_kafka_resp_err_t error, struct reason *reason)
{
    char text[FATAL_SIZE] = "";
    rd_kafka_resp_err_t first = rd_kafka_fatal_error(client, text, sizeof text);
    if (first != RD_KAFKA_RESP_ERR_NO_ERROR)
        error = first;
    reason_set(reason, "%s%s%s", rd_kafka_err2name(error), text[0] == '\0' ? "" : ": ", text);
    return is_refusal(error) ? TXN_REFUSED : TXN_LOST;
}

/* What the error asks for; frees it. An error that is none of the three kinds is to be taken for a fatal
 * one (rdkafka.h). */
static enum txn_answer judge(rd_kafka_t *client, rd_kafka_error_t *error, struct reason *reason)
{
    enum txn_answer answer = TXN_LOST;
    if (error == NULL)
        return TXN_DONE;
    reason_set(reason, "%s", rd_kafka_error_string(error));
    if (rd_kafka_error_is_fatal(error) ||
        rd_kafka_fatal_error(client, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR)
        answer = fatal(client, rd_kafka_error_code(error), reason);
    else if (rd_kafka_error_txn_requires_abort(error))
        answer = TXN_ABORT;
    else if (rd_kafka_error_is_retriable(error))
        answer = TXN_AGAIN;
    else if (is_refusal(rd_kafka_error_code(error)))
        answer = TXN_REFUSED;
    rd_kafka_error_destroy(error);
    return answer;
}

enum txn_answer txn_init(rd_kafka_t *client, int timeout_ms, struct reason *reason)
{
    /* Log lines: this call, unlike the others, serves no queue. */
    rd_kafka_poll(client, 0);
    return judge(client, rd_kafka_init_transactions(client, timeout_ms), reason);
}

enum txn_answer txn_begin(rd_kafka_t *client, struct reason *reason)
{
    return judge(client, rd_kafka_begin_transaction(client), reason);
}

enum txn_answer txn_commit(rd_kafka_t *client, int timeout_ms, struct reason *reason)
{
    return judge(client, rd_kafka_commit_transaction(client, timeout_ms), reason);
}

enum txn_answer txn_abort(rd_kafka_t *client, int timeout_ms, struct reason *reason)
{
    return judge(client, rd_kafka_abort_transaction(client, timeout_ms), reason);
}

enum txn_answer txn_broken(rd_kafka_t *client, struct reason *reason)
{
    if (rd_kafka_fatal_error(client, NULL, 0) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return fatal(client, RD_KAFKA_RESP_ERR__FATAL, reason);
    reason_set(reason, "the transaction has failed");
    return TXN_ABORT;
}

int64_t transaction_timeout_ms(const struct kafka_options *options, struct reason *reason)
{
    char value[VALUE_SIZE];
    size_t size = sizeof value;
    rd_kafka_conf_t *conf = kafka_conf(options, reason);
    int64_t timeout_ms = -1;
    if (conf == NULL)
        return -1;
    snprintf(value, sizeof value, "%d", TRANSACTION_TIMEOUT_MS);
    if (kafka_conf_default(conf, options, "transaction.timeout.ms", value, reason) == 0 &&
        rd_kafka_conf_get(conf, "transaction.timeout.ms", value, &size) == RD_KAFKA_CONF_OK)
        timeout_ms = strtoll(value, NULL, 10);
    rd_kafka_conf_destroy(conf);
    return timeout_ms;
}
