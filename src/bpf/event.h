/* The head of every record in a ring buffer, shared by kernel programs and decoders. */
#pragma once
#include <linux/types.h>

struct event_header {
    __u32 size;     /* of the whole record, in bytes */
    __u32 kind;     /* the collector's own enum */
    __u64 boot_ns;  /* when, boot clock */
    __u64 start_ns; /* start of the process on the boot clock: with pid its identity */
    __u32 pid, tid;
};

_Static_assert(sizeof(struct event_header) == 32, "wire layout");

/* Value of the "wake" map: the consumer's word to the kernel side (see bpf/ring.h). */
struct event_wake {
    __u32 asleep;
    __u32 pad;
    __u64 wakeups; /* how often the kernel side woke the consumer */
};

/* Names of the maps that every collector with a ring has. */
#define EVENT_RING_MAP "events"
#define EVENT_WAKE_MAP "wake"
#define EVENT_LOST_MAP "lost"
