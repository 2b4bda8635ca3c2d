/* mistake: map-wrong-for-helper */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16);
    __type(key, __u32);
    __type(value, __u64);
} counts SEC(".maps");

SEC("raw_tp/sys_enter")
int push(void *ctx)
{
    __u64 value = 1;
    return (int)bpf_map_push_elem(&counts, &value, 0); /* at */
}

char LICENSE[] SEC("license") = "GPL";
