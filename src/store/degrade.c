/* What happens when the disk cannot be written: the database is closed and tried again with growing pauses (1 s … 10 s). Meanwhile
 * new rows go to a database in memory that shows the segments and the file's rows too, so that questions are still answered; its oldest
 * rows go (and are counted) beyond a ceiling, and the rest moves to the disk when that can be written again. */
#include "base/clock.h"
#include "base/log.h"
#include "inside.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void say_why(struct store *s, int code, const char *words)
{
    pthread_mutex_lock(&s->lock);
    s->why_code = code;
    snprintf(s->why, sizeof s->why, "%.*s", (int)sizeof s->why - 1, words);
    pthread_mutex_unlock(&s->lock);
}

/* Forgets the parts of the instance that is given up. What the file held, or may hold, is known again at its next open. */
static void give_up_parts(struct store *s, struct shelf *shelf, bool memory)
{
    append_close(shelf);
    pthread_mutex_lock(&s->lock);
    uint64_t rows = shelf->pending_rows - shelf->backlog_appended;
    if (!memory)
        shelf->limbo_rows = rows;
    for (size_t i = 0; i < shelf->n_parts; i++)
        if (shelf->parts[i].memory == memory && !shelf->parts[i].shadow && !segment_find(shelf, shelf->parts[i].key))
            rows += shelf->parts[i].rows;
    shelf->n_parts = 0;
    shelf->pending_rows = shelf->pending_bytes = shelf->pending_counted = shelf->backlog_appended = 0;
    shelf->pending_oldest_ns = shelf->pending_newest_ns = 0;
    shelf->backlog.shown = false;
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
    s->epoch++;
    pthread_mutex_unlock(&s->lock);
}

static void switched(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    s->switching = false;
    pthread_cond_broadcast(&s->committed);
    pthread_mutex_unlock(&s->lock);
}

static void forget_file_parts(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        size_t kept = 0;
        for (size_t k = 0; k < shelf->n_parts; k++)
            if (shelf->parts[k].memory)
                shelf->parts[kept++] = shelf->parts[k];
        shelf->n_parts = kept;
    }
    pthread_mutex_unlock(&s->lock);
}

/* The database in memory shows the rows of the file that cannot be written, if it can be read. */
static void look_into_file(struct store *s)
{
    struct err why = {0};
    struct text sql = {0};
    uint64_t rows;
    char *path = path_join(s->dir, "hot.duckdb");
    text_adds(&sql, "ATTACH ");
    sql_text(&sql, path ? path : "", path ? strlen(path) : 0);
    text_adds(&sql, " AS hot (READ_ONLY)");
    int rc = !path || sql.full || s->file_instances ? -EBUSY : db_run(s->db->writer, sql.bytes, &why);
    if (!rc)
        rc = parts_load(s, &rows, &why);
    if (!rc && backlogs_compare(s, s->db->writer, NULL))
        log_debug("store: the file of before does not say what it has of the journal");
    if (rc) {
        forget_file_parts(s);
        log_debug("store: rows of the last hour cannot be shown: %s", why.text);
    }
    text_free(&sql);
    free(path);
}

static void show_all(struct store *s)
{
    struct err why = {0};
    if (segments_load(s, &why))
        err_clear(&why);
    look_into_file(s);
    if (views_update_all(s, &why))
        log_warn("store: not all rows can be shown: %s", why.text);
    backlogs_show(s);
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
    show_all(s);
    switched(s);
}

/* What can be shown is shown. */
static void nothing_to_wait_for(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_shelves; i++)
        s->shelves[i].shown_seq = s->shelves[i].taken_seq;
    pthread_cond_broadcast(&s->committed);
    pthread_mutex_unlock(&s->lock);
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
        say_why(s, first.code, first.text);
    s->degraded = true;
    s->retry_wait_ns = NS_PER_S;
    s->retry_at_ns = now + s->retry_wait_ns;
    s->journal.closed = true;
    bool memory = s->db && s->db->memory;
    if (s->db && !memory) /* in a transaction: closing an appender flushes what it still has */
        db_run(s->db->writer, "BEGIN", NULL);
    for (size_t i = 0; i < s->n_shelves; i++)
        give_up_parts(s, &s->shelves[i], memory);
    if (s->db && !memory)
        db_run(s->db->writer, "ROLLBACK", NULL);
    s->pending_rows = s->largest_pending = 0;
    s->memory_bytes = 0;
    if (s->db)
        let_go(s);
    fallback_open(s);
    nothing_to_wait_for(s);
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
    uint64_t available = free_bytes(s), needed = reserve_bytes(s) + reserve_bytes(s) / 2;
    if (available < needed)
        return err_set(why, ENOSPC, "%.1f MiB are free on the file system, %.1f MiB are needed before writing starts again",
                       (double)available / (1 << 20), (double)needed / (1 << 20));
    return write_probe(s, why);
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
        shelf->expected_rows = shelf->limbo_rows = 0;
    }
}

static void stash_parts(struct store *s, struct part **stash, size_t *n)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        append_close(shelf);
        stash[i] = shelf->parts; /* those in memory: the others were forgotten */
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
            rc = db_words(why, EIO, duckdb_appender_error(shelf->appender));
        else
            shelf->pending_rows += duckdb_data_chunk_get_size(chunk);
    }
    duckdb_destroy_result(&r);
    return rc;
}

static void move_rows(struct store *s, struct part **stash, const size_t *n, duckdb_connection from)
{
    for (size_t i = 0; i < s->n_shelves; i++)
        for (size_t k = 0; k < n[i]; k++) {
            struct shelf *shelf = &s->shelves[i];
            const struct part *p = &stash[i][k];
            struct err why = {0};
            if (p->shadow) /* the backlog has them */
                continue;
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
    int rc = backlogs_prepare(s, s->db, why);
    if (!rc)
        rc = parts_load(s, &rows, why);
    return rc ? rc : views_update_all(s, why);
}

static void free_stash(struct part **stash, size_t n_shelves)
{
    for (size_t i = 0; i < n_shelves; i++)
        free(stash[i]);
}

/* Takes the file into use; `old`, the database in memory, stays as it is when that fails. */
static int take_file(struct store *s, struct db *file, struct db *old, struct err *why)
{
    struct part *stash[STASH_MAX] = {0};
    size_t n[STASH_MAX] = {0}, n_stashed = s->n_shelves;
    stash_parts(s, stash, n);
    s->db = file; /* no reader looks: switching is set */
    int rc = load_file(s, why);
    if (rc) {
        s->db = old;
        unstash_parts(s, stash, n);
    } else {
        settle(s);
        s->degraded = false;
        s->memory_bytes = 0;
        writer_commit(s); /* the backlogs, before anything else is pending */
        if (old)
            move_rows(s, stash, n, old->writer);
    }
    free_stash(stash, n_stashed);
    return rc;
}

static int reopen(struct store *s, struct err *why)
{
    struct db *file = NULL, *old = s->db;
    if (old) {
        writer_commit(s);
        db_run(old->writer, "DETACH DATABASE IF EXISTS hot", NULL);
        forget_file_parts(s);
    }
    int rc = db_open(s, false, &file, why);
    if (!rc)
        rc = take_file(s, file, old, why);
    db_drop(s, rc ? file : old);
    if (rc && old)
        show_all(s);
    return rc;
}

/* Interrupts all queries and waits a little for their readers to go: none may look at the file while it is opened for writing. */
static int hold_readers(struct store *s, struct err *why)
{
    int64_t until = clock_mono_ns() + READER_WAIT_MS / 2 * (int64_t)NS_PER_MS;
    struct timespec at = {until / NS_PER_S, until % NS_PER_S};
    int rc = 0;
    pthread_mutex_lock(&s->lock);
    s->switching = true;
    readers_revoke(s, s->db);
    while (!rc && (s->readers || s->file_instances))
        rc = pthread_cond_timedwait(&s->committed, &s->lock, &at);
    pthread_mutex_unlock(&s->lock);
    return rc ? err_set(why, EBUSY, "a query still reads the database that is to be reopened") : 0;
}

static int try_again(struct store *s, struct err *why)
{
    int rc = hold_readers(s, why);
    if (!rc)
        rc = reopen(s, why);
    if (!rc && !s->degraded) {
        say_why(s, 0, "");
        log_info("store: the database is written again");
    }
    switched(s);
    return rc;
}

void degraded_tick(struct store *s, int64_t now)
{
    struct err why = {0};
    if (now < s->retry_at_ns || (!may_reopen(s, &why) && !try_again(s, &why)))
        return;
    say_why(s, why.code, why.text);
    s->retry_wait_ns = s->retry_wait_ns * 2 < 10LL * NS_PER_S ? s->retry_wait_ns * 2 : 10LL * NS_PER_S;
    s->retry_at_ns = now + s->retry_wait_ns;
}

static uint64_t rows_not_on_disk(const struct store *s)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < s->n_shelves; i++) {
        const struct shelf *shelf = &s->shelves[i];
        rows += shelf->limbo_rows;
        for (size_t k = 0; k < shelf->n_parts; k++)
            if (shelf->parts[k].memory && !shelf->parts[k].shadow)
                rows += shelf->parts[k].rows;
    }
    return rows;
}

/* The reserve does not count here: there is no later try. */
void degraded_stop(struct store *s)
{
    struct err why = {0};
    uint64_t kept = rows_not_on_disk(s) + backlogs_rows(s), written = s->rows_written;
    if (!kept)
        return;
    if (!write_probe(s, &why))
        try_again(s, &why);
    if (!s->degraded)
        return;
    store_lose(s, LOSS_STOP, rows_not_on_disk(s));
    if (backlogs_rows(s))
        log_info("store: %llu rows stay in the journal for the next start", (unsigned long long)backlogs_rows(s));
    written = s->rows_written - written + backlogs_rows(s);
    if (kept > written)
        log_warn("store: %llu rows that were kept in memory could not be written (%s); they are lost", (unsigned long long)(kept - written),
                 why.code ? why.text : s->why);
}

/* Before DuckDB meets a full disk in the middle of a checkpoint. */
void space_check(struct store *s)
{
    struct err why = {0};
    uint64_t available = free_bytes(s);
    if (available >= reserve_bytes(s))
        return;
    retention_run(s);
    available = free_bytes(s);
    if (s->degraded || available >= reserve_bytes(s))
        return;
    if (writer_commit(s))
        return;
    err_set(&why, ENOSPC, "the file system of %s has only %llu MiB free; free some space, or lower max_disk", s->dir,
            (unsigned long long)(available >> 20));
    degrade(s, &why);
}

static struct part *first_in_memory(struct shelf *shelf)
{
    for (size_t i = 0; i < shelf->n_parts; i++)
        if (shelf->parts[i].memory)
            return &shelf->parts[i];
    return NULL;
}

static struct shelf *oldest_in_memory(struct store *s)
{
    struct shelf *found = NULL;
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct part *p = first_in_memory(&s->shelves[i]);
        if (p && (!found || p->newest_ns < first_in_memory(found)->newest_ns))
            found = &s->shelves[i];
    }
    return found;
}

void memory_trim(struct store *s)
{
    struct err why = {0};
    for (struct shelf *shelf; s->degraded && s->memory_bytes > MEMORY_CEILING_BYTES && (shelf = oldest_in_memory(s));) {
        if (!first_in_memory(shelf)->sealed) {
            if (writer_commit(s))
                return;
            part_seal(s, shelf);
        }
        struct part p = *first_in_memory(shelf);
        if (part_forget(s, shelf, p, &why)) {
            degrade(s, &why);
            return;
        }
        s->memory_bytes -= p.raw_bytes < s->memory_bytes ? p.raw_bytes : s->memory_bytes;
        if (!p.shadow)
            store_lose(s, LOSS_MEMORY, p.rows);
    }
}
