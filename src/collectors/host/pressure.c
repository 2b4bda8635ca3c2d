/* /proc/pressure/…: host_pressure. */
#include "collectors/host/host.h"
#include "collectors/host/parse.h"

enum { P_RESOURCE = HOST_FIRST, P_KIND, P_AVG10, P_AVG60, P_AVG300, P_STALL };

static const struct column columns[] = {
    HOST_COLUMNS,
    [P_RESOURCE] = {"resource", TYPE_TEXT, ROLE_DIMENSION, NULL, "what tasks had to wait for: cpu, memory, io, irq"},
    [P_KIND] = {"kind", TYPE_TEXT, ROLE_DIMENSION, NULL, "some: at least one task waited; full: all that had something to do waited"},
    [P_AVG10] = {"avg10_percent", TYPE_F64, ROLE_MEASURE, "percent", "part of the time, mean of the last 10 seconds"},
    [P_AVG60] = {"avg60_percent", TYPE_F64, ROLE_MEASURE, "percent", "the same of 60 seconds"},
    [P_AVG300] = {"avg300_percent", TYPE_F64, ROLE_MEASURE, "percent", "the same of 300 seconds"},
    [P_STALL] = {"stall_ns", TYPE_U64, ROLE_MEASURE, "ns", "time lost to waiting in the interval"},
};
const struct table table_host_pressure = TABLE("host_pressure", "Pressure stall information: time lost to waiting, each second", columns);

static const struct {
    const char *name, *path;
} resources[] = {
    {"cpu", "/proc/pressure/cpu"},
    {"memory", "/proc/pressure/memory"},
    {"io", "/proc/pressure/io"},
    {"irq", "/proc/pressure/irq"}, /* since Linux 6.1, when the kernel counts the time of interrupts */
};
enum { RESOURCES = sizeof resources / sizeof resources[0] };

struct pressure_state {
    struct host_file files[RESOURCES];
    struct pressure last[RESOURCES][PRESSURE_KINDS];
};

static void add_row(const struct host_tick *tick, size_t resource, int kind, uint64_t interval_ns, const struct pressure *before,
                    const struct pressure *now)
{
    static const char *const kinds[PRESSURE_KINDS] = {"some", "full"};
    struct batch *b = host_row(tick, &table_host_pressure, interval_ns);
    if (!b)
        return;
    batch_set_static(b, P_RESOURCE, resources[resource].name);
    batch_set_static(b, P_KIND, kinds[kind]);
    for (size_t i = 0; i < 3; i++)
        batch_set_f64(b, P_AVG10 + i, now->average[i]);
    if (before->present)
        host_set_growth(b, P_STALL, before->stall_ns, now->stall_ns, 1);
}

static void pressure_sample(void *state, const struct host_tick *tick)
{
    struct pressure_state *s = state;
    for (size_t i = 0; i < RESOURCES; i++) {
        struct pressure now[PRESSURE_KINDS];
        parse_pressure(host_file_read(&s->files[i]), now);
        for (int kind = 0; kind < PRESSURE_KINDS; kind++)
            if (now[kind].present)
                add_row(tick, i, kind, s->files[i].interval_ns, &s->last[i][kind], &now[kind]);
        memcpy(s->last[i], now, sizeof now);
    }
}

/* With psi=0 the files exist but cannot be opened. */
static bool pressure_open(void *state, struct err *why)
{
    struct pressure_state *s = state;
    bool any = false;
    for (size_t i = 0; i < RESOURCES; i++)
        any |= host_file_open(&s->files[i], resources[i].path, any ? NULL : why);
    if (any)
        return true;
    err_clear(why);
    err_set(why, ENOTSUP, "this kernel keeps no pressure stall information; starting it with psi=1 may turn it on");
    return false;
}

static void pressure_close(void *state)
{
    struct pressure_state *s = state;
    for (size_t i = 0; i < RESOURCES; i++)
        host_file_close(&s->files[i]);
}

const struct host_part host_part_pressure = {
    .missing = "host_pressure will be empty",
    .state_size = sizeof(struct pressure_state),
    .open = pressure_open,
    .sample = pressure_sample,
    .close = pressure_close,
};
