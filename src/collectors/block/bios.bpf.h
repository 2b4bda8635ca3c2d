/* Bios of devices that have no requests. */
#pragma once
#include "collectors/block/ended.bpf.h"

static bool bios_seen; /* there is such a device */

static __always_inline int on_bio_queue(struct bio *bio, bool typed)
{
    struct block_device *device = GET(typed, bio, bi_bdev);
    struct request_queue *queue = GET(typed, device, bd_queue);
    if (GET(typed, queue, mq_ops))
        return 0;
    struct inflight *io = inflight_get(as_number(bio));
    if (!io)
        return 0;
    bios_seen = true;
    inflight_begin(io, bio, typed);
    io->disk = GET(typed, device, bd_disk);
    io->device = disk_number(io->disk, false);
    io->sector = GET(typed, bio, bi_iter.bi_sector);
    io->bytes = GET(typed, bio, bi_iter.bi_size);
    io->op = GET(typed, bio, bi_opf) & BLOCK_OP_MASK;
    io->issued_ns = bpf_ktime_get_ns();
    return 0;
}

/* The device may have sent the bio on to another one: it is known by its address alone. */
static __always_inline int on_bio_complete(struct bio *bio, bool typed)
{
    if (!bios_seen)
        return 0;
    struct inflight *io = inflight_find(as_number(bio));
    if (!io || !io->disk)
        return 0;
    struct ended e = {
        .who = io->who,
        .comm = io->comm,
        .disk = io->disk,
        .device = io->device,
        .sector = io->sector,
        .bytes = io->bytes,
        .op = io->op == BLOCK_WRITE && !io->bytes ? BLOCK_SYNC : io->op,
        .status = status_now(GET(typed, bio, bi_status)),
        .device_ns = bpf_ktime_get_ns() - io->issued_ns,
        .marks = BLOCK_DEVICE_KNOWN,
    };
    ended(&e);
    inflight_end(io);
    return 0;
}
