/* What the scheduler collector wants from the kernel. */
#include "kernel/plan.h"
#include "collectors/scheduler/scheduler.h"
#include "collectors/scheduler/scheduler.skel.h"

static const void *object(size_t *size)
{
    return scheduler_bpf__elf_bytes(size);
}

static const struct hook_way ways[] = {
    {BY_TP_BTF, {"switch_tp_btf"}}, {BY_RAW_TP, {"switch_raw_tp"}}, {BY_TRACEPOINT, {"switch_tracepoint"}}};

static const struct hook hooks[] = {
    {"switch", "a CPU went from one thread to another", ways, sizeof ways / sizeof ways[0],
     "the tables sched_processes and sched_cpus will be empty"},
};

static int configure(struct bpf_object *object_, const struct config_section *config, struct err *why)
{
    (void)config;
    return kernel_map_by_cpu(object_, "cpus", why);
}

const struct kernel_plan scheduler_plan = {
    .object = object, .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0], .configure = configure};
