/* mistake: helper-argument */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16);
    __type(key, __u32);
    __type(value, __u64);
} counts SEC(".maps");

SEC("raw_tp/sys_enter")
int look(void *ctx)
{
    void *key = (void *)bpf_get_current_pid_tgid();
    return bpf_map_lookup_elem(&counts, key) != 0; /* at */
}

char LICENSE[] SEC("license") = "GPL";
