/* The agent's health as figures: `sonde status`, `sonde probes` and exporters read it. */
#pragma once
#include "agent/pipeline.h"
#include "agent/sandbox.h"
#include "agent/worker.h"
#include "api/inbox.h"
#include "base/text.h"
#include "exporters/exporter.h"
#include "store/store.h"

#include <pthread.h>

struct status {
    const struct worker_start *start;
    const struct sandbox_report *sandbox;
    struct sink *sink;
    struct store *store;
    struct inbox *inbox;
    _Atomic(struct pipeline *) pipeline;
    int64_t began_boot_ns;
    pthread_mutex_t lock; /* of what follows */
    int64_t sampled_ns, worker_cpu_ns, broker_cpu_ns;
    double cpu_percent, kernel_cpu_percent, rows_per_s; /* over the last sample interval */
    uint64_t worker_rss_bytes, broker_rss_bytes, rows;
};

void status_init(struct status *s, const struct worker_start *start, struct sink *sink, struct store *store, struct inbox *inbox,
                 const struct sandbox_report *sandbox);
void status_set_pipeline(struct status *s, struct pipeline *p);
void status_free(struct status *s);
/* Once a second in the pipeline's thread; measures every few seconds. */
void status_tick(struct status *s, int64_t now_boot_ns);
uint64_t status_worker_rss(struct status *s); /* as measured last; thread safe */
/* Thread safe. */
void status_json(struct status *s, struct text *json);
void status_probes_json(struct status *s, struct text *json);
/* For exporters: struct exporter_source.figures. */
void status_figures(void *status, void (*fn)(void *, const char *, const char *, const char *, const char *, double), void *arg);
