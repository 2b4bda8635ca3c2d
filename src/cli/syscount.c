/* sonde syscount: which system calls are made, by whom, how long they take and which fail. */
#include "cli/commands.h"
#include "cli/summary.h"

#define PROCESS                                                                                                                            \
    {"pid", "pid", NULL, SUMMARY_TEXT},                                                                                                    \
    {                                                                                                                                      \
        "comm", "comm", NULL, SUMMARY_TEXT                                                                                                 \
    }
#define CALL                                                                                                                               \
    {                                                                                                                                      \
        "call", "call", NULL, SUMMARY_TEXT                                                                                                 \
    }

static const struct summary_column figures[] = {
    {"calls", "sum(calls)::BIGINT", "calls", SUMMARY_COUNT},
    {"errors", "sum(errors)::BIGINT", "errors", SUMMARY_COUNT},
    {"total_ns", "sum(latency_total_ns)::BIGINT", "total", SUMMARY_DURATION},
    {"p50_ns", SUMMARY_QUANTILE("latency_ns", "0.5", "latency_max_ns"), "p50", SUMMARY_DURATION},
    {"p99_ns", SUMMARY_QUANTILE("latency_ns", "0.99", "latency_max_ns"), "p99", SUMMARY_DURATION},
    {"max_ns", "max(latency_max_ns)::BIGINT", "most", SUMMARY_DURATION},
};

static const struct summary summary = {
    .collectors = "process,syscalls",
    .table = "syscalls",
    .by = {{"call", {CALL}}, {"process", {PROCESS}}, {"both", {PROCESS, CALL}}, {"all", {{0}}}},
    .figures = figures,
    .n_figures = sizeof figures / sizeof figures[0],
    .order = "calls DESC",
    .histogram = "latency_ns",
    .histogram_max = "max(latency_max_ns)::BIGINT",
    .unit = BARS_NS,
    .what = "system calls",
};

static const struct example examples[] = {
    {"sonde syscount", "system calls by name, from now on until Ctrl-C"},
    {"sonde syscount --by process --since 10m", "who made most of them in the last ten minutes"},
    {"sonde syscount --by all -w \"call = 'fsync'\" --for 10s", "a histogram of one call's latency"},
};

SUMMARY_COMMAND(syscount, "call", "system calls: how many, how long, which fail");
