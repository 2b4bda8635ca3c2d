/* mistake: map-too-large */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct entry {
    char bytes[8192];
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1 << 27);
    __type(key, __u32);
    __type(value, struct entry);
} pages SEC(".maps");

SEC("raw_tp/sys_enter")
int ask(void *ctx)
{
    __u32 key = 0;
    return bpf_map_lookup_elem(&pages, &key) != 0;
}

char LICENSE[] SEC("license") = "GPL";
