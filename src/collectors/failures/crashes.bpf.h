/* Processes that die of a signal that means a defect: where they were, what they touched, and whether a core was written.
 *
 * The place is read when the thread takes the signal, since its memory is still there; how it ends is known when it has ended. */
#pragma once
#include "bpf/missed.h"
#include "bpf/path.h"
#include "bpf/ring.h"
#include "bpf/task.h"
#include "collectors/failures/signals.bpf.h"

#define NUMBER_BIT(n) (1ULL << (n))

/* Signals whose default is a core (SIG_KERNEL_COREDUMP_MASK of linux/signal.h): QUIT, ILL, TRAP, ABRT, BUS, FPE, SEGV, XCPU, XFSZ,
 * SYS. */
#define CORE_SIGNALS                                                                                                                       \
    (NUMBER_BIT(3) | NUMBER_BIT(4) | NUMBER_BIT(5) | NUMBER_BIT(6) | NUMBER_BIT(7) | NUMBER_BIT(8) | NUMBER_BIT(11) | NUMBER_BIT(24) |     \
     NUMBER_BIT(25) | NUMBER_BIT(31))

enum { TRAP_PAGE_FAULT = 14, INIT_UNKILLABLE = 0x40, NUMBER_BUS = 7, NUMBER_SEGV = 11 };

static __always_inline bool is_core_signal(__u32 number)
{
    return number < 32 && CORE_SIGNALS >> number & 1;
}

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct failures_crash);
} crash_scratch SEC(".maps");

/* Threads between their crash and their end, by pid and tid. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, 1024);
    __type(key, __u64);
    __type(value, __u32);
} dying SEC(".maps");

/* --- where -------------------------------------------------------------------------------------------------------- */

struct crash_place {
    unsigned long start, page_offset;
    struct file *file;
};

static long crash_on_vma(struct task_struct *task, struct vm_area_struct *vma, void *context)
{
    struct crash_place *place = context;
    place->start = vma->vm_start;
    place->page_offset = vma->vm_pgoff;
    place->file = vma->vm_file;
    return 0;
}

/* Names the file that the instruction lies in. Fails when another thread is just changing the address space. */
static __always_inline __u32 crash_find_file(struct failures_crash *e, struct task_struct *task)
{
    struct crash_place place = {};
    if (bpf_find_vma(task, e->ip, crash_on_vma, &place, 0) || !place.file)
        return 0;
    e->file_offset = e->ip - place.start + (place.page_offset << 12);
    e->marks |= CRASH_HAS_FILE;
    struct path at, root;
    struct file *file = place.file;
    BPF_CORE_READ_INTO(&at, file, f_path);
    BPF_CORE_READ_INTO(&root, task, fs, root);
    return path_append(e->text, CRASH_TEXT_LIMIT, 0, &at, &root);
}

/* Which address the instruction touched and how. A code from 1 on means that an instruction did it, not kill(); a general protection
 * fault has CODE_KERNEL and no address. */
static __always_inline void crash_take_address(struct failures_crash *e, const struct kernel_siginfo *info, struct task_struct *task)
{
    if ((e->number != NUMBER_SEGV && e->number != NUMBER_BUS) || e->code <= 0 || e->code == CODE_KERNEL)
        return;
    e->marks |= CRASH_HAS_ADDRESS;
    e->address = info ? (__u64)BPF_CORE_READ(info, _sifields._sigfault._addr) : BPF_CORE_READ(task, thread.cr2);
    if (BPF_CORE_READ(task, thread.trap_nr) != TRAP_PAGE_FAULT)
        return;
    e->page_fault = BPF_CORE_READ(task, thread.error_code);
    e->marks |= CRASH_HAS_ACCESS;
}

/* --- what happens ------------------------------------------------------------------------------------------------- */

/* A thread takes a signal that it has no handler for. `info` NULL: not known, but for the code. */
static __always_inline int on_crash(int number, __s32 code, const struct kernel_siginfo *info)
{
    struct task_struct *task = bpf_get_current_task_btf();
    __u32 zero = 0;
    struct failures_crash *e = bpf_map_lookup_elem(&crash_scratch, &zero);
    if (!e || (BPF_CORE_READ(task, signal, flags) & INIT_UNKILLABLE))
        return 0;
    task_header(&e->h, FAILURES_CRASH, task);
    e->number = number;
    e->code = code;
    e->marks = 0;
    e->address = e->file_offset = e->page_fault = e->pad = 0;
    BPF_CORE_READ_STR_INTO(&e->comm, task, group_leader, comm);
    BPF_CORE_READ_STR_INTO(&e->thread, task, comm);
    struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
    e->ip = regs->ip;
    crash_take_address(e, info, task);
    __u32 used = crash_find_file(e, task);
    __u64 id = bpf_get_current_pid_tgid();
    if (bpf_map_update_elem(&dying, &id, &zero, BPF_ANY))
        e->marks |= CRASH_NO_END;
    __u64 size = offsetof(struct failures_crash, text) + used;
    barrier_var(size); /* as in the process collector */
    if (size > sizeof *e)
        size = sizeof *e;
    e->h.size = size;
    ring_send(e, size);
    return 0;
}

static __always_inline int on_deliver(int number, const struct kernel_siginfo *info, void *handler)
{
    if (!is_core_signal(number) || handler) /* SIG_DFL is 0 */
        return 0;
    return on_crash(number, BPF_CORE_READ(info, si_code), info);
}

static __always_inline int on_thread_end(struct task_struct *task)
{
    int code = BPF_CORE_READ(task, exit_code);
    if (!is_core_signal(code & 0x7f))
        return 0;
    __u64 id = (__u64)BPF_CORE_READ(task, tgid) << 32 | (__u32)BPF_CORE_READ(task, pid);
    if (bpf_map_delete_elem(&dying, &id))
        return 0; /* another thread of the process has crashed */
    struct failures_crash_end e = {};
    task_header(&e.h, FAILURES_CRASH_END, task);
    e.h.size = sizeof e;
    e.core_dumped = code & 0x80 ? 1 : 0;
    ring_send(&e, sizeof e);
    return 0;
}
