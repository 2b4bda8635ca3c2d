/* The writer thread: takes batches from the queue, appends them, commits, and does the house-keeping once a second.
 * It sleeps on a condition variable whenever there is nothing to do. */
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

/* When the pending rows are due: three quarters of a second after the first (sooner while the store is fresh; a commit costs 1 ms of CPU
 * time however few they are), at once when a commit would be large or someone waits for it. */
static int64_t commit_due(const struct store *s)
{
    if (s->flush_waiters && !s->queue.count)
        return 0;
    if (s->largest_pending >= COMMIT_ROWS)
        return 0;
    bool fresh = s->pending_since_ns - s->opened_mono_ns < FRESH_MS * (int64_t)NS_PER_MS;
    return s->pending_since_ns + (fresh ? COMMIT_AFTER_FRESH_MS : COMMIT_AFTER_MS) * (int64_t)NS_PER_MS;
}

static bool commit_is_due(const struct store *s, int64_t now)
{
    return s->appended_seq != s->committed_seq && (!s->pending_rows || now >= commit_due(s));
}

/* Sleeps until there is a batch, a commit due, a copy finished, a tick, or the end. Returns the next batch or NULL. */
static struct batch *wait_for_work(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    for (;;) {
        int64_t now = clock_mono_ns(), until = s->next_tick_ns;
        bool end = s->stopping && !s->queue.count;
        if (end || now >= until || commit_is_due(s, now) || (s->job.db && s->job.done) || s->queue.count)
            break;
        if (s->appended_seq != s->committed_seq && commit_due(s) < until)
            until = commit_due(s);
        struct timespec at = timespec_of(until);
        pthread_cond_timedwait(&s->work, &s->lock, &at);
    }
    struct batch *b = commit_is_due(s, clock_mono_ns()) ? NULL : queue_take(&s->queue);
    pthread_mutex_unlock(&s->lock);
    return b;
}

static void clear_pending(struct shelf *shelf)
{
    shelf->pending_rows = shelf->pending_bytes = 0;
    shelf->pending_oldest_ns = shelf->pending_newest_ns = 0;
}

static void book(struct store *s, struct shelf *shelf) /* with the lock held: what was pending is committed */
{
    struct part *p = part_last(shelf);
    if (!shelf->pending_rows || !p)
        return;
    p->rows += shelf->pending_rows;
    p->raw_bytes += shelf->pending_bytes;
    if (shelf->pending_oldest_ns && (!p->oldest_ns || shelf->pending_oldest_ns < p->oldest_ns))
        p->oldest_ns = shelf->pending_oldest_ns;
    if (shelf->pending_newest_ns > p->newest_ns)
        p->newest_ns = shelf->pending_newest_ns;
    if (p->memory) {
        s->memory_bytes += shelf->pending_bytes;
    } else { /* on the disk, not before */
        shelf->rows_written += shelf->pending_rows;
        s->rows_written += shelf->pending_rows;
        s->raw_bytes_written += shelf->pending_bytes;
    }
    clear_pending(shelf);
}

static void commit_done(struct store *s, bool good)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; good && i < s->n_shelves; i++)
        book(s, &s->shelves[i]);
    s->pending_rows = s->largest_pending = 0;
    s->committed_seq = s->appended_seq;
    pthread_cond_broadcast(&s->committed);
    pthread_mutex_unlock(&s->lock);
}

static int commit(struct store *s, struct err *why)
{
    int rc = db_run(s->db->writer, "BEGIN", why);
    for (size_t i = 0; !rc && i < s->n_shelves; i++)
        if (s->shelves[i].pending_rows)
            rc = append_flush(&s->shelves[i], why);
    return rc ? rc : db_run(s->db->writer, "COMMIT", why);
}

int writer_commit(struct store *s)
{
    struct err why = {0};
    int rc = s->pending_rows && s->db ? commit(s, &why) : 0;
    if (rc)
        degrade(s, &why); /* puts the pending rows in limbo */
    commit_done(s, !rc);
    return rc;
}

static int open_part(struct store *s, struct shelf *shelf, int64_t now, struct err *why)
{
    struct part *last = part_last(shelf);
    if (last && part_is_full(s, shelf, now)) {
        if (writer_commit(s))
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

static struct shelf *shelf_of(struct store *s, const struct table *table)
{
    for (size_t i = 0; i < s->n_declared; i++)
        if (s->shelves[i].table == table)
            return &s->shelves[i];
    return NULL;
}

static void take_in(struct store *s, struct batch *b)
{
    int64_t now = clock_mono_ns();
    struct shelf *shelf = shelf_of(s, b->table);
    if (!shelf)
        store_lose(s, LOSS_UNDECLARED, b->rows);
    else if (b->rows && append(s, shelf, b, now) && append(s, shelf, b, now)) /* the second try is the fallback database's */
        store_lose(s, LOSS_WRITE, b->rows);
    else if (b->rows) {
        if (!s->pending_rows)
            s->pending_since_ns = now;
        s->pending_rows += b->rows;
        if (shelf->pending_rows > s->largest_pending)
            s->largest_pending = shelf->pending_rows;
    }
    batch_drop(b);
    pthread_mutex_lock(&s->lock);
    s->appended_seq++;
    pthread_mutex_unlock(&s->lock);
}

/* Parts whose window is over are sealed also when no more rows come for them. */
static void seal_old(struct store *s, int64_t now)
{
    for (size_t i = 0; i < s->n_declared; i++) {
        struct shelf *shelf = &s->shelves[i];
        if (!part_last(shelf) || !part_is_full(s, shelf, now))
            continue;
        if (writer_commit(s))
            return;
        part_seal(s, shelf);
    }
}

static void tick(struct store *s, int64_t now)
{
    s->next_tick_ns = now + TICK_MS * (int64_t)NS_PER_MS;
    seal_old(s, now);
    if (s->degraded) {
        degraded_tick(s, now);
        memory_trim(s);
    } else {
        space_check(s);
    }
    if (now >= s->next_retention_ns) {
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
        struct batch *b = wait_for_work(s);
        if (b)
            take_in(s, b);
        int64_t now = clock_mono_ns();
        if (commit_is_due(s, now))
            writer_commit(s);
        copier_finish(s, now);
        if (now >= s->next_tick_ns)
            tick(s, now);
        copier_start_next(s, now);
        if (!b && s->stopping && s->appended_seq == s->queued_seq)
            break;
    }
    writer_commit(s);
    if (s->degraded)
        degraded_stop(s);
    return NULL;
}
