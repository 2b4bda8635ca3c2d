/* mistake: kfunc-missing */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

extern int bpf_do_the_dishes(int plates) __ksym;

SEC("tc")
int wash(struct __sk_buff *skb)
{
    return bpf_do_the_dishes(3);
}

char LICENSE[] SEC("license") = "GPL";
