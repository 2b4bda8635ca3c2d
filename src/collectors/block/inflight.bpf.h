/* I/Os on their way: what is known of each from one look to the next, above all who asked for it.
 *
 * A table of sets, found by the address of the request or bio, with a few places in each. A place stays with its address when the I/O
 * has ended: requests lie in pools, the next one at that address is soon there. This costs a fifth of a hash map's look-ups. */
#pragma once
#include "bpf/missed.h"
#include "collectors/block/block.wire.h"

enum { INFLIGHT_SETS = 4096, INFLIGHT_PLACES = 4, KERNEL_THREAD = 0x00200000 };

struct who {
    __u64 start_ns, cgroup_id;
    __u32 pid; /* 0: unknown */
};

struct inflight {
    __u64 address;
    __u64 issued_ns; /* 0: not given to the device */
    __u64 queued_ns; /* when it was asked for; 0: start_time_ns of the request tells */
    struct who who;
    __u32 bytes; /* of a bio; of a request those that ended already */
    __u8 busy;   /* on its way */
    __u8 known;  /* who is that of this I/O, not of one before */
    __u8 op, status;
    __u64 sector;         /* of a bio; of a request the sectors that ended already */
    __u64 made_ns;        /* start_time_ns of the request that `who` belongs to, for kernels that do not tell of its making */
    struct gendisk *disk; /* of a bio; NULL: this is none */
    __u32 device;         /* of a bio */
    char comm[16];
};

struct inflight_set {
    struct inflight places[INFLIGHT_PLACES];
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, INFLIGHT_SETS);
    __type(key, __u32);
    __type(value, struct inflight_set);
} inflight SEC(".maps");

/* A field by a plain load where the program's type tells the verifier what the pointer is, else by a helper. */
#define GET(typed, pointer, field) ((typed) ? (pointer)->field : BPF_CORE_READ(pointer, field))

/* The verifier lets nobody count with a pointer; copied by a helper it is a number. */
static __always_inline __u64 as_number(const void *pointer)
{
    __u64 number = 0;
    bpf_probe_read_kernel(&number, sizeof number, &pointer);
    return number;
}

/* Takes a place for the address unless another CPU was faster. */
static __always_inline bool inflight_claim(struct inflight *place, __u64 address)
{
    __u64 before = place->address;
    if (__sync_val_compare_and_swap(&place->address, before, address) != before)
        return false;
    place->busy = place->known = 0;
    return true;
}

/* The next two are no static functions: the verifier looks at them once, not once for each place and path of their callers. */

/* The place of an address in a set, -1: none. */
__noinline int inflight_search(__u32 index, __u64 address)
{
    struct inflight_set *set = bpf_map_lookup_elem(&inflight, &index);
    for (int i = 0; set && i < INFLIGHT_PLACES; i++)
        if (set->places[i].address == address)
            return i;
    return -1;
}

/* A place for an address that has none: one that is free, or that of another I/O, which is then forgotten. -1: none. */
__noinline int inflight_take(__u32 index, __u64 address)
{
    struct inflight_set *set = bpf_map_lookup_elem(&inflight, &index);
    for (int i = 0; set && i < INFLIGHT_PLACES; i++)
        if (!set->places[i].busy && inflight_claim(&set->places[i], address))
            return i;
    count_missed(MISSED_INFLIGHT);
    return set && inflight_claim(&set->places[0], address) ? 0 : -1;
}

static __always_inline struct inflight *inflight_look(__u64 address, bool make)
{
    __u32 index = (address * 0x9e3779b97f4a7c15) >> 52; /* Fibonacci hashing: the high 12 bits */
    struct inflight_set *set = bpf_map_lookup_elem(&inflight, &index);
    if (!set)
        return NULL;
    if (set->places[0].address == address)
        return &set->places[0];
    int place = inflight_search(index, address);
    if (place < 0 && make)
        place = inflight_take(index, address);
    return place < 0 ? NULL : &set->places[place & (INFLIGHT_PLACES - 1)];
}

static __always_inline struct inflight *inflight_find(__u64 address)
{
    return inflight_look(address, false);
}

static __always_inline struct inflight *inflight_get(__u64 address)
{
    return inflight_look(address, true);
}

/* The cgroup that a bio is on account of, 0 where the version 2 hierarchy does not know. For pages that a kernel thread writes back
 * that is the cgroup of who made them dirty. */
static __always_inline __u64 bio_cgroup(struct bio *bio, bool typed)
{
    struct blkcg_gq *group = GET(typed, bio, bi_blkg);
    struct blkcg *owner = GET(typed, group, blkcg);
    struct cgroup *cgroup = GET(typed, owner, css.cgroup);
    struct cgroup_root *root = GET(typed, cgroup, root);
    struct kernfs_node *node = GET(typed, cgroup, kn);
    return !cgroup || GET(typed, root, hierarchy_id) ? 0 : GET(typed, node, id);
}

static __always_inline void who_asks(struct who *who, struct task_struct *task, struct bio *bio, bool typed)
{
    who->pid = task->tgid;
    who->start_ns = task->group_leader->start_boottime;
    who->cgroup_id = task->flags & KERNEL_THREAD ? bio_cgroup(bio, typed) : 0;
}

static __always_inline void inflight_end(struct inflight *io)
{
    io->issued_ns = io->queued_ns = io->sector = 0;
    io->disk = NULL;
    io->bytes = 0;
    io->busy = io->known = io->status = 0;
}

/* The current task asks for this I/O; it is new, whatever was at its address. */
static __always_inline void inflight_begin(struct inflight *io, struct bio *bio, bool typed)
{
    struct task_struct *task = bpf_get_current_task_btf();
    __u32 pid = io->who.pid;
    __u64 start_ns = io->who.start_ns;
    who_asks(&io->who, task, bio, typed);
    if (io->who.pid != pid || io->who.start_ns != start_ns)
        bpf_probe_read_kernel(io->comm, sizeof io->comm, task->group_leader->comm);
    inflight_end(io);
    io->busy = io->known = 1;
}
