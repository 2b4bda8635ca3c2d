/* Readers: connections that questions are asked on. */
#include "base/clock.h"
#include "inside.h"

#include <stdlib.h>
#include <time.h>

struct store_reader {
    struct store *store;
    struct db *db;
    duckdb_connection connection;
    uint64_t epoch;
    int revoked; /* errno; under store.lock */
    struct store_reader *next;
};

bool readers_since(const struct store *s, uint64_t epoch)
{
    for (const struct store_reader *r = s->readers; r; r = r->next)
        if (r->epoch <= epoch)
            return true;
    return false;
}

void readers_revoke(struct store *s, const struct db *db)
{
    for (struct store_reader *r = s->readers; r; r = r->next)
        if (r->db == db) {
            r->revoked = s->why_code == ENOMEM ? ENOMEM : EIO;
            duckdb_interrupt(r->connection);
        }
}

/* With the lock held: a switch between databases takes a moment; it is worth waiting for. */
static struct db *wait_for_db(struct store *s)
{
    int64_t until = clock_mono_ns() + READER_WAIT_MS * (int64_t)NS_PER_MS;
    struct timespec at = {until / NS_PER_S, until % NS_PER_S};
    int rc = 0;
    while (!rc && (s->switching || !s->db))
        rc = pthread_cond_timedwait(&s->committed, &s->lock, &at);
    return s->switching ? NULL : s->db;
}

/* --- what a reader sees ------------------------------------------------------------------------------------------------------------ */

/* Whether the question may be about the table. That it may build the name piece by piece (`FROM query('…' || '…')`) is thought of, too. */
static bool may_name(const char *sql, size_t n, const char *table)
{
    return text_has_word(sql, n, table) || text_has_word(sql, n, "query") || text_has_word(sql, n, "query_table") ||
           text_has_word(sql, n, "parts");
}

/* With the lock held: has every batch of `targets` been committed? */
static bool all_shown(const struct store *s, const uint64_t *targets, uint64_t taken)
{
    for (size_t i = 0; i < s->n_shelves; i++)
        if (s->shelves[i].shown_seq < targets[i])
            return false;
    return s->taken_seq >= taken;
}

/* With the lock held: notes what is wanted. */
static void want(struct store *s, const char *sql, size_t n, uint64_t *targets)
{
    bool before = false, any = false;
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        bool behind = shelf->shown_seq < shelf->queued_seq;
        before |= shelf->shown_seq < shelf->wanted_seq;
        targets[i] = behind && (!sql || may_name(sql, n, shelf->name)) ? shelf->queued_seq : 0;
        if (targets[i] > shelf->wanted_seq)
            shelf->wanted_seq = targets[i];
        any |= targets[i] > 0;
    }
    if (!before)
        s->wanted_since_ns = clock_mono_ns();
    if (any)
        pthread_cond_signal(&s->work);
}

int show_rows(struct store *s, const char *sql, size_t n, int timeout_ms)
{
    uint64_t targets[STASH_MAX] = {0};
    int64_t until = clock_mono_ns() + timeout_ms * (int64_t)NS_PER_MS;
    struct timespec at = {until / NS_PER_S, until % NS_PER_S};
    int rc = 0;
    pthread_mutex_lock(&s->lock);
    want(s, sql, n, targets);
    uint64_t taken = sql ? 0 : s->queued_seq;
    while (!rc && !all_shown(s, targets, taken))
        rc = pthread_cond_timedwait(&s->committed, &s->lock, &at);
    pthread_mutex_unlock(&s->lock);
    return -rc;
}

void store_show(struct store *s, const char *sql, size_t n)
{
    show_rows(s, sql, n, SHOW_WAIT_MS);
}

/* --- readers ----------------------------------------------------------------------------------------------------------------------- */

int store_reader_open(struct store *s, const char *sql, size_t n, struct store_reader **out, struct err *why)
{
    struct store_reader *r = calloc(1, sizeof *r);
    if (!r)
        return err_set(why, ENOMEM, "out of memory");
    r->store = s;
    store_show(s, sql, n);
    pthread_mutex_lock(&s->lock);
    r->db = wait_for_db(s);
    if (r->db && duckdb_connect(r->db->handle, &r->connection) == DuckDBSuccess) {
        db_hold(r->db);
        r->epoch = s->epoch;
        r->next = s->readers;
        s->readers = r;
        *out = r;
    }
    pthread_mutex_unlock(&s->lock);
    if (r->connection)
        return 0;
    free(r);
    return err_set(why, EAGAIN, "the store is reopening its database, ask again in a second%s%s", *s->why ? ": " : "", s->why);
}

duckdb_connection store_reader_connection(struct store_reader *r)
{
    return r->connection;
}

int store_reader_revoked(struct store_reader *r)
{
    pthread_mutex_lock(&r->store->lock);
    int revoked = r->revoked;
    pthread_mutex_unlock(&r->store->lock);
    return revoked;
}

const char *store_reader_export_dir(struct store_reader *r)
{
    return r->store->tmp_dir;
}

void store_reader_close(struct store_reader *r)
{
    if (!r)
        return;
    struct store *s = r->store;
    pthread_mutex_lock(&s->lock);
    for (struct store_reader **at = &s->readers; *at; at = &(*at)->next)
        if (*at == r) {
            *at = r->next;
            break;
        }
    pthread_mutex_unlock(&s->lock);
    duckdb_disconnect(&r->connection);
    db_drop(s, r->db);
    pthread_mutex_lock(&s->lock);
    pthread_cond_broadcast(&s->committed); /* someone may wait for the last reader */
    pthread_mutex_unlock(&s->lock);
    free(r);
}
