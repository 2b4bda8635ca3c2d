/* Rows of sched_processes. What the kernel counted in an interval is added to a sum for each process; a sum becomes a row at once, or
 * when it is worth one. */
#pragma once
#include "base/map.h"
#include "collectors/collector.h"
#include "collectors/scheduler/cpus.h"
#include "collectors/scheduler/scheduler.wire.h"

struct process_sum {
    uint64_t start_ns;
    uint32_t pid;
    char comm[16];
    int64_t begun_ns; /* boot clock */
    uint64_t on_cpu_ns, on_cpu_max_ns;
    uint64_t run_queue_ns, run_queue_max_ns;
    uint64_t off_cpu_ns[LEFT_BLOCKED], off_cpu_max_ns[LEFT_BLOCKED];
    uint64_t voluntary, involuntary, migrations;
    uint64_t on_cpu[HISTOGRAM_BUCKETS], run_queue[HISTOGRAM_BUCKETS], off_cpu[HISTOGRAM_BUCKETS];
};

struct processes {
    struct map sums; /* by identity_key: struct process_sum */
    uint64_t lost;   /* processes of an interval for which there was no memory or room; the caller takes it away */
};

enum { PROCESSES_MOST = 65536 }; /* sums at a time, 2 KiB each */

void processes_free(struct processes *p);
/* Adds what was counted on one CPU. begun_ns: of the interval, boot clock. */
void processes_add(struct processes *p, const struct scheduler_key *key, const struct scheduler_value *v, int64_t begun_ns);
/* Adds time of a thread that still runs. */
void processes_add_portion(struct processes *p, const struct portion *portion, int64_t begun_ns);
/* Whether there is enough to tell, or it is old enough, for a row at the end of an interval. */
bool process_sum_is_due(const struct process_sum *s, int64_t ended_ns);
/* Makes rows of the sums that are due, of those of processes that have ended, or of all, at the end of an interval; forgets them. */
void processes_make_rows(struct processes *p, struct collector_ctx *ctx, int64_t ended_ns, bool all);
