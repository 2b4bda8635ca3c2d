/* Records of the connections collector: its ring, and what its iterators write. */
#pragma once
#include "bpf/event.h"

enum connection_kind {
    CONNECTION_LIVE = 1, /* struct connection_record, from an iterator: a connection with activity since the last pass */
    CONNECTION_END,      /* struct connection_record: its last */
    CONNECTION_EVENT,    /* struct tcp_event_record */
};

enum connection_direction { DIRECTION_UNKNOWN, DIRECTION_OUTBOUND, DIRECTION_INBOUND };

enum connection_flag {
    CONNECTION_LOCAL_FIN = 1,    /* this side closed first */
    CONNECTION_PEER_FIN = 2,     /* the other side closed first */
    CONNECTION_RESET_IN = 4,     /* a reset arrived */
    CONNECTION_RESET_OUT = 8,    /* a reset was sent */
    CONNECTION_ACCEPTED = 16,    /* the owner is the process that accepted, not just the listener's */
    CONNECTION_PREEXISTING = 32, /* open before the agent started: `opened_ns` is when it was found */
    CONNECTION_IDLE = 64,        /* a UDP flow that ended because nothing came */
};

enum tcp_event_kind {
    TCP_EVENT_RETRANSMIT = 1,
    TCP_EVENT_SYNACK_RETRANSMIT,
    TCP_EVENT_RESET_SENT,
    TCP_EVENT_RESET_RECEIVED,
    TCP_EVENT_CONNECT_FAILED, /* connect() returned an error before anything was sent */
};

struct socket_pair { /* IPv4 addresses are in their IPv6-mapped form; ports in host order */
    __u8 local[16], remote[16];
    __u16 local_port, remote_port;
    __u32 netns; /* inode of the network name space */
};

struct traffic {                      /* since the connection was opened */
    __u64 sent_bytes, received_bytes; /* payload, each byte once */
    __u64 sent_packets, received_packets;
    __u64 retransmits; /* packets */
};

struct connection_record {
    struct event_header h; /* of the owner; pid 0: unknown */
    __u64 id;              /* the kernel's address of a TCP socket, the cookie of a UDP socket */
    __u64 opened_ns;       /* boot clock; with id the identity of the connection */
    __u64 latency_ns;      /* SYN sent to established; 0: not (yet) */
    struct socket_pair pair;
    struct traffic total; /* now */
    struct traffic base;  /* when the agent found it */
    __u32 srtt_us;        /* as the kernel keeps it: 8 times the smoothed round trip */
    __u32 mdev_us;        /* 4 times its mean deviation */
    __s32 error;          /* errno of the socket */
    __u8 protocol;        /* IPPROTO_* */
    __u8 direction;       /* enum connection_direction */
    __u8 state;           /* TCP_*: of CONNECTION_END the state before the end */
    __u8 flags;           /* enum connection_flag */
};

struct tcp_event_record {
    struct event_header h; /* of the owner; pid 0: unknown */
    __u64 id, opened_ns;   /* of the connection; opened_ns 0: none is known */
    __u64 latency_ns;      /* since the connection was opened; 0: unknown */
    struct socket_pair pair;
    __s32 error;
    __u32 reason; /* why the kernel sent a reset: enum sk_rst_reason of its version, 0: unknown */
    __u8 event;   /* enum tcp_event_kind */
    __u8 state;   /* TCP_*, 0: no socket */
    __u8 direction;
    __u8 flags;
    __u32 pad;
};

/* Key of the map "tcp_connections" is the socket's address; worker and kernel side share the value's head. */
struct tcp_connection {
    __u64 opened_ns;
    __u64 latency_ns;
    __u64 start_ns; /* owner */
    __u32 pid;
    __u8 direction, flags, pad[2];
    __u64 seen; /* packets and bytes at the last live record */
    struct traffic base;
};

struct udp_flow_key {
    __u64 cookie;
    __u8 local[16], remote[16];
    __u16 local_port, remote_port;
    __u32 pad;
};

struct udp_flow {
    __u64 opened_ns;
    __u64 start_ns; /* owner */
    __u32 pid;
    __u32 netns;
    __u64 sent_bytes, received_bytes, sent_packets, received_packets;
    __u64 seen;     /* packets at the last pass of the iterator */
    __u64 quiet_ns; /* when that pass was */
    __u8 direction, flags, pad[6];
};

_Static_assert(sizeof(struct connection_record) == 32 + 24 + 40 + 80 + 16, "wire layout");
_Static_assert(sizeof(struct tcp_event_record) == 32 + 24 + 40 + 16, "wire layout");
