/* The HTTP interface, on the unix socket and, when asked for, on TCP. Listening sockets are opened by the broker. */
#pragma once
#include "base/err.h"
#include "base/text.h"

/* Connections of each socket, each with a thread: a flood on TCP leaves the unix socket alone. */
enum { API_CONNECTIONS = 128 };

struct store;
struct live;
struct inbox;

struct api_options {
    int unix_fd;       /* listening; taken over */
    int tcp_fd;        /* listening, or -1; taken over */
    const char *token; /* bearer token asked from TCP clients (metrics and health excepted); borrowed */
    struct store *store;
    struct live *live;
    struct inbox *inbox;       /* of rows that clients send; NULL: none are taken */
    uint64_t query_timeout_ns; /* default and ceiling of a query's time-out */
    /* Called from API threads; must be thread safe. */
    void (*status)(void *arg, struct text *json);  /* GET /v1/status */
    void (*probes)(void *arg, struct text *json);  /* GET /v1/probes */
    void (*metrics)(void *arg, struct text *text); /* GET /metrics */
    void *arg;
};

struct api;
struct api *api_start(const struct api_options *options, struct err *why);
void api_stop(struct api *api); /* ends running queries and streams, joins threads; NULL is fine */
