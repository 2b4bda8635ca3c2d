/* mistake: btf-target-missing */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("fentry/do_the_dishes")
int at_dishes(void *ctx)
{
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
