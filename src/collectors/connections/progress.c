#include "collectors/connections/progress.h"

#include "base/clock.h"

#include <stdlib.h>

enum { SWEEP_STEP = 512 };

struct told {
    struct traffic total; /* at the last row */
    __u64 boot_ns;        /* of the last row */
    int64_t opened_utc_ns;
    uint64_t id, opened_ns;
    uint8_t protocol;
    bool missed; /* not in the kernel's map at the last sweep */
};

static uint64_t advance(__u64 *told, uint64_t now)
{
    uint64_t more = now > *told ? now - *told : 0;
    *told += more;
    return more;
}

static void take_step(struct told *t, const struct connection_record *r, struct progress_step *step)
{
    step->traffic.sent_bytes = advance(&t->total.sent_bytes, r->total.sent_bytes);
    step->traffic.received_bytes = advance(&t->total.received_bytes, r->total.received_bytes);
    step->traffic.sent_packets = advance(&t->total.sent_packets, r->total.sent_packets);
    step->traffic.received_packets = advance(&t->total.received_packets, r->total.received_packets);
    step->traffic.retransmits = advance(&t->total.retransmits, r->total.retransmits);
    step->opened_utc_ns = t->opened_utc_ns;
    step->interval_ns = advance(&t->boot_ns, r->h.boot_ns);
    t->missed = false;
}

static struct told told_start(const struct connection_record *r)
{
    return (struct told){.total = r->base,
                         .boot_ns = r->opened_ns,
                         .opened_utc_ns = clock_boot_to_utc((int64_t)r->opened_ns),
                         .id = r->id,
                         .opened_ns = r->opened_ns,
                         .protocol = r->protocol};
}

static struct told *told_add(struct progress *p, uint64_t key, const struct connection_record *r)
{
    struct told *t = p->connections.count < PROGRESS_MAX ? malloc(sizeof *t) : NULL;
    int failed = 0;
    if (!t)
        return NULL;
    *t = told_start(r);
    map_put(&p->connections, key, t, &failed);
    if (!failed)
        return t;
    free(t);
    return NULL;
}

bool progress_live(struct progress *p, uint64_t key, const struct connection_record *r, struct progress_step *step)
{
    struct told *t = map_get(&p->connections, key);
    if (!t)
        t = told_add(p, key, r);
    if (t)
        take_step(t, r, step);
    return t != NULL;
}

void progress_end(struct progress *p, uint64_t key, const struct connection_record *r, struct progress_step *step)
{
    struct told fresh = told_start(r), *t = map_take(&p->connections, key);
    take_step(t ? t : &fresh, r, step);
    free(t);
}

void progress_sweep(struct progress *p, bool (*gone)(void *arg, uint8_t protocol, uint64_t id, uint64_t opened_ns, uint64_t last_ns),
                    void *arg)
{
    uint64_t key;
    void *value;
    for (int i = 0; i < SWEEP_STEP; i++) {
        if (!map_next(&p->connections, &p->sweep_at, &key, &value)) {
            p->sweep_at = 0;
            return;
        }
        struct told *t = value;
        bool missing = gone(arg, t->protocol, t->id, t->opened_ns, t->boot_ns);
        if (missing && t->missed)
            free(map_take(&p->connections, key));
        else
            t->missed = missing;
    }
}

void progress_free(struct progress *p)
{
    uint64_t key;
    void *value;
    for (size_t i = 0; map_next(&p->connections, &i, &key, &value);)
        free(value);
    map_free(&p->connections);
    p->sweep_at = 0;
}
