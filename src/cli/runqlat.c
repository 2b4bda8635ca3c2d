/* sonde runqlat: how long threads that could run waited for a CPU. */
#include "cli/commands.h"
#include "cli/summary.h"

#define PROCESS                                                                                                                            \
    {"pid", "pid", NULL, SUMMARY_TEXT},                                                                                                    \
    {                                                                                                                                      \
        "comm", "comm", NULL, SUMMARY_TEXT                                                                                                 \
    }

static const struct summary_column figures[] = {
    {"waits", "histogram_count(histogram_sum(run_queue_ns))::BIGINT", "waits", SUMMARY_COUNT},
    {"total_ns", "sum(run_queue_total_ns)::BIGINT", "total", SUMMARY_DURATION},
    {"p50_ns", SUMMARY_QUANTILE("run_queue_ns", "0.5", "run_queue_max_ns"), "p50", SUMMARY_DURATION},
    {"p99_ns", SUMMARY_QUANTILE("run_queue_ns", "0.99", "run_queue_max_ns"), "p99", SUMMARY_DURATION},
    {"max_ns", "max(run_queue_max_ns)::BIGINT", "most", SUMMARY_DURATION},
    {"on_cpu_ns", "sum(on_cpu_total_ns)::BIGINT", "on CPU", SUMMARY_DURATION},
};

static const struct summary summary = {
    .collectors = "process,scheduler",
    .table = "sched_processes",
    .by = {{"all", {{0}}},
           {"process", {PROCESS}},
           {"comm", {{"comm", "comm", NULL, SUMMARY_TEXT}}},
           {"container", {{"container", "container", NULL, SUMMARY_TEXT}}}},
    .figures = figures,
    .n_figures = sizeof figures / sizeof figures[0],
    .order = "total_ns DESC",
    .histogram = "run_queue_ns",
    .histogram_max = "max(run_queue_max_ns)::BIGINT",
    .unit = BARS_NS,
    .what = "waits for a CPU",
};

static const struct example examples[] = {
    {"sonde runqlat", "a histogram of waits for a CPU, from now on until Ctrl-C"},
    {"sonde runqlat --by process --since 10m", "who waited longest in the last ten minutes"},
    {"sonde runqlat -w \"comm = 'nginx'\" --interval 5s", "one program's waits, each five seconds"},
};

SUMMARY_COMMAND(runqlat, "all", "how long threads wait for a CPU");
