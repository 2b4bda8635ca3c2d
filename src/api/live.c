#include "api/live.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct live {
    pthread_mutex_t lock; /* of the list; taken before a listener's own */
    struct live_listener *listeners;
    atomic_uint count;
    bool destroyed; /* freed with the last listener */
};

struct live_listener {
    struct live *live;
    const struct table *table;
    struct live_listener *next;

    int bell; /* an eventfd, so that one wait has both the batches and the client's socket; rung when there is something to see */
    pthread_mutex_t lock;
    struct batch *queue[LIVE_QUEUE_BATCHES];
    unsigned head, count;
    uint64_t rows, lost;
    bool ended;
};

struct live *live_create(void)
{
    struct live *l = calloc(1, sizeof *l);
    if (l)
        pthread_mutex_init(&l->lock, NULL);
    return l;
}

static void live_free(struct live *l)
{
    pthread_mutex_destroy(&l->lock);
    free(l);
}

void live_destroy(struct live *l)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->lock);
    for (struct live_listener *each = l->listeners; each; each = each->next)
        live_end(each);
    l->destroyed = true;
    bool last = !l->listeners;
    pthread_mutex_unlock(&l->lock);
    if (last)
        live_free(l);
}

static void ring_bell(struct live_listener *listener)
{
    eventfd_write(listener->bell, 1);
}

static void offer(struct live_listener *listener, struct batch *b)
{
    pthread_mutex_lock(&listener->lock);
    if (listener->count == LIVE_QUEUE_BATCHES || listener->rows + b->rows > LIVE_QUEUE_ROWS) {
        listener->lost += b->rows;
    } else if (!listener->ended) {
        listener->queue[(listener->head + listener->count++) % LIVE_QUEUE_BATCHES] = batch_hold(b);
        listener->rows += b->rows;
        if (listener->count == 1)
            ring_bell(listener);
    }
    pthread_mutex_unlock(&listener->lock);
}

/* A table that was declared anew has more columns at its end: a listener goes on with those that it knows. */
static bool is_of(const struct table *table, const struct live_listener *listener)
{
    return listener->table == table || !strcmp(listener->table->name, table->name);
}

void live_publish(struct live *l, struct batch *b)
{
    if (!atomic_load_explicit(&l->count, memory_order_relaxed))
        return;
    pthread_mutex_lock(&l->lock);
    for (struct live_listener *each = l->listeners; each; each = each->next)
        if (is_of(b->table, each))
            offer(each, b);
    pthread_mutex_unlock(&l->lock);
}

bool live_wanted(struct live *l, const struct table *table)
{
    bool wanted = false;
    if (!atomic_load_explicit(&l->count, memory_order_relaxed))
        return false;
    pthread_mutex_lock(&l->lock);
    for (struct live_listener *each = l->listeners; each && !wanted; each = each->next)
        wanted = is_of(table, each);
    pthread_mutex_unlock(&l->lock);
    return wanted;
}

struct live_listener *live_listen(struct live *l, const struct table *table)
{
    struct live_listener *listener = calloc(1, sizeof *listener);
    if (!listener)
        return NULL;
    listener->live = l;
    listener->table = table;
    listener->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (listener->bell < 0) {
        free(listener);
        return NULL;
    }
    pthread_mutex_init(&listener->lock, NULL);
    pthread_mutex_lock(&l->lock);
    listener->next = l->listeners;
    l->listeners = listener;
    atomic_fetch_add(&l->count, 1);
    pthread_mutex_unlock(&l->lock);
    return listener;
}

static struct batch *take(struct live_listener *listener)
{
    if (!listener->count || listener->ended)
        return NULL;
    struct batch *b = listener->queue[listener->head];
    listener->head = (listener->head + 1) % LIVE_QUEUE_BATCHES;
    listener->count--;
    listener->rows -= b->rows;
    return b;
}

/* True when the bell rang: there is a batch, or the end. False when the client hung up, or the time is over. */
static bool wait_for_bell(struct live_listener *listener, int client, int timeout_ms)
{
    struct pollfd fds[] = {{.fd = listener->bell, .events = POLLIN}, {.fd = client, .events = POLLRDHUP}};
    while (poll(fds, 2, timeout_ms) < 0)
        if (errno != EINTR)
            return false;
    return fds[0].revents;
}

static bool has_something(struct live_listener *listener)
{
    eventfd_t rung;
    pthread_mutex_lock(&listener->lock);
    bool has = listener->count || listener->ended;
    if (!has)
        eventfd_read(listener->bell, &rung);
    pthread_mutex_unlock(&listener->lock);
    return has;
}

struct batch *live_next(struct live_listener *listener, int client, int timeout_ms, uint64_t *lost)
{
    while (!has_something(listener) && wait_for_bell(listener, client, timeout_ms))
        ;
    pthread_mutex_lock(&listener->lock);
    struct batch *b = take(listener);
    if (lost) {
        *lost = listener->lost;
        listener->lost = 0;
    }
    pthread_mutex_unlock(&listener->lock);
    return b;
}

void live_end(struct live_listener *listener)
{
    pthread_mutex_lock(&listener->lock);
    listener->ended = true;
    ring_bell(listener);
    pthread_mutex_unlock(&listener->lock);
}

bool live_ended(struct live_listener *listener)
{
    pthread_mutex_lock(&listener->lock);
    bool ended = listener->ended;
    pthread_mutex_unlock(&listener->lock);
    return ended;
}

static void leave(struct live_listener *listener)
{
    struct live *l = listener->live;
    pthread_mutex_lock(&l->lock);
    for (struct live_listener **at = &l->listeners; *at; at = &(*at)->next)
        if (*at == listener) {
            *at = listener->next;
            break;
        }
    atomic_fetch_sub(&l->count, 1);
    bool last = l->destroyed && !l->listeners;
    pthread_mutex_unlock(&l->lock);
    if (last)
        live_free(l);
}

void live_close(struct live_listener *listener)
{
    if (!listener)
        return;
    leave(listener);
    for (unsigned i = 0; i < listener->count; i++)
        batch_drop(listener->queue[(listener->head + i) % LIVE_QUEUE_BATCHES]);
    close(listener->bell);
    pthread_mutex_destroy(&listener->lock);
    free(listener);
}
