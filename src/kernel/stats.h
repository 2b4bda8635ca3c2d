/* The kernel's accounting of BPF programs, by samples: it adds about 85 ns to a run where clocks are slow to read, more than a
 * small program, so it is on for a second in ten. A page shared by both halves tells for how long it has been on. */
#pragma once
#include "base/err.h"

#include <stdatomic.h>
#include <stdint.h>

struct stats_clock {
    _Atomic int64_t on_ns;    /* time it was on, up to the last switch */
    _Atomic int64_t since_ns; /* boot clock: on since then; 0: off */
};

struct stats_switch {
    struct stats_clock *clock;
    int fd; /* keeps the accounting on; -1: off */
    bool refused;
    int64_t next_ns; /* boot clock: when to switch */
};

/* A clock shared with processes that are forked later; NULL on no memory. */
struct stats_clock *stats_clock_create(void);
/* How long the accounting has been on until now. */
int64_t stats_clock_read(const struct stats_clock *c, int64_t now_boot_ns);

/* Turns it on until some seconds after stats_switch_start. -errno with words when the kernel refuses: costs will be missing. */
int stats_switch_open(struct stats_switch *s, struct stats_clock *clock, struct err *why);
void stats_switch_start(struct stats_switch *s); /* from here on it takes turns */
/* Switches when it is time; returns the milliseconds until the next switch, -1 for never. */
int stats_switch_turn(struct stats_switch *s, int64_t now_boot_ns);
void stats_switch_close(struct stats_switch *s);
