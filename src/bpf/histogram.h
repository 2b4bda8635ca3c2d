/* Histograms, the same for kernel programs, decoders and tables: fixed buckets, two to each power of two, so that histograms of
 * any two times, processes or CPUs add up, and a quantile read from a sum is wrong by at most a quarter of its value.
 *
 * Bucket 0 counts 0, bucket 1 counts 1, bucket i counts values from (2 + i % 2) << (i / 2 - 1) up to the next bucket's first:
 * 2, 3, 4-5, 6-7, 8-11, 12-15 … The last is open: in nanoseconds it begins at 825 s. */
#pragma once
#include <linux/types.h>

enum { HISTOGRAM_BUCKETS = 80 };

struct histogram {
    __u32 counts[HISTOGRAM_BUCKETS];
};

/* The bucket of a value. No count-leading-zeros: BPF has none. */
static inline __attribute__((always_inline)) __u32 histogram_bucket(__u64 value)
{
    __u64 v = value;
    __u32 power = 0, shift;
    shift = (v > 0xffffffffULL) << 5, v >>= shift, power |= shift;
    shift = (v > 0xffff) << 4, v >>= shift, power |= shift;
    shift = (v > 0xff) << 3, v >>= shift, power |= shift;
    shift = (v > 0xf) << 2, v >>= shift, power |= shift;
    shift = (v > 0x3) << 1, v >>= shift, power |= shift;
    power |= v >> 1;
    if (!power)
        return value;
    __u32 bucket = 2 * power + (value >> (power - 1) & 1);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* Counts a value. Not atomic: for per-CPU values, or where a count may be lost to a race. */
static inline __attribute__((always_inline)) void histogram_add(struct histogram *h, __u64 value)
{
    __u64 bucket = histogram_bucket(value);
#ifdef __bpf__ /* for the verifier: the bound on the very register that is counted with; clang would test a copy, and 6.1 refuses it */
    asm volatile("if %[bucket] <= %[last] goto +1\n%[bucket] = 0" : [bucket] "+r"(bucket) : [last] "i"(HISTOGRAM_BUCKETS - 1));
#endif
    h->counts[bucket]++;
}
