/* What is remembered of TCP: connections, listeners, and for a while those that ended. */
#pragma once
#include "bpf/task.h"
#include "collectors/connections/connections.wire.h"
#include "collectors/connections/full.bpf.h"
#include "collectors/connections/socket.bpf.h"

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
