#include "collectors/connections/connections.h"

#include "base/clock.h"
#include "base/log.h"
#include "collectors/connections/decode.h"
#include "collectors/connections/plan.h"
#include "collectors/sink.h"
#include "kernel/broker.h"
#include "kernel/unit.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads an iterator to its end; its records, all of one size, are rows. */
static void read_records(struct collector_ctx *ctx, int fd)
{
    struct connection_record records[128];
    size_t have = 0;
    ssize_t n;
    while ((n = read(fd, (char *)records + have, sizeof records - have)) > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR))) {
        have += n > 0 ? (size_t)n : 0;
        size_t whole = have / sizeof records[0];
        for (size_t i = 0; i < whole; i++)
            connections_take_record(ctx, &records[i], sizeof records[i]);
        have -= whole * sizeof records[0];
        memmove(records, &records[whole], have);
    }
}

/* Opens an iterator of ours and reads it, when its hook has a way on this kernel. */
static void pass(struct collector_ctx *ctx, const char *hook, const char *program)
{
    const struct unit_hook *h = unit_hook(ctx->unit, hook);
    struct err why = {0};
    if (!h || h->way < 0)
        return;
    int fd = broker_open_iter(ctx->broker, ctx->index, program, &why);
    if (fd < 0) {
        log_warn("connections: %s", why.text);
        return;
    }
    read_records(ctx, fd);
    close(fd);
}

static int connections_open(struct collector_ctx *ctx, struct err *why)
{
    struct connections_state *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(why, ENOMEM, "out of memory");
    ctx->state = s;
    s->interval_ns = (int64_t)config_number(ctx->config, "interval");
    s->udp_gone_ns = 2 * s->interval_ns + 2 * (int64_t)config_number(ctx->config, "udp_idle");
    s->next_pass_ns = clock_boot_ns() + s->interval_ns;
    pass(ctx, "scan", "scan_sockets"); /* the sockets that are there */
    pass(ctx, "scan", "scan_sockets"); /* now that all listeners are known: who connected to whom */
    return 0;
}

/* Is a connection that had a live row no longer in the kernel's map? Idle flows end by themselves, and are told without loss. */
static bool connection_gone(void *arg, uint8_t protocol, uint64_t id, uint64_t opened_ns, uint64_t last_ns)
{
    const struct collector_ctx *ctx = arg;
    const struct connections_state *s = ctx->state;
    struct tcp_connection c;
    if (protocol != IPPROTO_TCP)
        return clock_boot_ns() - (int64_t)last_ns > s->udp_gone_ns;
    int fd = unit_map_fd(ctx->unit, "tcp_connections");
    if (fd < 0)
        return false;
    int rc = bpf_map_lookup_elem(fd, &id, &c);
    return rc ? rc == -ENOENT : c.opened_ns != opened_ns;
}

static void tell_full(struct collector_ctx *ctx)
{
    static const char *const places[] = {"connections of TCP", "flows of UDP"};
    struct connections_state *s = ctx->state;
    int fd = unit_map_fd(ctx->unit, "full"), cpus = libbpf_num_possible_cpus();
    uint64_t *values = fd >= 0 && cpus > 0 ? calloc((size_t)cpus, sizeof *values) : NULL;
    for (uint32_t which = 0; values && which < 2; which++) {
        uint64_t sum = 0;
        if (bpf_map_lookup_elem(fd, &which, values))
            continue;
        for (int i = 0; i < cpus; i++)
            sum += values[i];
        if (sum > s->full[which])
            sink_loss(ctx->sink, places[which], "the kernel's map is full", sum - s->full[which]);
        s->full[which] = sum;
    }
    free(values);
}

static void connections_tick(struct collector_ctx *ctx, int64_t now_boot_ns)
{
    struct connections_state *s = ctx->state;
    tell_full(ctx);
    if (s->untold)
        log_warn("connections: %llu rows were put off: too many connections are open", (unsigned long long)s->untold);
    s->untold = 0;
    progress_sweep(&s->progress, connection_gone, ctx);
    if (now_boot_ns < s->next_pass_ns)
        return;
    s->next_pass_ns = now_boot_ns + s->interval_ns;
    pass(ctx, "report_tcp", "report_tcp");
    pass(ctx, "report_udp", "report_udp");
}

static void connections_close(struct collector_ctx *ctx)
{
    struct connections_state *s = ctx->state;
    if (!s)
        return;
    progress_free(&s->progress);
    free(s);
    ctx->state = NULL;
}

static const struct table *const tables[] = {&table_connections, &table_tcp_events};

static const struct config_option options[] = {
    {"interval", CONFIG_DURATION, "10s", "TIME", "how often an open connection with traffic gets a row", .least = "1s", .most = "1h"},
    {"udp_idle", CONFIG_DURATION, "30s", "TIME", "a UDP flow without datagrams for so long has ended", .least = "1s", .most = "1h"},
    {"max_connections", CONFIG_NUMBER, "131072", "N", "TCP connections known at a time; more are counted as lost", .least = "1024",
     .most = "4194304"},
    {"max_flows", CONFIG_NUMBER, "65536", "N", "UDP flows known at a time; more are counted as lost", .least = "1024", .most = "4194304"},
};

const struct collector collector_connections = {
    .name = "connections",
    .summary = "TCP connections and UDP flows with their traffic, and what goes wrong on them",
    .tables = tables,
    .n_tables = sizeof tables / sizeof tables[0],
    .kernel = &connections_plan,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .open = connections_open,
    .record = connections_take_record,
    .tick = connections_tick,
    .close = connections_close,
};
