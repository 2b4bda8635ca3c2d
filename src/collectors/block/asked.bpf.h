/* Kernels before 6.5 do not tell when a request is made. The first that is seen of one is when it is put into a queue or given to the
 * device: in the context of who asks for it still, but for writes with a flush before or after them, which wait for it first and are
 * queued by a kernel thread then. Of these it is noted who asked when their bio came. */
#pragma once
#include "collectors/block/inflight.bpf.h"

static bool asked_any; /* this is such a kernel */

static __always_inline bool waits_for_flush(struct bio *bio, bool typed)
{
    const __u32 flags =
        1U << bpf_core_enum_value(enum req_flag_bits, __REQ_PREFLUSH) | 1U << bpf_core_enum_value(enum req_flag_bits, __REQ_FUA);
    return GET(typed, bio, bi_opf) & flags;
}

/* A bio is about to become a request. */
static __always_inline int on_asked(struct bio *bio, bool typed)
{
    if (!waits_for_flush(bio, typed))
        return 0;
    struct inflight *asked = inflight_get(as_number(bio));
    if (asked)
        inflight_begin(asked, bio, typed);
    asked_any = true;
    return 0;
}

/* What was noted of the bio of a request; NULL: nothing. */
static __always_inline struct inflight *asked_find(struct request *rq, bool typed)
{
    if (!asked_any)
        return NULL;
    struct bio *bio = GET(typed, rq, bio);
    if (!bio || !waits_for_flush(bio, typed))
        return NULL;
    struct inflight *asked = inflight_find(as_number(bio));
    return asked && asked->known ? asked : NULL;
}

/* A request is seen, perhaps for the first time. */
static __always_inline struct inflight *request_seen(struct request *rq, bool typed)
{
    struct inflight *io = inflight_get(as_number(rq));
    if (!io)
        return NULL;
    __u64 made_ns = GET(typed, rq, start_time_ns);
    if (io->known && io->made_ns == made_ns)
        return io;
    inflight_begin(io, GET(typed, rq, bio), typed);
    io->made_ns = made_ns;
    struct inflight *asked = asked_find(rq, typed);
    if (!asked)
        return io;
    io->who = asked->who;
    bpf_probe_read_kernel(io->comm, sizeof io->comm, asked->comm);
    return io;
}
