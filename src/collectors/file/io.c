#include "collectors/file/io.h"

#include "base/clock.h"
#include "collectors/file/file.h"
#include "collectors/sink.h"
#include "kernel/unit.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 256 }; /* keys read at once */

void file_fill_process(struct identity *id, struct batch *b, size_t column, uint32_t pid, uint64_t start_ns, const char comm[16])
{
    enum { AT_COMM = 2 }; /* in PROCESS_COLUMNS */
    const struct process *p = identity_find(id, pid, start_ns);
    identity_fill(id, b, column, p, pid, start_ns);
    if (!p && comm[0])
        batch_set_text(b, column + AT_COMM, comm, strnlen(comm, 16));
}

int file_io_open(struct file_io_state *io, int64_t now_boot_ns, struct err *why)
{
    io->cpus = libbpf_num_possible_cpus();
    if (io->cpus < 1)
        return err_set(why, ENODEV, "the number of CPUs is unknown: %s", strerror(-io->cpus));
    io->begun_ns = io->ended_ns = now_boot_ns;
    io->keys = calloc(PIECE, sizeof *io->keys);
    io->values = calloc((size_t)PIECE * (size_t)io->cpus, sizeof *io->values);
    return io->keys && io->values ? 0 : err_set(why, ENOMEM, "out of memory");
}

void file_io_close(struct file_io_state *io)
{
    free(io->keys);
    free(io->values);
}

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

static void sum_cpus(struct file_io_value *sum, const struct file_io_value *values, int cpus)
{
    *sum = (struct file_io_value){0};
    for (int cpu = 0; cpu < cpus; cpu++) {
        for (size_t side = 0; side < SIDE_COUNT; side++)
            add_counts(&sum->side[side], &values[cpu].side[side]);
        if (values[cpu].comm[0])
            memcpy(sum->comm, values[cpu].comm, sizeof sum->comm);
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

static void add_row(struct collector_ctx *ctx, const struct file_io_state *io, const struct file_io_key *key, const struct file_io_value *v)
{
    struct batch *b = sink_row(ctx->sink, &table_file_io);
    if (!b)
        return;
    const struct file_io_counts *syncs = &v->side[SIDE_SYNC];
    batch_set_time(b, FILE_IO_TIME, clock_boot_to_utc(io->ended_ns));
    file_fill_process(ctx->identity, b, FILE_IO_PID, key->pid, key->start_ns, v->comm);
    batch_set_i64(b, FILE_IO_INTERVAL, io->ended_ns - io->begun_ns);
    set_side(b, FILE_IO_READ_CALLS, &v->side[SIDE_READ]);
    set_side(b, FILE_IO_WRITE_CALLS, &v->side[SIDE_WRITE]);
    batch_set_u64(b, FILE_IO_SYNCS, syncs->calls);
    batch_set_u64(b, FILE_IO_SYNC_ERRORS, syncs->errors);
    batch_set_u64(b, FILE_IO_SYNC_LATENCY, syncs->latency_ns);
    batch_set_u64(b, FILE_IO_SYNC_LATENCY_MAX, syncs->latency_max_ns);
}

/* Empties a half piece by piece. Nothing writes to it, so every count is read exactly once. */
static void drain(struct collector_ctx *ctx, struct file_io_state *io, int fd)
{
    uint32_t position = 0;
    bool more = true;
    for (void *from = NULL; more; from = &position) {
        uint32_t count = PIECE;
        int rc = bpf_map_lookup_and_delete_batch(fd, from, &position, io->keys, io->values, &count, NULL);
        if (rc && rc != -ENOENT) { /* ENOENT: this was the last piece */
            sink_loss(ctx->sink, "file: map of reads and writes", strerror(-rc), 1);
            return;
        }
        more = !rc;
        for (uint32_t i = 0; i < count; i++) {
            struct file_io_value sum;
            sum_cpus(&sum, io->values + (size_t)i * (size_t)io->cpus, io->cpus);
            add_row(ctx, io, &io->keys[i], &sum);
        }
    }
}

/* A program that was in the middle of an addition at the last turn has long ended: the programs do not sleep. */
void file_io_turn(struct collector_ctx *ctx, struct file_io_state *io, int64_t now_boot_ns)
{
    int even = unit_map_fd(ctx->unit, "io_even"), odd = unit_map_fd(ctx->unit, "io_odd"), turn = unit_map_fd(ctx->unit, "interval");
    if (!io->values || even < 0 || odd < 0 || turn < 0)
        return;
    drain(ctx, io, io->interval & 1 ? even : odd);
    uint32_t zero = 0, next = io->interval + 1;
    if (bpf_map_update_elem(turn, &zero, &next, BPF_ANY))
        return;
    io->interval = next;
    io->begun_ns = io->ended_ns;
    io->ended_ns = now_boot_ns;
}
