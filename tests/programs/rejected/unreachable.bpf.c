/* mistake: unreachable-code */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_enter")
int skip_it(void *ctx)
{
    asm volatile("goto +1\nr0 = 7"); /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
