/* /proc/stat and /proc/loadavg: host_cpu and host_load. */
#include "collectors/host/host.h"
#include "collectors/host/parse.h"

#include <stdio.h>
#include <stdlib.h>

enum { CPU_NAME = HOST_FIRST, CPU_FIRST_RATIO, CPU_BUSY = CPU_FIRST_RATIO + CPU_TIMES, CPU_SWITCHES };

#define RATIO(index, name, what)                                                                                                           \
    [CPU_FIRST_RATIO + (index)] = {name, TYPE_F64, ROLE_MEASURE, "1", what ", as a part of the interval from 0 to 1"}
static const struct column cpu_columns[] = {
    HOST_COLUMNS,
    [CPU_NAME] = {"cpu", TYPE_TEXT, ROLE_DIMENSION, NULL, "number of the CPU, or \"all\": the mean of all"},
    RATIO(CPU_USER, "user_ratio", "time in programs, virtual CPUs of guests included"),
    RATIO(CPU_NICE, "nice_ratio", "time in programs of lowered priority"),
    RATIO(CPU_SYSTEM, "system_ratio", "time in the kernel"),
    RATIO(CPU_IDLE, "idle_ratio", "time with nothing to do"),
    RATIO(CPU_IOWAIT, "iowait_ratio", "idle time while a task of this CPU waited for a disk"),
    RATIO(CPU_IRQ, "irq_ratio", "time in interrupts"),
    RATIO(CPU_SOFTIRQ, "softirq_ratio", "time in software interrupts: network, timers, disks"),
    RATIO(CPU_STEAL, "steal_ratio", "time that the hypervisor gave to others"),
    [CPU_BUSY] = {"busy_ratio", TYPE_F64, ROLE_MEASURE, "1", "all but idle and iowait, from 0 to 1"},
    [CPU_SWITCHES] = {"context_switches", TYPE_U64, ROLE_MEASURE, "1", "switches between tasks in the interval; only where cpu is \"all\""},
};
const struct table table_host_cpu = TABLE("host_cpu", "What each CPU spent its time on, each second", cpu_columns);

enum {
    LOAD_1 = HOST_FIRST,
    LOAD_5,
    LOAD_15,
    LOAD_RUNNING,
    LOAD_BLOCKED,
    LOAD_PROCESSES,
    LOAD_TASKS,
    LOAD_FORKS,
    LOAD_SWITCHES,
    LOAD_INTERRUPTS,
    LOAD_SOFTIRQS
};

static const struct column load_columns[] = {
    HOST_COLUMNS,
    [LOAD_1] = {"load1", TYPE_F64, ROLE_MEASURE, "1", "tasks running, waiting for a CPU or for a disk: mean of about a minute"},
    [LOAD_5] = {"load5", TYPE_F64, ROLE_MEASURE, "1", "the same of five minutes"},
    [LOAD_15] = {"load15", TYPE_F64, ROLE_MEASURE, "1", "the same of fifteen minutes"},
    [LOAD_RUNNING] = {"running", TYPE_U64, ROLE_MEASURE, "1", "tasks running or waiting for a CPU, at this moment"},
    [LOAD_BLOCKED] = {"blocked", TYPE_U64, ROLE_MEASURE, "1", "tasks waiting for a disk, at this moment"},
    [LOAD_PROCESSES] = {"processes", TYPE_U64, ROLE_MEASURE, "1", "processes alive; NULL without the process collector"},
    [LOAD_TASKS] = {"tasks", TYPE_U64, ROLE_MEASURE, "1", "threads alive, those of the kernel included"},
    [LOAD_FORKS] = {"forks", TYPE_U64, ROLE_MEASURE, "1", "processes and threads started in the interval"},
    [LOAD_SWITCHES] = {"context_switches", TYPE_U64, ROLE_MEASURE, "1", "switches between tasks in the interval"},
    [LOAD_INTERRUPTS] = {"interrupts", TYPE_U64, ROLE_MEASURE, "1", "interrupts in the interval"},
    [LOAD_SOFTIRQS] = {"softirqs", TYPE_U64, ROLE_MEASURE, "1", "software interrupts in the interval"},
};
const struct table table_host_load = TABLE("host_load", "Load averages, tasks and the rates of scheduling, each second", load_columns);

struct cpu_slot {
    uint64_t round; /* of the reading that `last` is of */
    struct cpu_line last;
};

struct stat_state {
    struct host_file stat, load;
    struct cpu_slot *slots; /* [0]: all, [1 + n]: CPU n */
    size_t n_slots;
    uint64_t round;
    struct stat_counts last;
};

static void set_ratios(struct batch *b, const struct cpu_line *before, const struct cpu_line *now)
{
    uint64_t grown[CPU_TIMES], total = 0;
    for (size_t i = 0; i < CPU_TIMES; i++) { /* idle and iowait may step back a little when CPUs go on and off line */
        grown[i] = now->ticks[i] >= before->ticks[i] ? now->ticks[i] - before->ticks[i] : UINT64_MAX;
        total += grown[i] != UINT64_MAX ? grown[i] : 0;
    }
    if (!total)
        return;
    for (size_t i = 0; i < CPU_TIMES; i++)
        if (grown[i] != UINT64_MAX)
            batch_set_f64(b, CPU_FIRST_RATIO + i, (double)grown[i] / (double)total);
    if (grown[CPU_IDLE] != UINT64_MAX && grown[CPU_IOWAIT] != UINT64_MAX)
        batch_set_f64(b, CPU_BUSY, (double)(total - grown[CPU_IDLE] - grown[CPU_IOWAIT]) / (double)total);
}

static struct cpu_slot *slot_of(struct stat_state *s, int cpu)
{
    size_t at = cpu == CPU_ALL ? 0 : (size_t)cpu + 1;
    if (at >= s->n_slots) {
        struct cpu_slot *slots = realloc(s->slots, (at + 1) * sizeof *slots);
        if (!slots)
            return NULL;
        memset(slots + s->n_slots, 0, (at + 1 - s->n_slots) * sizeof *slots);
        s->slots = slots;
        s->n_slots = at + 1;
    }
    return &s->slots[at];
}

/* A CPU that was not in the last reading has nothing to compare with: its row comes with the next. */
static void sample_cpu(struct stat_state *s, const struct host_tick *tick, const struct cpu_line *now, const struct stat_counts *counts)
{
    struct cpu_slot *slot = slot_of(s, now->cpu);
    if (!slot)
        return;
    struct batch *b = slot->round && slot->round == s->round - 1 ? host_row(tick, &table_host_cpu, s->stat.interval_ns) : NULL;
    if (b) {
        char name[16];
        int n = snprintf(name, sizeof name, "%d", now->cpu);
        if (now->cpu == CPU_ALL) {
            batch_set_static(b, CPU_NAME, "all");
            host_set_growth(b, CPU_SWITCHES, s->last.context_switches, counts->context_switches, 1);
        } else {
            batch_set_text(b, CPU_NAME, name, (size_t)n);
        }
        set_ratios(b, &slot->last, now);
    }
    slot->last = *now;
    slot->round = s->round;
}

static void sample_load(struct stat_state *s, const struct host_tick *tick, const struct stat_counts *now)
{
    struct batch *b = host_row(tick, &table_host_load, s->stat.interval_ns);
    struct load load;
    if (!b)
        return;
    if (parse_load(host_file_read(&s->load), &load)) {
        for (size_t i = 0; i < 3; i++)
            batch_set_f64(b, LOAD_1 + i, load.load[i]);
        batch_set_u64(b, LOAD_TASKS, load.tasks);
    }
    batch_set_u64(b, LOAD_RUNNING, now->running);
    batch_set_u64(b, LOAD_BLOCKED, now->blocked);
    if (tick->processes)
        batch_set_u64(b, LOAD_PROCESSES, tick->processes);
    host_set_growth(b, LOAD_FORKS, s->last.forks, now->forks, 1);
    host_set_growth(b, LOAD_SWITCHES, s->last.context_switches, now->context_switches, 1);
    host_set_growth(b, LOAD_INTERRUPTS, s->last.interrupts, now->interrupts, 1);
    host_set_growth(b, LOAD_SOFTIRQS, s->last.softirqs, now->softirqs, 1);
}

static void stat_sample(void *state, const struct host_tick *tick)
{
    struct stat_state *s = state;
    struct span text = host_file_read(&s->stat), rest = text, line;
    struct stat_counts now = {0};
    struct cpu_line cpu;
    if (!span_length(text))
        return;
    s->round++;
    while (span_line(&rest, &line))
        parse_stat_line(line, &now);
    while (span_line(&text, &line) && parse_cpu_line(line, &cpu))
        sample_cpu(s, tick, &cpu, &now);
    sample_load(s, tick, &now);
    s->last = now;
}

static bool stat_open(void *state, struct err *why)
{
    struct stat_state *s = state;
    return host_file_open(&s->stat, "/proc/stat", why) && host_file_open(&s->load, "/proc/loadavg", why);
}

static void stat_close(void *state)
{
    struct stat_state *s = state;
    host_file_close(&s->stat);
    host_file_close(&s->load);
    free(s->slots);
}

const struct host_part host_part_stat = {
    .missing = "host_cpu and host_load will be empty",
    .state_size = sizeof(struct stat_state),
    .open = stat_open,
    .sample = stat_sample,
    .close = stat_close,
};
