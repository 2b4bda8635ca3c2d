/* mistake: context-pointer-moved */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("tc")
int read_word(struct __sk_buff *skb)
{
    char *p = (char *)skb;
    asm volatile("%0 += 8" : "+r"(p));
    return *(volatile int *)p; /* at */
}

char LICENSE[] SEC("license") = "GPL";
