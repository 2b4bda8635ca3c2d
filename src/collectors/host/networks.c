/* /proc/net/dev and /sys/class/net: host_networks. */
#include "collectors/host/host.h"
#include "collectors/host/parse.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
    N_INTERFACE = HOST_FIRST,
    N_UP,
    N_SPEED,
    N_RX_BYTES,
    N_RX_PACKETS,
    N_RX_ERRORS,
    N_RX_DROPS,
    N_RX_MULTICAST,
    N_TX_BYTES,
    N_TX_PACKETS,
    N_TX_ERRORS,
    N_TX_DROPS,
    N_COLLISIONS,
};

#define GROWTH(name, unit, what)                                                                                                           \
    {                                                                                                                                      \
        name, TYPE_U64, ROLE_MEASURE, unit, what " in the interval"                                                                        \
    }
static const struct column columns[] = {
    HOST_COLUMNS,
    [N_INTERFACE] = {"interface", TYPE_TEXT, ROLE_IDENTITY, NULL, "name of the network interface"},
    [N_UP] = {"up", TYPE_BOOL, ROLE_DIMENSION, NULL, "whether it has a link, as of ten seconds ago at most"},
    [N_SPEED] = {"speed_bits_per_second", TYPE_U64, ROLE_DIMENSION, "bits/s", "speed of the link; NULL when it has none or does not say"},
    [N_RX_BYTES] = GROWTH("rx_bytes", "bytes", "received"),
    [N_RX_PACKETS] = GROWTH("rx_packets", "1", "packets received"),
    [N_RX_ERRORS] = GROWTH("rx_errors", "1", "packets received wrongly"),
    [N_RX_DROPS] = GROWTH("rx_drops", "1", "packets received but dropped"),
    [N_RX_MULTICAST] = GROWTH("rx_multicast", "1", "multicast packets received"),
    [N_TX_BYTES] = GROWTH("tx_bytes", "bytes", "sent"),
    [N_TX_PACKETS] = GROWTH("tx_packets", "1", "packets sent"),
    [N_TX_ERRORS] = GROWTH("tx_errors", "1", "packets that could not be sent"),
    [N_TX_DROPS] = GROWTH("tx_drops", "1", "packets dropped before sending"),
    [N_COLLISIONS] = GROWTH("tx_collisions", "1", "collisions"),
};
const struct table table_host_networks = TABLE("host_networks", "Traffic of each network interface, each second", columns);

static const struct {
    size_t column;
    enum net_count count;
} counters[] = {
    {N_RX_BYTES, NET_RX_BYTES},         {N_RX_PACKETS, NET_RX_PACKETS},    {N_RX_ERRORS, NET_RX_ERRORS},   {N_RX_DROPS, NET_RX_DROPS},
    {N_RX_MULTICAST, NET_RX_MULTICAST}, {N_TX_BYTES, NET_TX_BYTES},        {N_TX_PACKETS, NET_TX_PACKETS}, {N_TX_ERRORS, NET_TX_ERRORS},
    {N_TX_DROPS, NET_TX_DROPS},         {N_COLLISIONS, NET_TX_COLLISIONS},
};

enum { LINK_ROUNDS = 10, MBIT = 1000000 };

struct interface {
    struct host_name name;
    uint64_t link_round; /* when up and speed were read, 0: never */
    bool up;
    uint64_t speed; /* 0: unknown */
    uint64_t last[NET_COUNTS];
};

struct networks_state {
    struct host_file file;
    struct host_items interfaces;
};

/* A small file with one number, such as carrier and speed; -1 when it says nothing (EINVAL while the interface is down). */
static long read_number(const char *interface, const char *file)
{
    char path[HOST_NAME + 64], text[32];
    snprintf(path, sizeof path, "/sys/class/net/%s/%s", interface, file);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = read(fd, text, sizeof text);
    close(fd);
    struct span s = span_of(text, n > 0 ? (size_t)n : 0);
    uint64_t v;
    return span_u64(&s, &v) ? (long)v : -1;
}

/* Asking for the speed takes the kernel's network lock: not every second. */
static void read_link(struct interface *i, uint64_t round)
{
    i->link_round = round;
    i->up = read_number(i->name.text, "carrier") == 1;
    long mbit = i->up ? read_number(i->name.text, "speed") : -1;
    i->speed = mbit > 0 ? (uint64_t)mbit * MBIT : 0;
}

static void add_row(const struct host_tick *tick, uint64_t interval_ns, const struct interface *i, const uint64_t *now)
{
    struct batch *b = host_row(tick, &table_host_networks, interval_ns);
    if (!b)
        return;
    batch_set_text(b, N_INTERFACE, i->name.text, strlen(i->name.text));
    batch_set_bool(b, N_UP, i->up);
    if (i->speed)
        batch_set_u64(b, N_SPEED, i->speed);
    for (size_t c = 0; i->name.known && c < sizeof counters / sizeof counters[0]; c++)
        host_set_growth(b, counters[c].column, i->last[counters[c].count], now[counters[c].count], 1);
}

static void sample_interface(struct networks_state *s, const struct host_tick *tick, struct span name, const uint64_t *now)
{
    struct interface *i = host_items_get(&s->interfaces, name);
    if (!i)
        return;
    if (!i->link_round || s->interfaces.round - i->link_round >= LINK_ROUNDS)
        read_link(i, s->interfaces.round);
    add_row(tick, s->file.interval_ns, i, now);
    memcpy(i->last, now, sizeof i->last);
}

static void networks_sample(void *state, const struct host_tick *tick)
{
    struct networks_state *s = state;
    struct span text = host_file_read(&s->file), line, name;
    uint64_t counts[NET_COUNTS];
    if (!span_length(text))
        return;
    host_items_begin(&s->interfaces);
    while (span_line(&text, &line))
        if (parse_net_line(line, &name, counts))
            sample_interface(s, tick, name, counts);
    host_items_end(&s->interfaces);
}

/* The network namespace of pid 1, not of the sandbox that this may run in. */
static bool networks_open(void *state, struct err *why)
{
    struct networks_state *s = state;
    s->interfaces.item_size = sizeof(struct interface);
    return host_file_open(&s->file, "/proc/1/net/dev", NULL) || host_file_open(&s->file, "/proc/net/dev", why);
}

static void networks_close(void *state)
{
    struct networks_state *s = state;
    host_file_close(&s->file);
    host_items_free(&s->interfaces);
}

const struct host_part host_part_networks = {
    .missing = "host_networks will be empty",
    .state_size = sizeof(struct networks_state),
    .open = networks_open,
    .sample = networks_sample,
    .close = networks_close,
};
