/* Asking the agent: HTTP over its unix socket, streamed, interruptible. */
#pragma once
#include "base/err.h"
#include "base/text.h"
#include "cli/command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client_request {
    const char *socket;
    const char *path;   /* with its query string; see client_add_parameter */
    const char *method; /* NULL: GET, or POST with a body */
    const char *body;   /* NULL: none */
    size_t body_size;
    const char *cancel_path; /* DELETEd when a signal comes; NULL: closing the connection is enough */
    /* Each piece of the answer as it arrives. False: nothing more is wanted. */
    bool (*data)(void *arg, const char *bytes, size_t n);
    /* Called when nothing has arrived for the time that wait_ms told (-1: never). Both may be NULL. */
    int (*wait_ms)(void *arg);
    bool (*idle)(void *arg);
    void *arg;
};

struct client_answer {
    char status[16];     /* trailer Sonde-Status: ok, error, timeout, cancelled; "" when there was none */
    uint64_t rows;       /* trailer Sonde-Rows */
    uint64_t gaps;       /* trailer Sonde-Gaps: losses in the times that the answer shows, */
    bool gaps_in_answer; /* trailer Sonde-Gaps-In: or, when false, in all that is stored */
    uint64_t lost;       /* trailer Sonde-Lost: rows of a tail that this reader was too slow for */
};

enum client_end {
    CLIENT_DONE,        /* the whole answer arrived, and it was a good one */
    CLIENT_STOPPED,     /* data or idle wanted no more: the reader of stdout is gone */
    CLIENT_INTERRUPTED, /* a signal; the agent was told */
    CLIENT_FAILED,      /* with words */
};

enum client_end client_run(const struct client_request *r, struct client_answer *answer, struct err *why);
/* The body of a GET, at most 16 MiB. */
enum client_end client_fetch(const char *socket, const char *path, struct text *body, struct err *why);
/* Says on stderr what went wrong and returns the exit code of the end. */
int client_exit(const struct command *c, enum client_end end, const struct err *why);
/* --socket, else SONDE_SOCKET, else the default. */
const char *client_socket(const struct invocation *in);
/* Adds ?name=value or &name=value, escaped. */
void client_add_parameter(struct text *path, const char *name, const char *value);
