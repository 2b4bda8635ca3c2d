/* mistake: stack-unaligned */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_enter")
int store_askew(void *ctx)
{
    char room[16] = {0};
    asm volatile("*(u64 *)(%0 + 4) = %1" ::"r"(room), "r"(1ull) : "memory"); /* at */
    return room[5];
}

char LICENSE[] SEC("license") = "GPL";
