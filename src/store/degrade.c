/* What happens when the disk cannot be written: the database is closed and tried again with growing pauses (1 s … 10 s). Meanwhile
 * new rows go to a database in memory that shows the segments too, so that questions are still answered; its oldest rows go (and
 * are counted) beyond a ceiling, and the rest moves to the disk when that can be written again. */
#include "base/clock.h"
#include "base/log.h"
#include "inside.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say_why(struct store *s, const char *words)
{
    pthread_mutex_lock(&s->lock);
    snprintf(s->why, sizeof s->why, "%.*s", (int)sizeof s->why - 1, words);
    pthread_mutex_unlock(&s->lock);
}

/* Forgets the parts of the instance that is given up. What they held, or may hold, is known again at the next open. */
static void give_up_parts(struct store *s, struct shelf *shelf, bool memory)
{
    append_close(shelf);
    pthread_mutex_lock(&s->lock);
    uint64_t rows = shelf->pending_rows;
    for (size_t i = 0; i < shelf->n_parts; i++)
        rows += segment_find(shelf, shelf->parts[i].key) ? 0 : shelf->parts[i].rows;
    shelf->n_parts = 0;
    shelf->pending_rows = shelf->pending_bytes = 0;
    shelf->pending_oldest_ns = shelf->pending_newest_ns = 0;
    if (!memory)
        shelf->expected_rows = rows;
    pthread_mutex_unlock(&s->lock);
    if (memory)
        store_lose(s, LOSS_MEMORY, rows);
}

static void let_go(struct store *s)
{
    struct db *old = s->db;
    pthread_mutex_lock(&s->lock);
    s->switching = true;
    s->db = NULL;
    readers_revoke(s, old);
    pthread_mutex_unlock(&s->lock);
    copier_stop_job(s, true);
    copier_finish(s, clock_mono_ns());
    db_drop(s, old);
}

static void take_db(struct store *s, struct db *db)
{
    pthread_mutex_lock(&s->lock);
    s->db = db;
    s->switching = false;
    s->epoch++;
    pthread_mutex_unlock(&s->lock);
}

void fallback_open(struct store *s)
{
    struct err why = {0};
    struct db *db = NULL;
    if (db_open(s, true, &db, &why)) {
        log_error("store: no database in memory either: %s", why.text);
        return;
    }
    take_db(s, db);
    if (views_update_all(s, &why))
        log_warn("store: the segments cannot be shown: %s", why.text);
}

void degrade(struct store *s, const struct err *why)
{
    int64_t now = clock_mono_ns();
    bool again = s->degraded;
    struct err first = *why;
    if (s->giving_up)
        return;
    s->giving_up = true;
    if (!again)
        log_error("store: %s; rows are kept in memory until it can be written again", first.text);
    if (!again || !s->db || !s->db->memory)
        say_why(s, first.text);
    s->degraded = true;
    s->retry_wait_ns = NS_PER_S;
    s->retry_at_ns = now + s->retry_wait_ns;
    bool memory = s->db && s->db->memory;
    if (s->db && !memory)
        db_run(s->db->writer, "ROLLBACK", NULL);
    for (size_t i = 0; i < s->n_shelves; i++)
        give_up_parts(s, &s->shelves[i], memory);
    s->pending_rows = s->largest_pending = 0;
    s->memory_bytes = 0;
    if (s->db)
        let_go(s);
    fallback_open(s);
    s->giving_up = false;
}

/* A file of 64 KiB that reaches the disk: what the database will want first. */
int write_probe(struct store *s, struct err *why)
{
    static const char zeros[65536];
    char *path = path_join(s->dir, "probe");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    int code = fd < 0 ? errno : 0;
    if (fd >= 0) {
        ssize_t n = write(fd, zeros, sizeof zeros);
        code = n < 0 ? errno : n != (ssize_t)sizeof zeros ? ENOSPC : fsync(fd) ? errno : 0;
        close(fd);
        unlink(path);
    }
    free(path);
    return code ? err_set(why, code, "cannot write in %s: %s", s->dir, strerror(code)) : 0;
}

static int may_reopen(struct store *s, struct err *why)
{
    if (free_bytes(s) < RESERVE_BYTES + RESERVE_BYTES / 2)
        return err_set(why, ENOSPC, "%s", s->why);
    int rc = write_probe(s, why);
    pthread_mutex_lock(&s->lock);
    bool held = s->file_instances;
    pthread_mutex_unlock(&s->lock);
    return rc ? rc : held ? err_set(why, EBUSY, "a query still holds the database that failed") : 0;
}

/* Rows that were committed, or given to a commit that failed, and that the file turns out not to have. */
static void settle(struct store *s)
{
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        uint64_t found = 0;
        for (size_t k = 0; k < shelf->n_parts; k++)
            found += shelf->parts[k].rows;
        if (found < shelf->expected_rows)
            store_lose(s, LOSS_WRITE, shelf->expected_rows - found);
        shelf->expected_rows = 0;
    }
}

static void stash_parts(struct store *s, struct part **stash, size_t *n)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        append_close(shelf);
        stash[i] = shelf->parts;
        n[i] = shelf->n_parts;
        shelf->parts = NULL;
        shelf->n_parts = shelf->parts_size = 0;
    }
    pthread_mutex_unlock(&s->lock);
}

static void unstash_parts(struct store *s, struct part **stash, const size_t *n)
{
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        pthread_mutex_lock(&s->lock);
        shelf->n_parts = 0;
        pthread_mutex_unlock(&s->lock);
        for (size_t k = 0; k < n[i]; k++) {
            stash[i][k].sealed = true;
            part_add(s, shelf, stash[i][k]);
        }
    }
}

/* Appends what a part of the fallback database holds to the file. */
static int move_part(struct store *s, struct shelf *shelf, const struct part *p, duckdb_connection from, struct err *why)
{
    char name[PART_NAME_MAX];
    struct text sql = {0};
    duckdb_result r;
    part_name(name, shelf, p->key);
    text_addf(&sql, "SELECT * FROM parts.\"%s\"", name);
    int rc = !part_last(shelf) ? part_open(s, shelf, why) : shelf->appender ? 0 : part_resume(s, shelf, why);
    if (!rc && (sql.full || duckdb_query(from, sql.bytes, &r) == DuckDBError))
        rc = err_set(why, EIO, "rows in memory cannot be read");
    text_free(&sql);
    if (rc)
        return rc;
    for (duckdb_data_chunk chunk; !rc && (chunk = duckdb_fetch_chunk(r)); duckdb_destroy_data_chunk(&chunk)) {
        if (duckdb_append_data_chunk(shelf->appender, chunk) == DuckDBError)
            rc = err_set(why, EIO, "DuckDB: %s", duckdb_appender_error(shelf->appender));
        else
            shelf->pending_rows += duckdb_data_chunk_get_size(chunk);
    }
    duckdb_destroy_result(&r);
    return rc;
}

static void unbook(struct store *s, struct shelf *shelf, const struct part *p)
{
    pthread_mutex_lock(&s->lock);
    shelf->rows_written -= p->rows;
    s->rows_written -= p->rows;
    s->raw_bytes_written -= p->raw_bytes;
    pthread_mutex_unlock(&s->lock);
}

static void move_rows(struct store *s, struct part **stash, const size_t *n, duckdb_connection from)
{
    for (size_t i = 0; i < s->n_declared; i++)
        for (size_t k = 0; k < n[i]; k++) {
            struct shelf *shelf = &s->shelves[i];
            const struct part *p = &stash[i][k];
            struct err why = {0};
            unbook(s, shelf, p);
            if (s->degraded || move_part(s, shelf, p, from, &why)) {
                if (why.code)
                    degrade(s, &why);
                store_lose(s, LOSS_MEMORY, p->rows);
                continue;
            }
            shelf->pending_bytes = p->raw_bytes;
            shelf->pending_oldest_ns = p->oldest_ns;
            shelf->pending_newest_ns = p->newest_ns;
            s->pending_rows += shelf->pending_rows;
            writer_commit(s);
        }
}

static int load_file(struct store *s, struct err *why)
{
    uint64_t rows;
    int rc = parts_load(s, &rows, why);
    return rc ? rc : views_update_all(s, why);
}

static void free_stash(struct part **stash, size_t n_shelves)
{
    for (size_t i = 0; i < n_shelves; i++)
        free(stash[i]);
}

static int reopen(struct store *s, struct err *why)
{
    enum { ALL = 512 };
    struct part *stash[ALL] = {0};
    size_t n[ALL] = {0};
    struct db *file = NULL, *old = s->db;
    int rc = db_open(s, false, &file, why);
    if (rc)
        return rc;
    if (old)
        writer_commit(s);
    size_t n_stashed = s->n_shelves;
    stash_parts(s, stash, n);
    s->db = file; /* readers stay with the old one: switching is set */
    rc = load_file(s, why);
    if (rc) {
        s->db = old;
        unstash_parts(s, stash, n);
    } else {
        settle(s);
        s->degraded = false;
        s->memory_bytes = 0;
        if (old)
            move_rows(s, stash, n, old->writer);
    }
    free_stash(stash, n_stashed);
    pthread_mutex_lock(&s->lock);
    s->switching = false;
    s->epoch++;
    readers_revoke(s, rc ? file : old);
    pthread_mutex_unlock(&s->lock);
    db_drop(s, rc ? file : old);
    return rc;
}

void degraded_tick(struct store *s, int64_t now)
{
    struct err why = {0};
    if (now < s->retry_at_ns)
        return;
    int rc = may_reopen(s, &why);
    if (!rc) {
        pthread_mutex_lock(&s->lock);
        s->switching = true;
        pthread_mutex_unlock(&s->lock);
        rc = reopen(s, &why);
        pthread_mutex_lock(&s->lock);
        s->switching = false;
        pthread_mutex_unlock(&s->lock);
    }
    if (rc) {
        say_why(s, why.text);
        s->retry_wait_ns = s->retry_wait_ns * 2 < 10LL * NS_PER_S ? s->retry_wait_ns * 2 : 10LL * NS_PER_S;
        s->retry_at_ns = now + s->retry_wait_ns;
    } else if (!s->degraded) {
        say_why(s, "");
        log_info("store: the disk can be written again");
    }
}

/* Before DuckDB meets a full disk in the middle of a checkpoint. */
void space_check(struct store *s)
{
    struct err why = {0};
    uint64_t available = free_bytes(s);
    if (available >= RESERVE_BYTES)
        return;
    retention_run(s);
    available = free_bytes(s);
    if (s->degraded || available >= RESERVE_BYTES)
        return;
    if (writer_commit(s))
        return;
    err_set(&why, ENOSPC, "the file system of %s has only %llu MiB free; free some space, or lower max_disk", s->dir,
            (unsigned long long)(available >> 20));
    degrade(s, &why);
}

static struct shelf *oldest_in_memory(struct store *s)
{
    struct shelf *found = NULL;
    for (size_t i = 0; i < s->n_declared; i++) {
        struct shelf *shelf = &s->shelves[i];
        if (shelf->n_parts && shelf->parts->memory && (!found || shelf->parts->newest_ns < found->parts->newest_ns))
            found = shelf;
    }
    return found;
}

void memory_trim(struct store *s)
{
    struct err why = {0};
    for (struct shelf *shelf; s->degraded && s->memory_bytes > MEMORY_CEILING_BYTES && (shelf = oldest_in_memory(s));) {
        if (shelf->n_parts == 1 && !shelf->parts->sealed) {
            if (writer_commit(s))
                return;
            part_seal(s, shelf);
        }
        struct part p = *shelf->parts;
        if (part_forget(s, shelf, p, &why)) {
            degrade(s, &why);
            return;
        }
        s->memory_bytes -= p.raw_bytes < s->memory_bytes ? p.raw_bytes : s->memory_bytes;
        store_lose(s, LOSS_MEMORY, p.rows);
    }
}
