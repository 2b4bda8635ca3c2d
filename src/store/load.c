/* Finds the parts that are in the database file: at the start, whenever the file is reopened after a failure, and when the
 * database in memory looks into it. */
#include "base/clock.h"
#include "inside.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 65536 };

static int read_names(struct store *s, struct text *names, struct err *why) /* each ends with NUL */
{
    struct cursor c;
    int rc = cursor_open(&c, s->db->writer,
                         "SELECT table_name FROM duckdb_tables() WHERE database_name='hot' AND schema_name='parts' LIMIT 65536", why);
    if (rc)
        return rc;
    while (cursor_next(&c)) {
        struct str name = cursor_text(&c, 0);
        text_add(names, name.p, name.n);
        text_addc(names, '\0');
    }
    cursor_close(&c);
    return names->full ? err_set(why, ENOMEM, "out of memory") : 0;
}

static int read_shape(struct store *s, const struct shelf *shelf, const char *name, struct shape *shape, struct err *why)
{
    struct text sql = {0};
    struct cursor c;
    text_addf(&sql, "DESCRIBE hot.parts.\"%s\"", name);
    int rc = sql.full ? err_set(why, ENOMEM, "out of memory") : cursor_open(&c, s->db->writer, sql.bytes, why);
    text_free(&sql);
    if (rc)
        return rc;
    while (cursor_next(&c))
        shape_add(shape, shelf->table, cursor_text(&c, 0), cursor_text(&c, 1));
    cursor_close(&c);
    return 0;
}

int parts_reshape(struct store *s, struct shelf *shelf, struct err *why)
{
    char name[PART_NAME_MAX];
    int rc = 0;
    for (size_t i = 0; !rc && i < shelf->n_parts; i++) {
        struct part *p = &shelf->parts[i];
        part_name(name, shelf, p->key);
        p->shape = (struct shape){0, 0};
        rc = read_shape(s, shelf, name, &p->shape, why);
    }
    return rc;
}

static int count_rows(struct store *s, const char *name, struct part *p, struct err *why)
{
    struct text sql = {0};
    struct cursor c;
    text_addf(&sql, "SELECT count(*),epoch_ns(min(\"time\")),epoch_ns(max(\"time\")) FROM hot.parts.\"%s\"", name);
    int rc = sql.full ? err_set(why, ENOMEM, "out of memory") : cursor_open(&c, s->db->writer, sql.bytes, why);
    text_free(&sql);
    if (rc)
        return rc;
    if (cursor_next(&c)) {
        p->rows = (uint64_t)cursor_i64(&c, 0);
        p->oldest_ns = cursor_i64(&c, 1);
        p->newest_ns = cursor_i64(&c, 2);
        p->raw_bytes = p->rows * 100; /* near enough to decide when to seal */
    }
    cursor_close(&c);
    return 0;
}

/* The newest part goes on being filled when its window is not over and it has exactly the declared columns. */
static void resume(struct store *s, struct shelf *shelf, struct part *p)
{
    int64_t now = clock_utc_ns(), end = p->key.start_s * NS_PER_S + part_window_ns(s);
    struct shape whole = shelf->table ? shape_whole(shelf->table) : (struct shape){0, 0};
    p->sealed = !shelf->table || now >= end || end - now > part_window_ns(s) || p->shape.cast || p->shape.has != whole.has;
    p->open_until_mono_ns = clock_mono_ns() + (end - now);
}

static int load_one(struct store *s, const char *name, uint64_t *rows, struct err *why)
{
    struct part p = {.sealed = true};
    size_t length;
    if (!part_parse((struct str){name, (uint32_t)strlen(name)}, &length, &p.key))
        return 0; /* not ours */
    struct shelf *shelf = shelf_find(s, name, length, true);
    if (!shelf)
        return err_set(why, ENOMEM, "out of memory");
    if (segment_find(shelf, p.key)) /* the last run made the segment and died before it dropped the part */
        return s->db->memory ? 0 : part_drop(s, shelf, p, why);
    int rc = shelf->table ? read_shape(s, shelf, name, &p.shape, why) : 0;
    if (!rc)
        rc = count_rows(s, name, &p, why);
    if (!rc && !p.rows)
        return s->db->memory ? 0 : part_drop(s, shelf, p, why);
    if (!rc && !part_add(s, shelf, p))
        rc = err_set(why, ENOMEM, "out of memory");
    *rows += p.rows;
    return rc;
}

static int by_seq(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    return x->key.seq < y->key.seq ? -1 : x->key.seq > y->key.seq;
}

int parts_load(struct store *s, uint64_t *rows, struct err *why)
{
    struct text names = {.ceiling = (size_t)NAMES_MAX * PART_NAME_MAX};
    int rc = read_names(s, &names, why);
    *rows = 0;
    for (size_t at = 0; !rc && at < names.length; at += strlen(names.bytes + at) + 1)
        rc = load_one(s, names.bytes + at, rows, why);
    text_free(&names);
    for (size_t i = 0; !rc && i < s->n_shelves; i++) {
        struct shelf *shelf = &s->shelves[i];
        if (shelf->n_parts)
            qsort(shelf->parts, shelf->n_parts, sizeof *shelf->parts, by_seq);
        if (shelf->n_parts && !s->db->memory)
            resume(s, shelf, &shelf->parts[shelf->n_parts - 1]);
    }
    return rc;
}
