// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* System calls, counted by process and call: how many, how long, which errors.
 *
 * The entry keeps number and time with the task; the exit adds to the process's sums. User space takes them once a second.
 *
 * A new key costs about as much as ten additions, and becomes a row. Where processes come and go by the thousand, those that have
 * just begun are summed by name: nothing is lost, and the cost stays that of an addition. A long call has its process's own key all
 * the same: few fit into a second, and the key's price is nothing beside it. */
#include "bpf/histogram.h"
#include "bpf/kernel.h"
#include "bpf/missed.h"
#include "bpf/tally.h"
#include "collectors/syscalls/syscalls.wire.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

enum { MAX_ERRNO = 4095, THREAD_COMPAT = 2 };
enum { NEW_KEYS = 2048 };            /* of an interval; beyond it … */
#define YOUNG_NS (2 * 1000000000ULL) /* … processes younger than this share the keys of their name, … */
#define LONG_NS  (10 * 1000000ULL)   /* … but for calls as long as this */

TALLY(calls, struct syscall_key, struct syscall_value, 32768);
TALLY(errors, struct syscall_key, struct syscall_error_value, 8192);

struct pending { /* the call that a task is in; since_ns 0: none */
    __u64 since_ns;
    __u32 number;
};

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct pending);
} pendings SEC(".maps");

struct creation { /* of keys */
    __u32 turn, count;
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct creation);
} creation SEC(".maps");

static const struct syscall_value no_calls;
static const struct syscall_error_value no_errors;

static __always_inline int on_enter(__u32 number)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct pending *p = bpf_task_storage_get(&pendings, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (!p) {
        count_missed(MISSED_ENTRY);
        return 0;
    }
    p->number = task->thread_info.status & THREAD_COMPAT ? number | SYSCALL_COMPAT : number;
    p->since_ns = bpf_ktime_get_ns();
    return 0;
}

/* Counts a new key, on all CPUs together and roughly: an addition may be lost to a race. */
static __always_inline bool too_many_keys(void)
{
    __u32 zero = 0;
    struct creation *c = bpf_map_lookup_elem(&creation, &zero);
    __u32 *turn = bpf_map_lookup_elem(&calls_turn, &zero);
    if (!c || !turn)
        return false;
    if (c->turn != *turn) {
        c->turn = *turn;
        c->count = 0;
    }
    return ++c->count > NEW_KEYS;
}

/* The key of all young processes of this name. */
static __always_inline void share_key(struct syscall_key *key, struct task_struct *leader)
{
    __u64 name[2] = {};
    bpf_probe_read_kernel(name, sizeof name, leader->comm);
    key->start_ns = (name[0] * 0x9e3779b97f4a7c15ULL ^ name[1]) * 0xff51afd7ed558ccdULL;
    key->pid = 0;
}

static __noinline struct syscall_value *new_call(struct syscall_key *key, __u64 ns)
{
    if (!key)
        return NULL;
    struct task_struct *leader = bpf_get_current_task_btf()->group_leader;
    struct syscall_value *v = NULL;
    if (too_many_keys() && ns < LONG_NS && bpf_ktime_get_boot_ns() - leader->start_boottime < YOUNG_NS) {
        share_key(key, leader);
        v = TALLY_FIND(calls, key);
    }
    if (v)
        return v;
    v = TALLY_NEW(calls, key, &no_calls);
    if (v)
        bpf_probe_read_kernel(v->comm, sizeof v->comm, leader->comm);
    else
        count_missed(MISSED_CALLS_FULL);
    return v;
}

/* The key is that of the call, shared or not. */
static __noinline int add_error(struct syscall_key *key)
{
    if (!key)
        return 0;
    struct syscall_error_value *v = TALLY_FIND(errors, key);
    if (!v) {
        v = TALLY_NEW(errors, key, &no_errors);
        if (!v) {
            count_missed(MISSED_ERRORS_FULL);
            return 0;
        }
        bpf_probe_read_kernel(v->comm, sizeof v->comm, bpf_get_current_task_btf()->group_leader->comm);
    }
    v->count++;
    return 0;
}

static __always_inline int on_exit(__s64 result)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct pending *p = bpf_task_storage_get(&pendings, task, 0, 0);
    if (!p || !p->since_ns) /* it was in the call when the programs were attached, or is a new task's first return */
        return 0;
    __u64 ns = bpf_ktime_get_ns() - p->since_ns;
    p->since_ns = 0;
    struct task_struct *leader = task->group_leader;
    struct syscall_key key = {
        .start_ns = leader->start_boottime, .pid = task->tgid, .number = p->number, .cpu = bpf_get_smp_processor_id()};
    struct syscall_value *v = TALLY_FIND(calls, &key);
    if (!v) {
        v = new_call(&key, ns);
        if (!v)
            return 0;
    }
    v->calls++;
    v->total_ns += ns;
    if (ns > v->max_ns)
        v->max_ns = ns;
    histogram_add(&v->latency, ns);
    if (result < 0 && result >= -MAX_ERRNO) {
        v->errors++;
        key.error = -result;
        add_error(&key);
    }
    return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(enter_tp_btf, struct pt_regs *regs, long number)
{
    return on_enter(number);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(exit_tp_btf, struct pt_regs *regs, long result)
{
    return on_exit(result);
}

SEC("raw_tp/sys_enter")
int enter_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_enter(ctx->args[1]);
}

SEC("raw_tp/sys_exit")
int exit_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_exit(ctx->args[1]);
}

struct syscall_tracepoint { /* events/raw_syscalls/sys_*\/format: the common head, then these */
    __u64 common;
    __s64 number;
    __s64 result; /* of sys_exit */
};

SEC("tracepoint/raw_syscalls/sys_enter")
int enter_tracepoint(struct syscall_tracepoint *ctx)
{
    return on_enter(ctx->number);
}

SEC("tracepoint/raw_syscalls/sys_exit")
int exit_tracepoint(struct syscall_tracepoint *ctx)
{
    return on_exit(ctx->result);
}
