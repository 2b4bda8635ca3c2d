/* mistake: packet-pointer-stale */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_helpers.h>

SEC("tc")
int drop_arp(struct __sk_buff *skb)
{
    struct ethhdr *eth = (void *)(long)skb->data;
    if ((void *)(eth + 1) > (void *)(long)skb->data_end)
        return 0;
    bpf_skb_pull_data(skb, 64);
    return eth->h_proto == 0x0608 ? 2 : 0; /* at */
}

char LICENSE[] SEC("license") = "GPL";
