/* A histogram as text: a line a power of two, with a bar. */
#pragma once
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

enum bars_unit { BARS_NS, BARS_BYTES };

/* Appends the lines of a histogram column's counts (table/histogram.h), two buckets a line, from the first to the last that counts
 * anything; nothing when all are 0. `width`: columns that a line may take, 0: 80. */
void bars_draw(struct text *out, const uint64_t *counts, size_t n, enum bars_unit unit, size_t width);
/* "1,234 waits, p50 12 us, p90 …, p99 …, longest …"; max 0: unknown. */
void bars_summary(struct text *out, const uint64_t *counts, size_t n, enum bars_unit unit, const char *what, uint64_t max);
