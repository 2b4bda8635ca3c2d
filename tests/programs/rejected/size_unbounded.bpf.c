/* mistake: size-unbounded */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

volatile int wanted;
char room[64];

SEC("raw_tp/sys_enter")
int copy(void *ctx)
{
    int n = wanted;
    bpf_probe_read_kernel(room, n, ctx); /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
