/* Parts: the hot tables parts."<table>__<start>_<seq>" of the database. Rows go by arrival, so a clock step harms nothing. */
#include "base/clock.h"
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void part_name(char *out, const struct shelf *shelf, struct key key)
{
    snprintf(out, PART_NAME_MAX, "%s__%lld_%06u", shelf->name, (long long)key.start_s, key.seq);
}

bool part_parse(struct str name, size_t *table_length, struct key *key)
{
    char text[PART_NAME_MAX], *end;
    if (name.n >= sizeof text)
        return false;
    memcpy(text, name.p, name.n);
    text[name.n] = '\0';
    char *seq = strrchr(text, '_');
    if (!seq || seq == text)
        return false;
    *seq = '\0';
    char *start = strrchr(text, '_');
    if (!start || start == text || start[-1] != '_')
        return false;
    key->start_s = strtoll(start + 1, &end, 10);
    bool good = end != start + 1 && !*end;
    key->seq = (uint32_t)strtoul(seq + 1, &end, 10);
    *table_length = (size_t)(start - 1 - text);
    return good && end != seq + 1 && !*end;
}

struct part *part_last(struct shelf *shelf)
{
    struct part *p = shelf->n_parts ? &shelf->parts[shelf->n_parts - 1] : NULL;
    return p && !p->sealed ? p : NULL;
}

struct part *part_add(struct store *s, struct shelf *shelf, struct part p)
{
    struct part *added = NULL;
    pthread_mutex_lock(&s->lock);
    if (shelf->n_parts == shelf->parts_size) {
        size_t size = shelf->parts_size ? shelf->parts_size * 2 : 4;
        struct part *grown = realloc(shelf->parts, size * sizeof *grown);
        if (grown) {
            shelf->parts = grown;
            shelf->parts_size = size;
        }
    }
    if (shelf->n_parts < shelf->parts_size) {
        added = &shelf->parts[shelf->n_parts++];
        *added = p;
        if (p.key.seq >= shelf->next_seq)
            shelf->next_seq = p.key.seq + 1;
    }
    pthread_mutex_unlock(&s->lock);
    return added;
}

void part_remove(struct store *s, struct shelf *shelf, struct key key, bool memory)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < shelf->n_parts; i++)
        if (shelf->parts[i].key.seq == key.seq && shelf->parts[i].memory == memory) {
            memmove(&shelf->parts[i], &shelf->parts[i + 1], (--shelf->n_parts - i) * sizeof *shelf->parts);
            break;
        }
    pthread_mutex_unlock(&s->lock);
}

int64_t part_window_ns(const struct store *s)
{
    uint64_t window = s->options.segment_ns;
    if (s->options.retention_ns / 4 < window) /* retention works by whole segments: keep it from overshooting much */
        window = s->options.retention_ns / 4;
    return window < NS_PER_S ? NS_PER_S : (int64_t)window;
}

int part_create(struct store *s, const struct table *t, const char *name, struct err *why)
{
    struct text sql = {0};
    text_addf(&sql, "CREATE TABLE parts.\"%s\"(", name);
    for (size_t i = 0; i < t->n_columns; i++)
        text_addf(&sql, "%s\"%s\" %s", i ? "," : "", t->columns[i].name, type_sql(t->columns[i].type));
    text_addc(&sql, ')');
    int rc = sql.full ? err_set(why, ENOMEM, "out of memory") : db_run(s->db->writer, sql.bytes, why);
    text_free(&sql);
    return rc;
}

int part_open(struct store *s, struct shelf *shelf, struct err *why)
{
    int64_t now = clock_utc_ns(), window = part_window_ns(s), into = now % window;
    struct part p = {
        .key = {(now - into) / NS_PER_S, shelf->next_seq},
        .shape = shape_whole(shelf->table),
        .open_until_mono_ns = clock_mono_ns() + window - into,
        .memory = s->db->memory,
    };
    char name[PART_NAME_MAX];
    part_name(name, shelf, p.key);
    if (!part_add(s, shelf, p))
        return err_set(why, ENOMEM, "out of memory");
    int rc = db_run(s->db->writer, "BEGIN", why);
    if (!rc)
        rc = part_create(s, shelf->table, name, why);
    if (!rc)
        rc = view_update(s, shelf, why);
    if (!rc)
        rc = db_run(s->db->writer, "COMMIT", why);
    if (!rc)
        return append_open(shelf, s->db->writer, name, why);
    db_run(s->db->writer, "ROLLBACK", NULL);
    part_remove(s, shelf, p.key, p.memory);
    return rc;
}

int part_resume(struct store *s, struct shelf *shelf, struct err *why)
{
    char name[PART_NAME_MAX];
    part_name(name, shelf, part_last(shelf)->key);
    return append_open(shelf, s->db->writer, name, why);
}

void part_seal(struct store *s, struct shelf *shelf)
{
    append_close(shelf);
    pthread_mutex_lock(&s->lock);
    struct part *p = part_last(shelf);
    if (p)
        p->sealed = true;
    pthread_mutex_unlock(&s->lock);
}

bool part_is_full(struct store *s, const struct shelf *shelf, int64_t now_mono_ns)
{
    const struct part *p = &shelf->parts[shelf->n_parts - 1];
    if (shelf->n_parts >= PARTS_MAX || !(p->rows + shelf->pending_rows))
        return false;
    uint64_t raw_max = p->memory ? MEMORY_CEILING_BYTES / 8 : s->budget_bytes / 8; /* about 1/16 once in columns */
    return now_mono_ns >= p->open_until_mono_ns || p->rows + shelf->pending_rows >= PART_ROWS_MAX ||
           p->raw_bytes + shelf->pending_bytes >= raw_max;
}

int part_drop(struct store *s, struct shelf *shelf, struct part p, struct err *why)
{
    char name[PART_NAME_MAX];
    struct text sql = {0};
    part_name(name, shelf, p.key);
    text_addf(&sql, "DROP TABLE IF EXISTS parts.\"%s\"", name);
    int rc = sql.full ? err_set(why, ENOMEM, "out of memory") : db_run(s->db->writer, sql.bytes, why);
    text_free(&sql);
    return rc;
}

int part_forget(struct store *s, struct shelf *shelf, struct part p, struct err *why)
{
    part_remove(s, shelf, p.key, p.memory);
    int rc = db_run(s->db->writer, "BEGIN", why);
    if (!rc)
        rc = part_drop(s, shelf, p, why);
    if (!rc)
        rc = view_update(s, shelf, why);
    s->want_checkpoint = true;
    return rc ? rc : db_run(s->db->writer, "COMMIT", why);
}
