/* Rows that clients send: batches wait here until the pipeline's thread puts them where rows of collectors go. Nobody on the pipeline's
 * side ever waits; senders wait a moment for room, then are told that there is none. */
#pragma once
#include "table/batch.h"

#include <stdbool.h>

enum {
    INBOX_BATCHES = 256,                 /* that wait */
    INBOX_BYTES = 64 * 1024 * 1024,      /* of their rows */
    INBOX_ROWS_PER_S = 250000,           /* of all senders together, over the last seconds */
    INBOX_BURST_ROWS = INBOX_ROWS_PER_S, /* that may come at once after a pause */
    INBOX_WAIT_MS = 2000,                /* that a sender waits for room */
};

struct inbox;

struct inbox *inbox_create(void);     /* NULL on no memory, or no descriptor left */
void inbox_destroy(struct inbox *in); /* NULL is fine; drops what nobody took */

/* Senders' side; any thread. */

/* An empty batch of the table, NULL on no memory. */
struct batch *inbox_batch(struct inbox *in, const struct table *t);
/* Hands a batch over; the caller's reference goes with it when that succeeds. Waits for room and for the pace, INBOX_WAIT_MS at most:
 * -EAGAIN: no room, -EBUSY: too many rows a second, -ESHUTDOWN: the agent stops. */
int inbox_put(struct inbox *in, struct batch *b);
/* A sender tells of rows that it could not deliver. */
void inbox_lose(struct inbox *in, const struct table *t, uint64_t rows);
/* Rows that were put for tables of this name. */
uint64_t inbox_rows(struct inbox *in, const struct table *t);

/* The pipeline's side. */

int inbox_fd(const struct inbox *in); /* readable when there is something to take */
/* The next batch, with its reference; NULL: none is there. */
struct batch *inbox_take(struct inbox *in);
/* Losses since the last call: fn once a table. */
void inbox_take_losses(struct inbox *in, void (*fn)(void *arg, const char *table, uint64_t rows), void *arg);
/* From now on inbox_put() answers -ESHUTDOWN at once; what is there can still be taken. */
void inbox_close(struct inbox *in);
