/* mistake: shift-too-far
 * clang removes a shift that it sees to be too far, so this one is written by hand. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_enter")
int shift(void *ctx)
{
    __u64 bits = bpf_ktime_get_ns();
    asm volatile("%0 <<= 64" : "+r"(bits)); /* at */
    return (int)bits;
}

char LICENSE[] SEC("license") = "GPL";
