/* What becomes of an I/O that ended: numbers in the tally, and a record when it was slow or failed. */
#pragma once
#include "bpf/ring.h"
#include "bpf/tally.h"
#include "collectors/block/inflight.bpf.h"

const volatile __u64 slow_ns = 100000000; /* set from the configuration before the load */

TALLY(io, struct block_key, struct block_value, 8192);
static const struct block_value nothing;

struct ended {
    struct who who;
    const char *comm; /* NULL: unknown */
    struct gendisk *disk;
    __u64 sector, queue_ns, device_ns;
    __u32 bytes, device, op;
    __u8 status, marks;
};

enum { STATUS_ZONE_RESOURCE = 14 };

/* Numbers as they are since Linux 6.10. */
static __always_inline __u8 status_now(__u8 status)
{
    return status > STATUS_ZONE_RESOURCE && bpf_core_field_exists(struct request_queue___before_6_10, required_elevator_features)
               ? status - 1
               : status;
}

static __always_inline __u32 disk_number(struct gendisk *disk, bool typed)
{
    return (__u32)GET(typed, disk, major) << 20 | (__u32)GET(typed, disk, first_minor);
}

static __always_inline struct block_value *tally_of(const struct ended *e)
{
    struct block_key key = {.start_ns = e->who.start_ns,
                            .cgroup_id = e->who.cgroup_id,
                            .pid = e->who.pid,
                            .device = e->device,
                            .op = e->op,
                            .cpu = bpf_get_smp_processor_id()};
    struct block_value *v = TALLY_FIND(io, &key);
    if (v)
        return v;
    v = TALLY_NEW(io, &key, &nothing);
    if (!v) {
        count_missed(MISSED_TALLY);
        return NULL;
    }
    bpf_probe_read_kernel(v->disk, sizeof v->disk, e->disk->disk_name);
    if (e->comm)
        bpf_probe_read_kernel(v->comm, sizeof v->comm, e->comm);
    return v;
}

static __always_inline void add_time(struct block_times *t, __u64 ns)
{
    t->total_ns += ns;
    if (ns > t->max_ns)
        t->max_ns = ns;
    histogram_add(&t->ns, ns);
}

static __always_inline void ended_count(const struct ended *e)
{
    struct block_value *v = tally_of(e);
    if (!v)
        return;
    v->ios++;
    v->bytes += e->bytes;
    v->errors += e->status != 0;
    histogram_add(&v->sizes, e->bytes);
    if (e->marks & BLOCK_QUEUE_KNOWN)
        add_time(&v->queue, e->queue_ns);
    if (e->marks & BLOCK_DEVICE_KNOWN)
        add_time(&v->device, e->device_ns);
}

/* Commands that a program sends to the drive itself fail as a matter of course. */
static __always_inline bool is_worth_a_record(const struct ended *e)
{
    if (e->status && e->op != BLOCK_DRIVER_IN && e->op != BLOCK_DRIVER_OUT)
        return true;
    return e->queue_ns + e->device_ns >= slow_ns;
}

static __noinline int ended_tell(const struct ended *e)
{
    struct block_slow r = {
        .h = {.size = sizeof r, .kind = BLOCK_SLOW, .boot_ns = bpf_ktime_get_boot_ns(), .start_ns = e->who.start_ns, .pid = e->who.pid},
        .sector = e->sector,
        .queue_ns = e->queue_ns,
        .device_ns = e->device_ns,
        .cgroup_id = e->who.cgroup_id,
        .bytes = e->bytes,
        .op = e->op,
        .status = e->status,
        .marks = e->marks,
    };
    bpf_probe_read_kernel(r.disk, sizeof r.disk, e->disk->disk_name);
    if (e->comm)
        bpf_probe_read_kernel(r.comm, sizeof r.comm, e->comm);
    ring_send(&r, sizeof r);
    return 0;
}

static __always_inline void ended(const struct ended *e)
{
    ended_count(e);
    if (is_worth_a_record(e))
        ended_tell(e);
}
