/* Where collectors put rows. One open batch per table; the pipeline seals and publishes it when it is full or old. */
#pragma once
#include "table/batch.h"

struct sink;

/* Adds a row to the table's open batch and returns the batch; set its columns with batch_set_*.
 * NULL when memory ran out: the row is counted as lost, the collector just returns. */
struct batch *sink_row(struct sink *sink, const struct table *table);
/* Records a loss: `count` things were not kept at `place` (a ring, a map) for `reason`. Becomes a row of agent_losses. */
/* A count that cannot be known: the row says NULL. */
#define SINK_UNKNOWN UINT64_MAX
void sink_loss(struct sink *sink, const char *place, const char *reason, uint64_t count);
