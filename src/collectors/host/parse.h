/* Pure parsers of the kernel's text files: bytes in, values out. Formats: proc(5), Documentation/accounting/psi.rst,
 * Documentation/admin-guide/iostats.rst. */
#pragma once
#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

/* A "cpu" line of /proc/stat; clock ticks spent since boot. user includes guest, as the kernel counts. */
enum cpu_time { CPU_USER, CPU_NICE, CPU_SYSTEM, CPU_IDLE, CPU_IOWAIT, CPU_IRQ, CPU_SOFTIRQ, CPU_STEAL, CPU_TIMES };
enum { CPU_ALL = -1, MAX_CPUS = 8192 };
struct cpu_line {
    int cpu; /* CPU_ALL: the sum of all */
    uint64_t ticks[CPU_TIMES];
};
bool parse_cpu_line(struct span line, struct cpu_line *out);

/* Other lines of /proc/stat. */
struct stat_counts {
    uint64_t context_switches, interrupts, softirqs, forks; /* since boot */
    uint64_t running, blocked;                              /* now */
};
/* Takes the line's value if it is one of these. */
void parse_stat_line(struct span line, struct stat_counts *counts);

struct load {
    double load[3]; /* over 1, 5, 15 minutes */
    uint64_t running, tasks;
};
bool parse_load(struct span text, struct load *out); /* /proc/loadavg */

/* A line "Name: 123 kB" of /proc/meminfo or "name 123" of /proc/vmstat. kB become bytes. */
bool parse_named_value(struct span line, struct span *name, uint64_t *value);

enum { PRESSURE_SOME, PRESSURE_FULL, PRESSURE_KINDS };
struct pressure {
    bool present;
    double average[3]; /* percent of the last 10, 60, 300 seconds */
    uint64_t stall_ns; /* since boot */
};
/* /proc/pressure/<resource>; kinds that are not in the text are left absent. */
void parse_pressure(struct span text, struct pressure out[PRESSURE_KINDS]);

/* A line of /proc/net/dev, in the kernel's order. */
enum net_count {
    NET_RX_BYTES,
    NET_RX_PACKETS,
    NET_RX_ERRORS,
    NET_RX_DROPS,
    NET_RX_FIFO,
    NET_RX_FRAME,
    NET_RX_COMPRESSED,
    NET_RX_MULTICAST,
    NET_TX_BYTES,
    NET_TX_PACKETS,
    NET_TX_ERRORS,
    NET_TX_DROPS,
    NET_TX_FIFO,
    NET_TX_COLLISIONS,
    NET_TX_CARRIER,
    NET_TX_COMPRESSED,
    NET_COUNTS,
};
bool parse_net_line(struct span line, struct span *name, uint64_t counts[NET_COUNTS]);

/* A line of /proc/diskstats, in the kernel's order. Sectors are 512 bytes; times are in ms. */
enum disk_count {
    DISK_READS,
    DISK_READS_MERGED,
    DISK_READ_SECTORS,
    DISK_READ_MS,
    DISK_WRITES,
    DISK_WRITES_MERGED,
    DISK_WRITE_SECTORS,
    DISK_WRITE_MS,
    DISK_IN_FLIGHT,
    DISK_BUSY_MS,
    DISK_QUEUE_MS,
    DISK_DISCARDS,
    DISK_DISCARDS_MERGED,
    DISK_DISCARD_SECTORS,
    DISK_DISCARD_MS, /* since Linux 4.18 */
    DISK_FLUSHES,
    DISK_FLUSH_MS, /* since Linux 5.5 */
    DISK_COUNTS,
};
enum { DISK_COUNTS_MIN = DISK_QUEUE_MS + 1 };
struct disk_line {
    struct span name;
    size_t n; /* how many of the counts this kernel has */
    uint64_t counts[DISK_COUNTS];
};
bool parse_disk_line(struct span line, struct disk_line *out);

/* Whether a mount is a file system whose size is worth a row: on a block device, or btrfs, zfs and the like; no network file
 * systems (asking them may hang), no read-only images (always full), nothing in memory. */
bool mount_is_real(const struct span_mount *m);
