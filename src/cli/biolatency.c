/* sonde biolatency: how long block devices take. */
#include "cli/commands.h"
#include "cli/summary.h"

#define PROCESS                                                                                                                            \
    {"pid", "pid", NULL, SUMMARY_TEXT},                                                                                                    \
    {                                                                                                                                      \
        "comm", "comm", NULL, SUMMARY_TEXT                                                                                                 \
    }
#define DEVICE                                                                                                                             \
    {                                                                                                                                      \
        "device", "device", NULL, SUMMARY_TEXT                                                                                             \
    }
#define OP                                                                                                                                 \
    {                                                                                                                                      \
        "op", "op", NULL, SUMMARY_TEXT                                                                                                     \
    }

static const struct summary_column figures[] = {
    {"ios", "sum(ios)::BIGINT", "I/Os", SUMMARY_COUNT},
    {"bytes", "sum(bytes)::BIGINT", "bytes", SUMMARY_BYTES},
    {"errors", "sum(errors)::BIGINT", "errors", SUMMARY_COUNT},
    {"queue_p99_ns", SUMMARY_QUANTILE("queue_ns", "0.99", "queue_max_ns"), "queue p99", SUMMARY_DURATION},
    {"device_p50_ns", SUMMARY_QUANTILE("device_ns", "0.5", "device_max_ns"), "device p50", SUMMARY_DURATION},
    {"device_p99_ns", SUMMARY_QUANTILE("device_ns", "0.99", "device_max_ns"), "device p99", SUMMARY_DURATION},
    {"device_max_ns", "max(device_max_ns)::BIGINT", "most", SUMMARY_DURATION},
};

static const struct summary summary = {
    .collectors = "process,block",
    .table = "block_io",
    .by = {{"all", {{0}}}, {"device", {DEVICE, OP}}, {"process", {PROCESS, DEVICE, OP}}},
    .figures = figures,
    .n_figures = sizeof figures / sizeof figures[0],
    .order = "bytes DESC",
    .histogram = "device_ns",
    .histogram_max = "max(device_max_ns)::BIGINT",
    .unit = BARS_NS,
    .what = "I/Os on the device",
};

static const struct example examples[] = {
    {"sonde biolatency", "a histogram of I/O latency, from now on until Ctrl-C"},
    {"sonde biolatency --by device --since 1h", "devices and operations of the last hour"},
    {"sonde biolatency -w \"device = 'sda' AND op = 'read'\" --for 10s", "reads of one disk"},
};

SUMMARY_COMMAND(biolatency, "all", "how long block devices take");
