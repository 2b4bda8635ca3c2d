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
    bool revoked; /* under store.lock */
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
            r->revoked = true;
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

int store_reader_open(struct store *s, struct store_reader **out, struct err *why)
{
    struct store_reader *r = calloc(1, sizeof *r);
    if (!r)
        return err_set(why, ENOMEM, "out of memory");
    r->store = s;
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

bool store_reader_revoked(struct store_reader *r)
{
    pthread_mutex_lock(&r->store->lock);
    bool revoked = r->revoked;
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
