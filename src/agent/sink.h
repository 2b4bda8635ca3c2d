/* The sink's other side: batches leave here for the consumers. Pipeline thread only, but for the counters. */
#pragma once
#include "base/err.h"
#include "collectors/collector.h"
#include "collectors/sink.h"

struct sink_consumer {
    void (*consume)(void *arg, struct batch *b);     /* takes its own reference if it keeps the batch */
    bool (*waits)(void *arg, const struct table *t); /* somebody waits for each row of the table; NULL: nobody ever does */
    void *arg;
};

/* One slot for each table of the registry. */
struct sink *sink_create(const struct sink_consumer *consumers, size_t n_consumers, struct err *why);
void sink_destroy(struct sink *s); /* NULL is fine; publishes nothing */
/* Hands over the open batches that somebody waits for or that are old enough (SINK_AGE_MS): full ones have gone by themselves. Few
 * large batches cost the store far less than many small ones. Returns when the next is due (monotonic), INT64_MAX: none is open. */
enum { SINK_AGE_MS = 200 };
int64_t sink_publish_due(struct sink *s, int64_t now_mono_ns);
/* A batch that is no collector's goes the same way; its reference is taken over. */
void sink_put(struct sink *s, struct batch *b);
/* Hands every open batch to the consumers. */
void sink_publish(struct sink *s);
/* Rows of a collector's tables so far. Thread safe. */
uint64_t sink_rows(struct sink *s, const struct collector *owner);
uint64_t sink_rows_all(struct sink *s);

/* Losses so far, by place and reason. Thread safe copy: at most `room`; returns how many there are. */
struct sink_lost {
    char place[48], reason[160];
    uint64_t count;
    bool unknown; /* some of it could not be counted */
};
size_t sink_losses(struct sink *s, struct sink_lost *out, size_t room);
