/* mistake: write-read-only */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

const volatile int limit = 7;

SEC("raw_tp/sys_enter")
int raise_limit(void *ctx)
{
    *(volatile int *)&limit = 8; /* at */
    return limit;
}

char LICENSE[] SEC("license") = "GPL";
