/* mistake: register-uninitialised */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_enter")
int read_nothing(void *ctx)
{
    int v;
    asm volatile("%0 = r5" : "=r"(v)); /* at */
    return v;
}

char LICENSE[] SEC("license") = "GPL";
