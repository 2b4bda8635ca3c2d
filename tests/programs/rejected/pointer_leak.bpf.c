/* mistake: pointer-leak
 * run: without CAP_PERFMON */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} last SEC(".maps");

SEC("socket")
int remember(struct __sk_buff *skb)
{
    __u32 key = 0;
    __u64 *value = bpf_map_lookup_elem(&last, &key);
    if (value)
        *value = (__u64)skb; /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
