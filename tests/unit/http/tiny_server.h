/* An HTTP server for tests, in a thread of the test itself: one thread a connection, and a function
 * of the test answers each request. Port 0. */
#ifndef FEEDS_TESTS_TINY_SERVER_H
#define FEEDS_TESTS_TINY_SERVER_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define TINY_CONNECTIONS_MAX 256
#define TINY_REQUEST_MAX     (2 * 1024 * 1024)

struct tiny_request {
    int fd;
    int connection; /* 1.. */
    int number;     /* in its connection, 1.. */
    char method[16];
    char target[8192];
    const char *head; /* all header lines */
    const char *body;
    size_t body_len;
};

enum tiny_next { TINY_KEEP, TINY_CLOSE, TINY_HANG };

struct tiny_server {
    int listener;
    int port;
    /* Called with `lock` held: one request at a time. */
    enum tiny_next (*answer)(void *arg, const struct tiny_request *request);
    void *arg;
    pthread_mutex_t lock;
    pthread_t acceptor, connections[TINY_CONNECTIONS_MAX];
    int fds[TINY_CONNECTIONS_MAX];
    int connection_count;
    int requests;
    bool stopping;
};

struct tiny_connection {
    struct tiny_server *server;
    int fd, connection;
};

static inline void tiny_write(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        len -= (size_t)sent;
    }
}

/* Status line with reason, further header lines (each with CRLF, or ""), body. */
static inline void tiny_reply(int fd, const char *status, const char *headers, const char *body)
{
    size_t size = strlen(status) + strlen(headers) + strlen(body) + 64;
    char *answer = malloc(size);
    int len = snprintf(answer, size, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s", status,
                       strlen(body), headers, body);

    /* In one piece: the second of two small ones would wait 40 ms for an acknowledgement. */
    tiny_write(fd, answer, (size_t)len);
    free(answer);
}

static inline size_t tiny_content_length(const char *head)
{
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, "Content-Length:", 15) == 0)
            return strtoul(line + 2 + 15, NULL, 10);
    return 0;
}

/* Reads one request into buffer[TINY_REQUEST_MAX]; false at the end of the connection. */
static inline bool tiny_read(int fd, char *buffer, struct tiny_request *request)
{
    size_t len = 0;
    char *end = NULL;

    while (end == NULL) {
        ssize_t got = recv(fd, buffer + len, TINY_REQUEST_MAX - 1 - len, 0);
        if (got <= 0)
            return false;
        len += (size_t)got;
        buffer[len] = '\0';
        end = strstr(buffer, "\r\n\r\n");
    }
    end[2] = '\0';
    request->head = buffer;
    request->body = end + 4;
    request->body_len = tiny_content_length(buffer);
    while (len < (size_t)(request->body - buffer) + request->body_len) {
        ssize_t got = recv(fd, buffer + len, TINY_REQUEST_MAX - 1 - len, 0);
        if (got <= 0)
            return false;
        len += (size_t)got;
    }
    buffer[len] = '\0';
    return sscanf(buffer, "%15s %8191s", request->method, request->target) == 2;
}

static inline enum tiny_next tiny_ask(struct tiny_server *server, struct tiny_request *request)
{
    pthread_mutex_lock(&server->lock);
    server->requests++;
    enum tiny_next next = server->answer(server->arg, request);
    pthread_mutex_unlock(&server->lock);
    return next;
}

static inline void *tiny_connection_run(void *arg)
{
    struct tiny_connection *connection = arg;
    struct tiny_server *server = connection->server;
    struct tiny_request request = {.fd = connection->fd, .connection = connection->connection};
    char *buffer = malloc(TINY_REQUEST_MAX), rest[256];
    enum tiny_next next = TINY_KEEP;

    while (next == TINY_KEEP && tiny_read(request.fd, buffer, &request)) {
        request.number++;
        next = tiny_ask(server, &request);
    }
    /* Says nothing until the other side goes. */
    while (next == TINY_HANG && recv(request.fd, rest, sizeof rest, 0) > 0)
        ;
    shutdown(request.fd, SHUT_RDWR);
    free(buffer);
    free(connection);
    return NULL;
}

static inline void *tiny_accept_run(void *arg)
{
    struct tiny_server *server = arg;

    for (;;) {
        int fd = accept(server->listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        pthread_mutex_lock(&server->lock);
        struct tiny_connection *connection = malloc(sizeof *connection);
        int place = server->connection_count++;
        *connection = (struct tiny_connection){.server = server, .fd = fd, .connection = place + 1};
        server->fds[place] = fd;
        pthread_create(&server->connections[place], NULL, tiny_connection_run, connection);
        pthread_mutex_unlock(&server->lock);
    }
}

static inline void tiny_start(struct tiny_server *server,
                              enum tiny_next (*answer)(void *, const struct tiny_request *),
                              void *arg)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;

    *server = (struct tiny_server){.answer = answer, .arg = arg};
    pthread_mutex_init(&server->lock, NULL);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server->listener, (struct sockaddr *)&address, size) != 0 ||
        listen(server->listener, 64) != 0)
        abort();
    getsockname(server->listener, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    pthread_create(&server->acceptor, NULL, tiny_accept_run, server);
}

static inline void tiny_stop(struct tiny_server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->acceptor, NULL);
    close(server->listener);
    for (int i = 0; i < server->connection_count; i++)
        shutdown(server->fds[i], SHUT_RDWR);
    for (int i = 0; i < server->connection_count; i++) {
        pthread_join(server->connections[i], NULL);
        close(server->fds[i]);
    }
    pthread_mutex_destroy(&server->lock);
}

#endif
