/* mistake: array-out-of-bounds */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

__u64 of_pid[64];

SEC("raw_tp/sys_enter")
int count_pid(void *ctx)
{
    of_pid[bpf_get_current_pid_tgid() >> 32] = 1; /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
