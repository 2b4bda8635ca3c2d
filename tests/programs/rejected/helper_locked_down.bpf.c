/* mistake: helper-locked-down
 * without lockdown: accepted */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_enter")
int write_user(void *ctx)
{
    int zero = 0;
    bpf_probe_write_user((void *)0x1000, &zero, sizeof zero); /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
