/* The live stream: batches handed to those who listen, without waiting for any of them. */
#pragma once
#include "table/batch.h"

struct live;
struct live_listener;

struct live *live_create(void);
void live_destroy(struct live *l); /* ends all listeners */
/* Pipeline thread: hands the batch (a reference each) to the listeners of its table. Never blocks; a listener whose queue is
 * full loses the batch, and its lost-row count grows. Cheap when nobody listens. */
void live_publish(struct live *l, struct batch *b);
struct live_listener *live_listen(struct live *l, const struct table *table);
/* The next batch (the caller drops it), NULL on time-out or end. *lost: rows lost since the last call. */
struct batch *live_next(struct live_listener *listener, int timeout_ms, uint64_t *lost);
void live_close(struct live_listener *listener);
