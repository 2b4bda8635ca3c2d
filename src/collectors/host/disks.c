/* /proc/diskstats: host_disks. Whole disks only (their partitions would count everything twice), and only those that were ever used. */
#include "collectors/host/host.h"
#include "collectors/host/parse.h"

#include <stdio.h>
#include <unistd.h>

enum {
    D_DEVICE = HOST_FIRST,
    D_READS,
    D_READ_BYTES,
    D_READ_TIME,
    D_WRITES,
    D_WRITE_BYTES,
    D_WRITE_TIME,
    D_DISCARDS,
    D_DISCARD_BYTES,
    D_DISCARD_TIME,
    D_FLUSHES,
    D_FLUSH_TIME,
    D_IN_FLIGHT,
    D_QUEUE_DEPTH,
    D_UTILISATION,
};

#define GROWTH(name, unit, what)                                                                                                           \
    {                                                                                                                                      \
        name, TYPE_U64, ROLE_MEASURE, unit, what " in the interval"                                                                        \
    }
static const struct column columns[] = {
    HOST_COLUMNS,
    [D_DEVICE] = {"device", TYPE_TEXT, ROLE_IDENTITY, NULL, "name of the block device in /sys/block"},
    [D_READS] = GROWTH("reads", "1", "reads completed"),
    [D_READ_BYTES] = GROWTH("read_bytes", "bytes", "read"),
    [D_READ_TIME] = GROWTH("read_time_ns", "ns", "time of all reads together, queueing included,"),
    [D_WRITES] = GROWTH("writes", "1", "writes completed"),
    [D_WRITE_BYTES] = GROWTH("write_bytes", "bytes", "written"),
    [D_WRITE_TIME] = GROWTH("write_time_ns", "ns", "time of all writes together, queueing included,"),
    [D_DISCARDS] = GROWTH("discards", "1", "discards completed"),
    [D_DISCARD_BYTES] = GROWTH("discard_bytes", "bytes", "discarded"),
    [D_DISCARD_TIME] = GROWTH("discard_time_ns", "ns", "time of all discards together"),
    [D_FLUSHES] = GROWTH("flushes", "1", "flushes of the device's cache"),
    [D_FLUSH_TIME] = GROWTH("flush_time_ns", "ns", "time of all flushes together"),
    [D_IN_FLIGHT] = {"in_flight", TYPE_U64, ROLE_MEASURE, "1", "requests under way, at this moment"},
    [D_QUEUE_DEPTH] = {"queue_depth", TYPE_F64, ROLE_MEASURE, "1", "requests under way, mean of the interval"},
    [D_UTILISATION] = {"utilisation_ratio", TYPE_F64, ROLE_MEASURE, "1",
                       "part of the interval with at least one request under way, 0 to 1"},
};
const struct table table_host_disks = TABLE("host_disks", "Requests of each disk, each second", columns);

enum { SECTOR_BYTES = 512, MS = 1000000 };

static const struct {
    size_t column;
    enum disk_count count;
    uint64_t scale;
} counters[] = {
    {D_READS, DISK_READS, 1},
    {D_READ_BYTES, DISK_READ_SECTORS, SECTOR_BYTES},
    {D_READ_TIME, DISK_READ_MS, MS},
    {D_WRITES, DISK_WRITES, 1},
    {D_WRITE_BYTES, DISK_WRITE_SECTORS, SECTOR_BYTES},
    {D_WRITE_TIME, DISK_WRITE_MS, MS},
    {D_DISCARDS, DISK_DISCARDS, 1},
    {D_DISCARD_BYTES, DISK_DISCARD_SECTORS, SECTOR_BYTES},
    {D_DISCARD_TIME, DISK_DISCARD_MS, MS},
    {D_FLUSHES, DISK_FLUSHES, 1},
    {D_FLUSH_TIME, DISK_FLUSH_MS, MS},
};

struct disk {
    struct host_name name;
    bool looked, whole; /* whole: not a partition */
    uint64_t last[DISK_COUNTS];
};

struct disks_state {
    struct host_file file;
    struct host_items disks;
};

/* Partitions are not in /sys/block. A slash in a device's name is an exclamation mark there. */
static bool is_whole(const char *name)
{
    char path[HOST_NAME + 32];
    int n = snprintf(path, sizeof path, "/sys/block/%s", name);
    for (int i = (int)sizeof "/sys/block/" - 1; i < n; i++)
        if (path[i] == '/')
            path[i] = '!';
    return access(path, F_OK) == 0;
}

static bool was_used(const uint64_t *counts)
{
    return counts[DISK_READS] || counts[DISK_WRITES] || counts[DISK_DISCARDS] || counts[DISK_FLUSHES] || counts[DISK_IN_FLIGHT];
}

static void set_busy(struct batch *b, uint64_t interval_ns, const uint64_t *before, const uint64_t *now)
{
    if (!interval_ns)
        return;
    double interval_ms = (double)interval_ns / MS;
    if (now[DISK_QUEUE_MS] >= before[DISK_QUEUE_MS])
        batch_set_f64(b, D_QUEUE_DEPTH, (double)(now[DISK_QUEUE_MS] - before[DISK_QUEUE_MS]) / interval_ms);
    if (now[DISK_BUSY_MS] < before[DISK_BUSY_MS])
        return;
    double part = (double)(now[DISK_BUSY_MS] - before[DISK_BUSY_MS]) / interval_ms;
    batch_set_f64(b, D_UTILISATION, part < 1 ? part : 1); /* the kernel counts in ticks: a little more than all is all */
}

static void add_row(const struct host_tick *tick, uint64_t interval_ns, const struct disk *d, const struct disk_line *now)
{
    struct batch *b = host_row(tick, &table_host_disks, interval_ns);
    if (!b)
        return;
    batch_set_text(b, D_DEVICE, d->name.text, strlen(d->name.text));
    if (now->counts[DISK_IN_FLIGHT] <= UINT32_MAX) /* some drivers miscount below zero */
        batch_set_u64(b, D_IN_FLIGHT, now->counts[DISK_IN_FLIGHT]);
    if (!d->name.known)
        return;
    for (size_t c = 0; c < sizeof counters / sizeof counters[0]; c++)
        if (counters[c].count < now->n)
            host_set_growth(b, counters[c].column, d->last[counters[c].count], now->counts[counters[c].count], counters[c].scale);
    set_busy(b, interval_ns, d->last, now->counts);
}

static void sample_disk(struct disks_state *s, const struct host_tick *tick, const struct disk_line *now)
{
    struct disk *d = host_items_get(&s->disks, now->name);
    if (!d)
        return;
    if (!d->looked) {
        d->looked = true;
        d->whole = is_whole(d->name.text);
    }
    if (d->whole && was_used(now->counts))
        add_row(tick, s->file.interval_ns, d, now);
    memcpy(d->last, now->counts, sizeof d->last);
}

static void disks_sample(void *state, const struct host_tick *tick)
{
    struct disks_state *s = state;
    struct span text = host_file_read(&s->file), line;
    struct disk_line now;
    host_items_begin(&s->disks);
    while (span_line(&text, &line))
        if (parse_disk_line(line, &now))
            sample_disk(s, tick, &now);
    host_items_end(&s->disks);
}

static bool disks_open(void *state, struct err *why)
{
    struct disks_state *s = state;
    s->disks.item_size = sizeof(struct disk);
    return host_file_open(&s->file, "/proc/diskstats", why);
}

static void disks_close(void *state)
{
    struct disks_state *s = state;
    host_file_close(&s->file);
    host_items_free(&s->disks);
}

const struct host_part host_part_disks = {
    .missing = "host_disks will be empty",
    .state_size = sizeof(struct disks_state),
    .open = disks_open,
    .sample = disks_sample,
    .close = disks_close,
};
