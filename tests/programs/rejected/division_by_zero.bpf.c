/* mistake: division-by-zero
 * clang removes a division by a zero that it sees, so this one is written by hand. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_enter")
int divide(void *ctx)
{
    __u64 sum = bpf_ktime_get_ns();
    asm volatile("%0 /= 0" : "+r"(sum)); /* at */
    return (int)sum;
}

char LICENSE[] SEC("license") = "GPL";
