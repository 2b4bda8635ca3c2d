/* mistake: map-type-missing
 * since 6.2: map-wrong-for-helper (this type came with it) */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, 32); /* BPF_MAP_TYPE_CGRP_STORAGE */
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, __u32);
    __type(value, __u64);
} per_cgroup SEC(".maps");

SEC("raw_tp/sys_enter")
int ask(void *ctx)
{
    __u32 key = 0;
    return bpf_map_lookup_elem(&per_cgroup, &key) != 0;
}

char LICENSE[] SEC("license") = "GPL";
