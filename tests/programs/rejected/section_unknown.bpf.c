/* mistake: section-unknown */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("kporbe/do_unlinkat")
int at_unlink(void *ctx)
{
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
