/* mistake: gpl-only-helper */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_enter")
int read_kernel(void *ctx)
{
    __u64 word = 0;
    bpf_probe_read_kernel(&word, sizeof word, ctx); /* at */
    return word != 0;
}

char LICENSE[] SEC("license") = "Proprietary";
