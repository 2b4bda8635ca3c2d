/* Stacks of one process, by its system calls, in the forms in which tools keep them: numbers of a stack map beside the process, and the
 * addresses themselves in a record. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

enum { DEPTH = 16 };

typedef __u64 user_addr;

struct {
    __uint(type, BPF_MAP_TYPE_STACK_TRACE);
    __uint(max_entries, 64);
    __uint(key_size, sizeof(__u32));
    __uint(value_size, DEPTH * sizeof(__u64));
} stacks SEC(".maps");

struct where {
    __u32 tgid;
    __s32 kern_stack_id, user_stack_id;
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 64);
    __type(key, struct where);
    __type(value, __u64);
} counts SEC(".maps");

struct event {
    __u64 pid_tgid;
    user_addr ip;
    __u64 ustack[DEPTH];
};

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 64 * 1024);
} events SEC(".maps");

const volatile __u32 target = 0;

SEC("tracepoint/syscalls/sys_enter_getppid")
int on_getppid(void *ctx)
{
    __u64 id = bpf_get_current_pid_tgid(), one = 1;
    if (id >> 32 != target)
        return 0;
    struct where key = {id >> 32, bpf_get_stackid(ctx, &stacks, 0), bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK)};
    __u64 *count = bpf_map_lookup_elem(&counts, &key);
    if (count)
        __sync_fetch_and_add(count, 1);
    else
        bpf_map_update_elem(&counts, &key, &one, BPF_ANY);
    struct event *e = bpf_ringbuf_reserve(&events, sizeof *e, 0);
    if (!e)
        return 0;
    __builtin_memset(e, 0, sizeof *e);
    e->pid_tgid = id;
    bpf_get_stack(ctx, e->ustack, sizeof e->ustack, BPF_F_USER_STACK);
    e->ip = e->ustack[1];
    bpf_ringbuf_submit(e, 0);
    return 0;
}

char LICENSE[] SEC("license") = "GPL";
