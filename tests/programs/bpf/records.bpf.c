/* Records of several types in one buffer, each made in another way; their sizes differ. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

struct in_stack {
    __u32 pid;
    char comm[16];
};

struct in_map {
    __u32 pid;
    __u32 size;
    char text[512]; /* of which fewer are sent */
};

struct in_ring {
    __u32 pid;
    __u64 number;
};

struct in_global {
    __u32 pid;
    __u16 parts[10];
};

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 64 * 1024);
} ring SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
    __uint(key_size, sizeof(int));
    __uint(value_size, sizeof(int));
} perf SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct in_map);
} room SEC(".maps");

const volatile __u32 target = 0;
struct in_global global;

static __always_inline void send_stack(void *ctx, __u32 pid)
{
    struct in_stack s = {.pid = pid};
    bpf_get_current_comm(s.comm, sizeof s.comm);
    bpf_ringbuf_output(&ring, &s, sizeof s, 0);
    bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &s, sizeof s);
}

static __noinline int send_ring(__u32 pid)
{
    struct in_ring *r = bpf_ringbuf_reserve(&ring, sizeof *r, 0);
    if (!r)
        return 0;
    r->pid = pid;
    r->number = (__u64)1 << 50;
    bpf_ringbuf_submit(r, 0);
    return 0;
}

SEC("tracepoint/syscalls/sys_enter_getpriority")
int send(void *ctx)
{
    __u32 zero = 0, pid = bpf_get_current_pid_tgid() >> 32;
    struct in_map *m = bpf_map_lookup_elem(&room, &zero);
    if (!m || pid != target)
        return 0;
    m->pid = pid;
    __builtin_memcpy(m->text, "all these words", 16);
    m->size = 15;
    bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, m, 8 + 15);
    send_stack(ctx, pid);
    send_ring(pid);
    global.pid = pid;
    global.parts[9] = 9;
    bpf_ringbuf_output(&ring, &global, sizeof global, 0);
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
