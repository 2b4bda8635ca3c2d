/* TCP: from the socket's state changes, its own counters, and the four tracepoints of what goes wrong. */
#pragma once
#include "bpf/ring.h"
#include "bpf/task.h"
#include "collectors/connections/connections.wire.h"
#include "collectors/connections/socket.bpf.h"

#include <asm/unistd.h>
#include <linux/errno.h>

enum tcp_state { /* the numbers of the kernel's include/net/tcp_states.h */
                 TCP_ESTABLISHED = 1,
                 TCP_SYN_SENT = 2,
                 TCP_SYN_RECV = 3,
                 TCP_FIN_WAIT1 = 4,
                 TCP_FIN_WAIT2 = 5,
                 TCP_TIME_WAIT = 6,
                 TCP_CLOSE = 7,
                 TCP_CLOSE_WAIT = 8,
                 TCP_LAST_ACK = 9,
                 TCP_LISTEN = 10,
                 TCP_CLOSING = 11,
};

struct listener_key {
    __u32 netns;
    __u16 port, pad;
};

struct listener {
    __u64 sk, start_ns; /* start of the owner */
    __u32 pid, pad;
};

struct tcp_ended { /* what events that come after the end still want to know */
    __u64 opened_ns, start_ns;
    __u32 pid;
    __u8 direction, flags, pad[2];
};

/* Sizes are set before the load (max_connections). Entries are allocated as needed. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 131072);
    __type(key, __u64);
    __type(value, struct tcp_connection);
} tcp_connections SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 16384);
    __type(key, struct listener_key);
    __type(value, struct listener);
} tcp_listeners SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 4096);
    __type(key, __u64);
    __type(value, struct tcp_ended);
} tcp_ended SEC(".maps");

/* Things that found their map full. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 2);
    __type(key, __u32);
    __type(value, __u64);
} full SEC(".maps");

enum { FULL_TCP, FULL_UDP };

static __always_inline void count_full(__u32 which)
{
    __u64 *n = bpf_map_lookup_elem(&full, &which);
    if (n)
        (*n)++;
}

static __always_inline struct tcp_connection *tcp_find(const struct sock *sk)
{
    __u64 id = (__u64)sk;
    return bpf_map_lookup_elem(&tcp_connections, &id);
}

static __always_inline void tcp_put(const struct sock *sk, const struct tcp_connection *c, __u64 flags)
{
    __u64 id = (__u64)sk;
    long rc = bpf_map_update_elem(&tcp_connections, &id, c, flags);
    if (rc && rc != -EEXIST)
        count_full(FULL_TCP);
}

static __always_inline void tcp_own(struct tcp_connection *c, struct task_struct *task)
{
    c->pid = BPF_CORE_READ(task, tgid);
    c->start_ns = task_start_ns(task);
}

static __always_inline struct listener *listener_of(const struct sock *sk)
{
    struct listener_key key = {.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
                               .port = bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport))};
    return bpf_map_lookup_elem(&tcp_listeners, &key);
}

static __always_inline void listener_add(const struct sock *sk, struct task_struct *task)
{
    struct listener_key key = {.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
                               .port = BPF_CORE_READ(sk, __sk_common.skc_num)};
    struct listener value = {.sk = (__u64)sk, .pid = BPF_CORE_READ(task, tgid), .start_ns = task_start_ns(task)};
    bpf_map_update_elem(&tcp_listeners, &key, &value, BPF_ANY);
}

static __always_inline void listener_remove(const struct sock *sk)
{
    struct listener_key key = {.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum),
                               .port = bpf_ntohs(BPF_CORE_READ((const struct inet_sock *)sk, inet_sport))};
    struct listener *l = bpf_map_lookup_elem(&tcp_listeners, &key);
    if (l && l->sk == (__u64)sk)
        bpf_map_delete_elem(&tcp_listeners, &key);
}

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
    tcp_traffic(&r->total, sk);
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

/* State changes. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state_tp_btf, const struct sock *sk, int old, int new)
{
    return on_state(sk, old, new);
}

SEC("raw_tp/inet_sock_set_state")
int state_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_state((const void *)ctx->args[0], ctx->args[1], ctx->args[2]);
}

SEC("tracepoint/sock/inet_sock_set_state")
int state_tracepoint(struct trace_event_raw_inet_sock_set_state *ctx)
{
    return on_state(ctx->skaddr, ctx->oldstate, ctx->newstate);
}

/* accept() that worked and connect() that did not. */
SEC("fexit/inet_accept")
int BPF_PROG(accept_fexit, struct socket *listener, struct socket *accepted)
{
    __u64 result = -1;
    if (!bpf_get_func_ret(ctx, &result) && !result)
        tcp_accepted(accepted->sk, task_current());
    return 0;
}

SEC("fexit/tcp_v4_connect")
int BPF_PROG(connect4_fexit, struct sock *sk, void *address, int size, int result)
{
    return result < 0 ? on_connect_error(sk, address, false, result) : 0;
}

SEC("fexit/tcp_v6_connect")
int BPF_PROG(connect6_fexit, struct sock *sk, void *address, int size, int result)
{
    return result < 0 ? on_connect_error(sk, address, false, result) : 0;
}

SEC("kretprobe/inet_csk_accept")
int BPF_KRETPROBE(accept_kretprobe, struct sock *sk)
{
    tcp_accepted(sk, task_current());
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(calls_tp_btf, struct pt_regs *regs, long result)
{
    return on_call_exit(regs, regs->orig_ax, result);
}

SEC("tracepoint/syscalls/sys_exit_accept")
int accept_tracepoint(struct trace_event_raw_sys_exit *ctx)
{
    return on_call_exit(NULL, __NR_accept, ctx->ret);
}

SEC("tracepoint/syscalls/sys_exit_accept4")
int accept4_tracepoint(struct trace_event_raw_sys_exit *ctx)
{
    return on_call_exit(NULL, __NR_accept4, ctx->ret);
}

SEC("tracepoint/syscalls/sys_exit_connect")
int connect_tracepoint(struct trace_event_raw_sys_exit *ctx)
{
    return on_call_exit((struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf()), __NR_connect, ctx->ret);
}

/* What goes wrong. */
SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(retransmit_tp_btf, const struct sock *sk)
{
    return on_retransmit(sk);
}

SEC("raw_tp/tcp_retransmit_skb")
int retransmit_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_retransmit((const void *)ctx->args[0]);
}

SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(synack_tp_btf, const struct sock *sk, const struct request_sock *request)
{
    return on_synack(sk, request);
}

SEC("raw_tp/tcp_retransmit_synack")
int synack_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_synack((const void *)ctx->args[0], (const void *)ctx->args[1]);
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(reset_in_tp_btf, const struct sock *sk)
{
    return on_reset_received(sk);
}

SEC("raw_tp/tcp_receive_reset")
int reset_in_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_reset_received((const void *)ctx->args[0]);
}

/* With the third argument (Linux 6.10) came the resets that have no socket. */
SEC("tp_btf/tcp_send_reset")
int BPF_PROG(reset_out_reason, const struct sock *sk, const struct sk_buff *skb, __u64 reason)
{
    return on_reset_sent(sk, skb, reason);
}

SEC("tp_btf/tcp_send_reset")
int BPF_PROG(reset_out_tp_btf, const struct sock *sk, const struct sk_buff *skb)
{
    return on_reset_sent(sk, skb, 0);
}

SEC("raw_tp/tcp_send_reset")
int reset_out_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_reset_sent((const void *)ctx->args[0], (const void *)ctx->args[1], 0);
}

/* Before that, those without a socket are seen where they are made. */
SEC("fentry/tcp_v4_send_reset")
int BPF_PROG(reset_out4_fentry, const struct sock *sk, struct sk_buff *skb)
{
    return sk ? 0 : on_reset_sent(NULL, skb, 0);
}

SEC("fentry/tcp_v6_send_reset")
int BPF_PROG(reset_out6_fentry, const struct sock *sk, struct sk_buff *skb)
{
    return sk ? 0 : on_reset_sent(NULL, skb, 0);
}

SEC("kprobe/tcp_v4_send_reset")
int BPF_KPROBE(reset_out4_kprobe, const struct sock *sk, struct sk_buff *skb)
{
    return sk ? 0 : on_reset_sent(NULL, skb, 0);
}

SEC("kprobe/tcp_v6_send_reset")
int BPF_KPROBE(reset_out6_kprobe, const struct sock *sk, struct sk_buff *skb)
{
    return sk ? 0 : on_reset_sent(NULL, skb, 0);
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
    tcp_record(&r, CONNECTION_LIVE, sk, c);
    r.state = state;
    __u64 seen = r.total.sent_bytes + r.total.received_bytes + r.total.sent_packets + r.total.received_packets;
    if (seen == c->seen || *id != (__u64)sk || r.opened_ns != c->opened_ns)
        return 0; /* nothing new, or the entry was recycled while it was read */
    if (!bpf_seq_write(ctx->meta->seq, &r, sizeof r))
        c->seen = seen;
    return 0;
}
