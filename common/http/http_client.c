#include "http/http_client.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "http/transfer.h"

struct http_client {
    CURLM *multi;
    char *token;
    size_t in_flight;
    LIST_HEAD(, transfer) transfers;
};

struct http_client *http_client_new(size_t max_connections, struct reason *reason)
{
    struct http_client *client = calloc(1, sizeof *client);
    if (client == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        reason_set(reason, "cannot set up libcurl");
        free(client);
        return NULL;
    }
    LIST_INIT(&client->transfers);
    client->multi = curl_multi_init();
    if (client->multi == NULL) {
        reason_set(reason, "cannot set up libcurl");
        http_client_free(client);
        return NULL;
    }
    curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)max_connections);
    curl_multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)max_connections);
    return client;
}

/* Whether a header can carry it: a line end would let the token write headers of its own. */
static bool is_printable(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7F)
            return false;
    return true;
}

int http_client_token(struct http_client *client, const char *token)
{
    char *copy = NULL;

    if (token != NULL && (!is_printable(token) || (copy = strdup(token)) == NULL))
        return -1;
    free(client->token);
    client->token = copy;
    return 0;
}

int http_client_start(struct http_client *client, const struct http_request *request,
                      struct reason *reason)
{
    struct transfer *transfer = transfer_new(request, client->token);
    if (transfer == NULL) {
        reason_set(reason, "cannot start a request: out of memory");
        return -1;
    }
    CURLMcode code = curl_multi_add_handle(client->multi, transfer->easy);
    if (code != CURLM_OK) {
        reason_set(reason, "cannot start a request: %s", curl_multi_strerror(code));
        transfer_free(transfer);
        return -1;
    }
    LIST_INSERT_HEAD(&client->transfers, transfer, link);
    client->in_flight++;
    return 0;
}

/* Out of the books. */
static void forget(struct http_client *client, struct transfer *transfer)
{
    LIST_REMOVE(transfer, link);
    client->in_flight--;
    curl_multi_remove_handle(client->multi, transfer->easy);
}

static void drop(struct http_client *client, struct transfer *transfer)
{
    forget(client, transfer);
    transfer_free(transfer);
}

static void end(struct http_client *client, struct transfer *transfer, CURLcode code)
{
    struct http_response response;

    transfer_response(transfer, code, &response);
    /* Before done(), which may start requests, cancel others and count. */
    forget(client, transfer);
    transfer->done(transfer->arg, &response);
    transfer_free(transfer);
}

/* Whether at least one request ended. */
static bool end_what_is_over(struct http_client *client)
{
    CURLMsg *message;
    int left, running;
    bool any = false;

    curl_multi_perform(client->multi, &running);
    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        struct transfer *transfer = NULL;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        end(client, transfer, code);
        any = true;
    }
    return any;
}

void http_client_wait(struct http_client *client, const int *fds, size_t fd_count,
                      int64_t timeout_ms)
{
    struct curl_waitfd extra[HTTP_WAIT_FDS_MAX];

    assert(fd_count <= HTTP_WAIT_FDS_MAX);
    for (size_t i = 0; i < fd_count; i++)
        extra[i] = (struct curl_waitfd){.fd = fds[i], .events = CURL_WAIT_POLLIN};
    /* What was started since the last turn goes out before the wait, not after it. */
    if (end_what_is_over(client))
        timeout_ms = 0;
    curl_multi_poll(client->multi, extra, (unsigned)fd_count,
                    timeout_ms < INT32_MAX ? (int)timeout_ms : INT32_MAX, NULL);
    end_what_is_over(client);
}

void http_client_cancel(struct http_client *client, const void *arg)
{
    struct transfer *transfer = LIST_FIRST(&client->transfers);
    while (transfer != NULL) {
        struct transfer *next = LIST_NEXT(transfer, link);
        if (transfer->arg == arg)
            drop(client, transfer);
        transfer = next;
    }
}

size_t http_client_in_flight(const struct http_client *client)
{
    return client->in_flight;
}

void http_client_free(struct http_client *client)
{
    if (client == NULL)
        return;
    while (!LIST_EMPTY(&client->transfers))
        drop(client, LIST_FIRST(&client->transfers));
    if (client->multi != NULL)
        curl_multi_cleanup(client->multi);
    free(client->token);
    free(client);
    curl_global_cleanup();
}
