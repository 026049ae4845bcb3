/* HTTP requests in flight, over libcurl's multi interface, in one thread.
 *
 * http_client_wait() is the program's one blocking call: it watches the sockets and whatever else
 * the caller names, and calls done() of each request that ended.
 *
 * Nothing is sent twice unseen: libcurl re-sends a POST by itself when a reused connection dies
 * before the first byte of the answer; here that becomes HTTP_BROKEN. */
#ifndef FEEDS_HTTP_HTTP_CLIENT_H
#define FEEDS_HTTP_HTTP_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "core/reason.h"

struct http_client;

enum http_end {
    HTTP_ANSWERED,
    HTTP_NOT_SENT,  /* no connection, no such host: nothing of it left this machine */
    HTTP_BROKEN,    /* the connection ended after something was sent: the outcome is unknown */
    HTTP_TIMED_OUT, /* likewise */
    HTTP_TOO_LONG,  /* likewise: its answer is over HTTP_BODY_MAX */
};

struct http_response {
    enum http_end end;
    int status;       /* HTTP_ANSWERED */
    const char *body; /* borrowed until done() returns; NUL behind it. The token is hidden in it */
    size_t body_len;
    int64_t retry_after_ms; /* Retry-After, or -1 (RFC 9110 10.2.3, seconds or a date) */
    const char *redirect;   /* where a 3xx points to (it is not followed), or NULL; borrowed */
    double took_ms;
    struct reason reason; /* what went wrong, when not HTTP_ANSWERED */
};

/* Ceiling of an answer's body, bytes. */
#define HTTP_BODY_MAX (64 * 1024 * 1024)
/* Descriptors a caller may have watched. */
#define HTTP_WAIT_FDS_MAX 16

struct http_request {
    const char *method; /* static text */
    const char *url;    /* copied */
    const char *body;   /* borrowed until done(); NULL for none */
    size_t body_len;
    const char *content_type; /* of the body, static text; NULL: application/json */
    int64_t timeout_ms;       /* connection and answer together */
    void (*done)(void *arg, const struct http_response *response);
    void *arg;
};

/* max_connections caps what libcurl opens; a request beyond it waits, and its time runs. NULL with
 * a reason. */
struct http_client *http_client_new(size_t max_connections, struct reason *reason);
/* The bearer token of all later requests; NULL for none. Copied, never logged. 0, or -1 when it
 * holds what a header cannot carry, or when out of memory. */
int http_client_token(struct http_client *client, const char *token);
/* 0, or -1 with a reason when it could not even be started; then done() is not called. */
int http_client_start(struct http_client *client, const struct http_request *request,
                      struct reason *reason);
/* Waits until a socket, one of at most HTTP_WAIT_FDS_MAX fds, or the time moves, and ends what is
 * over. done() may start further requests. */
void http_client_wait(struct http_client *client, const int *fds, size_t fd_count,
                      int64_t timeout_ms);
/* Drops the requests in flight with this arg, without done(). What was sent was sent. */
void http_client_cancel(struct http_client *client, const void *arg);
size_t http_client_in_flight(const struct http_client *client);
/* Requests in flight are dropped without done(). */
void http_client_free(struct http_client *client);

#endif
