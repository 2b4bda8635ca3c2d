#include "collectors/connections/words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

bool address_is_v4(const uint8_t address[16])
{
    return !memcmp(address, mapped_prefix, sizeof mapped_prefix);
}

size_t address_text(const uint8_t address[16], char out[ADDRESS_TEXT])
{
    const char *text =
        address_is_v4(address) ? inet_ntop(AF_INET, address + 12, out, ADDRESS_TEXT) : inet_ntop(AF_INET6, address, out, ADDRESS_TEXT);
    return text ? strlen(text) : 0;
}

const char *tcp_state_name(unsigned state)
{
    static const char *const names[] = {
        [TCP_ESTABLISHED] = "ESTABLISHED", [TCP_SYN_SENT] = "SYN_SENT",   [TCP_SYN_RECV] = "SYN_RECV", [TCP_FIN_WAIT1] = "FIN_WAIT1",
        [TCP_FIN_WAIT2] = "FIN_WAIT2",     [TCP_TIME_WAIT] = "TIME_WAIT", [TCP_CLOSE] = "CLOSED",      [TCP_CLOSE_WAIT] = "CLOSE_WAIT",
        [TCP_LAST_ACK] = "LAST_ACK",       [TCP_LISTEN] = "LISTEN",       [TCP_CLOSING] = "CLOSING",   "NEW_SYN_RECV",
    };
    return state < sizeof names / sizeof names[0] ? names[state] : NULL;
}

const char *direction_name(unsigned direction)
{
    return direction == DIRECTION_OUTBOUND ? "outbound" : direction == DIRECTION_INBOUND ? "inbound" : "unknown";
}

const char *tcp_event_name(unsigned event)
{
    static const char *const names[] = {
        [TCP_EVENT_RETRANSMIT] = "retransmit",         [TCP_EVENT_SYNACK_RETRANSMIT] = "synack_retransmit",
        [TCP_EVENT_RESET_SENT] = "reset_sent",         [TCP_EVENT_RESET_RECEIVED] = "reset_received",
        [TCP_EVENT_CONNECT_FAILED] = "connect_failed",
    };
    return event < sizeof names / sizeof names[0] ? names[event] : NULL;
}

static bool is_unreachable(int error)
{
    return error == EHOSTUNREACH || error == ENETUNREACH || error == EHOSTDOWN || error == ENETDOWN || error == ENONET ||
           error == ENOPROTOOPT;
}

static const char *reason_of_connect(const struct connection_record *r)
{
    if (r->error == ECONNREFUSED)
        return "refused";
    if (r->error == ETIMEDOUT)
        return "timeout";
    if (is_unreachable(r->error))
        return "unreachable";
    if (r->error == ECONNRESET)
        return "reset_received";
    return r->pair.local_port ? "cancelled" : "no_local_port";
}

/* Whose FIN came first. Of connections that were closing when the agent came, the state tells. */
static const char *reason_of_fin(const struct connection_record *r)
{
    if (r->flags & CONNECTION_LOCAL_FIN)
        return "closed_by_us";
    if (r->flags & CONNECTION_PEER_FIN || r->state == TCP_LAST_ACK)
        return "closed_by_peer";
    if (r->state == TCP_FIN_WAIT1 || r->state == TCP_FIN_WAIT2 || r->state == TCP_CLOSING)
        return "closed_by_us";
    return "unknown";
}

/* A socket that goes from these straight to CLOSE without an error was aborted by its owner, which sends a reset. */
static bool is_abort(const struct connection_record *r)
{
    return r->state == TCP_ESTABLISHED || r->state == TCP_SYN_RECV || r->state == TCP_CLOSE_WAIT;
}

static const char *reason_of_tcp(const struct connection_record *r)
{
    if (r->state == TCP_SYN_SENT)
        return reason_of_connect(r);
    if (r->error == ETIMEDOUT)
        return "timeout";
    if (r->flags & CONNECTION_RESET_IN)
        return "reset_received";
    if (is_unreachable(r->error))
        return "unreachable";
    if (r->flags & CONNECTION_RESET_OUT || r->error == ECONNABORTED)
        return "reset_sent";
    if (r->error == ECONNRESET || r->error == EPIPE)
        return "reset_received";
    return is_abort(r) ? "reset_sent" : reason_of_fin(r);
}

const char *end_reason(const struct connection_record *r)
{
    if (r->protocol == IPPROTO_TCP)
        return reason_of_tcp(r);
    return r->flags & CONNECTION_IDLE ? "idle" : "closed_by_us";
}

static bool same(const char *a, const char *b)
{
    return !strcmp(a, b);
}

const char *end_event(const struct connection_record *r)
{
    if (r->protocol != IPPROTO_TCP)
        return NULL;
    const char *reason = end_reason(r);
    if (same(reason, "refused"))
        return "refused";
    if (r->state == TCP_SYN_SENT)
        return same(reason, "cancelled") ? NULL : "connect_failed";
    return same(reason, "timeout") || same(reason, "unreachable") ? reason : NULL;
}

int end_error(const struct connection_record *r)
{
    if (r->protocol == IPPROTO_TCP && !r->error && same(end_reason(r), "no_local_port"))
        return EADDRNOTAVAIL;
    return r->error;
}
