// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Signals, crashes, system calls that failed for want of rights or room, and what changes the host.
 *
 * Added on Linux 6.18, two cores, without BPF statistics (which add 40 to 85 ns to each run of a program), by tp_btf:
 *   a system call that works or fails as calls do all day   +10 ns on 82, as under an empty program
 *   one whose failure is counted                            +35 ns on 102
 *   a signal that is counted                                +61 ns on 231; SIGCHLD, which is left out, leaves at the first look
 *   a fork                                                  +70 ns, when the child has what most processes have, else +650
 *   an exec, where commit_creds cannot be watched           +100 ns; a thread's end: nothing that can be measured
 * Idle: no row, no wake-up. */
#define RING_BYTES (1024 * 1024)
#include "collectors/failures/calls.bpf.h"
#include "collectors/failures/changes.bpf.h"
#include "collectors/failures/crashes.bpf.h"
#include "collectors/failures/signals.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* --- signals ------------------------------------------------------------------------------------------------------ */

SEC("tp_btf/signal_generate")
int BPF_PROG(signals_tp_btf, int number, struct kernel_siginfo *info, struct task_struct *to, int group, int result)
{
    return on_signal(number, info, to, group, result);
}

SEC("raw_tp/signal_generate")
int signals_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_signal(ctx->args[0], (void *)ctx->args[1], (void *)ctx->args[2], ctx->args[3], ctx->args[4]);
}

SEC("tracepoint/signal/signal_generate")
int signals_tracepoint(struct trace_event_raw_signal_generate *ctx)
{
    return on_signal_event(ctx);
}

/* --- crashes ------------------------------------------------------------------------------------------------------ */

SEC("tp_btf/signal_deliver")
int BPF_PROG(crash_tp_btf, int number, struct kernel_siginfo *info, struct k_sigaction *action)
{
    return on_deliver(number, info, BPF_CORE_READ(action, sa.sa_handler));
}

SEC("raw_tp/signal_deliver")
int crash_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    struct k_sigaction *action = (void *)ctx->args[2];
    return on_deliver(ctx->args[0], (void *)ctx->args[1], BPF_CORE_READ(action, sa.sa_handler));
}

SEC("tracepoint/signal/signal_deliver")
int crash_tracepoint(struct trace_event_raw_signal_deliver *ctx)
{
    return is_core_signal(ctx->sig) && !ctx->sa_handler ? on_crash(ctx->sig, ctx->code, NULL) : 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(end_tp_btf, struct task_struct *task)
{
    return on_thread_end(task);
}

SEC("raw_tp/sched_process_exit")
int end_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    return on_thread_end((void *)ctx->args[0]);
}

SEC("tracepoint/sched/sched_process_exit")
int end_tracepoint(void *ctx)
{
    return on_thread_end(task_current());
}

/* --- system calls ------------------------------------------------------------------------------------------------- */

SEC("tp_btf/sys_exit")
int BPF_PROG(calls_tp_btf, struct pt_regs *regs, long result)
{
    struct failures_control *c = control_get();
    return c ? on_call(c, regs->orig_ax, result) : 0;
}

SEC("raw_tp/sys_exit")
int calls_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    struct failures_control *c = control_get();
    struct pt_regs *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
    return c ? on_call(c, regs->orig_ax, ctx->args[1]) : 0;
}

SEC("tracepoint/raw_syscalls/sys_exit")
int calls_tracepoint(struct trace_event_raw_sys_exit *ctx)
{
    struct failures_control *c = control_get();
    return c ? on_call(c, ctx->id, ctx->ret) : 0;
}

/* --- changes ------------------------------------------------------------------------------------------------------ */

SEC("tp_btf/sched_process_fork")
int BPF_PROG(fork_tp_btf, struct task_struct *parent, struct task_struct *child)
{
    return on_fork(parent, child);
}

SEC("fentry/commit_creds")
int BPF_PROG(commit_fentry, struct cred *fresh)
{
    return on_commit(fresh, true);
}

SEC("kprobe/commit_creds")
int BPF_KPROBE(commit_kprobe, struct cred *fresh)
{
    return on_commit(fresh, false);
}

SEC("tp_btf/module_load")
int BPF_PROG(load_tp_btf, struct module *module)
{
    return on_module(CHANGE_MODULE_LOAD, module->name);
}

SEC("tp_btf/module_free")
int BPF_PROG(free_tp_btf, struct module *module)
{
    return on_module(CHANGE_MODULE_FREE, module->name);
}

SEC("raw_tp/module_load")
int load_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    struct module *module = (void *)ctx->args[0];
    return on_module(CHANGE_MODULE_LOAD, module->name);
}

SEC("raw_tp/module_free")
int free_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
    struct module *module = (void *)ctx->args[0];
    return on_module(CHANGE_MODULE_FREE, module->name);
}

/* The name lies at an offset that is in the lower half of the word (__data_loc). */
SEC("tracepoint/module/module_load")
int load_tracepoint(struct trace_event_raw_module_load *ctx)
{
    return on_module(CHANGE_MODULE_LOAD, (void *)ctx + (ctx->__data_loc_name & 0xffff));
}

SEC("tracepoint/module/module_free")
int free_tracepoint(struct trace_event_raw_module_free *ctx)
{
    return on_module(CHANGE_MODULE_FREE, (void *)ctx + (ctx->__data_loc_name & 0xffff));
}

/* Processes older than the agent: what they may do and see now. Read once at start, for the effect alone. */
SEC("iter/task")
int scan_tasks(struct bpf_iter__task *ctx)
{
    struct task_struct *task = ctx->task;
    if (!task || task->pid != task->tgid)
        return 0;
    struct task_state now = {};
    struct common_state *common = common_get();
    state_take(&now, task);
    if (common && !common->ready && !(task->flags & TASK_KERNEL_THREAD)) {
        common->state = now;
        barrier();
        common->ready = 1; /* x86 keeps the order of stores */
    }
    snapshot_start(task, &now);
    return 0;
}
