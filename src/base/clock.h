/* Times in nanoseconds. Kernel programs stamp events with the boot clock; rows carry UTC. */
#pragma once
#include <stdint.h>

enum { NS_PER_US = 1000, NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

int64_t clock_utc_ns(void);  /* CLOCK_REALTIME */
int64_t clock_boot_ns(void); /* CLOCK_BOOTTIME, what bpf_ktime_get_boot_ns() returns */
int64_t clock_mono_ns(void); /* CLOCK_MONOTONIC, for intervals */
int64_t clock_cpu_ns(void);  /* CPU time of this process */

/* Boot clock to UTC with the offset of the last clock_sync. Rows that were seen before a clock step keep their old time. */
int64_t clock_boot_to_utc(int64_t boot_ns);
/* Measures the offset anew (call it once a second). Returns how far UTC stepped since the last call, in ns; 0 for the first. */
int64_t clock_sync(void);
