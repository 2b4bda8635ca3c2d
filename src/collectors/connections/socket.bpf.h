/* Facts about sockets and packets, read the same way from every kind of program. */
#pragma once
#include "bpf/kernel.h"
#include "collectors/connections/connections.wire.h"

#include <bpf/bpf_endian.h>
#include <linux/in.h>

enum { FAMILY_INET = 2, FAMILY_INET6 = 10 };

static __always_inline void address_map_v4(__u8 out[16], __u32 v4)
{
    __u32 *words = (__u32 *)out;
    words[0] = words[1] = 0;
    words[2] = bpf_htonl(0xffff);
    words[3] = v4;
}

static __always_inline void pair_addresses(struct socket_pair *out, const struct sock_common *c)
{
    __u16 family = BPF_CORE_READ(c, skc_family);
    if (family == FAMILY_INET6) {
        BPF_CORE_READ_INTO(&out->local, c, skc_v6_rcv_saddr);
        BPF_CORE_READ_INTO(&out->remote, c, skc_v6_daddr);
    } else {
        address_map_v4(out->local, BPF_CORE_READ(c, skc_rcv_saddr));
        address_map_v4(out->remote, BPF_CORE_READ(c, skc_daddr));
    }
    out->netns = BPF_CORE_READ(c, skc_net.net, ns.inum);
    out->remote_port = bpf_ntohs(BPF_CORE_READ(c, skc_dport));
}

/* Both ends of a socket. The port is inet_sport: skc_num is already 0 when the socket closes. */
static __always_inline void pair_of_socket(struct socket_pair *out, const struct sock *sk)
{
    pair_addresses(out, &sk->__sk_common);
    out->local_port = bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport));
}

/* Both ends of a connection request: not a full socket, its local port is the listener's. */
static __always_inline void pair_of_request(struct socket_pair *out, const struct request_sock *request)
{
    const struct sock_common *c = &request->__req_common;
    pair_addresses(out, c);
    out->local_port = BPF_CORE_READ(c, skc_num);
}

/* Both ends of a packet that arrived: its destination is this side. Offsets of RFC 791, 8200, 9293. */
static __always_inline void pair_of_arrival(struct socket_pair *out, const struct sk_buff *skb)
{
    const unsigned char *head = BPF_CORE_READ(skb, head);
    const unsigned char *ip = head + BPF_CORE_READ(skb, network_header), *tcp = head + BPF_CORE_READ(skb, transport_header);
    __u8 version = 0;
    __u32 v4[2] = {};
    __u16 ports[2] = {};
    bpf_probe_read_kernel(&version, 1, ip);
    bpf_probe_read_kernel(ports, sizeof ports, tcp);
    if (version >> 4 == 6) {
        bpf_probe_read_kernel(out->remote, 16, ip + 8);
        bpf_probe_read_kernel(out->local, 16, ip + 24);
    } else {
        bpf_probe_read_kernel(v4, sizeof v4, ip + 12);
        address_map_v4(out->remote, v4[0]);
        address_map_v4(out->local, v4[1]);
    }
    out->remote_port = bpf_ntohs(ports[0]);
    out->local_port = bpf_ntohs(ports[1]);
    out->netns = BPF_CORE_READ(skb, dev, nd_net.net, ns.inum);
}

/* What the kernel itself counts. A received FIN takes a sequence number that bytes_received includes; SOCK_DONE is set by it alone. */
static __always_inline void tcp_traffic(struct traffic *out, const struct sock *sk)
{
    const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
    __u64 sent = BPF_CORE_READ(tcp, bytes_sent), again = BPF_CORE_READ(tcp, bytes_retrans), received = BPF_CORE_READ(tcp, bytes_received);
    bool fin = BPF_CORE_READ(sk, __sk_common.skc_flags) >> bpf_core_enum_value(enum sock_flags, SOCK_DONE) & 1;
    out->sent_bytes = sent > again ? sent - again : 0;
    out->received_bytes = received && fin ? received - 1 : received;
    out->sent_packets = BPF_CORE_READ(tcp, segs_out);
    out->received_packets = BPF_CORE_READ(tcp, segs_in);
    out->retransmits = BPF_CORE_READ(tcp, total_retrans);
}

/* The socket behind an open file, NULL when the file is none. */
static __always_inline struct sock *file_socket(const struct file *file)
{
    enum { TYPE_MASK = 0170000, TYPE_SOCKET = 0140000 };
    if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & TYPE_MASK) != TYPE_SOCKET)
        return NULL;
    const struct socket *socket = BPF_CORE_READ(file, private_data);
    return BPF_CORE_READ(socket, sk);
}

static __always_inline struct sock *task_socket(struct task_struct *task, __u32 fd)
{
    struct fdtable *table = BPF_CORE_READ(task, files, fdt);
    struct file **files = BPF_CORE_READ(table, fd), *file = NULL;
    if (fd >= BPF_CORE_READ(table, max_fds) || bpf_probe_read_kernel(&file, sizeof file, files + fd))
        return NULL;
    return file_socket(file);
}
