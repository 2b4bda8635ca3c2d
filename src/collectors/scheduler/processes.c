#include "collectors/scheduler/processes.h"

#include "base/clock.h"
#include "collectors/scheduler/scheduler.h"
#include "collectors/sink.h"
#include "table/histogram.h"

#include <stdlib.h>
#include <string.h>

static struct process_sum *find_sum(struct processes *p, uint32_t pid, uint64_t start_ns, int64_t begun_ns)
{
    uint64_t key = identity_key(pid, start_ns);
    struct process_sum *s = map_get(&p->sums, key);
    if (s)
        return s;
    int failed = 0;
    s = p->sums.count < PROCESSES_MOST ? calloc(1, sizeof *s) : NULL;
    if (s)
        map_put(&p->sums, key, s, &failed);
    if (!s || failed) {
        free(s);
        p->lost++;
        return NULL;
    }
    s->pid = pid;
    s->start_ns = start_ns;
    s->begun_ns = begun_ns;
    return s;
}

static void raise(uint64_t *max, uint64_t ns)
{
    if (ns > *max)
        *max = ns;
}

void processes_add(struct processes *p, const struct scheduler_key *key, const struct scheduler_value *v, int64_t begun_ns)
{
    struct process_sum *s = find_sum(p, key->pid, key->start_ns, begun_ns);
    if (!s)
        return;
    memcpy(s->comm, v->comm, sizeof s->comm);
    s->on_cpu_ns += v->on_cpu_ns;
    raise(&s->on_cpu_max_ns, v->on_cpu_max_ns);
    s->run_queue_ns += v->run_queue_ns;
    raise(&s->run_queue_max_ns, v->run_queue_max_ns);
    for (size_t i = 0; i < LEFT_BLOCKED; i++) {
        s->off_cpu_ns[i] += v->off_cpu_ns[i];
        raise(&s->off_cpu_max_ns[i], v->off_cpu_max_ns[i]);
    }
    s->voluntary += v->voluntary;
    s->involuntary += v->involuntary;
    s->migrations += v->migrations;
    histogram_sum(s->on_cpu, v->on_cpu.counts);
    histogram_sum(s->run_queue, v->run_queue.counts);
    histogram_sum(s->off_cpu, v->off_cpu.counts);
}

void processes_add_portion(struct processes *p, const struct portion *portion, int64_t begun_ns)
{
    struct process_sum *s = portion->pid ? find_sum(p, portion->pid, portion->start_ns, begun_ns) : NULL;
    if (s)
        s->on_cpu_ns += portion->ns;
}

bool process_sum_is_due(const struct process_sum *s, int64_t ended_ns)
{
    uint64_t told_ns = s->on_cpu_ns + s->run_queue_ns + s->off_cpu_ns[LEFT_IO] + s->off_cpu_ns[LEFT_UNINTERRUPTIBLE];
    return told_ns >= SCHED_TRIVIAL_NS || ended_ns - s->begun_ns >= SCHED_LONGEST_NS;
}

static void set_off_cpu(struct batch *b, const struct process_sum *s)
{
    uint64_t total_ns = 0, max_ns = 0;
    for (size_t i = 0; i < LEFT_BLOCKED; i++) {
        total_ns += s->off_cpu_ns[i];
        raise(&max_ns, s->off_cpu_max_ns[i]);
        batch_set_u64(b, SCHED_PROCESS_SLEEP_TOTAL + i, s->off_cpu_ns[i]);
    }
    batch_set_histogram(b, SCHED_PROCESS_OFF_CPU, s->off_cpu, HISTOGRAM_BUCKETS);
    batch_set_u64(b, SCHED_PROCESS_OFF_CPU_TOTAL, total_ns);
    batch_set_u64(b, SCHED_PROCESS_OFF_CPU_MAX, max_ns);
    batch_set_u64(b, SCHED_PROCESS_IO_MAX, s->off_cpu_max_ns[LEFT_IO]);
    batch_set_u64(b, SCHED_PROCESS_UNINTERRUPTIBLE_MAX, s->off_cpu_max_ns[LEFT_UNINTERRUPTIBLE]);
}

static void make_row(struct collector_ctx *ctx, const struct process_sum *s, int64_t ended_ns)
{
    struct batch *b = sink_row(ctx->sink, &table_sched_processes);
    if (!b)
        return;
    batch_set_time(b, SCHED_PROCESS_TIME, clock_boot_to_utc(ended_ns));
    identity_fill_named(ctx->identity, b, SCHED_PROCESS_PID, s->pid, s->start_ns, s->comm);
    batch_set_i64(b, SCHED_PROCESS_INTERVAL, ended_ns - s->begun_ns);
    batch_set_histogram(b, SCHED_PROCESS_ON_CPU, s->on_cpu, HISTOGRAM_BUCKETS);
    batch_set_u64(b, SCHED_PROCESS_ON_CPU_TOTAL, s->on_cpu_ns);
    batch_set_u64(b, SCHED_PROCESS_ON_CPU_MAX, s->on_cpu_max_ns);
    batch_set_histogram(b, SCHED_PROCESS_RUN_QUEUE, s->run_queue, HISTOGRAM_BUCKETS);
    batch_set_u64(b, SCHED_PROCESS_RUN_QUEUE_TOTAL, s->run_queue_ns);
    batch_set_u64(b, SCHED_PROCESS_RUN_QUEUE_MAX, s->run_queue_max_ns);
    set_off_cpu(b, s);
    batch_set_u64(b, SCHED_PROCESS_VOLUNTARY, s->voluntary);
    batch_set_u64(b, SCHED_PROCESS_INVOLUNTARY, s->involuntary);
    batch_set_u64(b, SCHED_PROCESS_MIGRATIONS, s->migrations);
}

static bool has_ended(struct identity *identity, const struct process_sum *s)
{
    const struct process *p = identity_find(identity, s->pid, s->start_ns);
    return p && p->exit_boot_ns;
}

void processes_make_rows(struct processes *p, struct collector_ctx *ctx, int64_t ended_ns, bool all)
{
    uint64_t key;
    void *value;
    for (size_t i = 0; map_next(&p->sums, &i, &key, &value);) {
        const struct process_sum *s = value;
        if (!all && !process_sum_is_due(s, ended_ns) && !has_ended(ctx->identity, s))
            continue;
        make_row(ctx, s, ended_ns);
        free(map_take(&p->sums, key));
    }
}

void processes_free(struct processes *p)
{
    uint64_t key;
    void *value;
    for (size_t i = 0; map_next(&p->sums, &i, &key, &value);)
        free(value);
    map_free(&p->sums);
    *p = (struct processes){0};
}
