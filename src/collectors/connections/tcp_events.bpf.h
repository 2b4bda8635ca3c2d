/* TCP: what goes wrong. Events carry the owner and the key of their connection where there is one. */
#pragma once
#include "bpf/ring.h"
#include "collectors/connections/tcp.bpf.h"

#include <asm/unistd.h>

/* Fills what an event takes from its connection, if that is known. False when it is not. */
static __always_inline bool event_connection(struct tcp_event_record *e, const struct sock *sk, __u8 mark)
{
    struct tcp_connection *c = tcp_find(sk);
    __u64 id = (__u64)sk;
    e->id = id;
    if (c) {
        c->flags |= mark;
        e->opened_ns = c->opened_ns;
        e->h.pid = e->h.tid = c->pid;
        e->h.start_ns = c->start_ns;
        e->direction = c->direction;
        e->flags = c->flags;
        e->latency_ns = e->h.boot_ns - c->opened_ns;
        return true;
    }
    struct tcp_ended *ended = bpf_map_lookup_elem(&tcp_ended, &id);
    if (!ended)
        return false;
    e->opened_ns = ended->opened_ns;
    e->h.pid = e->h.tid = ended->pid;
    e->h.start_ns = ended->start_ns;
    e->direction = ended->direction;
    e->flags = ended->flags;
    e->latency_ns = e->h.boot_ns - ended->opened_ns;
    return true;
}

static __always_inline void event_head(struct tcp_event_record *e, __u8 event)
{
    e->h.size = sizeof *e;
    e->h.kind = CONNECTION_EVENT;
    e->h.boot_ns = bpf_ktime_get_boot_ns();
    e->event = event;
}

static __always_inline int on_retransmit(const struct sock *sk)
{
    struct tcp_event_record e = {};
    event_head(&e, TCP_EVENT_RETRANSMIT);
    event_connection(&e, sk, 0);
    pair_of_socket(&e.pair, sk);
    e.state = BPF_CORE_READ(sk, __sk_common.skc_state);
    ring_send(&e, sizeof e);
    return 0;
}

static __always_inline int on_synack(const struct sock *listener, const struct request_sock *request)
{
    struct tcp_event_record e = {};
    event_head(&e, TCP_EVENT_SYNACK_RETRANSMIT);
    pair_of_request(&e.pair, request);
    struct listener *l = listener_of(listener);
    if (l) {
        e.h.pid = e.h.tid = l->pid;
        e.h.start_ns = l->start_ns;
    }
    e.state = TCP_SYN_RECV;
    e.direction = DIRECTION_INBOUND;
    ring_send(&e, sizeof e);
    return 0;
}

static __always_inline int on_reset_received(const struct sock *sk)
{
    struct tcp_event_record e = {};
    event_head(&e, TCP_EVENT_RESET_RECEIVED);
    event_connection(&e, sk, CONNECTION_RESET_IN);
    pair_of_socket(&e.pair, sk);
    e.state = BPF_CORE_READ(sk, __sk_common.skc_state);
    if (e.state != TCP_SYN_SENT) /* else it is a refused connection: its end tells */
        ring_send(&e, sizeof e);
    return 0;
}

/* A reset as the answer to a packet (skb) or as the last word of a socket (no skb). Without a socket nothing listens there. */
static __always_inline int on_reset_sent(const struct sock *sk, const struct sk_buff *skb, __u32 reason)
{
    struct tcp_event_record e = {};
    event_head(&e, TCP_EVENT_RESET_SENT);
    e.reason = reason;
    if (sk) {
        e.state = BPF_CORE_READ(sk, __sk_common.skc_state);
        event_connection(&e, sk, CONNECTION_RESET_OUT);
    }
    if (skb)
        pair_of_arrival(&e.pair, skb);
    else if (sk)
        pair_of_socket(&e.pair, sk);
    ring_send(&e, sizeof e);
    return 0;
}

struct socket_address { /* sockaddr_in and sockaddr_in6 */
    __u16 family;
    __be16 port;
    __u32 v4; /* or the flow label of IPv6 */
    __u8 v6[16];
};

/* connect() returned an error. `user`: the address is the caller's memory. */
static __always_inline int on_connect_error(const struct sock *sk, const void *address, bool user, long error)
{
    if (error_is_told_elsewhere(error) || !sk || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
        return 0;
    __u64 id = (__u64)sk;
    if (tcp_find(sk))
        return 0;
    struct tcp_ended *ended = bpf_map_lookup_elem(&tcp_ended, &id);
    if (ended) { /* it got as far as SYN_SENT */
        bpf_map_delete_elem(&tcp_ended, &id);
        return 0;
    }
    struct tcp_event_record e = {};
    struct socket_address to = {};
    event_head(&e, TCP_EVENT_CONNECT_FAILED);
    struct task_struct *task = task_current();
    e.h.pid = BPF_CORE_READ(task, tgid);
    e.h.tid = BPF_CORE_READ(task, pid);
    e.h.start_ns = task_start_ns(task);
    e.id = id;
    e.direction = DIRECTION_OUTBOUND;
    e.error = -error;
    pair_of_socket(&e.pair, sk);
    long rc = user ? bpf_probe_read_user(&to, 8, address) : bpf_probe_read_kernel(&to, 8, address);
    if (rc)
        return 0;
    if (to.family == FAMILY_INET6) {
        if (user)
            bpf_probe_read_user(to.v6, 16, address + 8);
        else
            bpf_probe_read_kernel(to.v6, 16, address + 8);
        __builtin_memcpy(e.pair.remote, to.v6, 16);
    } else if (to.family == FAMILY_INET) {
        address_map_v4(e.pair.remote, to.v4);
    } else {
        return 0;
    }
    e.pair.remote_port = bpf_ntohs(to.port);
    ring_send(&e, sizeof e);
    return 0;
}

static __always_inline int on_call_exit(struct pt_regs *regs, long call, long result)
{
    if (call == __NR_connect && result < 0)
        return on_connect_error(task_socket(task_current(), BPF_CORE_READ(regs, di)), (const void *)BPF_CORE_READ(regs, si), true, result);
    if ((call == __NR_accept || call == __NR_accept4) && result >= 0)
        tcp_accepted(task_socket(task_current(), result), task_current());
    return 0;
}
