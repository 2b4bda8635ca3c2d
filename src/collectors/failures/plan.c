/* What the failures collector wants from the kernel, and the ways to get it. */
#include "collectors/failures/plan.h"

#include "base/config.h"
#include "collectors/failures/failures.skel.h"
#include "collectors/failures/failures.wire.h"

static const void *object(size_t *size)
{
    return failures_bpf__elf_bytes(size);
}

/* The perf tracepoint of signals does not tell the receiver's process, that of deliveries not the address. */
static const struct hook_way signal_ways[] = {
    {BY_TP_BTF, {"signals_tp_btf"}}, {BY_RAW_TP, {"signals_raw_tp"}}, {BY_TRACEPOINT, {"signals_tracepoint"}}};
static const struct hook_way crash_ways[] = {{BY_TP_BTF, {"crash_tp_btf", "end_tp_btf"}},
                                             {BY_RAW_TP, {"crash_raw_tp", "end_raw_tp"}},
                                             {BY_TRACEPOINT, {"crash_tracepoint", "end_tracepoint"}}};
static const struct hook_way call_ways[] = {
    {BY_TP_BTF, {"calls_tp_btf"}}, {BY_RAW_TP, {"calls_raw_tp"}}, {BY_TRACEPOINT, {"calls_tracepoint"}}};
static const struct hook_way fork_ways[] = {{BY_TP_BTF, {"fork_tp_btf"}}};
/* commit_creds runs for changes and execs only, and sees what no system call asked for. */
static const struct hook_way credential_ways[] = {
    {BY_FENTRY, {"commit_fentry"}}, {BY_KPROBE, {"commit_kprobe"}}, {.mechanism = BY_TP_BTF, .shared = "calls"}};
/* A kernel without modules has no such tracepoints. */
static const struct hook_way module_ways[] = {{BY_TP_BTF, {"load_tp_btf", "free_tp_btf"}},
                                              {BY_RAW_TP, {"load_raw_tp", "free_raw_tp"}},
                                              {BY_TRACEPOINT, {"load_tracepoint", "free_tracepoint"}},
                                              {.mechanism = BY_TP_BTF, .shared = "calls"}};
static const struct hook_way scan_ways[] = {{BY_ITER, {"scan_tasks"}}};

#define WAYS(w) w, sizeof(w) / sizeof((w)[0])

static const struct hook hooks[] = {
    {"signals", "a signal was sent", WAYS(signal_ways), "the table signals will be empty"},
    {"crashes", "a process dies of a defect", WAYS(crash_ways), "the table crashes will be empty"},
    {"calls", "a system call failed, or changed the host", WAYS(call_ways),
     "the table call_failures will be empty, and namespaces, host name, swap and clock will be missing in changes"},
    {"fork", "a process was made", WAYS(fork_ways), "namespaces of new processes, and what was before a change, will be missing"},
    {"credentials", "a task gets other credentials", WAYS(credential_ways), "credentials will be missing in changes"},
    {"modules", "a module was loaded or freed", WAYS(module_ways), "modules will be missing in changes"},
    {"scan", "the processes that are there at start", WAYS(scan_ways),
     "the first change of a process older than the agent will be missing"},
};

static int configure(struct bpf_object *kernel, const struct config_section *config, struct err *why)
{
    bool routine = config_bool(config, "routine_signals");
    return kernel_knob(kernel, "routine_signals", &routine, sizeof routine, why);
}

const struct kernel_plan failures_plan = {
    .object = object,
    .hooks = hooks,
    .n_hooks = sizeof hooks / sizeof hooks[0],
    .ring = EVENT_RING_MAP,
    .configure = configure,
};
