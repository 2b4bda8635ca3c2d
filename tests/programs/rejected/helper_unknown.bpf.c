/* mistake: helper-missing */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

static long (*from_the_future)(void) = (void *)9999;

SEC("raw_tp/sys_enter")
int call_it(void *ctx)
{
    return (int)from_the_future(); /* at */
}

char LICENSE[] SEC("license") = "GPL";
