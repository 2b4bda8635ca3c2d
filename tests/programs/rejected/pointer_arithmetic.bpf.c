/* mistake: pointer-arithmetic */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

__u64 words[8];

SEC("raw_tp/sys_enter")
int shift_pointer(void *ctx)
{
    __u64 *p = words;
    asm volatile("%0 <<= 1" : "+r"(p)); /* at */
    return (int)*p;
}

char LICENSE[] SEC("license") = "GPL";
