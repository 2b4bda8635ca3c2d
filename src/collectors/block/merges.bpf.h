/* Bios and requests that go into a request which waits already. */
#pragma once
#include "collectors/block/ended.bpf.h"

static __always_inline int on_merge(struct gendisk *disk, __u32 flags, struct bio *bio, bool typed)
{
    struct ended e = {.disk = disk, .op = flags & BLOCK_OP_MASK};
    if (!disk)
        return 0;
    struct task_struct *task = bpf_get_current_task_btf();
    who_asks(&e.who, task, bio, typed);
    e.comm = task->group_leader->comm;
    e.device = disk_number(disk, typed);
    struct block_value *v = tally_of(&e);
    if (v)
        v->merges++;
    return 0;
}

static __always_inline int on_bio_merge(struct bio *bio, bool typed)
{
    struct block_device *device = GET(typed, bio, bi_bdev);
    return on_merge(GET(typed, device, bd_disk), GET(typed, bio, bi_opf), bio, typed);
}

/* The request is gone then and will not end. */
static __always_inline int on_request_merge(struct request *rq, bool typed)
{
    struct request_queue *queue = GET(typed, rq, q);
    struct inflight *io = inflight_find(as_number(rq));
    if (io)
        inflight_end(io);
    return on_merge(GET(typed, queue, disk), GET(typed, rq, cmd_flags), GET(typed, rq, bio), typed);
}
