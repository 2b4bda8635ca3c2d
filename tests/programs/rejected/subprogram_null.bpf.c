/* mistake: null-check-missing
 * In a function that is called: its instructions come after those of the program itself. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16);
    __type(key, __u32);
    __type(value, __u64);
} counts SEC(".maps");

static __attribute__((noinline)) __u64 harmless(__u64 v)
{
    return v * v + bpf_ktime_get_ns();
}

static __attribute__((noinline)) __u64 count(__u32 key)
{
    __u64 *slot = bpf_map_lookup_elem(&counts, &key); /* from */
    return *slot + key;                               /* at */
}

SEC("raw_tp/sys_enter")
int count_calls(void *ctx)
{
    return count(1) + harmless(2) > 7;
}

char LICENSE[] SEC("license") = "GPL";
