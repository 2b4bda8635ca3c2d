#include "api/inbox.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { KEEP_FREE = 4, NAME_MAX_BYTES = 64 };

/* Of one table; a later declaration of it takes the place of the earlier one. */
struct drawer {
    const struct table *table;
    struct batch_pool *pool;
    uint64_t rows, lost;
    struct drawer *next;
};

struct inbox {
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct batch *ring[INBOX_BATCHES];
    unsigned head, count;
    uint64_t bytes;
    double tokens; /* rows that may come now */
    int64_t paced_ns;
    struct drawer *drawers; /* as many as tables that rows came for */
    int bell;               /* an eventfd */
    bool closed;
};

struct inbox *inbox_create(void)
{
    pthread_condattr_t attr;
    struct inbox *in = calloc(1, sizeof *in);
    if (!in)
        return NULL;
    in->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (in->bell < 0) {
        free(in);
        return NULL;
    }
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&in->lock, NULL);
    pthread_cond_init(&in->room, &attr);
    pthread_condattr_destroy(&attr);
    in->tokens = INBOX_BURST_ROWS;
    in->paced_ns = clock_mono_ns();
    return in;
}

void inbox_destroy(struct inbox *in)
{
    if (!in)
        return;
    for (struct batch *b; (b = inbox_take(in));)
        batch_drop(b);
    for (struct drawer *d = in->drawers, *next; d; d = next) {
        next = d->next;
        batch_pool_destroy(d->pool);
        free(d);
    }
    close(in->bell);
    pthread_cond_destroy(&in->room);
    pthread_mutex_destroy(&in->lock);
    free(in);
}

/* With the lock held: the drawer of tables of this name. */
static struct drawer *find(const struct inbox *in, const struct table *t)
{
    for (struct drawer *d = in->drawers; d; d = d->next)
        if (d->table == t || !strcmp(d->table->name, t->name))
            return d;
    return NULL;
}

static struct drawer *drawer_of(struct inbox *in, const struct table *t)
{
    struct drawer *d = find(in, t);
    if (d)
        return d;
    d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->table = t;
    d->next = in->drawers;
    in->drawers = d;
    return d;
}

struct batch *inbox_batch(struct inbox *in, const struct table *t)
{
    struct batch *b = NULL;
    pthread_mutex_lock(&in->lock);
    struct drawer *d = drawer_of(in, t);
    if (d && d->table != t) {
        batch_pool_destroy(d->pool);
        d->pool = NULL;
        d->table = t;
    }
    if (d && !d->pool)
        d->pool = batch_pool_create(t, KEEP_FREE);
    if (d && d->pool)
        b = batch_take(d->pool);
    pthread_mutex_unlock(&in->lock);
    return b;
}

/* With the lock held: how many rows may come now. */
static double refill(struct inbox *in)
{
    int64_t now = clock_mono_ns();
    in->tokens += (double)(now - in->paced_ns) / NS_PER_S * INBOX_ROWS_PER_S;
    if (in->tokens > INBOX_BURST_ROWS)
        in->tokens = INBOX_BURST_ROWS;
    in->paced_ns = now;
    return in->tokens;
}

static uint64_t weight(const struct batch *b)
{
    uint64_t bytes = b->arena.total;
    for (size_t i = 0; i < b->table->n_columns; i++)
        bytes += type_size(b->table->columns[i].type) * b->rows;
    return bytes;
}

static bool has_room(const struct inbox *in, const struct batch *b)
{
    return in->count < INBOX_BATCHES && (!in->count || in->bytes + weight(b) <= INBOX_BYTES);
}

/* With the lock held: 0 when the batch may come in, else why not yet. *until: when to look again at the latest. */
static int hindrance(struct inbox *in, const struct batch *b, int64_t end, int64_t *until)
{
    *until = end;
    if (in->closed)
        return -ESHUTDOWN;
    if (!has_room(in, b))
        return -EAGAIN;
    double missing = b->rows - refill(in);
    if (missing <= 0)
        return 0;
    int64_t ready = in->paced_ns + (int64_t)(missing / INBOX_ROWS_PER_S * NS_PER_S) + 1;
    if (ready < end)
        *until = ready;
    return -EBUSY;
}

static void take_in(struct inbox *in, struct batch *b)
{
    struct drawer *d = find(in, b->table);
    in->tokens -= b->rows;
    in->bytes += weight(b);
    in->ring[(in->head + in->count++) % INBOX_BATCHES] = b;
    if (d)
        d->rows += b->rows;
    if (in->count == 1)
        eventfd_write(in->bell, 1);
}

int inbox_put(struct inbox *in, struct batch *b)
{
    int64_t end = clock_mono_ns() + INBOX_WAIT_MS * (int64_t)NS_PER_MS, until;
    int rc;
    pthread_mutex_lock(&in->lock);
    while ((rc = hindrance(in, b, end, &until)) && rc != -ESHUTDOWN && clock_mono_ns() < end) {
        struct timespec at = {until / NS_PER_S, until % NS_PER_S};
        pthread_cond_timedwait(&in->room, &in->lock, &at);
    }
    if (!rc)
        take_in(in, b);
    pthread_mutex_unlock(&in->lock);
    return rc;
}

void inbox_lose(struct inbox *in, const struct table *t, uint64_t rows)
{
    pthread_mutex_lock(&in->lock);
    struct drawer *d = drawer_of(in, t);
    if (d)
        d->lost += rows;
    pthread_mutex_unlock(&in->lock);
}

uint64_t inbox_rows(struct inbox *in, const struct table *t)
{
    pthread_mutex_lock(&in->lock);
    const struct drawer *d = find(in, t);
    uint64_t rows = d ? d->rows : 0;
    pthread_mutex_unlock(&in->lock);
    return rows;
}

int inbox_fd(const struct inbox *in)
{
    return in->bell;
}

struct batch *inbox_take(struct inbox *in)
{
    struct batch *b = NULL;
    eventfd_t rung;
    pthread_mutex_lock(&in->lock);
    if (in->count) {
        b = in->ring[in->head];
        in->head = (in->head + 1) % INBOX_BATCHES;
        in->bytes -= weight(b);
        if (!--in->count)
            eventfd_read(in->bell, &rung);
        pthread_cond_broadcast(&in->room);
    }
    pthread_mutex_unlock(&in->lock);
    return b;
}

void inbox_take_losses(struct inbox *in, void (*fn)(void *arg, const char *table, uint64_t rows), void *arg)
{
    pthread_mutex_lock(&in->lock);
    for (struct drawer *d = in->drawers; d; d = d->next)
        if (d->lost) {
            fn(arg, d->table->name, d->lost);
            d->lost = 0;
        }
    pthread_mutex_unlock(&in->lock);
}

void inbox_close(struct inbox *in)
{
    pthread_mutex_lock(&in->lock);
    in->closed = true;
    pthread_cond_broadcast(&in->room);
    pthread_mutex_unlock(&in->lock);
}
