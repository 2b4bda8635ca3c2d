#include "agent/pipeline.h"

#include "base/clock.h"
#include "base/log.h"
#include "bpf/event.h"
#include "identity/identity.h"
#include "kernel/ring.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* While events flow, the rings are read on this timer and kernel programs submit silently; with nothing to read the kernel is
 * asked to wake us. Short enough for the latency of the live stream, long enough that a busy host costs 250 wake-ups a second. */
enum { POLL_INTERVAL_MS = 4, TICK_NS = NS_PER_S, SAMPLE_LEAST_NS = NS_PER_S / 2 };

struct source { /* one collector at work */
    struct pipeline *pipeline;
    struct pipeline_collector *info;
    struct collector_ctx ctx;
    bool open;
    struct ring *ring;
    struct event_wake *wake; /* mapped; NULL without a ring */
    int ring_fd, lost_fd;
    uint64_t kernel_lost, unreadable;
    uint64_t rows_before;
    int64_t costs_at_ns;
    int64_t stats_on_ns; /* of the kernel's accounting, at the last figures */
};

struct pipeline {
    struct pipeline_collector collectors[PIPELINE_COLLECTORS];
    struct source sources[PIPELINE_COLLECTORS];
    size_t n;
    struct identity *identity;
    struct sink *sink;
    struct broker *broker;
    const struct stats_clock *stats;
    int n_cpus;
    uint64_t *per_cpu;    /* room for one value a CPU */
    pthread_mutex_t lock; /* of the figures in collectors[] */
    int64_t next_tick_ns; /* monotonic */
    int64_t publish_ns;   /* when the next open batch is due, monotonic */
};

static void fail(struct source *s, enum collector_state state, const struct err *why)
{
    s->info->state = state;
    snprintf(s->info->why, sizeof s->info->why, "%.500s", why->text);
    log_warn("%s: %s", s->info->collector->name, s->info->why);
}

/* The hooks that no way works for, as one sentence. */
static void note_missing_hooks(struct source *s)
{
    const struct kernel_plan *plan = s->info->collector->kernel;
    const struct kernel_unit *u = s->info->unit;
    for (uint32_t i = 0; u && i < u->n_hooks; i++) {
        if (u->hooks[i].way >= 0)
            continue;
        struct err why = {0};
        err_set(&why, ENOTSUP, "%s: %s; %s", u->hooks[i].name, u->hooks[i].why, plan->hooks[i].missing);
        fail(s, COLLECTOR_DEGRADED, &why);
    }
}

static int open_ring(struct source *s, struct err *why)
{
    const struct kernel_plan *plan = s->info->collector->kernel;
    const struct unit_map *m = unit_map(s->info->unit, plan->ring);
    int wake_fd = unit_map_fd(s->info->unit, EVENT_WAKE_MAP);
    if (!m || wake_fd < 0)
        return err_set(why, ENOENT, "the kernel program has no ring buffer \"%s\"", plan->ring);
    s->ring = ring_open(m->fd, m->max_entries, why);
    if (!s->ring)
        return -why->code;
    void *wake = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED, wake_fd, 0);
    if (wake == MAP_FAILED)
        return err_set(why, errno, "the map \"%s\" cannot be mapped: %s", EVENT_WAKE_MAP, strerror(errno));
    s->wake = wake;
    s->ring_fd = m->fd;
    s->lost_fd = unit_map_fd(s->info->unit, EVENT_LOST_MAP);
    return 0;
}

/* Only a privileged half that is gone is an error; a kernel that refuses leaves the collector degraded. */
static int load_kernel(struct source *s, uint32_t index, struct err *gone)
{
    struct err why = {0};
    if (!s->info->collector->kernel)
        return 0;
    if (broker_load(s->pipeline->broker, index, &s->info->unit, &why) < 0) {
        if (why.code == EPIPE)
            return err_set(gone, EPIPE, "%s", why.text);
        fail(s, COLLECTOR_DEGRADED, &why);
        return 0;
    }
    note_missing_hooks(s);
    if (s->info->collector->kernel->ring && open_ring(s, &why) < 0)
        fail(s, COLLECTOR_DEGRADED, &why);
    return 0;
}

static int open_source(struct source *s, const struct agent_config *config, uint32_t index, struct err *gone)
{
    struct pipeline *p = s->pipeline;
    s->info->state = COLLECTOR_RUNNING;
    int rc = load_kernel(s, index, gone);
    if (rc < 0)
        return rc;
    s->ctx = (struct collector_ctx){
        .collector = s->info->collector,
        .index = index,
        .unit = s->info->unit,
        .identity = p->identity,
        .broker = p->broker,
        .sink = p->sink,
        .config = config_section_of(config->config, s->info->collector->name),
    };
    struct err why = {0};
    if (s->info->collector->open(&s->ctx, &why) < 0)
        fail(s, COLLECTOR_FAILED, &why);
    else
        s->open = true;
    return 0;
}

static void load_users(struct pipeline *p)
{
    int fd = broker_open_passwd(p->broker);
    if (fd < 0)
        return; /* rows then have no user names */
    identity_load_users(p->identity, fd);
    close(fd);
}

static void name_sources(struct pipeline *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct source *s = &p->sources[i];
        s->pipeline = p;
        s->info = &p->collectors[i];
        s->info->collector = collectors[i];
        s->ring_fd = s->lost_fd = -1;
    }
}

struct pipeline *pipeline_create(const struct agent_config *config, struct broker *broker, struct sink *sink,
                                 const struct stats_clock *stats, struct err *why)
{
    int rc = 0;
    struct pipeline *p = calloc(1, sizeof *p);
    if (!p)
        goto no_memory;
    pthread_mutex_init(&p->lock, NULL);
    p->n_cpus = libbpf_num_possible_cpus();
    p->per_cpu = calloc(p->n_cpus > 0 ? (size_t)p->n_cpus : 1, sizeof *p->per_cpu);
    p->identity = identity_create();
    if (!p->per_cpu || !p->identity)
        goto no_memory;
    p->sink = sink;
    p->broker = broker;
    p->stats = stats;
    p->n = n_collectors < PIPELINE_COLLECTORS ? n_collectors : PIPELINE_COLLECTORS;
    name_sources(p);
    load_users(p);
    for (size_t i = 0; !rc && i < p->n; i++)
        if (agent_config_wants(config, collectors[i]->name))
            rc = open_source(&p->sources[i], config, (uint32_t)i, why);
    if (!rc)
        return p;
    goto failed;
no_memory:
    err_set(why, ENOMEM, "out of memory");
failed:
    pipeline_destroy(p);
    return NULL;
}

static void on_record(void *arg, const void *bytes, size_t size)
{
    struct source *s = arg;
    if (!s->info->collector->record(&s->ctx, bytes, size))
        s->unreadable++;
}

/* Reads every ring up to a mark. Marks are taken from the last ring to the first: whatever happened before an event of a later
 * ring is then within the marks of the earlier ones, and so an exec is decoded before what the new program did. */
static size_t drain(struct pipeline *p)
{
    uint64_t marks[PIPELINE_COLLECTORS];
    size_t count = 0;
    for (size_t i = p->n; i-- > 0;)
        marks[i] = p->sources[i].ring ? ring_mark(p->sources[i].ring) : 0;
    for (size_t i = 0; i < p->n; i++)
        if (p->sources[i].ring && p->sources[i].open)
            count += ring_read(p->sources[i].ring, marks[i], SIZE_MAX, on_record, &p->sources[i]);
    return count;
}

static void set_asleep(struct pipeline *p, uint32_t asleep)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->sources[i].wake)
            __atomic_store_n(&p->sources[i].wake->asleep, asleep, __ATOMIC_SEQ_CST);
}

static bool all_empty(const struct pipeline *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->sources[i].ring && p->sources[i].open && !ring_empty(p->sources[i].ring))
            return false;
    return true;
}

static int64_t left_ms(const struct pipeline *p)
{
    int64_t next = p->publish_ns < p->next_tick_ns ? p->publish_ns : p->next_tick_ns;
    int64_t left = next - clock_mono_ns();
    return left <= 0 ? 0 : (left + NS_PER_MS - 1) / NS_PER_MS;
}

/* Sleeps until the next look at the rings is due: the poll interval after work, else a wake-up by the kernel, the tick or stop.
 * A record that was being submitted while we said "asleep" may miss the wake-up: hence the second, short look. */
static bool wait_for_work(struct pipeline *p, const struct inbox *inbox, int stop_fd, bool busy)
{
    struct pollfd fds[PIPELINE_COLLECTORS + 2] = {{.fd = stop_fd, .events = POLLIN}, {.fd = inbox_fd(inbox), .events = POLLIN}};
    nfds_t n = 2;
    int64_t timeout = left_ms(p);
    if (!busy) {
        for (size_t i = 0; i < p->n; i++)
            if (p->sources[i].ring && p->sources[i].open)
                fds[n++] = (struct pollfd){.fd = p->sources[i].ring_fd, .events = POLLIN};
        set_asleep(p, 1);
        if (!all_empty(p))
            timeout = 0;
    } else if (timeout > POLL_INTERVAL_MS) {
        timeout = POLL_INTERVAL_MS;
    }
    poll(fds, n, (int)timeout);
    if (!busy)
        set_asleep(p, 0);
    return !(fds[0].revents & (POLLIN | POLLHUP));
}

static uint64_t read_kernel_lost(const struct source *s)
{
    const struct pipeline *p = s->pipeline;
    uint64_t sum = 0;
    uint32_t zero = 0;
    if (s->lost_fd < 0 || bpf_map_lookup_elem(s->lost_fd, &zero, p->per_cpu))
        return s->kernel_lost;
    for (int i = 0; i < p->n_cpus; i++)
        sum += p->per_cpu[i];
    return sum;
}

static void tick_losses(struct source *s)
{
    char place[48];
    snprintf(place, sizeof place, "%s ring", s->info->collector->name);
    uint64_t total = read_kernel_lost(s);
    if (total > s->kernel_lost)
        sink_loss(s->pipeline->sink, place, "full", total - s->kernel_lost);
    s->kernel_lost = total;
    sink_loss(s->pipeline->sink, place, "unreadable record", s->unreadable);
    s->unreadable = 0;
}

/* Costs are sampled: figures are those of the last time the kernel's accounting was on for a while. */
static void tick_costs(struct source *s, int64_t now_ns)
{
    const struct kernel_unit *u = s->info->unit;
    int64_t on = stats_clock_read(s->pipeline->stats, now_ns), sample = on - s->stats_on_ns;
    if (!u || sample < SAMPLE_LEAST_NS)
        return;
    for (uint32_t i = 0; i < u->n_programs; i++) {
        struct program_cost *c = &s->info->costs[i];
        uint64_t runs, ns;
        if (unit_program_stats(u->programs[i].fd, &runs, &ns) < 0)
            continue;
        c->cpu_percent = 100.0 * (double)(ns - c->ns) / (double)sample;
        c->runs_per_s = (double)(runs - c->runs) * NS_PER_S / (double)sample;
        c->runs = runs;
        c->ns = ns;
    }
    s->stats_on_ns = on;
}

static void tick_rates(struct source *s, int64_t now_ns)
{
    uint64_t rows = sink_rows(s->pipeline->sink, s->info->collector);
    if (s->costs_at_ns)
        s->info->rows_per_s = (double)(rows - s->rows_before) * NS_PER_S / (double)(now_ns - s->costs_at_ns);
    s->rows_before = rows;
    s->costs_at_ns = now_ns;
}

static void tick_source(struct source *s, int64_t now_boot_ns)
{
    if (s->open && s->info->collector->tick)
        s->info->collector->tick(&s->ctx, now_boot_ns);
    pthread_mutex_lock(&s->pipeline->lock);
    tick_losses(s);
    tick_costs(s, now_boot_ns);
    tick_rates(s, now_boot_ns);
    pthread_mutex_unlock(&s->pipeline->lock);
}

static void tick_all(struct pipeline *p, pipeline_tick *tick, void *arg)
{
    int64_t now = clock_boot_ns(), step = clock_sync();
    if (step > NS_PER_S || step < -NS_PER_S)
        log_warn("the system clock stepped by %+.3f s; later rows carry the new time", (double)step / NS_PER_S);
    for (size_t i = 0; i < p->n; i++)
        if (p->sources[i].info->state != COLLECTOR_OFF)
            tick_source(&p->sources[i], now);
    identity_expire(p->identity, now);
    tick(arg, now);
    sink_publish(p->sink);
}

void pipeline_take_in(struct sink *sink, struct inbox *inbox)
{
    struct batch *b;
    for (unsigned i = 0; i < INBOX_BATCHES && (b = inbox_take(inbox)); i++)
        sink_put(sink, b);
}

void pipeline_run(struct pipeline *p, struct inbox *inbox, int stop_fd, pipeline_tick *tick, void *arg)
{
    bool busy = true;
    p->next_tick_ns = clock_mono_ns();
    p->publish_ns = INT64_MAX;
    while (wait_for_work(p, inbox, stop_fd, busy)) {
        busy = drain(p) > 0;
        pipeline_take_in(p->sink, inbox);
        p->publish_ns = sink_publish_due(p->sink, clock_mono_ns());
        if (clock_mono_ns() < p->next_tick_ns)
            continue;
        tick_all(p, tick, arg);
        p->publish_ns = INT64_MAX;
        p->next_tick_ns += TICK_NS;
        if (p->next_tick_ns < clock_mono_ns()) /* suspended, or very late: no flood of ticks */
            p->next_tick_ns = clock_mono_ns() + TICK_NS;
    }
    drain(p);
    pipeline_take_in(p->sink, inbox);
    tick_all(p, tick, arg);
}

static void close_source(struct source *s)
{
    if (s->open && s->info->collector->close)
        s->info->collector->close(&s->ctx);
    if (s->wake)
        munmap(s->wake, (size_t)sysconf(_SC_PAGESIZE));
    ring_close(s->ring);
    kernel_unit_free(s->info->unit);
}

void pipeline_destroy(struct pipeline *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++)
        close_source(&p->sources[i]);
    identity_destroy(p->identity);
    free(p->per_cpu);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

const struct pipeline_collector *pipeline_collectors(const struct pipeline *p, size_t *n)
{
    *n = p->n;
    return p->collectors;
}

void pipeline_lock(struct pipeline *p)
{
    pthread_mutex_lock(&p->lock);
}

void pipeline_unlock(struct pipeline *p)
{
    pthread_mutex_unlock(&p->lock);
}
