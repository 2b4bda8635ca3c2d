/* What the process collector wants from the kernel, and the ways to get it. */
#include "collectors/process/plan.h"

#include "collectors/process/process.skel.h"
#include "collectors/process/process.wire.h"

static const void *object(size_t *size)
{
    return process_bpf__elf_bytes(size);
}

/* The scheduler's tracepoints are the cheapest hook and see every path (execve, execveat, kernel threads); fentry on the same
 * functions would cost as much and break with each rename. */
static const struct hook_way fork_ways[] = {{BY_TP_BTF, {"fork_tp_btf"}}, {BY_RAW_TP, {"fork_raw_tp"}}};
static const struct hook_way exec_ways[] = {
    {BY_TP_BTF, {"exec_tp_btf"}}, {BY_RAW_TP, {"exec_raw_tp"}}, {BY_TRACEPOINT, {"exec_tracepoint"}}};
static const struct hook_way exit_ways[] = {
    {BY_TP_BTF, {"exit_tp_btf"}}, {BY_RAW_TP, {"exit_raw_tp"}}, {BY_TRACEPOINT, {"exit_tracepoint"}}};
static const struct hook_way cgroup_ways[] = {{BY_TP_BTF, {"cgroup_add_tp_btf", "cgroup_remove_tp_btf"}},
                                              {BY_RAW_TP, {"cgroup_add_raw_tp", "cgroup_remove_raw_tp"}}};
static const struct hook_way scan_ways[] = {{BY_ITER, {"scan_tasks"}}};

#define WAYS(w) w, sizeof(w) / sizeof((w)[0])

static const struct hook hooks[] = {
    {"fork", "a process was made", WAYS(fork_ways), "processes that never exec will have no name"},
    {"exec", "a process replaced its program", WAYS(exec_ways), "the table execs will be empty"},
    {"exit", "a process ended", WAYS(exit_ways), "the table exits will be empty"},
    {"cgroup", "a cgroup came or went", WAYS(cgroup_ways), "containers started later are found by a slower look at cgroupfs"},
    {"scan", "the processes that are there at start", WAYS(scan_ways),
     "processes older than the agent are read from /proc, with start times to 10 ms"},
};

const struct kernel_plan process_plan = {
    .object = object,
    .hooks = hooks,
    .n_hooks = sizeof hooks / sizeof hooks[0],
    .ring = EVENT_RING_MAP,
};
