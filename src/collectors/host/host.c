#include "collectors/host/host.h"

#include "base/clock.h"
#include "base/log.h"
#include "collectors/collector.h"
#include "collectors/sink.h"
#include "identity/identity.h"

#include <stdlib.h>

static const struct host_part *const parts[] = {
    &host_part_stat, &host_part_memory, &host_part_pressure, &host_part_networks, &host_part_disks, &host_part_filesystems,
};
enum { PARTS = sizeof parts / sizeof parts[0] };

/* A tick that comes sooner after the last one is left out: counters that move in steps of 10 ms give no rates in so short a time. */
enum { SHORTEST_INTERVAL_NS = NS_PER_S / 2 };

struct host {
    void *states[PARTS]; /* NULL: the part is missing */
    int64_t sampled_boot_ns;
};

static void *part_open(const struct host_part *part)
{
    struct err why = {0};
    void *state = calloc(1, part->state_size);
    if (state && part->open(state, &why))
        return state;
    log_info("%s: %s", part->missing, state ? why.text : "out of memory");
    if (state)
        part->close(state);
    free(state);
    return NULL;
}

struct host *host_create(void)
{
    struct host *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    for (size_t i = 0; i < PARTS; i++)
        h->states[i] = part_open(parts[i]);
    host_sample(h, &(struct host_tick){0});
    return h;
}

void host_destroy(struct host *h)
{
    for (size_t i = 0; h && i < PARTS; i++)
        if (h->states[i]) {
            parts[i]->close(h->states[i]);
            free(h->states[i]);
        }
    free(h);
}

void host_sample(struct host *h, const struct host_tick *tick)
{
    h->sampled_boot_ns = clock_boot_ns();
    for (size_t i = 0; i < PARTS; i++)
        if (h->states[i])
            parts[i]->sample(h->states[i], tick);
}

static int host_open(struct collector_ctx *ctx, struct err *why)
{
    ctx->state = host_create();
    return ctx->state ? 0 : err_set(why, ENOMEM, "out of memory for the host's counters");
}

static struct batch *row_of_sink(void *sink, const struct table *table)
{
    return sink_row(sink, table);
}

static void host_on_tick(struct collector_ctx *ctx, int64_t now_boot_ns)
{
    struct host *h = ctx->state;
    if (clock_boot_ns() - h->sampled_boot_ns < SHORTEST_INTERVAL_NS)
        return;
    struct host_tick tick = {.row = row_of_sink, .arg = ctx->sink, .utc_ns = clock_boot_to_utc(now_boot_ns)};
    tick.processes = ctx->identity ? identity_count(ctx->identity) : 0;
    host_sample(h, &tick);
}

static void host_close(struct collector_ctx *ctx)
{
    host_destroy(ctx->state);
    ctx->state = NULL;
}

static const struct table *const tables[] = {
    &table_host_cpu,      &table_host_load,  &table_host_memory,      &table_host_pressure,
    &table_host_networks, &table_host_disks, &table_host_filesystems,
};

const struct collector collector_host = {
    .name = "host",
    .summary = "the machine each second: CPU, memory, load, pressure, networks, disks, file systems",
    .tables = tables,
    .n_tables = sizeof tables / sizeof tables[0],
    .open = host_open,
    .tick = host_on_tick,
    .close = host_close,
};
