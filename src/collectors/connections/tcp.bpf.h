/* TCP: the life of a connection, from the state changes of its socket and the kernel's own counters. */
#pragma once
#include "bpf/ring.h"
#include "collectors/connections/tcp_maps.bpf.h"

/* connect(): runs in the caller's context. The local port is not chosen yet. */
static __always_inline void tcp_connecting(const struct sock *sk)
{
    struct tcp_connection c = {.opened_ns = bpf_ktime_get_boot_ns(), .direction = DIRECTION_OUTBOUND};
    __u64 id = (__u64)sk;
    tcp_own(&c, task_current());
    bpf_map_delete_elem(&tcp_ended, &id);
    tcp_put(sk, &c, BPF_ANY);
}

/* The handshake is done, in whatever context the last packet was handled. Until accept() the listener's owner stands for the one
 * who will accept. */
static __always_inline void tcp_established(const struct sock *sk, int old)
{
    __u64 now = bpf_ktime_get_boot_ns();
    struct tcp_connection *known = tcp_find(sk);
    if (known && known->direction == DIRECTION_OUTBOUND) {
        known->latency_ns = now - known->opened_ns;
        return;
    }
    if (known && known->flags & CONNECTION_ACCEPTED)
        return; /* accept() was faster */
    struct tcp_connection c = {.opened_ns = now};
    struct listener *l = listener_of(sk);
    c.direction = old == TCP_SYN_RECV ? DIRECTION_INBOUND : DIRECTION_UNKNOWN;
    if (l) {
        c.pid = l->pid;
        c.start_ns = l->start_ns;
    }
    tcp_put(sk, &c, BPF_ANY);
}

static __always_inline void tcp_accepted(const struct sock *sk, struct task_struct *task)
{
    if (!sk || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
        return;
    struct tcp_connection *known = tcp_find(sk);
    if (known) {
        tcp_own(known, task);
        known->flags |= CONNECTION_ACCEPTED;
        return;
    }
    if (BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_SYN_RECV)
        return; /* over already */
    struct tcp_connection c = {.opened_ns = bpf_ktime_get_boot_ns(), .direction = DIRECTION_INBOUND, .flags = CONNECTION_ACCEPTED};
    tcp_own(&c, task);
    tcp_put(sk, &c, BPF_NOEXIST);
}

static __always_inline void tcp_closing(const struct sock *sk, __u8 by)
{
    struct tcp_connection *c = tcp_find(sk);
    if (c && !(c->flags & (CONNECTION_LOCAL_FIN | CONNECTION_PEER_FIN)))
        c->flags |= by;
}

/* All but what was transferred. */
static __always_inline void tcp_record(struct connection_record *r, __u32 kind, const struct sock *sk, const struct tcp_connection *c)
{
    const struct tcp_sock *tcp = (const struct tcp_sock *)sk;
    r->h.size = sizeof *r;
    r->h.kind = kind;
    r->h.boot_ns = bpf_ktime_get_boot_ns();
    r->h.start_ns = c->start_ns;
    r->h.pid = r->h.tid = c->pid;
    r->id = (__u64)sk;
    r->opened_ns = c->opened_ns;
    r->latency_ns = c->latency_ns;
    pair_of_socket(&r->pair, sk);
    r->base = c->base;
    r->srtt_us = BPF_CORE_READ(tcp, srtt_us);
    r->mdev_us = BPF_CORE_READ(tcp, mdev_us);
    r->protocol = IPPROTO_TCP;
    r->direction = c->direction;
    r->flags = c->flags;
    r->error = BPF_CORE_READ(sk, sk_err);
}

/* Errors that only follow an exchange of packets: the connection's end tells them. Or that say nothing about the network. */
static __always_inline bool error_is_told_elsewhere(long error)
{
    return error == -EINPROGRESS || error == -EALREADY || error == -EISCONN || error == -ECONNREFUSED || error == -ECONNRESET ||
           error == -ETIMEDOUT || error == -ECONNABORTED || error == -EINTR || error == -EAGAIN || error < -133;
}

/* Ends after which more is to come: a reset from a socket that was aborted; or the same error once more, as connect()'s result. */
static __always_inline bool end_has_sequel(int old, int error, __u16 local_port)
{
    if (old == TCP_SYN_SENT)
        return error ? !error_is_told_elsewhere(-error) : !local_port;
    return !error && (old == TCP_ESTABLISHED || old == TCP_CLOSE_WAIT || old == TCP_FIN_WAIT1 || old == TCP_SYN_RECV);
}

static __always_inline void tcp_closed(const struct sock *sk, int old)
{
    __u64 id = (__u64)sk;
    struct tcp_connection *c = tcp_find(sk);
    if (!c)
        return;
    struct connection_record r = {};
    tcp_traffic(&r.total, sk);
    tcp_record(&r, CONNECTION_END, sk, c);
    r.state = old;
    if (end_has_sequel(old, r.error, r.pair.local_port)) {
        struct tcp_ended e = {
            .opened_ns = c->opened_ns, .start_ns = c->start_ns, .pid = c->pid, .direction = c->direction, .flags = c->flags};
        bpf_map_update_elem(&tcp_ended, &id, &e, BPF_ANY);
    }
    bpf_map_delete_elem(&tcp_connections, &id);
    ring_send(&r, sizeof r);
}

static __always_inline int on_state(const struct sock *sk, int old, int new)
{
    if (BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
        return 0;
    if (new == TCP_SYN_SENT)
        tcp_connecting(sk);
    else if (new == TCP_ESTABLISHED)
        tcp_established(sk, old);
    else if (new == TCP_LISTEN)
        listener_add(sk, task_current());
    else if (new == TCP_CLOSE && old == TCP_LISTEN)
        listener_remove(sk);
    else if (new == TCP_CLOSE)
        tcp_closed(sk, old);
    else if (new == TCP_CLOSE_WAIT)
        tcp_closing(sk, CONNECTION_PEER_FIN);
    else if (new == TCP_FIN_WAIT1)
        tcp_closing(sk, CONNECTION_LOCAL_FIN);
    return 0;
}

/* Before an agent's time: listeners, and connections with the counters they have now. A second pass mends directions. */
static __always_inline void tcp_scan(struct task_struct *task, const struct sock *sk)
{
    __u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
    if (state == TCP_LISTEN) {
        listener_add(sk, task);
        return;
    }
    if (state == TCP_CLOSE || state == TCP_TIME_WAIT || !BPF_CORE_READ(sk, __sk_common.skc_dport))
        return;
    __u8 direction = listener_of(sk) ? DIRECTION_INBOUND : DIRECTION_OUTBOUND;
    struct tcp_connection *known = tcp_find(sk);
    if (known) {
        if (known->flags & CONNECTION_PREEXISTING)
            known->direction = direction;
        return;
    }
    struct tcp_connection c = {.opened_ns = bpf_ktime_get_boot_ns(), .direction = direction, .flags = CONNECTION_PREEXISTING};
    if (state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK)
        c.flags |= CONNECTION_PEER_FIN;
    else if (state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSING)
        c.flags |= CONNECTION_LOCAL_FIN;
    tcp_own(&c, task);
    tcp_traffic(&c.base, sk);
    tcp_put(sk, &c, BPF_NOEXIST);
}

/* One pass over the connections: a record for each that had traffic since the last. */
SEC("iter/bpf_map_elem")
int report_tcp(struct bpf_iter__bpf_map_elem *ctx)
{
    __u64 *id = ctx->key;
    struct tcp_connection *c = ctx->value;
    if (!id || !c)
        return 0;
    const struct sock *sk = (const struct sock *)*id;
    __u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);
    if (state == TCP_CLOSE || state == TCP_LISTEN || state == 0) { /* its end was missed */
        __u64 key = *id;
        bpf_map_delete_elem(&tcp_connections, &key);
        return 0;
    }
    struct connection_record r = {};
    tcp_traffic(&r.total, sk);
    __u64 seen = r.total.sent_bytes + r.total.received_bytes + r.total.sent_packets + r.total.received_packets;
    if (seen == c->seen)
        return 0; /* nothing new: most connections of a crowd are quiet */
    tcp_record(&r, CONNECTION_LIVE, sk, c);
    r.state = state;
    if (*id != (__u64)sk || r.opened_ns != c->opened_ns)
        return 0; /* the entry was recycled while it was read */
    if (!bpf_seq_write(ctx->meta->seq, &r, sizeof r))
        c->seen = seen;
    return 0;
}
