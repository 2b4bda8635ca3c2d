/* mistake: array-out-of-bounds */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct slots {
    __u64 of_time[8];
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct slots);
} per_slot SEC(".maps");

SEC("raw_tp/sys_enter")
int count_slot(void *ctx)
{
    __u32 key = 0;
    struct slots *slots = bpf_map_lookup_elem(&per_slot, &key);
    if (!slots)
        return 0;
    slots->of_time[bpf_ktime_get_ns() & 15] = 1; /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
