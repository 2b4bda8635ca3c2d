/* Segments: DIR/segments/<table>/20261121T010000Z-000001.parquet, written once and complete. The directories are listed at the
 * start only; afterwards the index in memory is the truth. */
#include "base/clock.h"
#include "base/log.h"
#include "inside.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct shape shape_whole(const struct table *t)
{
    return (struct shape){t->n_columns == 64 ? ~0ULL : (1ULL << t->n_columns) - 1, 0};
}

void shape_add(struct shape *shape, const struct table *t, struct str name, struct str type)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        const char *declared = type_sql(t->columns[i].type);
        if (strlen(t->columns[i].name) != name.n || memcmp(t->columns[i].name, name.p, name.n))
            continue;
        shape->has |= 1ULL << i;
        if (strlen(declared) != type.n || memcmp(declared, type.p, type.n))
            shape->cast |= 1ULL << i;
    }
}

char *segment_dir(const struct store *s, const struct shelf *shelf)
{
    char *path;
    return asprintf(&path, "%s/segments/%s", s->dir, shelf->name) < 0 ? NULL : path;
}

static void segment_name(char *out, size_t size, struct key key)
{
    time_t when = (time_t)key.start_s;
    struct tm tm;
    gmtime_r(&when, &tm);
    snprintf(out, size, "%04d%02d%02dT%02d%02d%02dZ-%06u.parquet", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
             tm.tm_sec, key.seq);
}

static bool segment_parse(const char *name, struct key *key)
{
    struct tm tm = {0};
    int used = 0;
    if (sscanf(name, "%4d%2d%2dT%2d%2d%2dZ-%u.parquet%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
               &key->seq, &used) != 7 ||
        !used || name[used])
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    key->start_s = timegm(&tm);
    return true;
}

char *segment_path(const struct store *s, const struct shelf *shelf, struct key key)
{
    char name[80], *path;
    segment_name(name, sizeof name, key);
    return asprintf(&path, "%s/segments/%s/%s", s->dir, shelf->name, name) < 0 ? NULL : path;
}

struct segment *segment_find(struct shelf *shelf, struct key key)
{
    for (size_t i = 0; i < shelf->n_segments; i++)
        if (shelf->segments[i].key.seq == key.seq && shelf->segments[i].key.start_s == key.start_s)
            return &shelf->segments[i];
    return NULL;
}

int segment_add(struct store *s, struct shelf *shelf, struct segment g)
{
    int rc = 0;
    pthread_mutex_lock(&s->lock);
    if (shelf->n_segments == shelf->segments_size) {
        size_t size = shelf->segments_size ? shelf->segments_size * 2 : 16;
        struct segment *grown = size > SEGMENTS_MAX * 2 ? NULL : realloc(shelf->segments, size * sizeof *grown);
        if (grown) {
            shelf->segments = grown;
            shelf->segments_size = size;
        } else {
            rc = -ENOMEM;
        }
    }
    if (!rc) {
        shelf->segments[shelf->n_segments++] = g;
        if (g.key.seq >= shelf->next_seq)
            shelf->next_seq = g.key.seq + 1;
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

struct shelf *shelf_find(struct store *s, const char *name, size_t n, bool create)
{
    for (size_t i = 0; i < s->n_shelves; i++)
        if (strlen(s->shelves[i].name) == n && !memcmp(s->shelves[i].name, name, n))
            return &s->shelves[i];
    if (!create || n >= SHELF_NAME_MAX || s->n_shelves >= s->shelves_size)
        return NULL;
    struct shelf *shelf = &s->shelves[s->n_shelves];
    memcpy(shelf->name, name, n);
    pthread_mutex_lock(&s->lock);
    s->n_shelves++;
    pthread_mutex_unlock(&s->lock);
    return shelf;
}

/* Also that of an earlier declaration of a table: its batches may still be on their way. */
struct shelf *shelf_of(struct store *s, const struct table *table)
{
    for (size_t i = 0; i < s->n_shelves; i++)
        if (s->shelves[i].table == table)
            return &s->shelves[i];
    for (size_t i = 0; i < s->n_shelves; i++)
        if (s->shelves[i].declared && s->shelves[i].table && !strcmp(s->shelves[i].name, table->name))
            return &s->shelves[i];
    return NULL;
}

/* A complete Parquet file begins and ends with its magic, and its footer fits. Source: parquet.apache.org, file format. */
static bool looks_complete(int dir, const char *name)
{
    char head[4] = "", tail[8] = "";
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    off_t size = lseek(fd, 0, SEEK_END);
    bool good = size >= 12 && pread(fd, head, 4, 0) == 4 && pread(fd, tail, 8, size - 8) == 8 && !memcmp(head, "PAR1", 4) &&
                !memcmp(tail + 4, "PAR1", 4);
    uint32_t footer;
    memcpy(&footer, tail, sizeof footer);
    close(fd);
    return good && footer <= (uint64_t)size - 12;
}

static int by_seq(const void *a, const void *b)
{
    const struct segment *x = a, *y = b;
    return x->key.seq < y->key.seq ? -1 : x->key.seq > y->key.seq;
}

static void list_dir(struct store *s, struct shelf *shelf, const char *path, uint32_t *dropped)
{
    DIR *d = opendir(path);
    if (!d)
        return;
    for (struct dirent *e; (e = readdir(d));) {
        struct segment g = {.rows = 0};
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        if (segment_parse(e->d_name, &g.key) && looks_complete(dirfd(d), e->d_name))
            segment_add(s, shelf, g);
        else if (!unlinkat(dirfd(d), e->d_name, 0))
            (*dropped)++;
    }
    closedir(d);
    if (shelf->n_segments)
        qsort(shelf->segments, shelf->n_segments, sizeof *shelf->segments, by_seq);
}

static void add_list(struct text *sql, const struct store *s, const struct shelf *shelf, size_t first, size_t n)
{
    text_addc(sql, '[');
    for (size_t i = first; i < first + n; i++) {
        char *path = segment_path(s, shelf, shelf->segments[i].key);
        if (i > first)
            text_addc(sql, ',');
        if (path)
            sql_text(sql, path, strlen(path));
        free(path);
    }
    text_addc(sql, ']');
}

static struct segment *segment_by_path(struct shelf *shelf, size_t first, size_t n, struct str path)
{
    const char *slash = memrchr(path.p, '/', path.n);
    char name[80] = "";
    struct key key;
    size_t length = slash ? (size_t)(path.p + path.n - slash - 1) : sizeof name;
    if (length >= sizeof name)
        return NULL;
    memcpy(name, slash + 1, length);
    if (!segment_parse(name, &key))
        return NULL;
    for (size_t i = first; i < first + n; i++)
        if (shelf->segments[i].key.seq == key.seq && shelf->segments[i].key.start_s == key.start_s)
            return &shelf->segments[i];
    return NULL;
}

static int read_ranges(struct store *s, duckdb_connection c, struct shelf *shelf, size_t first, size_t n, struct err *why)
{
    struct text sql = {0};
    struct cursor k;
    text_adds(&sql, "SELECT file_name, sum(row_group_num_rows)::BIGINT,"
                    "epoch_ns(min(coalesce(stats_min_value,stats_min)::TIMESTAMP_NS)),"
                    "epoch_ns(max(coalesce(stats_max_value,stats_max)::TIMESTAMP_NS)) FROM parquet_metadata(");
    add_list(&sql, s, shelf, first, n);
    text_adds(&sql, ") WHERE path_in_schema='time' GROUP BY file_name");
    int rc = sql.full ? err_set(why, ENOMEM, "out of memory") : cursor_open(&k, c, sql.bytes, why);
    text_free(&sql);
    if (rc)
        return rc;
    while (cursor_next(&k)) {
        struct segment *g = segment_by_path(shelf, first, n, cursor_text(&k, 0));
        if (!g)
            continue;
        g->rows = (uint64_t)cursor_i64(&k, 1);
        g->oldest_ns = cursor_i64(&k, 2);
        g->newest_ns = cursor_i64(&k, 3);
    }
    cursor_close(&k);
    return 0;
}

static int read_shapes(struct store *s, duckdb_connection c, struct shelf *shelf, size_t first, size_t n, struct err *why)
{
    struct text sql = {0};
    struct cursor k;
    text_adds(&sql, "SELECT file_name, name, duckdb_type FROM parquet_schema(");
    add_list(&sql, s, shelf, first, n);
    text_adds(&sql, ") WHERE duckdb_type IS NOT NULL");
    int rc = sql.full ? err_set(why, ENOMEM, "out of memory") : cursor_open(&k, c, sql.bytes, why);
    text_free(&sql);
    if (rc)
        return rc;
    while (cursor_next(&k)) {
        struct segment *g = segment_by_path(shelf, first, n, cursor_text(&k, 0));
        if (g && shelf->table)
            shape_add(&g->shape, shelf->table, cursor_text(&k, 1), cursor_text(&k, 2));
    }
    cursor_close(&k);
    return 0;
}

/* All footers with two queries; when one file spoils it, halves find which. A file without rows is spoilt as well. */
static void measure(struct store *s, struct shelf *shelf, size_t first, size_t n)
{
    if (!n)
        return;
    if (!read_ranges(s, s->db->writer, shelf, first, n, NULL) && !read_shapes(s, s->db->writer, shelf, first, n, NULL))
        return;
    if (n == 1) {
        shelf->segments[first].rows = 0;
        return;
    }
    measure(s, shelf, first, n / 2);
    measure(s, shelf, first + n / 2, n - n / 2);
}

int segments_reshape(struct store *s, struct shelf *shelf, struct err *why)
{
    for (size_t i = 0; i < shelf->n_segments; i++)
        shelf->segments[i].shape = (struct shape){0, 0};
    return shelf->n_segments ? read_shapes(s, s->db->writer, shelf, 0, shelf->n_segments, why) : 0;
}

static void remove_spoilt(struct store *s, struct shelf *shelf, uint32_t *dropped)
{
    size_t kept = 0;
    for (size_t i = 0; i < shelf->n_segments; i++) {
        char *path = segment_path(s, shelf, shelf->segments[i].key);
        if (shelf->segments[i].rows) {
            shelf->segments[kept] = shelf->segments[i];
            shelf->segments[kept++].bytes = path ? file_bytes(path) : 0;
        } else if (path && !unlink(path)) {
            log_warn("store: removed %s: it is not a readable segment", path);
            (*dropped)++;
        }
        free(path);
    }
    shelf->n_segments = kept;
}

static int load_shelf(struct store *s, struct shelf *shelf, uint32_t *dropped, struct err *why)
{
    char *path = segment_dir(s, shelf);
    int rc = path ? dir_make(path, why) : err_set(why, ENOMEM, "out of memory");
    if (!rc || rc == -EROFS || rc == -ENOSPC) {
        list_dir(s, shelf, path, dropped);
        measure(s, shelf, 0, shelf->n_segments);
        remove_spoilt(s, shelf, dropped);
    }
    free(path);
    return rc;
}

static void find_undeclared(struct store *s)
{
    char *path = path_join(s->dir, "segments");
    DIR *d = path ? opendir(path) : NULL;
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.')
            shelf_find(s, e->d_name, strlen(e->d_name), true);
    if (d)
        closedir(d);
    free(path);
}

int segments_load(struct store *s, struct err *why)
{
    int rc = 0;
    if (s->segments_known)
        return 0;
    s->segments_known = true;
    find_undeclared(s);
    for (size_t i = 0; i < s->n_shelves; i++) {
        int failed = load_shelf(s, &s->shelves[i], &s->dropped_files, rc ? NULL : why);
        rc = rc ? rc : failed;
    }
    return rc;
}
