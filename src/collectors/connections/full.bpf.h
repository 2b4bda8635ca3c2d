/* Things that found their map full: the worker makes losses of them. */
#pragma once
#include "bpf/kernel.h"

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 2);
    __type(key, __u32);
    __type(value, __u64);
} full SEC(".maps");

enum { FULL_TCP, FULL_UDP };

static __always_inline void count_full(__u32 which)
{
    __u64 *n = bpf_map_lookup_elem(&full, &which);
    if (n)
        (*n)++;
}
