/* What the connections collector wants to see in the kernel, and the ways to see it. */
#include "collectors/connections/plan.h"

#include "collectors/connections/connections.skel.h"
#include "collectors/connections/connections.wire.h"

#include "base/config.h"

#include <bpf/libbpf.h>
#include <errno.h>

static const void *object(size_t *size)
{
    return connections_bpf__elf_bytes(size);
}

#define WAY(by, ...)                                                                                                                       \
    {                                                                                                                                      \
        .mechanism = (by), .programs = { __VA_ARGS__ }                                                                                     \
    }
#define WAYS(ways) ways, sizeof(ways) / sizeof((ways)[0])

static const struct hook_way state_ways[] = {
    WAY(BY_TP_BTF, "state_tp_btf"),
    WAY(BY_RAW_TP, "state_raw_tp"),
    WAY(BY_TRACEPOINT, "state_tracepoint"),
};

/* The first two run per accept and connect only. Tracepoints of these calls make perf look into a bitmap at the exit of every other call;
 * the last runs a program there. */
static const struct hook_way call_ways[] = {
    WAY(BY_FEXIT, "accept_fexit", "connect4_fexit", "connect6_fexit"),
    WAY(BY_KRETPROBE, "accept_kretprobe", "connect_tracepoint"),
    WAY(BY_TRACEPOINT, "accept_tracepoint", "accept4_tracepoint", "connect_tracepoint"),
    WAY(BY_TP_BTF, "calls_tp_btf"),
};

static const struct hook_way retransmit_ways[] = {
    WAY(BY_TP_BTF, "retransmit_tp_btf", "synack_tp_btf"),
    WAY(BY_RAW_TP, "retransmit_raw_tp", "synack_raw_tp"),
};

static const struct hook_way reset_in_ways[] = {
    WAY(BY_TP_BTF, "reset_in_tp_btf"),
    WAY(BY_RAW_TP, "reset_in_raw_tp"),
};

static const struct hook_way reset_out_ways[] = {
    WAY(BY_TP_BTF, "reset_out_reason"),
    WAY(BY_FENTRY, "reset_out_tp_btf", "reset_out4_fentry", "reset_out6_fentry"),
    WAY(BY_KPROBE, "reset_out_tp_btf", "reset_out4_kprobe", "reset_out6_kprobe"),
    WAY(BY_TP_BTF, "reset_out_tp_btf"),
    WAY(BY_RAW_TP, "reset_out_raw_tp"),
};

static const struct hook_way udp_ways[] = {WAY(BY_CGROUP, "udp_sent", "udp_received", "udp_created", "udp_released")};
static const struct hook_way scan_ways[] = {WAY(BY_ITER, "scan_sockets")};
static const struct hook_way report_tcp_ways[] = {{.mechanism = BY_ITER, .programs = {"report_tcp"}, .map = "tcp_connections"}};
static const struct hook_way report_udp_ways[] = {{.mechanism = BY_ITER, .programs = {"report_udp"}, .map = "udp_flows"}};

static const struct hook hooks[] = {
    {"tcp_state", "a TCP socket changes its state", WAYS(state_ways), "TCP connections will be missing"},
    {"tcp_calls", "accept returned a connection, connect returned an error", WAYS(call_ways),
     "accepted connections belong to the listener's process; connects that fail at once will be missing"},
    {"tcp_retransmit", "a TCP segment was sent again", WAYS(retransmit_ways), "retransmit events will be missing (their counts are not)"},
    {"tcp_reset_in", "a TCP reset arrived", WAYS(reset_in_ways), "received resets will be missing"},
    {"tcp_reset_out", "a TCP reset was sent", WAYS(reset_out_ways), "sent resets will be missing"},
    {"udp", "a UDP socket sent or received a datagram", WAYS(udp_ways), "UDP flows will be missing"},
    {"scan", "sockets that were open before the agent started", WAYS(scan_ways), "connections that are open already will be missing"},
    {"report_tcp", "a pass over the open connections", WAYS(report_tcp_ways), "open connections show no row before they end"},
    {"report_udp", "a pass over the flows", WAYS(report_udp_ways), "UDP flows show no row before their socket is closed"},
};

static int set_size(struct bpf_object *kernel, const char *map, uint64_t entries, struct err *why)
{
    struct bpf_map *m = bpf_object__find_map_by_name(kernel, map);
    int rc = m ? bpf_map__set_max_entries(m, (uint32_t)entries) : -ENOENT;
    return rc ? err_set(why, -rc, "the map %s cannot be sized", map) : 0;
}

static int configure(struct bpf_object *kernel, const struct config_section *config, struct err *why)
{
    uint64_t idle_ns = config_number(config, "udp_idle");
    int rc = kernel_knob(kernel, "udp_idle_ns", &idle_ns, sizeof idle_ns, why);
    rc = rc ? rc : set_size(kernel, "tcp_connections", config_number(config, "max_connections"), why);
    return rc ? rc : set_size(kernel, "udp_flows", config_number(config, "max_flows"), why);
}

const struct kernel_plan connections_plan = {
    .object = object,
    .hooks = hooks,
    .n_hooks = sizeof hooks / sizeof hooks[0],
    .ring = EVENT_RING_MAP,
    .configure = configure,
};
