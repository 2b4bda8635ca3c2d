/* mistake: map-wrong-for-helper */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
} events SEC(".maps");

SEC("raw_tp/sys_enter")
int look(void *ctx)
{
    __u32 key = 0;
    return bpf_map_lookup_elem(&events, &key) != 0; /* at */
}

char LICENSE[] SEC("license") = "GPL";
