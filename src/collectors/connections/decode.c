#include "collectors/connections/decode.h"

#include "base/clock.h"
#include "base/err.h"
#include "collectors/connections/connections.h"
#include "collectors/connections/words.h"
#include "collectors/sink.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

/* TCP sockets are known by their address, UDP flows by their socket's cookie and their ends. */
static uint64_t connection_key(const struct connection_record *r)
{
    uint64_t ends = r->protocol == IPPROTO_UDP ? hash_bytes(&r->pair, sizeof r->pair, r->id) : hash_u64(r->id);
    return identity_key((uint32_t)ends, r->opened_ns);
}

static void set_name(struct batch *b, size_t column, const char *name)
{
    if (name)
        batch_set_static(b, column, name);
}

static void set_error(struct batch *b, size_t column, int error)
{
    if (error)
        set_name(b, column, err_name(error));
}

static void set_owner(struct collector_ctx *ctx, struct batch *b, size_t first, const struct event_header *h)
{
    if (h->pid)
        identity_fill(ctx->identity, b, first, identity_find(ctx->identity, h->pid, h->start_ns), h->pid, h->start_ns);
}

static void set_address(struct batch *b, size_t column, const uint8_t address[16], uint16_t port)
{
    char text[ADDRESS_TEXT];
    batch_set_text(b, column, text, address_text(address, text));
    if (port)
        batch_set_u16(b, column + 1, port); /* the port's column follows the address's */
}

_Static_assert(CONNECTION_LOCAL_PORT == CONNECTION_LOCAL_ADDRESS + 1 && CONNECTION_REMOTE_PORT == CONNECTION_REMOTE_ADDRESS + 1, "");
_Static_assert(TCP_EVENT_LOCAL_PORT == TCP_EVENT_LOCAL_ADDRESS + 1 && TCP_EVENT_REMOTE_PORT == TCP_EVENT_REMOTE_ADDRESS + 1, "");

static const char *family_name(const struct socket_pair *pair)
{
    return address_is_v4(pair->remote) ? "ipv4" : "ipv6";
}

static void set_ends(struct batch *b, const struct connection_record *r)
{
    batch_set_static(b, CONNECTION_PROTOCOL, r->protocol == IPPROTO_UDP ? "udp" : "tcp");
    batch_set_static(b, CONNECTION_FAMILY, family_name(&r->pair));
    set_address(b, CONNECTION_LOCAL_ADDRESS, r->pair.local, r->pair.local_port);
    set_address(b, CONNECTION_REMOTE_ADDRESS, r->pair.remote, r->pair.remote_port);
    batch_set_static(b, CONNECTION_DIRECTION, direction_name(r->direction));
    if (r->pair.netns)
        batch_set_u32(b, CONNECTION_NETNS, r->pair.netns);
}

static void set_times(struct batch *b, const struct connection_record *r, const struct progress_step *step)
{
    if (!(r->flags & CONNECTION_PREEXISTING)) {
        batch_set_time(b, CONNECTION_OPENED, step->opened_utc_ns);
        batch_set_i64(b, CONNECTION_DURATION, (int64_t)(r->h.boot_ns - r->opened_ns));
    }
    batch_set_i64(b, CONNECTION_INTERVAL, (int64_t)step->interval_ns);
    if (r->latency_ns)
        batch_set_u64(b, CONNECTION_CONNECT_LATENCY, r->latency_ns);
}

/* struct tcp_sock keeps 8 times the smoothed round trip and 4 times its deviation, in µs (net/ipv4/tcp_input.c). */
static void set_traffic(struct batch *b, const struct connection_record *r, const struct traffic *t)
{
    batch_set_u64(b, CONNECTION_SENT_BYTES, t->sent_bytes);
    batch_set_u64(b, CONNECTION_RECEIVED_BYTES, t->received_bytes);
    batch_set_u64(b, CONNECTION_SENT_PACKETS, t->sent_packets);
    batch_set_u64(b, CONNECTION_RECEIVED_PACKETS, t->received_packets);
    batch_set_u64(b, CONNECTION_TOTAL_SENT, r->total.sent_bytes);
    batch_set_u64(b, CONNECTION_TOTAL_RECEIVED, r->total.received_bytes);
    if (r->protocol != IPPROTO_TCP)
        return;
    batch_set_u64(b, CONNECTION_RETRANSMITS, t->retransmits);
    if (!r->srtt_us)
        return;
    batch_set_u64(b, CONNECTION_RTT, (uint64_t)r->srtt_us * NS_PER_US / 8);
    batch_set_u64(b, CONNECTION_RTT_VAR, (uint64_t)r->mdev_us * NS_PER_US / 4);
}

static void set_state(struct batch *b, const struct connection_record *r)
{
    if (r->h.kind == CONNECTION_LIVE) {
        set_name(b, CONNECTION_STATE, r->protocol == IPPROTO_UDP ? "ACTIVE" : tcp_state_name(r->state));
        return;
    }
    batch_set_static(b, CONNECTION_STATE, tcp_state_name(TCP_CLOSE));
    batch_set_static(b, CONNECTION_END_REASON, end_reason(r));
    set_error(b, CONNECTION_ERROR, end_error(r));
}

static void make_row(struct collector_ctx *ctx, const struct connection_record *r, uint64_t key, const struct progress_step *step)
{
    struct batch *b = sink_row(ctx->sink, &table_connections);
    if (!b)
        return;
    batch_set_time(b, CONNECTION_TIME, clock_boot_to_utc((int64_t)r->h.boot_ns));
    set_owner(ctx, b, CONNECTION_PID, &r->h);
    batch_set_u64(b, CONNECTION_KEY, key);
    set_ends(b, r);
    set_times(b, r, step);
    set_traffic(b, r, &step->traffic);
    set_state(b, r);
}

static void set_event(struct collector_ctx *ctx, struct batch *b, const struct event_header *h, const struct socket_pair *pair)
{
    batch_set_time(b, TCP_EVENT_TIME, clock_boot_to_utc((int64_t)h->boot_ns));
    set_owner(ctx, b, TCP_EVENT_PID, h);
    batch_set_static(b, TCP_EVENT_FAMILY, family_name(pair));
    set_address(b, TCP_EVENT_LOCAL_ADDRESS, pair->local, pair->local_port);
    set_address(b, TCP_EVENT_REMOTE_ADDRESS, pair->remote, pair->remote_port);
    if (pair->netns)
        batch_set_u32(b, TCP_EVENT_NETNS, pair->netns);
}

/* A connection that ended badly is an event, too. */
static void make_end_event(struct collector_ctx *ctx, const struct connection_record *r, uint64_t key)
{
    const char *event = end_event(r);
    struct batch *b = event ? sink_row(ctx->sink, &table_tcp_events) : NULL;
    if (!b)
        return;
    set_event(ctx, b, &r->h, &r->pair);
    batch_set_static(b, TCP_EVENT_EVENT, event);
    batch_set_u64(b, TCP_EVENT_CONNECTION_KEY, key);
    batch_set_static(b, TCP_EVENT_DIRECTION, direction_name(r->direction));
    set_name(b, TCP_EVENT_STATE, tcp_state_name(r->state));
    set_error(b, TCP_EVENT_ERROR, end_error(r));
    if (!(r->flags & CONNECTION_PREEXISTING))
        batch_set_u64(b, TCP_EVENT_LATENCY, r->h.boot_ns - r->opened_ns);
}

static bool take_connection(struct collector_ctx *ctx, const struct connection_record *r)
{
    struct connections_state *s = ctx->state;
    uint64_t key = connection_key(r);
    struct progress_step step;
    if (r->h.kind == CONNECTION_END)
        progress_end(&s->progress, key, r, &step);
    else if (!progress_live(&s->progress, key, r, &step)) {
        s->untold++;
        return true;
    }
    make_row(ctx, r, key, &step);
    if (r->h.kind == CONNECTION_END)
        make_end_event(ctx, r, key);
    return true;
}

static bool take_event(struct collector_ctx *ctx, const struct tcp_event_record *e)
{
    const char *name = tcp_event_name(e->event);
    if (!name)
        return false;
    struct batch *b = sink_row(ctx->sink, &table_tcp_events);
    if (!b)
        return true;
    set_event(ctx, b, &e->h, &e->pair);
    batch_set_static(b, TCP_EVENT_EVENT, name);
    if (e->direction)
        batch_set_static(b, TCP_EVENT_DIRECTION, direction_name(e->direction));
    if (e->state)
        set_name(b, TCP_EVENT_STATE, tcp_state_name(e->state));
    set_error(b, TCP_EVENT_ERROR, e->error);
    if (!e->opened_ns)
        return true;
    struct connection_record of = {.protocol = IPPROTO_TCP, .id = e->id, .opened_ns = e->opened_ns};
    batch_set_u64(b, TCP_EVENT_CONNECTION_KEY, connection_key(&of));
    if (!(e->flags & CONNECTION_PREEXISTING))
        batch_set_u64(b, TCP_EVENT_LATENCY, e->latency_ns);
    return true;
}

bool connections_take_record(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct event_header *h = bytes;
    if (size < sizeof *h)
        return false;
    if (h->kind == CONNECTION_EVENT)
        return size >= sizeof(struct tcp_event_record) && take_event(ctx, bytes);
    if (h->kind != CONNECTION_LIVE && h->kind != CONNECTION_END)
        return false;
    return size >= sizeof(struct connection_record) && take_connection(ctx, bytes);
}
