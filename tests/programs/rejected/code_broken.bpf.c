/* mistake: code-broken */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_enter")
int move_frame(void *ctx)
{
    asm volatile("r10 = 1"); /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
