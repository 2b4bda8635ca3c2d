/* UDP: no state and no counters in the kernel, so each datagram is counted in its flow (a map update). The cgroup hooks see every
 * datagram that a socket sends or gets, on every kernel, with both addresses, which the system calls and their tracepoints
 * (sock_send_length) do not: an unconnected socket's peer. They see TCP, too, whose packets leave after 5 ns; a datagram's
 * program takes about 100 ns (BPF_PROG_TEST_RUN on the 6.18 host, an empty program's time taken off). */
#pragma once
#include "bpf/ring.h"
#include "bpf/task.h"
#include "collectors/connections/connections.wire.h"
#include "collectors/connections/full.bpf.h"
#include "collectors/connections/socket.bpf.h"

struct udp_socket { /* lives and dies with the socket */
    __u64 start_ns; /* owner */
    __u32 pid;
    __u32 netns;
    struct udp_flow_key last; /* the flow of the latest datagram; cookie 0: none yet */
};

struct {
    __uint(type, BPF_MAP_TYPE_SK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct udp_socket);
} udp_sockets SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 65536);
    __type(key, struct udp_flow_key);
    __type(value, struct udp_flow);
} udp_flows SEC(".maps");

const volatile __u64 udp_idle_ns = 30000000000;

static __always_inline void udp_own(struct udp_socket *s, struct task_struct *task)
{
    s->pid = BPF_CORE_READ(task, tgid);
    s->start_ns = task_start_ns(task);
}

static __always_inline void udp_scan(struct task_struct *task, struct sock *sk)
{
    struct udp_socket *s = bpf_sk_storage_get(&udp_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
    if (!s || s->pid)
        return;
    udp_own(s, task);
    s->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
}

/* Where the headers are read from: cgroup programs see a packet from its network header on. */
struct datagram {
    struct udp_flow_key key;
    __u32 bytes;   /* payload */
    __u32 packets; /* of a segmented send there are several */
};

/* Reads the headers; `sent` says which end is local. False when it is not UDP, quickly when it is TCP. RFC 791, 8200, 768. */
static __always_inline bool datagram_read(struct __sk_buff *skb, bool sent, struct datagram *d)
{
    void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
    __u8 *ip = data;
    __u8 *local = sent ? d->key.local : d->key.remote, *remote = sent ? d->key.remote : d->key.local;
    __u32 header;
    if (data + 28 > end)
        return false;
    if (ip[0] >> 4 == 4) {
        if (ip[9] != IPPROTO_UDP)
            return false;
        header = (ip[0] & 15) * 4;
        address_map_v4(local, *(__u32 *)(ip + 12));
        address_map_v4(remote, *(__u32 *)(ip + 16));
    } else {
        if (ip[6] != IPPROTO_UDP || data + 48 > end)
            return false;
        header = 40;
        __builtin_memcpy(local, ip + 8, 16);
        __builtin_memcpy(remote, ip + 24, 16);
    }
    __be16 ports[2];
    if (bpf_skb_load_bytes(skb, header, ports, sizeof ports))
        return false;
    d->key.local_port = bpf_ntohs(sent ? ports[0] : ports[1]);
    d->key.remote_port = bpf_ntohs(sent ? ports[1] : ports[0]);
    d->bytes = skb->len > header + 8 ? skb->len - header - 8 : 0;
    d->packets = skb->gso_segs ? skb->gso_segs : 1;
    return true;
}

static __always_inline struct udp_flow *udp_flow_add(const struct udp_flow_key *key, struct udp_socket *s, bool sent)
{
    struct udp_flow f = {.opened_ns = bpf_ktime_get_boot_ns(), .direction = sent ? DIRECTION_OUTBOUND : DIRECTION_INBOUND};
    if (s) {
        if (sent) /* who sends is the caller: a socket may have been inherited from its maker */
            udp_own(s, task_current());
        f.pid = s->pid;
        f.start_ns = s->start_ns;
        f.netns = s->netns;
    }
    if (bpf_map_update_elem(&udp_flows, key, &f, BPF_NOEXIST) == -E2BIG)
        count_full(FULL_UDP);
    return bpf_map_lookup_elem(&udp_flows, key);
}

static __always_inline int on_datagram(struct __sk_buff *skb, bool sent)
{
    struct datagram d = {};
    if (!datagram_read(skb, sent, &d))
        return 1;
    struct bpf_sock *sk = skb->sk;
    if (sk)
        sk = bpf_sk_fullsock(sk);
    if (!sk)
        return 1;
    d.key.cookie = bpf_get_socket_cookie(skb);
    struct udp_socket *s = bpf_sk_storage_get(&udp_sockets, sk, NULL, 0);
    struct udp_flow *f = bpf_map_lookup_elem(&udp_flows, &d.key);
    if (!f)
        f = udp_flow_add(&d.key, s, sent);
    if (!f)
        return 1;
    if (s)
        s->last = d.key;
    if (sent) {
        __sync_fetch_and_add(&f->sent_bytes, d.bytes);
        __sync_fetch_and_add(&f->sent_packets, d.packets);
    } else {
        __sync_fetch_and_add(&f->received_bytes, d.bytes);
        __sync_fetch_and_add(&f->received_packets, d.packets);
    }
    return 1;
}

SEC("cgroup_skb/egress")
int udp_sent(struct __sk_buff *skb)
{
    return on_datagram(skb, true);
}

SEC("cgroup_skb/ingress")
int udp_received(struct __sk_buff *skb)
{
    return on_datagram(skb, false);
}

SEC("cgroup/sock_create")
int udp_created(struct bpf_sock *sk)
{
    if (sk->protocol != IPPROTO_UDP)
        return 1;
    struct udp_socket *s = bpf_sk_storage_get(&udp_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
    if (s) {
        struct task_struct *task = task_current();
        udp_own(s, task);
        s->netns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
    }
    return 1;
}

static __always_inline void udp_record(struct connection_record *r, __u32 kind, const struct udp_flow_key *key, const struct udp_flow *f)
{
    r->h.size = sizeof *r;
    r->h.kind = kind;
    r->h.boot_ns = bpf_ktime_get_boot_ns();
    r->h.start_ns = f->start_ns;
    r->h.pid = r->h.tid = f->pid;
    r->id = key->cookie;
    r->opened_ns = f->opened_ns;
    __builtin_memcpy(r->pair.local, key->local, 16);
    __builtin_memcpy(r->pair.remote, key->remote, 16);
    r->pair.local_port = key->local_port;
    r->pair.remote_port = key->remote_port;
    r->pair.netns = f->netns;
    r->total.sent_bytes = f->sent_bytes;
    r->total.received_bytes = f->received_bytes;
    r->total.sent_packets = f->sent_packets;
    r->total.received_packets = f->received_packets;
    r->protocol = IPPROTO_UDP;
    r->direction = f->direction;
    r->flags = f->flags;
}

/* A socket's last flow ends with it; its others, if it had any, end when they are idle. */
SEC("cgroup/sock_release")
int udp_released(struct bpf_sock *sk)
{
    if (sk->protocol != IPPROTO_UDP)
        return 1;
    struct udp_socket *s = bpf_sk_storage_get(&udp_sockets, sk, NULL, 0);
    if (!s || !s->last.cookie)
        return 1;
    struct udp_flow_key key = s->last;
    struct udp_flow *f = bpf_map_lookup_elem(&udp_flows, &key);
    if (!f)
        return 1;
    struct connection_record r = {};
    udp_record(&r, CONNECTION_END, &key, f);
    r.flags |= CONNECTION_LOCAL_FIN;
    bpf_map_delete_elem(&udp_flows, &key);
    ring_send(&r, sizeof r);
    return 1;
}

SEC("iter/bpf_map_elem")
int report_udp(struct bpf_iter__bpf_map_elem *ctx)
{
    struct udp_flow_key *at = ctx->key;
    struct udp_flow *f = ctx->value;
    if (!at || !f)
        return 0;
    struct udp_flow_key key = *at;
    struct connection_record r = {};
    udp_record(&r, CONNECTION_LIVE, &key, f);
    __u64 seen = f->sent_packets + f->received_packets;
    bool quiet = seen == f->seen, over = quiet && f->quiet_ns && r.h.boot_ns - f->quiet_ns >= udp_idle_ns;
    if (quiet && !over)
        return 0;
    if (over) {
        r.h.kind = CONNECTION_END;
        r.flags |= CONNECTION_IDLE;
    }
    if (bpf_seq_write(ctx->meta->seq, &r, sizeof r))
        return 0;
    f->seen = seen;
    f->quiet_ns = r.h.boot_ns;
    if (over)
        bpf_map_delete_elem(&udp_flows, &key);
    return 0;
}
