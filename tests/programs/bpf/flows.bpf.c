/* Bytes sent over TCP by flow: a hash map whose key is a struct. */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct flow {
    __u32 sip, dip;
    __u16 sport, dport;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 10240);
    __type(key, struct flow);
    __type(value, __u64);
} flow_bytes SEC(".maps");

SEC("kprobe/tcp_sendmsg")
int BPF_KPROBE(on_sendmsg, struct sock *sk, struct msghdr *msg, size_t size)
{
    struct flow flow = {
        .sip = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr),
        .dip = BPF_CORE_READ(sk, __sk_common.skc_daddr),
        .sport = BPF_CORE_READ(sk, __sk_common.skc_num),
        .dport = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport)),
    };
    __u64 first = size, *bytes = bpf_map_lookup_elem(&flow_bytes, &flow);
    if (bytes)
        __sync_fetch_and_add(bytes, size);
    else
        bpf_map_update_elem(&flow_bytes, &flow, &first, BPF_ANY);
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
