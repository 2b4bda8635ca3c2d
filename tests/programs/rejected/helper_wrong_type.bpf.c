/* mistake: helper-wrong-program-type */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

SEC("raw_tp/sys_enter")
int read_packet(void *ctx)
{
    __u32 word = 0;
    bpf_skb_load_bytes(ctx, 0, &word, sizeof word); /* at */
    return (int)word;
}

char LICENSE[] SEC("license") = "GPL";
