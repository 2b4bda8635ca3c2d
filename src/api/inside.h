/* What the files of this room share; nobody outside includes it. */
#pragma once
#include "api/api.h"
#include "api/live.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    API_BODY_CEILING = 1024 * 1024,
    API_SENDER_TIMEOUT_S = 30,            /* a client that is silent in the middle of its request */
    API_READER_TIMEOUT_S = 600,           /* a client that takes none of the rows it asked for */
    API_ROWS_CEILING = 256 * 1024 * 1024, /* of rows in one request */
    API_BLOCK_BYTES = 64 * 1024,
    API_ID_MAX = 64,
    API_PARQUET_CEILING_MIB = 256, /* such a file is written before it is sent, and takes its room from the store's budget */
};

/* One listening socket. */
struct api_door {
    struct api *api;
    struct MHD_Daemon *daemon; /* NULL: not open */
    bool tcp;                  /* asks for the token */
    bool loopback;             /* asks for a local Host header */
};

/* Something that runs for a client and can be told to end. */
struct api_job {
    struct api_job *next;
    char id[API_ID_MAX + 1]; /* "" when it cannot be cancelled by name */
    void (*end)(void *arg);
    void *arg;
};

struct api {
    struct api_options options;
    struct api_door unix_door, tcp_door;
    pthread_mutex_t lock; /* of the jobs */
    struct api_job *jobs;
    atomic_bool stopping;
    atomic_uint next_file; /* names of temporary files */
};

struct api_request {
    struct api_door *door;
    struct MHD_Connection *connection;
    const char *method, *path, *rest; /* rest: of the path, after the route's own */
    const char *allow;                /* methods for the answer's Allow header, "GET, POST"; or NULL */
    struct text body;
    struct api_intake *intake; /* the body is rows, taken as they come; NULL: the body is kept */
    uint64_t body_size;        /* as received; beyond API_BODY_CEILING nothing is kept */
    bool started, answered;
};

typedef enum MHD_Result api_result;

/* reply.c: whole answers. */
api_result reply_text(struct api_request *r, unsigned status, const char *mime, struct text *text); /* takes the text's memory */
api_result reply_error(struct api_request *r, unsigned status, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* 404 with the tables that exist. */
api_result reply_no_table(struct api_request *r, const char *name);
const struct table *api_table(const struct api *api, const char *name); /* NULL when unknown */
/* The status that fits a failed query. */
unsigned reply_status(const struct err *why);
/* Request parameters. */
const char *request_parameter(struct api_request *r, const char *name); /* NULL when absent */
/* Whether the parameter is there at all; its value may be NULL ("?name") or empty ("?name="). */
bool request_has(struct api_request *r, const char *name, const char **value);
/* A decimal number; false with an answer sent when it is none. */
bool request_number(struct api_request *r, const char *name, uint64_t *out, api_result *sent);
/* The client has hung up. */
bool request_gone(int fd);
int request_fd(struct api_request *r);

/* jobs.c */
bool job_add(struct api *api, struct api_job *job); /* false: its id is taken, or the API stops */
void job_remove(struct api *api, struct api_job *job);
bool job_end(struct api *api, const char *id); /* false: there is none */
void job_end_all(struct api *api);

/* rows.c: a body of rows. */
bool intake_wanted(const struct api_request *r);
api_result intake_open(struct api_request *r); /* makes r->intake, or answers */
void intake_take(struct api_intake *in, const char *bytes, size_t n);
api_result intake_answer(struct api_request *r);
void intake_free(struct api_intake *in); /* NULL is fine */

/* gate.c: who may come in. 0, or an answer was sent. */
bool gate_open(struct api_request *r, bool public, api_result *sent);
bool gate_is_loopback(int fd);

/* One file each. */
api_result route_query(struct api_request *r);
api_result route_cancel(struct api_request *r);
api_result route_tail(struct api_request *r);
api_result route_tables(struct api_request *r);
api_result route_table(struct api_request *r);
api_result route_declare(struct api_request *r);
api_result route_rows(struct api_request *r);
api_result route_status(struct api_request *r);
api_result route_probes(struct api_request *r);
api_result route_metrics(struct api_request *r);
api_result route_health(struct api_request *r);

/* route.c */
api_result route_dispatch(struct api_request *r);
bool route_is_public(const char *path);
