#include "table/histogram.h"

#include <math.h>

uint64_t histogram_lower(size_t bucket)
{
    return bucket < 2 ? bucket : (uint64_t)(2 + bucket % 2) << (bucket / 2 - 1);
}

static double within(size_t bucket, double share)
{
    double low = (double)histogram_lower(bucket), high = (double)histogram_lower(bucket + 1);
    if (bucket < 2 || bucket == HISTOGRAM_BUCKETS - 1)
        return low;
    return low + (high - low) * share;
}

double histogram_quantile(const uint64_t *counts, size_t n, double q)
{
    uint64_t total = 0, below = 0;
    size_t last = 0;
    for (size_t i = 0; i < n; i++)
        total += counts[i];
    if (!total)
        return NAN;
    double rank = (q < 0 ? 0 : q > 1 ? 1 : q) * (double)total;
    for (size_t i = 0; i < n; i++) {
        if (!counts[i])
            continue;
        if ((double)(below + counts[i]) >= rank)
            return within(i, (rank - (double)below) / (double)counts[i]);
        below += counts[i];
        last = i;
    }
    return within(last, 1);
}

void histogram_sum(uint64_t *sums, const uint32_t *counts)
{
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        sums[i] += counts[i];
}

void batch_set_histogram(struct batch *b, size_t column, const uint64_t *counts, size_t n)
{
    while (n && !counts[n - 1])
        n--;
    batch_set_str(b, column, batch_intern(b, (const char *)counts, n * sizeof *counts));
}

size_t batch_histogram(const struct batch *b, size_t column, uint32_t row, const uint64_t **counts)
{
    struct str s = b->columns[column].text[row];
    *counts = (const uint64_t *)(const void *)s.p; /* the arena aligns to 8 */
    return s.n / sizeof **counts;
}
