#include "collectors/connections/connections.h"

#define SINCE "since the connection's previous row: sums over time are right"

static const struct column connection_columns[] = {
    [CONNECTION_TIME] = COLUMN_TIME("when the row was made: at the end of an interval with traffic, or when the connection ended"),
    COLUMNS_PROCESS(CONNECTION),
    [CONNECTION_KEY] = {"connection_key", TYPE_U64, ROLE_IDENTITY, NULL,
                        "identity of the connection: boot id, socket and opening time in 64 bits"},
    [CONNECTION_PROTOCOL] = {"protocol", TYPE_TEXT, ROLE_DIMENSION, NULL, "tcp, udp"},
    [CONNECTION_FAMILY] = {"family", TYPE_TEXT, ROLE_DIMENSION, NULL, "ipv4, ipv6; IPv4 over an IPv6 socket is ipv4"},
    [CONNECTION_LOCAL_ADDRESS] = {"local_address", TYPE_TEXT, ROLE_DIMENSION, NULL, "address of this side"},
    [CONNECTION_LOCAL_PORT] = {"local_port", TYPE_U16, ROLE_DIMENSION, NULL, "port of this side"},
    [CONNECTION_REMOTE_ADDRESS] = {"remote_address", TYPE_TEXT, ROLE_DIMENSION, NULL, "address of the other side"},
    [CONNECTION_REMOTE_PORT] = {"remote_port", TYPE_U16, ROLE_DIMENSION, NULL, "port of the other side"},
    [CONNECTION_DIRECTION] = {"direction", TYPE_TEXT, ROLE_DIMENSION, NULL,
                              "outbound: this side connected (UDP: sent first); inbound: it accepted; unknown"},
    [CONNECTION_STATE] = {"state", TYPE_TEXT, ROLE_DIMENSION, NULL,
                          "state of the TCP socket (ESTABLISHED …), ACTIVE for UDP; CLOSED in the last row of a connection"},
    [CONNECTION_OPENED] = {"opened", TYPE_TIME, ROLE_DIMENSION, "ns",
                           "when connect was called, the handshake of an inbound one was done, the first datagram passed; "
                           "NULL: before the agent started"},
    [CONNECTION_DURATION] = {"duration_ns", TYPE_I64, ROLE_MEASURE, "ns", "age of the connection at this row; NULL when opened is"},
    [CONNECTION_INTERVAL] = {"interval_ns", TYPE_I64, ROLE_MEASURE, "ns",
                             "time that the row's counts cover: since the previous row, the opening, or the agent's start"},
    [CONNECTION_CONNECT_LATENCY] = {"connect_latency_ns", TYPE_U64, ROLE_MEASURE, "ns",
                                    "from connect to established; NULL for inbound ones and when it never was"},
    [CONNECTION_SENT_BYTES] = {"sent_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "payload sent, each byte once, " SINCE},
    [CONNECTION_RECEIVED_BYTES] = {"received_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "payload received, each byte once, " SINCE},
    [CONNECTION_SENT_PACKETS] = {"sent_packets", TYPE_U64, ROLE_MEASURE, "1",
                                 "segments or datagrams sent, with bare ACKs and retransmits, without the SYN-ACK, " SINCE},
    [CONNECTION_RECEIVED_PACKETS] = {"received_packets", TYPE_U64, ROLE_MEASURE, "1", "segments or datagrams received, " SINCE},
    [CONNECTION_RETRANSMITS] = {"retransmits", TYPE_U64, ROLE_MEASURE, "1", "TCP segments sent again, " SINCE},
    [CONNECTION_TOTAL_SENT] = {"total_sent_bytes", TYPE_U64, ROLE_MEASURE, "bytes",
                               "payload sent since the connection was opened (UDP: since the agent saw the flow)"},
    [CONNECTION_TOTAL_RECEIVED] = {"total_received_bytes", TYPE_U64, ROLE_MEASURE, "bytes", "payload received since then"},
    [CONNECTION_RTT] = {"rtt_ns", TYPE_U64, ROLE_MEASURE, "ns",
                        "smoothed round-trip time of the TCP connection; NULL before the first measurement"},
    [CONNECTION_RTT_VAR] = {"rtt_var_ns", TYPE_U64, ROLE_MEASURE, "ns", "smoothed mean deviation of the round-trip time"},
    [CONNECTION_END_REASON] =
        {"end_reason", TYPE_TEXT, ROLE_DIMENSION, NULL,
         "closed_by_us, closed_by_peer (whose FIN came first), reset_sent, reset_received, refused, timeout, unreachable, "
         "no_local_port, cancelled, idle (UDP), unknown; NULL while open"},
    [CONNECTION_ERROR] = {"error", TYPE_TEXT, ROLE_DIMENSION, NULL, "errno that the end left on the socket (ECONNRESET …); NULL without"},
    [CONNECTION_NETNS] = {"netns", TYPE_U32, ROLE_IDENTITY, NULL, "inode of the network name space, as in /proc/<pid>/ns/net"},
};

const struct table table_connections =
    TABLE("connections", "TCP connections and UDP flows: a row for each with traffic in an interval, and the last one when it ends",
          connection_columns);

static const struct column event_columns[] = {
    [TCP_EVENT_TIME] = COLUMN_TIME("when it happened"),
    COLUMNS_PROCESS(TCP_EVENT),
    [TCP_EVENT_EVENT] = {"event", TYPE_TEXT, ROLE_DIMENSION, NULL,
                         "retransmit, synack_retransmit, reset_sent, reset_received, refused, connect_failed, timeout, unreachable"},
    [TCP_EVENT_CONNECTION_KEY] = {"connection_key", TYPE_U64, ROLE_IDENTITY, NULL, "as in connections; NULL when it belongs to none"},
    [TCP_EVENT_FAMILY] = {"family", TYPE_TEXT, ROLE_DIMENSION, NULL, "ipv4, ipv6"},
    [TCP_EVENT_LOCAL_ADDRESS] = {"local_address", TYPE_TEXT, ROLE_DIMENSION, NULL, "address of this side"},
    [TCP_EVENT_LOCAL_PORT] = {"local_port", TYPE_U16, ROLE_DIMENSION, NULL, "port of this side; NULL: none was chosen yet"},
    [TCP_EVENT_REMOTE_ADDRESS] = {"remote_address", TYPE_TEXT, ROLE_DIMENSION, NULL, "address of the other side"},
    [TCP_EVENT_REMOTE_PORT] = {"remote_port", TYPE_U16, ROLE_DIMENSION, NULL, "port of the other side"},
    [TCP_EVENT_DIRECTION] = {"direction", TYPE_TEXT, ROLE_DIMENSION, NULL, "direction of the connection; NULL when it belongs to none"},
    [TCP_EVENT_STATE] = {"state", TYPE_TEXT, ROLE_DIMENSION, NULL, "state of the socket at that time; NULL without a socket"},
    [TCP_EVENT_ERROR] = {"error", TYPE_TEXT, ROLE_DIMENSION, NULL, "errno by name (ECONNREFUSED …); NULL when the event has none"},
    [TCP_EVENT_LATENCY] = {"latency_ns", TYPE_U64, ROLE_MEASURE, "ns",
                           "since the connection was opened; of a failed connect: how long it took to fail"},
    [TCP_EVENT_NETNS] = {"netns", TYPE_U32, ROLE_IDENTITY, NULL, "inode of the network name space"},
};

const struct table table_tcp_events = TABLE("tcp_events", "What goes wrong on TCP: retransmits, resets, connects that fail", event_columns);
