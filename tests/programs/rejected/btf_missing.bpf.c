/* mistake: btf-missing */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct total {
    struct bpf_spin_lock lock;
    int sum;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __uint(key_size, 4);
    __uint(value_size, sizeof(struct total)); /* the type is not told */
} totals SEC(".maps");

SEC("tc")
int add(struct __sk_buff *skb)
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
