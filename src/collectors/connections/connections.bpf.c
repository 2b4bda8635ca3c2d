// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* TCP connections and UDP flows. The kernel counts each TCP connection's traffic itself (struct tcp_sock), so nothing runs per TCP
 * packet: programs run when a socket changes its state, and read the counters then. See tcp.bpf.h and udp.bpf.h. */
#define RING_BYTES (4 * 1024 * 1024)
#include "bpf/ring.h"
#include "bpf/task.h"
#include "collectors/connections/connections.wire.h"
#include "collectors/connections/socket.bpf.h"
#include "collectors/connections/tcp.bpf.h"
#include "collectors/connections/tcp_hooks.bpf.h"
#include "collectors/connections/udp.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* What open files tell about the sockets that were there before: read twice by the worker at start, since the direction of a
 * connection is known only when all listeners are. Writes nothing: it fills the maps. */
SEC("iter/task_file")
int scan_sockets(struct bpf_iter__task_file *ctx)
{
    struct task_struct *task = ctx->task;
    struct file *file = ctx->file;
    if (!task || !file)
        return 0;
    struct socket *socket = bpf_sock_from_file(file);
    if (!socket)
        return 0;
    struct sock *sk = socket->sk;
    if (!sk)
        return 0;
    __u16 family = BPF_CORE_READ(sk, __sk_common.skc_family), protocol = BPF_CORE_READ(sk, sk_protocol);
    if (family != FAMILY_INET && family != FAMILY_INET6)
        return 0;
    if (protocol == IPPROTO_TCP)
        tcp_scan(task, sk);
    else if (protocol == IPPROTO_UDP)
        udp_scan(task, sk);
    return 0;
}
