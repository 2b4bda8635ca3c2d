/* mistake: stack-out-of-bounds */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16);
    __uint(key_size, 16);
    __uint(value_size, 8);
} counts SEC(".maps");

SEC("raw_tp/sys_enter")
int look(void *ctx)
{
    __u64 key = 1;                                  /* the map's key has 16 bytes */
    return bpf_map_lookup_elem(&counts, &key) != 0; /* at */
}

char LICENSE[] SEC("license") = "GPL";
