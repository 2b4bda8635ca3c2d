#include "agent/sink.h"

#include "base/clock.h"
#include "collectors/agent/agent.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { SINK_TABLES = 128, SINK_KEEP_FREE = 8, SINK_LOSSES = 64 };

struct slot {
    const struct table *table;
    const struct collector *owner;
    struct batch_pool *pool;
    struct batch *open;
    _Atomic uint64_t rows;
};

struct sink {
    struct slot slots[SINK_TABLES];
    size_t n_slots;
    struct slot *last; /* most rows follow a row of the same table */
    struct sink_consumer consumers[4];
    size_t n_consumers;
    pthread_mutex_t lock; /* of losses */
    struct sink_lost losses[SINK_LOSSES];
    size_t n_losses;
    _Atomic uint64_t rows_put;
};

static void add_slot(const struct table *t, const struct collector *owner, void *arg)
{
    struct sink *s = arg;
    if (s->n_slots == SINK_TABLES)
        return;
    struct slot *slot = &s->slots[s->n_slots++];
    slot->table = t;
    slot->owner = owner;
    slot->pool = batch_pool_create(t, SINK_KEEP_FREE);
}

struct sink *sink_create(const struct sink_consumer *consumers, size_t n_consumers, struct err *why)
{
    struct sink *s = calloc(1, sizeof *s);
    if (!s || n_consumers > sizeof s->consumers / sizeof s->consumers[0]) {
        err_set(why, ENOMEM, "out of memory");
        free(s);
        return NULL;
    }
    pthread_mutex_init(&s->lock, NULL);
    for (size_t i = 0; i < n_consumers; i++)
        s->consumers[s->n_consumers++] = consumers[i];
    collector_each_table(add_slot, s);
    return s;
}

void sink_destroy(struct sink *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n_slots; i++) {
        batch_drop(s->slots[i].open);
        batch_pool_destroy(s->slots[i].pool);
    }
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static struct slot *slot_of(struct sink *s, const struct table *table)
{
    if (s->last && s->last->table == table)
        return s->last;
    for (size_t i = 0; i < s->n_slots; i++)
        if (s->slots[i].table == table)
            return s->last = &s->slots[i];
    return NULL;
}

static void hand_over(struct sink *s, struct batch *b, _Atomic uint64_t *rows)
{
    atomic_fetch_add_explicit(rows, b->rows, memory_order_relaxed);
    for (size_t i = 0; i < s->n_consumers; i++)
        s->consumers[i].consume(s->consumers[i].arg, b);
    batch_drop(b);
}

static void publish(struct sink *s, struct slot *slot)
{
    struct batch *b = slot->open;
    if (!b || !b->rows)
        return;
    slot->open = NULL;
    hand_over(s, b, &slot->rows);
}

void sink_put(struct sink *s, struct batch *b)
{
    hand_over(s, b, &s->rows_put);
}

static struct batch *row_of(struct sink *s, struct slot *slot)
{
    if (slot->open && slot->open->rows == BATCH_ROWS)
        publish(s, slot);
    if (!slot->open)
        slot->open = slot->pool ? batch_take(slot->pool) : NULL;
    if (!slot->open)
        return NULL;
    if (!slot->open->rows)
        slot->open->born_mono_ns = clock_mono_ns();
    batch_add_row(slot->open);
    return slot->open;
}

struct batch *sink_row(struct sink *s, const struct table *table)
{
    struct slot *slot = slot_of(s, table);
    struct batch *b = slot ? row_of(s, slot) : NULL;
    if (!b)
        sink_loss(s, table->name, "out of memory", 1);
    return b;
}

void sink_publish(struct sink *s)
{
    for (size_t i = 0; i < s->n_slots; i++)
        publish(s, &s->slots[i]);
}

static bool somebody_waits(struct sink *s, const struct table *t)
{
    for (size_t i = 0; i < s->n_consumers; i++)
        if (s->consumers[i].waits && s->consumers[i].waits(s->consumers[i].arg, t))
            return true;
    return false;
}

int64_t sink_publish_due(struct sink *s, int64_t now_mono_ns)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < s->n_slots; i++) {
        struct slot *slot = &s->slots[i];
        if (!slot->open || !slot->open->rows)
            continue;
        int64_t due = slot->open->born_mono_ns + SINK_AGE_MS * (int64_t)NS_PER_MS;
        if (due <= now_mono_ns || somebody_waits(s, slot->table))
            publish(s, slot);
        else if (due < next)
            next = due;
    }
    return next;
}

static void count_loss(struct sink *s, const char *place, const char *reason, uint64_t count)
{
    pthread_mutex_lock(&s->lock);
    struct sink_lost *l = NULL;
    for (size_t i = 0; i < s->n_losses && !l; i++)
        if (!strcmp(s->losses[i].place, place) && !strcmp(s->losses[i].reason, reason))
            l = &s->losses[i];
    if (!l && s->n_losses < SINK_LOSSES) {
        l = &s->losses[s->n_losses++];
        snprintf(l->place, sizeof l->place, "%s", place);
        snprintf(l->reason, sizeof l->reason, "%s", reason);
    }
    if (l)
        l->unknown |= count == SINK_UNKNOWN;
    l->count += count == SINK_UNKNOWN ? 0 : count;
    pthread_mutex_unlock(&s->lock);
}

void sink_loss(struct sink *s, const char *place, const char *reason, uint64_t count)
{
    if (!count)
        return;
    count_loss(s, place, reason, count);
    struct slot *slot = slot_of(s, &table_agent_losses);
    struct batch *b = slot ? row_of(s, slot) : NULL;
    if (!b)
        return; /* the counters above still know */
    batch_set_time(b, LOSS_TIME, clock_utc_ns());
    batch_set_text(b, LOSS_PLACE, place, strlen(place));
    batch_set_text(b, LOSS_REASON, reason, strlen(reason));
    if (count != SINK_UNKNOWN)
        batch_set_u64(b, LOSS_COUNT, count);
}

size_t sink_losses(struct sink *s, struct sink_lost *out, size_t room)
{
    pthread_mutex_lock(&s->lock);
    size_t n = s->n_losses;
    memcpy(out, s->losses, (n < room ? n : room) * sizeof *out);
    pthread_mutex_unlock(&s->lock);
    return n;
}

uint64_t sink_rows(struct sink *s, const struct collector *owner)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < s->n_slots; i++)
        if (!owner || s->slots[i].owner == owner)
            rows += atomic_load_explicit(&s->slots[i].rows, memory_order_relaxed);
    return rows;
}

uint64_t sink_rows_all(struct sink *s)
{
    return sink_rows(s, NULL) + atomic_load_explicit(&s->rows_put, memory_order_relaxed);
}
