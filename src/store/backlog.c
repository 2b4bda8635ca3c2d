/* From records to rows of the database: at a commit, at the start, and as shadows in the fallback database. */
#include "base/clock.h"
#include "base/log.h"
#include "inside.h"

#include <stdlib.h>
#include <string.h>

void backlog_add(struct store *s, struct shelf *shelf, const struct record *r)
{
    struct backlog *b = &shelf->backlog;
    int64_t oldest, newest;
    record_times(r, &oldest, &newest);
    pthread_mutex_lock(&s->lock);
    b->rows += r->rows;
    b->raw_bytes += r->data_bytes;
    b->last_number = r->number;
    if (oldest && (!b->oldest_ns || oldest < b->oldest_ns))
        b->oldest_ns = oldest;
    if (newest > b->newest_ns)
        b->newest_ns = newest;
    pthread_mutex_unlock(&s->lock);
}

/* --- into an appender ----------------------------------------------------------------------------------------------------------- */

static const struct table *shape_of(const struct shelf *shelf)
{
    return shelf->backlog.old ? shelf->backlog.old : shelf->table;
}

/* Many small batches become few large ones: an append costs DuckDB some 20 us, however few the rows are. */
static int append_records(const struct shelf *from, struct shelf *to, struct batch *b, struct err *why)
{
    const struct text *records = &from->backlog.records;
    struct record r;
    int rc = 0;
    for (size_t at = 0; !rc && at < records->length; at += r.bytes) {
        if (!record_read(records->bytes + at, records->length - at, &r))
            return err_set(why, EIO, "the journal of %s was changed in memory", from->name);
        if (r.number <= from->committed_number)
            continue;
        if (b->rows + r.rows > BATCH_ROWS) {
            rc = append_batch(to, b, why);
            batch_clear(b);
        }
        record_decode(&r, b);
    }
    return rc || !b->rows ? rc : append_batch(to, b, why);
}

static int append_to(const struct shelf *from, struct shelf *to, struct err *why)
{
    struct batch_pool *pool = batch_pool_create(shape_of(from), 0);
    struct batch *b = pool ? batch_take(pool) : NULL;
    int rc = b ? append_records(from, to, b, why) : err_set(why, ENOMEM, "out of memory");
    batch_drop(b);
    batch_pool_destroy(pool);
    return rc;
}

/* --- a part of its own ---------------------------------------------------------------------------------------------------------- */

static struct shape shape_in_part(const struct shelf *shelf)
{
    struct shape shape = {0, 0};
    const struct table *t = shape_of(shelf);
    for (size_t i = 0; shelf->table && i < t->n_columns; i++) {
        const char *name = t->columns[i].name, *type = type_sql(t->columns[i].type);
        shape_add(&shape, shelf->table, (struct str){name, (uint32_t)strlen(name)}, (struct str){type, (uint32_t)strlen(type)});
    }
    return shape;
}

static int fill_part(struct store *s, struct shelf *shelf, struct shelf *to, const char *name, struct err *why)
{
    int rc = part_create(s, to->table, name, why);
    if (!rc)
        rc = append_open(to, s->db->writer, name, why);
    if (!rc)
        rc = append_to(shelf, to, why);
    if (!rc)
        rc = append_flush(to, why);
    if (!rc)
        rc = view_update(s, shelf, why);
    return rc || s->db->memory ? rc : backlog_mark(s, shelf, why);
}

static void book_part(struct store *s, struct shelf *shelf, const struct shelf *from)
{
    pthread_mutex_lock(&s->lock);
    struct part *p = &shelf->parts[shelf->n_parts - 1];
    p->rows = from->pending_rows;
    p->oldest_ns = from->pending_oldest_ns;
    p->newest_ns = from->pending_newest_ns;
    if (!p->memory) {
        p->raw_bytes = from->pending_bytes;
        shelf->rows_written += p->rows;
        s->rows_written += p->rows;
        s->raw_bytes_written += p->raw_bytes;
    }
    shelf->backlog.shown = p->memory;
    pthread_mutex_unlock(&s->lock);
}

static int to_part(struct store *s, struct shelf *shelf, struct err *why)
{
    int64_t now = clock_utc_ns();
    struct part p = {
        .key = {(now - now % part_window_ns(s)) / NS_PER_S, shelf->next_seq},
        .shape = shape_in_part(shelf),
        .memory = s->db->memory,
        .shadow = s->db->memory,
        .sealed = true,
    };
    char name[PART_NAME_MAX];
    struct shelf to = {.table = shape_of(shelf)};
    part_name(name, shelf, p.key);
    if (part_last(shelf)) /* only the last one may be open */
        part_seal(s, shelf);
    if (!part_add(s, shelf, p))
        return err_set(why, ENOMEM, "out of memory");
    int rc = db_run(s->db->writer, "BEGIN", why);
    if (!rc)
        rc = fill_part(s, shelf, &to, name, why);
    append_close(&to); /* before the end of the transaction: what it still has goes the same way */
    if (!rc)
        rc = db_run(s->db->writer, "COMMIT", why);
    if (!rc) {
        book_part(s, shelf, &to);
        if (!p.memory)
            shelf->committed_number = shelf->backlog.last_number;
        return 0;
    }
    db_run(s->db->writer, "ROLLBACK", NULL);
    part_remove(s, shelf, p.key, p.memory);
    return rc;
}

/* --- at a commit ---------------------------------------------------------------------------------------------------------------- */

static bool all_committed(const struct shelf *shelf)
{
    return shelf->backlog.last_number <= shelf->committed_number;
}

int backlog_append(struct store *s, struct shelf *shelf, struct err *why)
{
    if (all_committed(shelf)) /* by a commit that a crash or a failure left us in doubt of */
        return 0;
    if (shelf->backlog.old)
        return to_part(s, shelf, why);
    int rc = !part_last(shelf) ? part_open(s, shelf, why) : shelf->appender ? 0 : part_resume(s, shelf, why);
    uint64_t before = shelf->pending_rows;
    if (!rc)
        rc = append_to(shelf, shelf, why);
    shelf->backlog_appended = shelf->pending_rows - before;
    return rc;
}

int backlog_mark(struct store *s, const struct shelf *shelf, struct err *why)
{
    duckdb_prepared_statement mark = s->db->mark;
    duckdb_result r;
    int rc = 0;
    duckdb_bind_uint64(mark, 1, shelf->backlog.last_number);
    duckdb_bind_varchar(mark, 2, shelf->name);
    if (duckdb_execute_prepared(mark, &r) == DuckDBError)
        rc = db_words(why, EIO, duckdb_result_error(&r));
    else if (duckdb_rows_changed(&r) != 1)
        rc = err_set(why, EIO, "the database does not note which rows of the journal it has");
    duckdb_destroy_result(&r);
    return rc;
}

void backlog_clear(struct shelf *shelf)
{
    struct backlog *b = &shelf->backlog;
    if (b->last_number > shelf->committed_number)
        shelf->committed_number = b->last_number;
    text_free(&b->records);
    free(b->old);
    *b = (struct backlog){.rows = 0};
}

/* --- the other times ------------------------------------------------------------------------------------------------------------ */

void backlogs_show(struct store *s)
{
    for (size_t i = 0; i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        struct err why = {0};
        if (!shelf->table)
            continue;
        shelf->backlog.shown |= all_committed(shelf);
        if (!shelf->backlog.shown && to_part(s, shelf, &why))
            log_debug("store: rows of %s in the journal cannot be shown: %s", shelf->name, why.text);
    }
}

int backlogs_compare(struct store *s, duckdb_connection c, struct err *why)
{
    struct cursor k;
    int rc = cursor_open(&k, c, "SELECT name, number FROM hot.parts.journal", why);
    if (rc)
        return rc;
    for (size_t i = 0; i < s->n_shelves; i++)
        s->shelves[i].committed_number = 0;
    while (cursor_next(&k)) {
        struct str name = cursor_text(&k, 0);
        uint64_t number = (uint64_t)cursor_i64(&k, 1);
        struct shelf *shelf = shelf_find(s, name.p, name.n, false);
        if (shelf)
            shelf->committed_number = number;
        if (number > s->journal.last_number)
            s->journal.last_number = number;
    }
    cursor_close(&k);
    return 0;
}

/* So that backlog_mark() finds a row to change. */
int backlogs_admit(struct store *s, struct db *file, struct err *why)
{
    struct text sql = {0};
    text_adds(&sql, "INSERT INTO hot.parts.journal SELECT t.name, 0 FROM (VALUES ('')");
    for (size_t i = 0; i < s->n_shelves; i++) {
        text_adds(&sql, ",(");
        sql_text(&sql, s->shelves[i].name, strlen(s->shelves[i].name));
        text_addc(&sql, ')');
    }
    text_adds(&sql, ") t(name) WHERE t.name <> '' AND t.name NOT IN (SELECT name FROM hot.parts.journal)");
    int rc = sql.full ? err_set(why, ENOMEM, "out of memory") : db_run(file->writer, sql.bytes, why);
    text_free(&sql);
    return rc;
}

int backlogs_prepare(struct store *s, struct db *file, struct err *why)
{
    int rc = db_run(file->writer, "CREATE TABLE IF NOT EXISTS hot.parts.journal(name VARCHAR, number UBIGINT)", why);
    if (!rc)
        rc = backlogs_compare(s, file->writer, why);
    if (!rc)
        rc = backlogs_admit(s, file, why);
    if (!rc && duckdb_prepare(file->writer, "UPDATE hot.parts.journal SET number=$1 WHERE name=$2", &file->mark) == DuckDBError)
        rc = db_words(why, EIO, duckdb_prepare_error(file->mark));
    return rc;
}

uint64_t backlogs_rows(const struct store *s)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < s->n_shelves; i++)
        rows += s->shelves[i].backlog.rows;
    return rows;
}

void backlogs_free(struct store *s)
{
    for (size_t i = 0; i < s->n_shelves; i++)
        backlog_clear(&s->shelves[i]);
}
