/* A program of every kind that libbpf knows from a section's name; each counts its runs. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 64);
    __type(key, char[16]);
    __type(value, __u64);
} runs SEC(".maps");

static __always_inline int count(const char *name)
{
    char key[16] = {};
    __u64 one = 1, *n;
    __builtin_memcpy(key, name, 16);
    n = bpf_map_lookup_elem(&runs, key);
    if (n)
        __sync_fetch_and_add(n, 1);
    else
        bpf_map_update_elem(&runs, key, &one, BPF_ANY);
    return 0;
}

#define COUNT(name) count(name "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")
#define KIND(section, name, result)                                                                                                        \
    SEC(section) int on_##name(void *ctx)                                                                                                  \
    {                                                                                                                                      \
        COUNT(#name);                                                                                                                      \
        return result;                                                                                                                     \
    }

/* the kernel's own code */
KIND("kprobe/do_sys_openat2", kprobe, 0)
KIND("kretprobe/do_sys_openat2", kretprobe, 0)
KIND("ksyscall/getppid", ksyscall, 0)
KIND("kretsyscall/getppid", kretsyscall, 0)
KIND("tracepoint/syscalls/sys_enter_getppid", tracepoint, 0)
KIND("tp/syscalls/sys_exit_getppid", tp, 0)
KIND("raw_tracepoint/sched_process_exec", raw_tracepoint, 0)
KIND("raw_tp/sched_process_exit", raw_tp, 0)
KIND("tp_btf/sched_process_exec", tp_btf, 0)
KIND("fentry/do_filp_open", fentry, 0)
KIND("fexit/do_filp_open", fexit, 0)
KIND("lsm/file_open", lsm, 0)

/* programs and libraries */
KIND("uprobe", uprobe, 0)
KIND("uretprobe", uretprobe, 0)
KIND("usdt", usdt, 0)
KIND("perf_event", perf, 0)

/* the network */
KIND("xdp", xdp, XDP_PASS)
KIND("tc", tc, 0)
KIND("classifier", classifier, 0)
KIND("socket", socket_filter, 0)
KIND("cgroup_skb/egress", egress, 1)
KIND("cgroup/connect4", connect4, 1)
KIND("cgroup/sock_create", sock_create, 1)
KIND("cgroup/sysctl", sysctl, 1)
KIND("cgroup/dev", dev, 1)
KIND("cgroup/getsockopt", getsockopt, 1)
KIND("sockops", sockops, 1)
KIND("sk_lookup", sk_lookup, SK_PASS)
KIND("flow_dissector", dissector, 0)

struct {
    __uint(type, BPF_MAP_TYPE_SOCKHASH);
    __uint(max_entries, 8);
    __type(key, __u32);
    __type(value, __u64);
} sockets SEC(".maps");

KIND("sk_msg", sk_msg, SK_PASS)
KIND("sk_skb/stream_verdict", verdict, SK_PASS)

/* things walked over; programs that are run or called by others */
SEC("iter/bpf_map")
int iter(struct bpf_iter__bpf_map *ctx)
{
    struct bpf_map *map = ctx->map;
    char line[] = "map %u\n";
    __u64 id;
    if (!map)
        return 0;
    id = map->id;
    bpf_seq_printf(ctx->meta->seq, line, sizeof line, &id, sizeof id);
    return 0;
}

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 2);
    __type(key, __u32);
    __type(value, __u32);
} calls SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_getpgid")
int caller(void *ctx)
{
    bpf_tail_call(ctx, &calls, 1);
    return 0;
}

KIND("tracepoint", called, 0)
KIND("syscall", once, 7)

/* no section tells what these are for */
KIND("xdp/devmap", devmap, XDP_PASS)
KIND("sk_reuseport", reuseport, SK_PASS)
KIND("lwt_in", lwt, 0)
KIND("something", something, 0)

/* a congestion control of TCP */
SEC("struct_ops/ssthresh")
__u32 BPF_PROG(ssthresh, struct sock *sk)
{
    return 2;
}

SEC("struct_ops/undo_cwnd")
__u32 BPF_PROG(undo_cwnd, struct sock *sk)
{
    return 2;
}

SEC("struct_ops/cong_avoid")
void BPF_PROG(cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC(".struct_ops")
struct tcp_congestion_ops congestion = {
    .ssthresh = (void *)ssthresh,
    .undo_cwnd = (void *)undo_cwnd,
    .cong_avoid = (void *)cong_avoid,
    .name = "sonde_test",
};

char LICENSE[] SEC("license") = "GPL";
