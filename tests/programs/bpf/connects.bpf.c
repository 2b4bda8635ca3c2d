/* TCP connections by destination port, in a hash map. */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 10240);
    __type(key, __u16);
    __type(value, __u64);
} tcp_connections SEC(".maps");

SEC("kprobe/tcp_v4_connect")
int BPF_KPROBE(on_connect, struct sock *sk, struct sockaddr *address)
{
    struct sockaddr_in in;
    __u64 one = 1, *count;
    bpf_probe_read_kernel(&in, sizeof in, address);
    __u16 port = bpf_ntohs(in.sin_port);
    count = bpf_map_lookup_elem(&tcp_connections, &port);
    if (count)
        __sync_fetch_and_add(count, 1);
    else
        bpf_map_update_elem(&tcp_connections, &port, &one, BPF_ANY);
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
