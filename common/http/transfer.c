#include "http/transfer.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Strapi closes a connection that is idle for about 6 s (it advertises 5). A request sent into that
 * moment is lost: a connection is not used again after 4. */
#define IDLE_MAX_S     4L
#define CONNECT_MAX_MS 5000
/* A container that was started anew has another address; names are asked for again soon. */
#define NAMES_KEPT_S 5L
#define TOKEN_HEADER "Authorization: Bearer "
/* A shorter token (a test's) is not told from a word of the answer. Strapi's have 256 digits. */
#define TOKEN_HIDDEN_MIN 12

/* libcurl asks for the body with this, and there is no way back (no SEEKFUNCTION): when a reused
 * connection dies before the first byte of the answer, libcurl would send the request again, up to
 * five times, and nobody would know. Now it ends with CURLE_SEND_FAIL_REWIND.
 *
 * It winds nothing back when it believes that nothing of the body left. Should it have asked for the
 * body by then, it asks again after the end: half a request would wait for its answer until the time
 * is over. */
static size_t give_body(char *to, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    size_t room = size * count, left = transfer->body_len - transfer->body_sent;
    size_t len = left < room ? left : room;

    if (left == 0)
        return CURL_READFUNC_ABORT;
    memcpy(to, transfer->body + transfer->body_sent, len);
    transfer->body_sent += len;
    return len;
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *arg)
{
    struct transfer *transfer = arg;
    return buffer_add(&transfer->answer, bytes, size * count) == 0 ? size * count : 0;
}

void transfer_free(struct transfer *transfer)
{
    if (transfer->easy != NULL)
        curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    buffer_release(&transfer->answer);
    free(transfer);
}

static int add_header(struct transfer *transfer, const char *line)
{
    struct curl_slist *longer = curl_slist_append(transfer->headers, line);
    if (longer == NULL)
        return -1;
    transfer->headers = longer;
    return 0;
}

static int add_token(struct transfer *transfer, const char *token)
{
    struct buffer line = BUFFER_INIT(sizeof TOKEN_HEADER + strlen(token));
    int result = -1;

    if (buffer_add_text(&line, TOKEN_HEADER) == 0 && buffer_add_text(&line, token) == 0)
        result = add_header(transfer, line.data);
    if (result == 0)
        transfer->token = transfer->headers->data + sizeof TOKEN_HEADER - 1;
    buffer_release(&line);
    return result;
}

static int add_content_type(struct transfer *transfer, const char *type)
{
    char line[128];

    snprintf(line, sizeof line, "Content-Type: %s", type != NULL ? type : "application/json");
    return add_header(transfer, line);
}

static int add_headers(struct transfer *transfer, const struct http_request *request,
                       const char *token)
{
    if (token != NULL && add_token(transfer, token) != 0)
        return -1;
    if (add_header(transfer, "Accept: application/json") != 0)
        return -1;
    if (transfer->body == NULL)
        return 0;
    /* No "Expect: 100-continue": it costs large bodies a round trip or a second of waiting. */
    return add_content_type(transfer, request->content_type) != 0 ? -1
                                                                  : add_header(transfer, "Expect:");
}

static void set_body(CURL *easy, struct transfer *transfer)
{
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->body_len);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
}

static void set_options(struct transfer *transfer, const struct http_request *request)
{
    CURL *easy = transfer->easy;
    int64_t connect_ms =
        request->timeout_ms < CONNECT_MAX_MS ? request->timeout_ms : CONNECT_MAX_MS;

    if (request->body != NULL)
        set_body(easy, transfer);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, IDLE_MAX_S);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, NAMES_KEPT_S);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* A resolver that hangs is left behind in its thread: libcurl would wait for it at the request's
     * end, in our one loop (measured, 7.88: 15 s instead of the 5 of the time-out). */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "strapi-feeds/" FEEDS_VERSION);
}

struct transfer *transfer_new(const struct http_request *request, const char *token)
{
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (transfer == NULL)
        return NULL;
    transfer->answer = (struct buffer)BUFFER_INIT(HTTP_BODY_MAX);
    transfer->body = request->body;
    transfer->body_len = request->body_len;
    transfer->done = request->done;
    transfer->arg = request->arg;
    transfer->easy = curl_easy_init();
    if (transfer->easy == NULL || add_headers(transfer, request, token) != 0 ||
        curl_easy_setopt(transfer->easy, CURLOPT_URL, request->url) != CURLE_OK) {
        transfer_free(transfer);
        return NULL;
    }
    set_options(transfer, request);
    return transfer;
}

/* Bytes of the request that left, over all of libcurl's attempts, tell "not sent" from "broken".
 * Error codes do not: a time-out may strike in the middle of connecting, and measured with a server
 * that is killed, a request that was sent whole ends with CURLE_COULDNT_CONNECT, because libcurl
 * tries to connect again before it finds that it cannot wind the body back. For the same reason
 * CURLINFO_SIZE_UPLOAD_T, which is of the last attempt, says 0 then. */
static enum http_end end_of(CURL *easy, CURLcode code)
{
    long sent = 0;

    if (code == CURLE_OK)
        return HTTP_ANSWERED;
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
    if (sent == 0)
        return HTTP_NOT_SENT;
    if (code == CURLE_WRITE_ERROR)
        return HTTP_TOO_LONG;
    return code == CURLE_OPERATION_TIMEDOUT ? HTTP_TIMED_OUT : HTTP_BROKEN;
}

static int64_t retry_after(CURL *easy)
{
    struct curl_header *header;
    curl_off_t seconds = 0;

    if (curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return -1;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    /* A date in the past is now. The other end: so that milliseconds fit, whatever the server wrote. */
    if (seconds < 0)
        return 0;
    return seconds > INT32_MAX ? (int64_t)INT32_MAX * 1000 : (int64_t)seconds * 1000;
}

static void explain(const struct transfer *transfer, CURLcode code, struct reason *reason)
{
    if (code == CURLE_SEND_FAIL_REWIND)
        reason_set(reason, "the connection was closed before an answer came");
    else if (code == CURLE_WRITE_ERROR)
        reason_set(reason, "the answer is longer than %d MiB", HTTP_BODY_MAX / 1024 / 1024);
    else
        reason_set(reason, "%s", transfer->error[0] ? transfer->error : curl_easy_strerror(code));
}

/* What is answered ends in logs and error records: a server that echoes its request's headers (a
 * debug page, a proxy) must not put the token there. */
static void hide_token(struct transfer *transfer)
{
    const char *token = transfer->token != NULL ? transfer->token : "";
    size_t len = strlen(token), left = transfer->answer.len;
    char *at = transfer->answer.data;

    if (len < TOKEN_HIDDEN_MIN || at == NULL)
        return;
    while ((at = memchr(at, token[0], left)) != NULL) {
        left = transfer->answer.len - (size_t)(at - transfer->answer.data);
        if (left < len)
            return;
        if (memcmp(at, token, len) == 0)
            memset(at, '*', len);
        at++;
        left--;
    }
}

void transfer_response(struct transfer *transfer, CURLcode code, struct http_response *response)
{
    long status = 0;
    curl_off_t took_us = 0;
    char *redirect = NULL;

    curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &took_us);
    *response = (struct http_response){.end = end_of(transfer->easy, code),
                                       .body = "",
                                       .retry_after_ms = -1,
                                       .took_ms = (double)took_us / 1000};
    if (response->end != HTTP_ANSWERED) {
        explain(transfer, code, &response->reason);
        return;
    }
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &redirect);
    response->status = (int)status;
    response->redirect = redirect;
    response->retry_after_ms = retry_after(transfer->easy);
    hide_token(transfer);
    if (transfer->answer.data != NULL)
        response->body = transfer->answer.data;
    response->body_len = transfer->answer.len;
}
