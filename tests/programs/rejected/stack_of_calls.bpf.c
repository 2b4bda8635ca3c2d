/* mistake: stack-too-large */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

static __attribute__((noinline)) int inner(__u64 seed)
{
    volatile char room[300];
    for (int i = 0; i < 300; i++)
        room[i] = (char)seed;
    return room[seed & 127];
}

SEC("tc")
int outer(struct __sk_buff *skb)
{
    volatile char room[300];
    for (int i = 0; i < 300; i++)
        room[i] = 1;
    return inner(room[7]) + room[9];
}

char LICENSE[] SEC("license") = "GPL";
