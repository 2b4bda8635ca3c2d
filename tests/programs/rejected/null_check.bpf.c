/* mistake: null-check-missing */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16);
    __type(key, __u32);
    __type(value, __u64);
} counts SEC(".maps");

SEC("raw_tp/sys_enter")
int count_calls(void *ctx)
{
    __u32 key = 0;
    __u64 *count = bpf_map_lookup_elem(&counts, &key); /* from */
    *count += 1;                                       /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
