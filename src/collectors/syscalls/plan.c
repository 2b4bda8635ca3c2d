/* What the syscalls collector wants from the kernel. */
#include "kernel/plan.h"
#include "collectors/syscalls/syscalls.h"
#include "collectors/syscalls/syscalls.skel.h"

static const void *object(size_t *size)
{
    return syscalls_bpf__elf_bytes(size);
}

static const struct hook_way ways[] = {{BY_TP_BTF, {"enter_tp_btf", "exit_tp_btf"}},
                                       {BY_RAW_TP, {"enter_raw_tp", "exit_raw_tp"}},
                                       {BY_TRACEPOINT, {"enter_tracepoint", "exit_tracepoint"}}};

static const struct hook hooks[] = {
    {"calls", "a system call returned", ways, sizeof ways / sizeof ways[0], "the tables syscalls and syscall_errors will be empty"},
};

const struct kernel_plan syscalls_plan = {.object = object, .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0]};
