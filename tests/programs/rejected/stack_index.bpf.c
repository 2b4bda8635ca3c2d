/* mistake: stack-out-of-bounds */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_enter")
int choose(void *ctx)
{
    char room[16] = {1, 2, 3};
    asm volatile("" ::"r"(room) : "memory");
    return room[bpf_ktime_get_ns() & 31]; /* at */
}

char LICENSE[] SEC("license") = "GPL";
