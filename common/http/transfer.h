/* One request as libcurl sees it: its options, its body on the way out, its answer on the way in.
 * Inside common/http only. */
#ifndef FEEDS_HTTP_TRANSFER_H
#define FEEDS_HTTP_TRANSFER_H

#include <curl/curl.h>
#include <stddef.h>
#include <sys/queue.h>

#include "core/buffer.h"
#include "http/http_client.h"

struct transfer {
    CURL *easy;
    struct curl_slist *headers;
    const char *token; /* in the headers, or NULL */
    struct buffer answer;
    const char *body;
    size_t body_len, body_sent;
    void (*done)(void *arg, const struct http_response *response);
    void *arg;
    char error[CURL_ERROR_SIZE];
    LIST_ENTRY(transfer) link; /* the client's */
};

/* token may be NULL. NULL when out of memory. */
struct transfer *transfer_new(const struct http_request *request, const char *token);
/* How it ended. The response borrows from the transfer. */
void transfer_response(struct transfer *transfer, CURLcode code, struct http_response *response);
void transfer_free(struct transfer *transfer);

#endif
