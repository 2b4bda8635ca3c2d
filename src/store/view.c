/* The view of a table: its parts and its segments as one relation with exactly the declared columns. Segments of one shape share
 * one read_parquet with the files named: a column that a file lacks reads as NULL, and no file has to be opened to learn that. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

static void add_column(struct text *sql, const struct column *c, struct shape shape, size_t i)
{
    const char *type = type_sql(c->type);
    if (!(shape.has >> i & 1))
        text_addf(sql, "CAST(NULL AS %s) AS \"%s\"", type, c->name);
    else if (shape.cast >> i & 1)
        text_addf(sql, "TRY_CAST(\"%s\" AS %s) AS \"%s\"", c->name, type, c->name);
    else
        text_addf(sql, "\"%s\"", c->name);
}

static void add_select(struct text *sql, const struct shelf *shelf, struct shape shape, unsigned *branches)
{
    text_adds(sql, (*branches)++ ? " UNION ALL SELECT " : " SELECT ");
    for (size_t i = 0; i < shelf->table->n_columns; i++) {
        if (i)
            text_addc(sql, ',');
        add_column(sql, &shelf->table->columns[i], shape, i);
    }
}

static bool same_shape(struct shape a, struct shape b)
{
    return a.has == b.has && a.cast == b.cast;
}

static bool shape_seen(const struct shelf *shelf, size_t before)
{
    for (size_t i = 0; i < before; i++)
        if (same_shape(shelf->segments[i].shape, shelf->segments[before].shape))
            return true;
    return false;
}

static void add_files(struct text *sql, const struct store *s, const struct shelf *shelf, size_t first)
{
    text_adds(sql, " FROM read_parquet([");
    for (size_t i = first; i < shelf->n_segments; i++) {
        if (!same_shape(shelf->segments[i].shape, shelf->segments[first].shape))
            continue;
        char *path = segment_path(s, shelf, shelf->segments[i].key);
        if (i > first)
            text_addc(sql, ',');
        if (path)
            sql_text(sql, path, strlen(path));
        else
            sql->full = true;
        free(path);
    }
    text_adds(sql, "])");
}

static void add_segments(struct text *sql, const struct store *s, const struct shelf *shelf, unsigned *branches)
{
    for (size_t i = 0; i < shelf->n_segments; i++) {
        if (i && (same_shape(shelf->segments[i].shape, shelf->segments[i - 1].shape) || shape_seen(shelf, i)))
            continue;
        add_select(sql, shelf, shelf->segments[i].shape, branches);
        add_files(sql, s, shelf, i);
    }
}

static void add_parts(struct text *sql, const struct shelf *shelf, unsigned *branches)
{
    char name[PART_NAME_MAX];
    for (size_t i = 0; i < shelf->n_parts; i++) {
        part_name(name, shelf, shelf->parts[i].key);
        add_select(sql, shelf, shelf->parts[i].shape, branches);
        text_addf(sql, " FROM %s.parts.\"%s\"", shelf->parts[i].memory ? "memory" : "hot", name);
    }
}

int view_update(struct store *s, struct shelf *shelf, struct err *why)
{
    unsigned branches = 0;
    if (!shelf->table)
        return 0;
    struct text sql = {0};
    text_addf(&sql, "CREATE OR REPLACE VIEW main.\"%s\" AS", shelf->name);
    add_segments(&sql, s, shelf, &branches);
    add_parts(&sql, shelf, &branches);
    if (!branches) {
        add_select(&sql, shelf, (struct shape){0, 0}, &branches);
        text_adds(&sql, " WHERE false");
    }
    text_addf(&sql, ";COMMENT ON VIEW main.\"%s\" IS ", shelf->name);
    sql_text(&sql, shelf->table->description, strlen(shelf->table->description));
    int rc = sql.full ? err_set(why, ENOMEM, "out of memory") : db_run(s->db->writer, sql.bytes, why);
    text_free(&sql);
    return rc;
}

int views_update_all(struct store *s, struct err *why)
{
    int rc = db_run(s->db->writer, "BEGIN", why);
    for (size_t i = 0; !rc && i < s->n_shelves; i++)
        rc = view_update(s, &s->shelves[i], why);
    if (!rc)
        rc = db_run(s->db->writer, "COMMIT", why);
    if (rc)
        db_run(s->db->writer, "ROLLBACK", NULL);
    return rc;
}
