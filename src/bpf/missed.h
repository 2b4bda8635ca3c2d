/* Counts of what a kernel program could not see or keep, by reason (a small enum of its own), read by
 * kernel/missed.h. Include once per BPF object. */
#pragma once
#include "bpf/kernel.h"

enum { MISSED_REASONS = 16 };

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, MISSED_REASONS);
    __type(key, __u32);
    __type(value, __u64);
} missed SEC(".maps");

static __always_inline void count_missed(__u32 which)
{
    __u64 *n = bpf_map_lookup_elem(&missed, &which);
    if (n)
        (*n)++;
}
