/* profile, interval, software, hardware. */
#include "trace/probes/providers.h"

#include "base/arena.h"
#include "base/names.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    uint64_t ns; /* 0: hz */
} units[] = {{"hz", 0}, {"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000ULL}, {"h", 3600000000000ULL}};

static bool unit_find(const char *name, uint64_t *ns)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (!strcmp(units[i].name, name)) {
            *ns = units[i].ns;
            return true;
        }
    return false;
}

/* interval:s:5, interval:5s, interval:5000000000 (ns) */
void expand_timer(struct expansion *e)
{
    bool split = e->point->n_parts > 2;
    const char *number = expansion_part(e, split ? 1 : 0);
    char *end;
    uint64_t count = strtoull(number, &end, 0);
    const char *unit = split ? expansion_part(e, 0) : *end ? end : "ns";
    uint64_t ns = 0;
    if (*end == 'e' && count) { /* 1e6 */
        for (unsigned long zeros = strtoul(end + 1, &end, 10); zeros && count < UINT64_MAX / 10; zeros--)
            count *= 10;
    }
    if (end == number || (split && *end) || count == 0) {
        complain(e->complaints, e->point->place, "%s is no number above 0", number);
        return;
    }
    if (!unit_find(unit, &ns)) {
        complain(e->complaints, e->point->place, "%s is no unit of time; there are hz, us, ms, s, m and h", unit);
        return;
    }
    char what[32];
    snprintf(what, sizeof what, "%llu", (unsigned long long)count);
    struct target *t = expansion_add(e, e->provider == PROVIDER_PROFILE ? ATTACH_PERF_EVENT : ATTACH_RUN, unit, what);
    if (!t)
        return;
    t->is_hz = ns == 0;
    t->every = ns ? count * ns : count;
}

struct event_name {
    const char *name, *alias;
    uint64_t config;
    uint64_t count; /* when none is given */
};

static const struct event_name software[] = {
    {"alignment-faults", NULL, PERF_COUNT_SW_ALIGNMENT_FAULTS, 1},    {"bpf-output", NULL, PERF_COUNT_SW_BPF_OUTPUT, 1},
    {"context-switches", "cs", PERF_COUNT_SW_CONTEXT_SWITCHES, 1000}, {"cpu-clock", "cpu", PERF_COUNT_SW_CPU_CLOCK, 1000000},
    {"cpu-migrations", NULL, PERF_COUNT_SW_CPU_MIGRATIONS, 1},        {"dummy", NULL, PERF_COUNT_SW_DUMMY, 1},
    {"emulation-faults", NULL, PERF_COUNT_SW_EMULATION_FAULTS, 1},    {"major-faults", NULL, PERF_COUNT_SW_PAGE_FAULTS_MAJ, 1},
    {"minor-faults", NULL, PERF_COUNT_SW_PAGE_FAULTS_MIN, 100},       {"page-faults", "faults", PERF_COUNT_SW_PAGE_FAULTS, 100},
    {"task-clock", NULL, PERF_COUNT_SW_TASK_CLOCK, 1000000},          {0},
};

static const struct event_name hardware[] = {
    {"backend-stalls", NULL, PERF_COUNT_HW_STALLED_CYCLES_BACKEND, 1000000},
    {"branch-instructions", "branches", PERF_COUNT_HW_BRANCH_INSTRUCTIONS, 100000},
    {"branch-misses", NULL, PERF_COUNT_HW_BRANCH_MISSES, 100000},
    {"bus-cycles", NULL, PERF_COUNT_HW_BUS_CYCLES, 100000},
    {"cache-misses", NULL, PERF_COUNT_HW_CACHE_MISSES, 1000000},
    {"cache-references", NULL, PERF_COUNT_HW_CACHE_REFERENCES, 1000000},
    {"cpu-cycles", "cycles", PERF_COUNT_HW_CPU_CYCLES, 1000000},
    {"frontend-stalls", NULL, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND, 1000000},
    {"instructions", NULL, PERF_COUNT_HW_INSTRUCTIONS, 1000000},
    {"ref-cycles", NULL, PERF_COUNT_HW_REF_CPU_CYCLES, 1000000},
    {0},
};

static const char *event_candidate(const void *arg, size_t i)
{
    return ((const struct event_name *)arg)[i].name;
}

const char *event_name_at(enum provider p, size_t i)
{
    return (p == PROVIDER_SOFTWARE ? software : hardware)[i].name;
}

void expand_event(struct expansion *e)
{
    const struct event_name *events = e->provider == PROVIDER_SOFTWARE ? software : hardware;
    const char *name = expansion_part(e, 0);
    const char *count = expansion_part(e, 1);
    char *end = NULL;
    for (const struct event_name *ev = events; ev->name; ev++) {
        if (strcmp(ev->name, name) && (!ev->alias || strcmp(ev->alias, name)))
            continue;
        uint64_t every = *count ? strtoull(count, &end, 0) : ev->count;
        if (end && *end == 'e')
            for (unsigned long zeros = strtoul(end + 1, &end, 10); zeros && every < UINT64_MAX / 10; zeros--)
                every *= 10;
        if ((end && *end) || !every) {
            complain(e->complaints, e->point->place, "%s is no number of events", count);
            return;
        }
        char group[64];
        char what[32];
        snprintf(group, sizeof group, "%s", name);
        snprintf(what, sizeof what, "%s", count);
        struct target *t = expansion_add(e, ATTACH_PERF_EVENT, group, *count ? what : NULL);
        if (t) {
            t->offset = ev->config;
            t->every = every;
        }
        return;
    }
    complain(e->complaints, e->point->place, "no event of %s is called %s", provider_name(e->provider), name);
    const char *near = names_nearest((struct names){event_candidate, events}, name);
    if (near)
        complain_hint(e->complaints, "did you mean %s?", near);
}
