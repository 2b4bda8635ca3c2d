/* mistake: map-type-missing */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, 999);
    __uint(max_entries, 16);
    __type(key, __u32);
    __type(value, __u64);
} oracle SEC(".maps");

SEC("raw_tp/sys_enter")
int ask(void *ctx)
{
    __u32 key = 0;
    return bpf_map_lookup_elem(&oracle, &key) != 0;
}

char LICENSE[] SEC("license") = "GPL";
