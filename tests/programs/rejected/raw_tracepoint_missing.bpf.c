/* mistake: tracepoint-missing */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tp/sched_lunch")
int at_lunch(void *ctx)
{
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
