/* The writer thread: takes batches from the queue, puts small ones into the journal and appends large ones, commits, and does the
 * house-keeping once a second. It sleeps on a condition variable whenever there is nothing to do. */
#include "base/clock.h"
#include "inside.h"

#include <sys/resource.h>
#include <time.h>

void store_lose(struct store *s, enum loss reason, uint64_t rows)
{
    pthread_mutex_lock(&s->lock);
    s->losses[reason] += rows;
    s->rows_lost += rows;
    pthread_mutex_unlock(&s->lock);
}

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){ns / NS_PER_S, ns % NS_PER_S};
}

/* Sleeps until there is a batch, a commit due, a copy finished, a tick, or the end. Returns the next batch, or NULL; *due: a commit comes
 * first. */
static struct batch *wait_for_work(struct store *s, bool *due)
{
    pthread_mutex_lock(&s->lock);
    for (;;) {
        int64_t now = clock_mono_ns(), until = s->next_tick_ns, commit = commit_due(s);
        bool end = s->stopping && !s->queue.count;
        if (end || now >= until || now >= commit || (s->job.db && s->job.done) || s->queue.count || s->declaring)
            break;
        struct timespec at = timespec_of(commit < until ? commit : until);
        pthread_cond_timedwait(&s->work, &s->lock, &at);
    }
    *due = commit_mark(s, clock_mono_ns());
    struct batch *b = *due ? NULL : queue_take(&s->queue);
    pthread_mutex_unlock(&s->lock);
    return b;
}

static int open_part(struct store *s, struct shelf *shelf, int64_t now, struct err *why)
{
    struct part *last = part_last(shelf);
    if (last && part_is_full(s, shelf, now)) {
        if (writer_commit_one(s, shelf))
            return -EIO; /* degraded now, with words */
        part_seal(s, shelf);
        last = NULL;
    }
    if (shelf->appender)
        return 0;
    return last ? part_resume(s, shelf, why) : part_open(s, shelf, why);
}

static int append(struct store *s, struct shelf *shelf, const struct batch *b, int64_t now)
{
    struct err why = {0};
    if (!s->db)
        return -EIO;
    int rc = open_part(s, shelf, now, &why);
    if (!rc)
        rc = append_batch(shelf, b, &why);
    if (rc && why.code)
        degrade(s, &why);
    return rc;
}

static void append_or_lose(struct store *s, struct shelf *shelf, const struct batch *b, int64_t now)
{
    int rc = append(s, shelf, b, now);
    if (rc)
        rc = append(s, shelf, b, now); /* the fallback database's try */
    if (rc) {
        store_lose(s, LOSS_WRITE, b->rows);
        return;
    }
    if (!s->pending_rows)
        s->pending_since_ns = now;
    s->pending_rows += b->rows;
    if (shelf->pending_rows > s->largest_pending)
        s->largest_pending = shelf->pending_rows;
}

static void taken(struct store *s, struct shelf *shelf)
{
    pthread_mutex_lock(&s->lock);
    s->taken_seq++;
    if (shelf) {
        shelf->taken_seq = s->taken_seq;
        shelf->pending_counted = shelf->pending_rows;
        if (!shelf->pending_rows && (!shelf->backlog.rows || shelf->backlog.shown)) /* it was lost */
            shelf->shown_seq = s->taken_seq;
    }
    pthread_cond_broadcast(&s->committed);
    pthread_mutex_unlock(&s->lock);
}

/* A batch that began before columns were added to its table; NULL: it cannot be kept. */
static struct batch *renew(const struct shelf *shelf, struct batch *b)
{
    struct batch_pool *pool = batch_pool_create(shelf->table, 0);
    struct batch *w = pool ? batch_widen(b, pool) : NULL;
    batch_pool_destroy(pool);
    return w;
}

static void take_in(struct store *s, struct batch *b)
{
    int64_t now = clock_mono_ns();
    struct shelf *shelf = shelf_of(s, b->table);
    if (shelf && shelf->table != b->table) {
        struct batch *w = renew(shelf, b);
        if (!w)
            store_lose(s, LOSS_UNDECLARED, b->rows);
        batch_drop(b);
        b = w;
    }
    if (!b)
        ; /* counted */
    else if (!shelf)
        store_lose(s, LOSS_UNDECLARED, b->rows);
    else if (b->rows && !journal_take(s, shelf, b, now))
        append_or_lose(s, shelf, b, now);
    batch_drop(b);
    taken(s, shelf);
}

/* Parts whose window is over are sealed also when no more rows come for them. */
static void seal_old(struct store *s, int64_t now)
{
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        if (!part_last(shelf) || !part_is_full(s, shelf, now))
            continue;
        if (writer_commit_one(s, shelf))
            return;
        part_seal(s, shelf);
    }
}

/* An appender and its chunk have room for thousands of rows of each column, about a megabyte a table: too much to keep for a few rows now
 * and then. Another one costs a fraction of a millisecond. */
static void close_unused(struct store *s)
{
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        if (shelf->appender && !shelf->pending_rows && !shelf->used)
            append_close(shelf);
        shelf->used = false;
    }
}

/* A second is long for a small disk: what a fast writer puts there within it may be all that is free. */
static bool wrote_much(const struct store *s)
{
    return s->unchecked_bytes > s->budget_bytes / 32;
}

static void tick(struct store *s, int64_t now)
{
    s->next_tick_ns = now + TICK_MS * (int64_t)NS_PER_MS;
    seal_old(s, now);
    close_unused(s);
    if (s->degraded) {
        degraded_tick(s, now);
        memory_trim(s);
    } else {
        space_check(s);
    }
    if (now >= s->next_retention_ns || wrote_much(s)) {
        s->unchecked_bytes = 0;
        s->next_retention_ns = now + 5LL * NS_PER_S;
        retention_run(s);
    }
    trash_empty(s, false);
}

void *writer_main(void *arg)
{
    struct store *s = arg;
    pthread_setname_np(pthread_self(), "store-writer");
    setpriority(PRIO_PROCESS, 0, STORE_NICE); /* of this thread: what is watched goes first */
    for (;;) {
        bool due;
        struct batch *b = wait_for_work(s, &due);
        if (due)
            commit_marked(s);
        if (b)
            take_in(s, b);
        int64_t now = clock_mono_ns();
        copier_finish(s, now);
        declare_serve(s);
        if (now >= s->next_tick_ns || wrote_much(s))
            tick(s, now);
        copier_start_next(s, now);
        if (!b && s->stopping && s->taken_seq == s->queued_seq)
            break;
    }
    declare_refuse(s);
    writer_commit(s);
    if (s->degraded)
        degraded_stop(s);
    return NULL;
}
