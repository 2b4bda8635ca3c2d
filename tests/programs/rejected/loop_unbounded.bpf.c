/* mistake: loop-unbounded
 * heavy: a million instructions are verified */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

volatile __u64 sum;
volatile __u64 rounds;

SEC("raw_tp/sys_enter")
int add_up(void *ctx)
{
    __u64 n = rounds;
    for (__u64 i = 0; i < n; i++) /* at */
        sum += i;                 /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
