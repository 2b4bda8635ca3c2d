/* mistake: stack-too-large
 * clang refuses a frame of more than 512 bytes, so this one is written by hand. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_enter")
int use_much(void *ctx)
{
    asm volatile("*(u64 *)(r10 - 520) = %0" ::"r"(1ull)); /* at */
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
