#include "collectors/scheduler/cpus.h"

#include "collectors/scheduler/scheduler.h"
#include "collectors/sink.h"
#include "table/histogram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct scheduler_cpu *cpu_at(const struct cpus *c, size_t i)
{
    return (struct scheduler_cpu *)(void *)(c->map.bytes + i * c->map.stride);
}

struct portion cpu_take_portion(struct scheduler_cpu *cpu, uint64_t until)
{
    __u64 word = __atomic_load_n(&cpu->since, __ATOMIC_ACQUIRE), since = word >> 1, index = word & 1;
    struct scheduler_running who = cpu->running[index]; /* stays as it is while the word does */
    struct portion none = {0};
    if (!who.pid || !who.start_ns || !since || since >= until)
        return none;
    if (!__atomic_compare_exchange_n(&cpu->since, &word, until << 1 | index, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return none;
    return (struct portion){.start_ns = who.start_ns, .pid = who.pid, .ns = until - since};
}

/* The latest time that the scheduler took anywhere. It is now, or a little ago: this thread itself has just got its CPU. */
static uint64_t clock_now(const struct cpus *c)
{
    uint64_t now = 0;
    for (size_t i = 0; i < c->map.count; i++) {
        uint64_t since = __atomic_load_n(&cpu_at(c, i)->since, __ATOMIC_RELAXED) >> 1;
        now = since > now ? since : now;
    }
    return now;
}

static void take_portions(struct cpus *c, uint64_t now)
{
    for (size_t i = 0; i < c->map.count; i++) {
        struct cpu_state *s = &c->states[i];
        s->portion = cpu_take_portion(cpu_at(c, i), now);
        s->accounted_ns += s->portion.ns;
    }
}

static void remember(struct cpu_state *s, const struct scheduler_cpu *cpu, uint64_t now)
{
    s->last = *cpu;
    s->last_clock_ns = now;
    s->last_accounted_ns = s->accounted_ns;
}

static void set_run_queue(struct batch *b, const struct scheduler_cpu *before, const struct scheduler_cpu *now)
{
    uint64_t counts[HISTOGRAM_BUCKETS];
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        counts[i] = now->run_queue.counts[i] - before->run_queue.counts[i]; /* in 32 bits: they may have turned over */
    batch_set_histogram(b, SCHED_CPU_RUN_QUEUE, counts, HISTOGRAM_BUCKETS);
    batch_set_u64(b, SCHED_CPU_RUN_QUEUE_TOTAL, now->run_queue_ns - before->run_queue_ns);
}

static void make_row(struct cpus *c, size_t i, struct sink *sink, int64_t utc_ns, uint64_t now)
{
    struct cpu_state *s = &c->states[i];
    struct scheduler_cpu *live = cpu_at(c, i), cpu = *live;
    const struct scheduler_cpu *before = &s->last;
    struct batch *b = sink_row(sink, &table_sched_cpus);
    if (!b)
        return;
    batch_set_time(b, SCHED_CPU_TIME, utc_ns);
    batch_set_u32(b, SCHED_CPU_CPU, (uint32_t)i);
    batch_set_i64(b, SCHED_CPU_INTERVAL, (int64_t)(now - s->last_clock_ns));
    batch_set_u64(b, SCHED_CPU_BUSY, cpu.busy_ns - before->busy_ns + s->accounted_ns - s->last_accounted_ns);
    set_run_queue(b, before, &cpu);
    batch_set_u64(b, SCHED_CPU_RUN_QUEUE_MAX, __atomic_exchange_n(&live->run_queue_max_ns, 0, __ATOMIC_RELAXED));
    batch_set_u64(b, SCHED_CPU_SWITCHES, cpu.switches - before->switches);
    batch_set_u64(b, SCHED_CPU_INVOLUNTARY, cpu.involuntary - before->involuntary);
    batch_set_u64(b, SCHED_CPU_MIGRATIONS_IN, cpu.arrivals - before->arrivals);
    batch_set_u64(b, SCHED_CPU_MIGRATIONS_OUT, cpu.departures - before->departures);
    remember(s, &cpu, now);
}

static bool is_due(const struct cpus *c, size_t i, uint64_t now, bool last)
{
    const struct cpu_state *s = &c->states[i];
    const struct scheduler_cpu *cpu = cpu_at(c, i), *before = &s->last;
    uint64_t active_ns = cpu->busy_ns - before->busy_ns + s->accounted_ns - s->last_accounted_ns + cpu->run_queue_ns - before->run_queue_ns;
    if (cpu->switches == before->switches && !active_ns)
        return false;
    return last || active_ns >= SCHED_TRIVIAL_NS || now - s->last_clock_ns >= SCHED_LONGEST_NS;
}

int cpus_open(struct cpus *c, const struct kernel_unit *unit, struct err *why)
{
    int rc = mapped_open(&c->map, unit, "cpus", why);
    if (rc)
        return rc;
    if (c->map.count && c->map.stride != sizeof(struct scheduler_cpu))
        return err_set(why, EINVAL, "the map \"cpus\" has elements of %zu bytes", c->map.stride);
    c->states = calloc(c->map.count + 1, sizeof *c->states);
    if (!c->states)
        return err_set(why, ENOMEM, "out of memory");
    uint64_t now = clock_now(c);
    take_portions(c, now); /* what was before is of no interval */
    for (size_t i = 0; i < c->map.count; i++) {
        c->states[i].portion.pid = 0;
        remember(&c->states[i], cpu_at(c, i), now);
    }
    return 0;
}

void cpus_close(struct cpus *c)
{
    mapped_close(&c->map);
    free(c->states);
    *c = (struct cpus){0};
}

void cpus_turn(struct cpus *c, struct sink *sink, int64_t utc_ns, bool last)
{
    uint64_t now = clock_now(c);
    take_portions(c, now);
    for (size_t i = 0; i < c->map.count; i++)
        if (now > c->states[i].last_clock_ns && is_due(c, i, now, last))
            make_row(c, i, sink, utc_ns, now);
}
