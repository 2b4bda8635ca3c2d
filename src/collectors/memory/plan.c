/* What the memory collector wants from the kernel, and the ways to get it. */
#include "kernel/plan.h"
#include "base/clock.h"
#include "collectors/memory/memory.h"
#include "collectors/memory/memory.skel.h"
#include "collectors/memory/memory.wire.h"

#include <bpf/libbpf.h>

static const void *object(size_t *size)
{
    return memory_bpf__elf_bytes(size);
}

static const struct hook_way walk_ways[] = {{BY_ITER, {"walk_tasks"}}};
static const struct hook_way end_ways[] = {{BY_RAW_TP, {"end_raw_tp"}}, {BY_TRACEPOINT, {"end_tracepoint"}}};

/* clang-format off */
#define STALL_WAYS(name)                                                             \
    {                      \
     {BY_RAW_TP, {#name "_begin_raw_tp", #name "_end_raw_tp"}},                      \
     {BY_TRACEPOINT, {#name "_begin_tracepoint", #name "_end_tracepoint"}}}
/* clang-format on */
static const struct hook_way direct_ways[] = STALL_WAYS(direct);
static const struct hook_way cgroup_ways[] = STALL_WAYS(cgroup);
static const struct hook_way compaction_ways[] = STALL_WAYS(compaction);

/* The killer itself knows why it kills; its tracepoint tells the victim, on older kernels only by its pid. */
static const struct hook_way oom_ways[] = {
    {BY_KPROBE, {"oom_choice_kprobe", "oom_kill_kprobe"}}, {BY_TP_BTF, {"oom_tp_btf"}}, {BY_TRACEPOINT, {"oom_tracepoint"}}};

#define WAYS(w) w, sizeof(w) / sizeof((w)[0])

static const struct hook hooks[] = {
    {"walk", "page faults and sizes, of all threads each second", WAYS(walk_ways),
     "the table memory_processes will lack running processes"},
    {"end", "a thread ended", WAYS(end_ways), "page faults of a process's last second will be missing"},
    {"direct_reclaim", "a process had to free memory of the machine", WAYS(direct_ways), "memory_stalls will lack direct reclaim"},
    {"cgroup_reclaim", "a process had to free memory of its cgroup", WAYS(cgroup_ways), "memory_stalls will lack reclaim of cgroups"},
    {"compaction", "a process had to move pages together", WAYS(compaction_ways), "memory_stalls will lack compaction"},
    {"oom", "a process was killed for want of memory", WAYS(oom_ways), "the table oom_kills will be empty"},
};

static int configure(struct bpf_object *object_, const struct config_section *config, struct err *why)
{
    (void)config;
    int possible = libbpf_num_possible_cpus();
    uint32_t cpus = possible > 0 ? (uint32_t)possible : 0;
    uint64_t attached_ns = (uint64_t)clock_boot_ns();
    int rc = kernel_knob(object_, "cpus", &cpus, sizeof cpus, why);
    return rc ? rc : kernel_knob(object_, "attached_ns", &attached_ns, sizeof attached_ns, why);
}

const struct kernel_plan memory_plan = {
    .object = object,
    .hooks = hooks,
    .n_hooks = sizeof hooks / sizeof hooks[0],
    .ring = EVENT_RING_MAP,
    .configure = configure,
};
