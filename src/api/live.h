/* The live stream: batches handed to those who listen, without waiting for any of them. */
#pragma once
#include "table/batch.h"

#include <stdbool.h>

/* A listener's queue: beyond either ceiling the batch is lost to it, and counted. */
enum { LIVE_QUEUE_BATCHES = 256, LIVE_QUEUE_ROWS = 131072 };

struct live;
struct live_listener;

struct live *live_create(void); /* NULL on no memory */
/* Ends all listeners; each must still be closed by its owner. NULL is fine. */
void live_destroy(struct live *l);
/* Pipeline thread: hands the batch (a reference each) to the listeners of its table. Never blocks; a listener whose queue is
 * full loses the batch, and its lost-row count grows. Cheap when nobody listens. */
void live_publish(struct live *l, struct batch *b);
/* Whether anybody listens to the table: then its rows should not wait for a batch to fill. Cheap when nobody listens at all. */
bool live_wanted(struct live *l, const struct table *table);
/* NULL on no memory, or no descriptor left. */
struct live_listener *live_listen(struct live *l, const struct table *table);
/* The next batch (the caller drops it); NULL at the end, when the socket `client` (-1: none) hangs up, and after timeout_ms (-1:
 * never). *lost: rows lost since the last call. */
struct batch *live_next(struct live_listener *listener, int client, int timeout_ms, uint64_t *lost);
/* Any thread: live_next gives NULL at once from now on. */
void live_end(struct live_listener *listener);
bool live_ended(struct live_listener *listener);
void live_close(struct live_listener *listener); /* NULL is fine */
