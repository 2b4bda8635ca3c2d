/* mistake: loop-unbounded */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

volatile int stop;

SEC("raw_tp/sys_enter")
int wait_for_stop(void *ctx)
{
    while (!stop) /* at */
        ;
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
