// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Process life: fork, exec, exit, and the cgroups that name their containers. All from the scheduler's own tracepoints. */
#define RING_BYTES (4 * 1024 * 1024)
#include "bpf/path.h"
#include "bpf/ring.h"
#include "bpf/task.h"
#include "collectors/process/process.wire.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Exec records are too large for the stack. One a CPU is enough: exec does not nest. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct process_exec);
} scratch SEC(".maps");

static __always_inline void fill_who(struct process_who *who, struct task_struct *task)
{
    struct task_struct *parent = BPF_CORE_READ(task, real_parent);
    const struct cred *cred = BPF_CORE_READ(task, real_cred);
    who->ppid = BPF_CORE_READ(parent, tgid);
    who->parent_start_ns = task_start_ns(parent);
    who->uid = BPF_CORE_READ(cred, uid.val);
    who->gid = BPF_CORE_READ(cred, gid.val);
    who->pad = 0;
    who->cgroup_id = task_cgroup_id(task);
    BPF_CORE_READ_STR_INTO(&who->comm, task, comm);
}

static __always_inline int on_fork(struct task_struct *child)
{
    struct process_fork e = {};
    task_header(&e.h, PROCESS_FORK, child);
    if (e.h.pid != e.h.tid)
        return 0; /* a thread */
    e.h.size = sizeof e;
    fill_who(&e.who, child);
    ring_send(&e, sizeof e);
    return 0;
}

static __always_inline void exec_arguments(struct process_exec *e, struct task_struct *task)
{
    unsigned long start = BPF_CORE_READ(task, mm, arg_start), end = BPF_CORE_READ(task, mm, arg_end);
    __u32 size = end - start;
    e->args_total = size;
    e->args_size = 0;
    if (size > EXEC_ARGS_MAX)
        size = EXEC_ARGS_MAX;
    if (size && !bpf_probe_read_user(e->text, size, (void *)start))
        e->args_size = size;
}

static __always_inline int on_exec(struct task_struct *task)
{
    __u32 zero = 0;
    struct process_exec *e = bpf_map_lookup_elem(&scratch, &zero);
    if (!e)
        return 0;
    task_header(&e->h, PROCESS_EXEC, task);
    fill_who(&e->who, task);
    BPF_CORE_READ_STR_INTO(&e->parent_comm, task, real_parent, comm);
    struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
    e->tty[0] = '\0';
    if (tty)
        BPF_CORE_READ_STR_INTO(&e->tty, tty, name);
    exec_arguments(e, task);

    struct path root, at;
    BPF_CORE_READ_INTO(&root, task, fs, root);
    BPF_CORE_READ_INTO(&at, task, mm, exe_file, f_path);
    __u32 offset = path_append(e->text, EXEC_TEXT_LIMIT, e->args_size, &at, &root);
    e->exe_end = offset;
    BPF_CORE_READ_INTO(&at, task, fs, pwd);
    offset = path_append(e->text, EXEC_TEXT_LIMIT, offset, &at, &root);
    e->cwd_end = offset;

    __u64 size = offsetof(struct process_exec, text) + offset;
    barrier_var(size); /* 6.1 must see the bound on the register that is sent, not on a copy of it */
    if (size > sizeof *e)
        size = sizeof *e;
    e->h.size = size;
    ring_send(e, size);
    return 0;
}

static __always_inline int on_exit(struct task_struct *task)
{
    if (BPF_CORE_READ(task, signal, live.counter) != 0)
        return 0; /* threads of the process are still alive */
    struct process_exit e = {};
    task_header(&e.h, PROCESS_EXIT, task);
    e.h.size = sizeof e;
    struct signal_struct *s = BPF_CORE_READ(task, signal);
    int group = BPF_CORE_READ(s, group_exit_code);
    e.exit_code = group ? group : BPF_CORE_READ(task, exit_code);
    e.user_ticks_ns = BPF_CORE_READ(task, utime) + BPF_CORE_READ(s, utime);
    e.system_ticks_ns = BPF_CORE_READ(task, stime) + BPF_CORE_READ(s, stime);
    e.runtime_ns = BPF_CORE_READ(task, se.sum_exec_runtime) + BPF_CORE_READ(s, sum_sched_runtime);
    e.max_rss_pages = BPF_CORE_READ(s, maxrss);
    e.read_chars = BPF_CORE_READ(task, ioac.rchar) + BPF_CORE_READ(s, ioac.rchar);
    e.write_chars = BPF_CORE_READ(task, ioac.wchar) + BPF_CORE_READ(s, ioac.wchar);
    e.read_bytes = BPF_CORE_READ(task, ioac.read_bytes) + BPF_CORE_READ(s, ioac.read_bytes);
    e.write_bytes = BPF_CORE_READ(task, ioac.write_bytes) + BPF_CORE_READ(s, ioac.write_bytes);
    ring_send(&e, sizeof e);
    return 0;
}

static __always_inline int on_cgroup(__u32 kind, struct cgroup *group, const char *path)
{
    if (BPF_CORE_READ(group, root, hierarchy_id) != 0)
        return 0; /* a version 1 hierarchy: identity speaks of cgroup2 */
    __u32 zero = 0;
    struct process_exec *space = bpf_map_lookup_elem(&scratch, &zero);
    if (!space)
        return 0;
    struct process_cgroup *e = (struct process_cgroup *)space;
    __builtin_memset(&e->h, 0, sizeof e->h);
    e->h.kind = kind;
    e->h.size = sizeof *e;
    e->h.boot_ns = bpf_ktime_get_boot_ns();
    e->cgroup_id = BPF_CORE_READ(group, kn, id);
    if (bpf_probe_read_kernel_str(e->path, sizeof e->path, path) < 0)
        e->path[0] = '\0';
    ring_send(e, sizeof *e);
    return 0;
}

/* Typed tracepoints: arguments are the kernel's own. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(fork_tp_btf, struct task_struct *parent, struct task_struct *child)
{
    return on_fork(child);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(exec_tp_btf, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
    return on_exec(task);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(exit_tp_btf, struct task_struct *task)
{
    return on_exit(task);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_add_tp_btf, struct cgroup *group, const char *path)
{
    return on_cgroup(PROCESS_CGROUP_ADD, group, path);
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_remove_tp_btf, struct cgroup *group, const char *path)
{
    return on_cgroup(PROCESS_CGROUP_REMOVE, group, path);
}

/* Raw tracepoints: the same arguments, untyped. */
SEC("raw_tp/sched_process_fork")
int fork_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_fork((void *)ctx->args[1]);
}

SEC("raw_tp/sched_process_exec")
int exec_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_exec((void *)ctx->args[0]);
}

SEC("raw_tp/sched_process_exit")
int exit_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_exit((void *)ctx->args[0]);
}

SEC("raw_tp/cgroup_mkdir")
int cgroup_add_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_cgroup(PROCESS_CGROUP_ADD, (void *)ctx->args[0], (void *)ctx->args[1]);
}

SEC("raw_tp/cgroup_rmdir")
int cgroup_remove_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_cgroup(PROCESS_CGROUP_REMOVE, (void *)ctx->args[0], (void *)ctx->args[1]);
}

/* Perf tracepoints: dearer, but they need no BPF tracepoint support beyond the oldest. The task is the current one. */
SEC("tracepoint/sched/sched_process_exec")
int exec_tracepoint(void *ctx)
{
    return on_exec(task_current());
}

SEC("tracepoint/sched/sched_process_exit")
int exit_tracepoint(void *ctx)
{
    return on_exit(task_current());
}

/* The processes that are there already: one fork record each, read by the worker once at start. */
SEC("iter/task")
int scan_tasks(struct bpf_iter__task *ctx)
{
    struct task_struct *task = ctx->task;
    if (!task)
        return 0;
    struct process_fork e = {};
    task_header(&e.h, PROCESS_FORK, task);
    if (e.h.pid != e.h.tid)
        return 0;
    e.h.size = sizeof e;
    fill_who(&e.who, task);
    bpf_seq_write(ctx->meta->seq, &e, sizeof e);
    return 0;
}
