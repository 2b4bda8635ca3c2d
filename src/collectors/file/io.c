#include "collectors/file/io.h"

#include "base/clock.h"
#include "collectors/file/file.h"
#include "collectors/file/file.wire.h"
#include "collectors/sink.h"
#include "identity/identity.h"

#include <string.h>

static void add_counts(struct file_io_counts *to, const struct file_io_counts *from)
{
    to->calls += from->calls;
    to->errors += from->errors;
    to->bytes += from->bytes;
    to->latency_ns += from->latency_ns;
    if (from->latency_max_ns > to->latency_max_ns)
        to->latency_max_ns = from->latency_max_ns;
    for (size_t i = 0; i < FILE_IO_SLOTS; i++)
        to->slots[i] += from->slots[i];
}

static void sum_cpus(struct file_io_value *sum, const void *const *values, size_t n)
{
    *sum = (struct file_io_value){0};
    for (size_t i = 0; i < n; i++) {
        const struct file_io_value *v = values[i];
        for (size_t side = 0; side < SIDE_COUNT; side++)
            add_counts(&sum->side[side], &v->side[side]);
        memcpy(sum->comm, v->comm, sizeof sum->comm);
    }
}

static void set_side(struct batch *b, size_t first, const struct file_io_counts *c)
{
    size_t at = first - FILE_IO_READ_CALLS; /* the columns of writes lie as those of reads do */
    batch_set_u64(b, at + FILE_IO_READ_CALLS, c->calls);
    batch_set_u64(b, at + FILE_IO_READ_BYTES, c->bytes);
    batch_set_u64(b, at + FILE_IO_READ_ERRORS, c->errors);
    batch_set_u64(b, at + FILE_IO_READ_LATENCY, c->latency_ns);
    batch_set_u64(b, at + FILE_IO_READ_LATENCY_MAX, c->latency_max_ns);
    for (size_t i = 0; i < FILE_IO_SLOTS; i++)
        batch_set_u64(b, at + FILE_IO_READ_10US + i, c->slots[i]);
}

struct turn {
    struct collector_ctx *ctx;
    const struct tally *io;
};

static void add_row(void *arg, const void *key_, const void *const *values, size_t n)
{
    const struct turn *turn = arg;
    const struct file_io_key *key = key_;
    struct batch *b = sink_row(turn->ctx->sink, &table_file_io);
    struct file_io_value v;
    if (!b)
        return;
    sum_cpus(&v, values, n);
    const struct file_io_counts *syncs = &v.side[SIDE_SYNC];
    batch_set_time(b, FILE_IO_TIME, clock_boot_to_utc(turn->io->ended_ns));
    identity_fill_named(turn->ctx->identity, b, FILE_IO_PID, key->pid, key->start_ns, v.comm);
    batch_set_i64(b, FILE_IO_INTERVAL, turn->io->ended_ns - turn->io->begun_ns);
    set_side(b, FILE_IO_READ_CALLS, &v.side[SIDE_READ]);
    set_side(b, FILE_IO_WRITE_CALLS, &v.side[SIDE_WRITE]);
    batch_set_u64(b, FILE_IO_SYNCS, syncs->calls);
    batch_set_u64(b, FILE_IO_SYNC_ERRORS, syncs->errors);
    batch_set_u64(b, FILE_IO_SYNC_LATENCY, syncs->latency_ns);
    batch_set_u64(b, FILE_IO_SYNC_LATENCY_MAX, syncs->latency_max_ns);
}

void file_io_turn(struct collector_ctx *ctx, struct tally *io, int64_t now_boot_ns)
{
    struct turn turn = {ctx, io};
    int rc = tally_turn(io, now_boot_ns, add_row, &turn);
    if (rc)
        sink_loss(ctx->sink, "file: map of reads and writes", strerror(-rc), 1);
}
