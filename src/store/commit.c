/* What is committed when: rows that were appended soon, those in the journal late, those that a question waits for at once. */
#include "base/clock.h"
#include "inside.h"

/* --- when to commit what; with the lock held ------------------------------------------------------------------------------------- */

/* Rows that were appended: three quarters of a second after the first, at once when the commit would be large. */
static int64_t pending_due(const struct store *s)
{
    if (!s->pending_rows)
        return INT64_MAX;
    return s->largest_pending >= COMMIT_ROWS ? 0 : s->pending_since_ns + COMMIT_AFTER_MS * (int64_t)NS_PER_MS;
}

/* Rows in the journal: a good while after the first, so that a commit is worth its price; sooner where segments are short. */
static int64_t backlog_due(const struct store *s)
{
    int64_t wait = BACKLOG_AFTER_MS * (int64_t)NS_PER_MS, window = part_window_ns(s);
    if (!s->backlog_since_ns || s->degraded)
        return INT64_MAX;
    return journal_is_full(s) ? 0 : s->backlog_since_ns + (wait < window / 4 ? wait : window / 4);
}

static bool is_wanted(const struct shelf *shelf)
{
    return shelf->wanted_seq > shelf->shown_seq;
}

/* Rows that a question waits for: when all of them were taken from the queue, or after a moment those that were. */
static int64_t wanted_due(const struct store *s)
{
    bool any = false, taken = true;
    for (size_t i = 0; i < s->n_shelves; i++) {
        const struct shelf *shelf = &s->shelves[i];
        any |= is_wanted(shelf);
        taken &= !is_wanted(shelf) || shelf->taken_seq >= shelf->wanted_seq;
    }
    return !any ? INT64_MAX : taken ? 0 : s->wanted_since_ns + SHOW_BEHIND_MS * (int64_t)NS_PER_MS;
}

int64_t commit_due(const struct store *s)
{
    int64_t due = pending_due(s), backlog = backlog_due(s), wanted = wanted_due(s);
    due = backlog < due ? backlog : due;
    return wanted < due ? wanted : due;
}

bool commit_mark(struct store *s, int64_t now)
{
    bool pending = now >= pending_due(s), backlog = now >= backlog_due(s), wanted = now >= wanted_due(s), any = false;
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        shelf->due = backlog || (pending && shelf->pending_rows) || (wanted && is_wanted(shelf));
        any |= shelf->due;
    }
    if (wanted)
        s->wanted_since_ns = now; /* who still waits does so for what is yet in the queue */
    return any;
}

/* --- committing -------------------------------------------------------------------------------------------------------------------- */

static void clear_pending(struct shelf *shelf)
{
    shelf->pending_rows = shelf->pending_bytes = shelf->pending_counted = shelf->backlog_appended = 0;
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
        s->unchecked_bytes += shelf->pending_bytes;
    }
    clear_pending(shelf);
}

static void count_pending(struct store *s) /* with the lock held */
{
    bool backlog = false;
    s->pending_rows = s->largest_pending = 0;
    for (size_t i = 0; i < s->n_shelves; i++) {
        const struct shelf *shelf = &s->shelves[i];
        s->pending_rows += shelf->pending_rows;
        if (shelf->pending_rows > s->largest_pending)
            s->largest_pending = shelf->pending_rows;
        backlog |= shelf->backlog.rows > 0;
    }
    if (!backlog)
        s->backlog_since_ns = 0;
}

static void commit_done(struct store *s, bool good)
{
    bool file = s->db && !s->db->memory;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        if (!shelf->due)
            continue;
        if (good)
            book(s, shelf);
        if (good && file)
            backlog_clear(shelf);
        shelf->shown_seq = shelf->taken_seq;
        shelf->due = false;
    }
    count_pending(s);
    pthread_cond_broadcast(&s->committed);
    pthread_mutex_unlock(&s->lock);
    if (file && !s->backlog_since_ns)
        journal_empty(s);
}

static bool has_backlog(const struct store *s, const struct shelf *shelf)
{
    return shelf->due && shelf->backlog.rows && !s->db->memory;
}

static int commit(struct store *s, struct err *why)
{
    uint64_t rows = 0;
    int rc = 0;
    for (size_t i = 0; !rc && i < s->n_shelves; i++) {
        if (has_backlog(s, &s->shelves[i]))
            rc = backlog_append(s, &s->shelves[i], why);
        rows += s->shelves[i].due ? s->shelves[i].pending_rows : 0;
    }
    if (rc || !rows)
        return rc;
    rc = db_run(s->db->writer, "BEGIN", why);
    for (size_t i = 0; !rc && i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        if (shelf->due && shelf->pending_rows)
            rc = append_flush(shelf, why);
        if (!rc && has_backlog(s, shelf))
            rc = backlog_mark(s, shelf, why);
    }
    return rc ? rc : db_run(s->db->writer, "COMMIT", why);
}

int commit_marked(struct store *s)
{
    struct err why = {0};
    int rc = s->db ? commit(s, &why) : 0;
    if (rc)
        degrade(s, &why); /* puts the pending rows in limbo */
    commit_done(s, !rc);
    return rc;
}

int writer_commit(struct store *s)
{
    for (size_t i = 0; i < s->n_shelves; i++)
        s->shelves[i].due = true;
    return commit_marked(s);
}

int writer_commit_one(struct store *s, struct shelf *shelf)
{
    for (size_t i = 0; i < s->n_shelves; i++)
        s->shelves[i].due = &s->shelves[i] == shelf;
    return commit_marked(s);
}
