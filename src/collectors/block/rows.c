#include "collectors/block/rows.h"

#include "base/clock.h"
#include "collectors/block/block.h"
#include "collectors/block/words.h"
#include "collectors/sink.h"
#include "table/histogram.h"

#include <stdio.h>
#include <string.h>

struct times {
    uint64_t total_ns, max_ns, count;
    uint64_t ns[HISTOGRAM_BUCKETS];
};

struct sums { /* of all CPUs */
    uint64_t ios, bytes, errors, merges;
    struct times queue, device;
    uint64_t sizes[HISTOGRAM_BUCKETS];
    const char *disk, *comm; /* borrowed from one of the values */
};

static void add_times(struct times *to, const struct block_times *from)
{
    to->total_ns += from->total_ns;
    if (from->max_ns > to->max_ns)
        to->max_ns = from->max_ns;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        to->count += from->ns.counts[i];
    histogram_sum(to->ns, from->ns.counts);
}

static void sum_cpus(struct sums *s, const void *const *values, size_t n)
{
    *s = (struct sums){.disk = "", .comm = ""};
    for (size_t i = 0; i < n; i++) {
        const struct block_value *v = values[i];
        s->ios += v->ios;
        s->bytes += v->bytes;
        s->errors += v->errors;
        s->merges += v->merges;
        add_times(&s->queue, &v->queue);
        add_times(&s->device, &v->device);
        histogram_sum(s->sizes, v->sizes.counts);
        s->disk = v->disk;
        s->comm = v->comm;
    }
}

static void set_who(struct collector_ctx *ctx, struct batch *b, size_t first, uint32_t pid, uint64_t start_ns, const char *comm,
                    uint64_t cgroup_id)
{
    if (!pid)
        return;
    identity_fill_named(ctx->identity, b, first, pid, start_ns, comm);
    const char *container = cgroup_id ? identity_container(ctx->identity, cgroup_id) : "";
    size_t column = first + BLOCK_IO_CONTAINER - BLOCK_IO_PID;
    if (container[0])
        batch_set_text(b, column, container, strlen(container));
}

static void set_device(struct batch *b, size_t column, const char *disk, uint32_t number)
{
    char words[32];
    if (disk[0]) {
        batch_set_text(b, column, disk, strnlen(disk, BLOCK_DISK_NAME));
        return;
    }
    int n = snprintf(words, sizeof words, "%u:%u", number >> 20, number & 0xfffff);
    batch_set_text(b, column, words, (size_t)n);
}

/* The histogram, its sum and its longest lie side by side. */
static void set_times(struct batch *b, size_t first, const struct times *t)
{
    if (!t->count)
        return;
    batch_set_histogram(b, first, t->ns, HISTOGRAM_BUCKETS);
    batch_set_u64(b, first + 1, t->total_ns);
    batch_set_u64(b, first + 2, t->max_ns);
}

static void add_row(void *arg, const void *key_, const void *const *values, size_t n)
{
    struct collector_ctx *ctx = arg;
    const struct tally *io = &((struct block_state *)ctx->state)->io;
    const struct block_key *key = key_;
    struct batch *b = sink_row(ctx->sink, &table_block_io);
    struct sums s;
    if (!b)
        return;
    sum_cpus(&s, values, n);
    batch_set_time(b, BLOCK_IO_TIME, clock_boot_to_utc(io->ended_ns));
    set_who(ctx, b, BLOCK_IO_PID, key->pid, key->start_ns, s.comm, key->cgroup_id);
    set_device(b, BLOCK_IO_DEVICE, s.disk, key->device);
    batch_set_static(b, BLOCK_IO_OP, block_op_word(key->op));
    batch_set_i64(b, BLOCK_IO_INTERVAL, io->ended_ns - io->begun_ns);
    batch_set_u64(b, BLOCK_IO_IOS, s.ios);
    batch_set_u64(b, BLOCK_IO_BYTES, s.bytes);
    batch_set_u64(b, BLOCK_IO_ERRORS, s.errors);
    batch_set_u64(b, BLOCK_IO_MERGES, s.merges);
    batch_set_histogram(b, BLOCK_IO_SIZE, s.sizes, HISTOGRAM_BUCKETS);
    set_times(b, BLOCK_IO_QUEUE, &s.queue);
    set_times(b, BLOCK_IO_DEVICE_TIME, &s.device);
}

void block_turn(struct collector_ctx *ctx, int64_t now_boot_ns)
{
    struct block_state *state = ctx->state;
    int rc = tally_turn(&state->io, now_boot_ns, add_row, ctx);
    if (rc)
        sink_loss(ctx->sink, "block: map of I/Os", strerror(-rc), 1);
}

bool block_take_record(struct collector_ctx *ctx, const void *bytes, size_t size)
{
    const struct block_slow *e = bytes;
    if (size != sizeof *e || e->h.size != size || e->h.kind != BLOCK_SLOW)
        return false;
    struct batch *b = sink_row(ctx->sink, &table_block_slow);
    if (!b)
        return true;
    batch_set_time(b, BLOCK_SLOW_TIME, clock_boot_to_utc((int64_t)e->h.boot_ns));
    set_who(ctx, b, BLOCK_SLOW_PID, e->h.pid, e->h.start_ns, e->comm, e->cgroup_id);
    set_device(b, BLOCK_SLOW_DEVICE, e->disk, 0);
    batch_set_static(b, BLOCK_SLOW_OP, block_op_word(e->op));
    batch_set_u64(b, BLOCK_SLOW_SECTOR, e->sector);
    batch_set_u32(b, BLOCK_SLOW_BYTES, e->bytes);
    batch_set_u64(b, BLOCK_SLOW_LATENCY, e->queue_ns + e->device_ns);
    if (e->marks & BLOCK_QUEUE_KNOWN)
        batch_set_u64(b, BLOCK_SLOW_QUEUE, e->queue_ns);
    if (e->marks & BLOCK_DEVICE_KNOWN)
        batch_set_u64(b, BLOCK_SLOW_DEVICE_TIME, e->device_ns);
    const char *error = block_error_word(e->status);
    if (error)
        batch_set_static(b, BLOCK_SLOW_ERROR, error);
    return true;
}
