/* The counters of reads and writes, from the kernel's tally into rows of file_io. */
#pragma once
#include "collectors/collector.h"
#include "kernel/tally.h"

/* Makes rows of what came together in the interval that ended at the last call. */
void file_io_turn(struct collector_ctx *ctx, struct tally *io, int64_t now_boot_ns);
