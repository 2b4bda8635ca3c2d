/* mistake: program-kind-refused
 * with fentry: accepted */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("fentry/do_unlinkat")
int at_unlink(void *ctx)
{
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
