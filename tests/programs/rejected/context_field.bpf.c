/* mistake: context-field */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("socket")
int read_data(struct __sk_buff *skb)
{
    return (int)skb->tstamp_type; /* at */
}

char LICENSE[] SEC("license") = "GPL";
