/* mistake: return-value */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("cgroup_skb/ingress")
int answer(struct __sk_buff *skb)
{
    return 42; /* at */
}

char LICENSE[] SEC("license") = "GPL";
