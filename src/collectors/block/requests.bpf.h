/* Requests: made, given to the device, ended. */
#pragma once
#include "collectors/block/asked.bpf.h"
#include "collectors/block/ended.bpf.h"

enum { SECTOR_SHIFT = 9 };

static bool clock_starts; /* a request came without start_time_ns */

/* A request is made: it is new, whatever was at its address. */
static __always_inline int on_start(struct request *rq, bool typed)
{
    struct inflight *io = inflight_get(as_number(rq));
    if (!io)
        return 0;
    inflight_begin(io, GET(typed, rq, bio), typed);
    if (clock_starts)
        io->queued_ns = bpf_ktime_get_ns();
    return 0;
}

/* A device that was busy gets the request again: the last time counts. One that did a part of it gets the rest: the first does. */
static __always_inline void note_issue(struct inflight *io)
{
    io->busy = 1;
    if (!io->bytes)
        io->issued_ns = bpf_ktime_get_ns();
}

static __always_inline int on_issue(struct request *rq)
{
    struct inflight *io = inflight_get(as_number(rq));
    if (io)
        note_issue(io);
    return 0;
}

/* The same where on_start does not run. */
static __always_inline int on_insert(struct request *rq, bool typed)
{
    struct inflight *io = request_seen(rq, typed);
    if (io && clock_starts && !io->queued_ns)
        io->queued_ns = bpf_ktime_get_ns();
    return 0;
}

static __always_inline int on_first_issue(struct request *rq, bool typed)
{
    struct inflight *io = request_seen(rq, typed);
    if (!io)
        return 0;
    note_issue(io);
    if (clock_starts && !io->queued_ns)
        io->queued_ns = io->issued_ns;
    return 0;
}

static __always_inline bool is_driver_command(__u32 op)
{
    return op == BLOCK_DRIVER_IN || op == BLOCK_DRIVER_OUT;
}

/* A write with a flush before or after it ends twice: once its data, then, without bytes, the whole. While the data are on their way
 * the kernel has put a function of its own to its end, which plain requests do not have. */
static __always_inline bool ends_again(struct request *rq, __u32 op, bool typed)
{
    return op != BLOCK_FLUSH && !is_driver_command(op) && GET(typed, rq, end_io) && !GET(typed, rq, end_io_data);
}

/* A part of a request ended, all of it or not. */
static __always_inline void part_ended(struct inflight *io, bool moves, __u8 status, __u32 bytes)
{
    if (!io)
        return;
    io->bytes += bytes;
    if (moves) /* the rest of the request begins further on */
        io->sector += bytes >> SECTOR_SHIFT;
    if (status)
        io->status = status;
}

static __always_inline void request_times(struct ended *e, const struct inflight *io, __u64 started_ns)
{
    __u64 now = bpf_ktime_get_ns(), issued_ns = io ? io->issued_ns : 0;
    if (io && io->queued_ns)
        started_ns = io->queued_ns;
    else if (!started_ns && !is_driver_command(e->op))
        clock_starts = true;
    if (issued_ns) {
        e->device_ns = now - issued_ns;
        e->marks |= BLOCK_DEVICE_KNOWN;
    }
    if (!started_ns || (!io && e->bytes))
        return; /* it was under way before us: when the device got it is unknown */
    __u64 until_ns = issued_ns ? issued_ns : now;
    e->queue_ns = until_ns > started_ns ? until_ns - started_ns : 0;
    e->marks |= BLOCK_QUEUE_KNOWN;
}

static __always_inline void request_who(struct ended *e, const struct inflight *io)
{
    if (!io || !io->known || e->op == BLOCK_FLUSH)
        return; /* a flush is the kernel's own, for all that wait for one */
    e->who = io->who;
    e->comm = io->comm;
}

static __always_inline int on_complete(struct request *rq, __u8 status, __u32 bytes, bool typed)
{
    struct request_queue *queue = GET(typed, rq, q);
    struct gendisk *disk = GET(typed, queue, disk);
    if (!disk)
        return 0; /* commands to a controller */
    struct ended e = {.disk = disk, .op = GET(typed, rq, cmd_flags) & BLOCK_OP_MASK};
    struct inflight *io = inflight_find(as_number(rq));
    bool partial = bytes < GET(typed, rq, __data_len);
    if (partial || ends_again(rq, e.op, typed)) {
        part_ended(io, partial, status, bytes);
        return 0;
    }
    e.device = disk_number(disk, typed);
    e.bytes = bytes + (io ? io->bytes : 0);
    e.sector = GET(typed, rq, __sector) - (io ? io->sector : 0);
    e.status = status_now(status ? status : io ? io->status : 0);
    request_times(&e, io, GET(typed, rq, start_time_ns));
    if (e.op == BLOCK_WRITE && !e.bytes)
        e.op = BLOCK_SYNC;
    struct inflight *asked = asked_find(rq, typed);
    request_who(&e, asked && e.op == BLOCK_SYNC ? asked : io);
    ended(&e);
    if (asked)
        inflight_end(asked);
    if (io)
        inflight_end(io);
    return 0;
}
