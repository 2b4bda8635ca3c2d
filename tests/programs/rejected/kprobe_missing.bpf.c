/* mistake: kprobe-target-missing
 * without kprobes: kprobes-missing */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("kprobe/do_the_dishes")
int at_dishes(void *ctx)
{
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
