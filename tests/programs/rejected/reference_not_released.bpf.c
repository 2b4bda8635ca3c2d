/* mistake: reference-not-released */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>

SEC("tc")
int find_socket(struct __sk_buff *skb)
{
    struct bpf_sock_tuple tuple = {0};
    struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof tuple.ipv4, BPF_F_CURRENT_NETNS, 0); /* from */
    if (sk && sk->state == BPF_TCP_LISTEN)
        return TC_ACT_SHOT;
    return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "GPL";
