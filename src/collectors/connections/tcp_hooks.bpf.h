/* The places where the kernel tells of TCP; plan.c says which are better. */
#pragma once
#include "collectors/connections/tcp_events.bpf.h"

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
