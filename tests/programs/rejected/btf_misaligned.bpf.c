/* mistake: btf-misaligned */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct total {
    char tag;
    struct bpf_spin_lock lock;
    __u64 sum;
} __attribute__((packed));

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct total);
} totals SEC(".maps");

SEC("tc")
int ask(struct __sk_buff *skb)
{
    __u32 key = 0;
    struct total *total = bpf_map_lookup_elem(&totals, &key);
    if (!total)
        return 0;
    bpf_spin_lock(&total->lock); /* at */
    total->sum++;
    bpf_spin_unlock(&total->lock);
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
