/* mistake: extern-missing */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern int CONFIG_DISHES __kconfig;

SEC("raw_tp/sys_enter")
int wash(void *ctx)
{
    return CONFIG_DISHES;
}

char LICENSE[] SEC("license") = "GPL";
