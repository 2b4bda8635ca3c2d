/* The pipeline: rings in, rows out. One thread drains the rings in causal order, lets collectors decode, and publishes
 * batches; between bursts it sleeps. */
#pragma once
#include "agent/options.h"
#include "agent/sink.h"
#include "api/inbox.h"
#include "kernel/broker.h"
#include "kernel/stats.h"

enum { PIPELINE_COLLECTORS = 32 };

enum collector_state { COLLECTOR_OFF, COLLECTOR_RUNNING, COLLECTOR_DEGRADED, COLLECTOR_FAILED };

/* What is known of one collector; written by the pipeline thread before it runs, counters each second. */
struct pipeline_collector {
    const struct collector *collector;
    enum collector_state state;
    char why[512];
    struct kernel_unit *unit;
    double rows_per_s;
    struct program_cost {
        uint64_t runs, ns;              /* while the kernel's accounting was on */
        double runs_per_s, cpu_percent; /* in the last sample; percent of one core */
    } costs[UNIT_MAX_PROGRAMS];
};

struct pipeline;

/* Loads and opens every wanted collector. Collectors that fail are marked and left out; NULL only without memory. */
struct pipeline *pipeline_create(const struct agent_config *config, struct broker *broker, struct sink *sink,
                                 const struct stats_clock *stats, struct err *why);
/* Called once a second in the pipeline's thread, after the collectors' ticks. */
typedef void pipeline_tick(void *arg, int64_t now_boot_ns);
/* Runs until pipeline_stop or until stop_fd is readable. Rows of the inbox go the way of the collectors' rows. */
void pipeline_run(struct pipeline *p, struct inbox *inbox, int stop_fd, pipeline_tick *tick, void *arg);
/* The batches that are in the inbox now. */
void pipeline_take_in(struct sink *sink, struct inbox *inbox);
void pipeline_destroy(struct pipeline *p); /* closes collectors; NULL is fine */

/* The collectors in registry order, including those that are off. *n: how many. Read-only, under pipeline_lock from other threads. */
const struct pipeline_collector *pipeline_collectors(const struct pipeline *p, size_t *n);
void pipeline_lock(struct pipeline *p);
void pipeline_unlock(struct pipeline *p);
