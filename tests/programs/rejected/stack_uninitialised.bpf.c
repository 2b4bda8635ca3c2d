/* mistake: stack-uninitialised
 * run: without CAP_PERFMON (kernels from 6.3 on let privileged programs read what they did not write) */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct key {
    __u64 cpu;
    __u64 mark;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16);
    __type(key, struct key);
    __type(value, __u64);
} marks SEC(".maps");

SEC("socket")
int count_marks(struct __sk_buff *skb)
{
    struct key key; /* its mark is never written */
    __u64 one = 1;
    key.cpu = bpf_get_smp_processor_id();
    bpf_map_update_elem(&marks, &key, &one, BPF_ANY); /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
