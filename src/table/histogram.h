/* Columns of TYPE_HISTOGRAM: counts by bucket, without the zeros at the end. The buckets are those of bpf/histogram.h. */
#pragma once
#include "bpf/histogram.h"
#include "table/batch.h"

#include <stddef.h>
#include <stdint.h>

/* The smallest value that a bucket counts; beyond the last bucket, 2^40. */
uint64_t histogram_lower(size_t bucket);
/* The value below which the share q (0 to 1) of the counted values lies, taken as evenly spread in their bucket; the open last bucket
 * gives its lower bound. NaN when nothing was counted. */
double histogram_quantile(const uint64_t *counts, size_t n, double q);
/* Adds counts to sums, which holds HISTOGRAM_BUCKETS. */
void histogram_sum(uint64_t *sums, const uint32_t *counts);
/* Sets the column in the row that was added last; n counts, at most HISTOGRAM_BUCKETS. */
void batch_set_histogram(struct batch *b, size_t column, const uint64_t *counts, size_t n);
/* The counts of a value in a batch: their number; *counts points into the batch. */
size_t batch_histogram(const struct batch *b, size_t column, uint32_t row, const uint64_t **counts);
