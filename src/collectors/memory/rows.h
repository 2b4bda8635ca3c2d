/* Rows from the kernel's tallies and from records of kills. */
#pragma once
#include "collectors/collector.h"
#include "kernel/tally.h"

/* Takes what the tally gathered and makes rows of it. */
void memory_turn_processes(struct collector_ctx *ctx, struct tally *t, int64_t now_boot_ns);
void memory_turn_stalls(struct collector_ctx *ctx, struct tally *t, int64_t now_boot_ns);
/* A record of the ring into a row of oom_kills; false when it cannot be read. */
bool memory_take_record(struct collector_ctx *ctx, const void *bytes, size_t size);

struct memory_sizes;
/* Sets the columns of sizes (MEMORY_SIZE_COLUMNS) from first_column on. */
void memory_set_sizes(struct batch *b, size_t first_column, const struct memory_sizes *sizes);
uint64_t memory_bytes_of(uint64_t pages);
