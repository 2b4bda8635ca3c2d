/* The ring of batches between the collectors and the writer. The caller holds the store's lock. */
#include "inside.h"

#include <stdlib.h>

uint64_t batch_bytes(const struct batch *b)
{
    uint64_t bytes = sizeof *b + b->arena.total;
    for (size_t i = 0; i < b->table->n_columns; i++) /* untouched pages of a column cost nothing */
        bytes += type_size(b->table->columns[i].type) * b->rows + BATCH_ROWS / 8;
    return bytes;
}

static bool queue_grow(struct queue *q)
{
    size_t size = q->size ? q->size * 2 : 64;
    struct queued *ring = malloc(size * sizeof *ring);
    if (!ring)
        return false;
    for (size_t i = 0; i < q->count; i++)
        ring[i] = q->ring[(q->head + i) % q->size];
    free(q->ring);
    q->ring = ring;
    q->size = size;
    q->head = 0;
    return true;
}

bool queue_put(struct queue *q, struct batch *b, uint64_t ceiling)
{
    uint64_t bytes = batch_bytes(b);
    if (q->bytes + bytes > ceiling || (q->count == q->size && !queue_grow(q)))
        return false;
    q->ring[(q->head + q->count++) % q->size] = (struct queued){batch_hold(b), bytes};
    q->bytes += bytes;
    q->rows += b->rows;
    return true;
}

struct batch *queue_take(struct queue *q)
{
    if (!q->count)
        return NULL;
    struct queued item = q->ring[q->head];
    q->head = (q->head + 1) % q->size;
    q->count--;
    q->bytes -= item.bytes;
    q->rows -= item.batch->rows;
    return item.batch;
}

void queue_free(struct queue *q)
{
    for (struct batch *b; (b = queue_take(q));)
        batch_drop(b);
    free(q->ring);
    *q = (struct queue){0};
}
