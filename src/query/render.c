#include "query/render.h"

#include "query/value.h"

#include <errno.h>

#include <stdlib.h>
#include <string.h>

struct render {
    enum render_format format;
    size_t n_columns;
    struct value_column *columns;
    uint16_t *from; /* of a batch: which of its columns */
    struct text *names;
    struct text *keys; /* what stands before a column's value: {"a": or ,"b": in objects; [ or , in arrays */
    struct text scratch;
    uint64_t rows;
};

static const struct {
    const char *name, *mime;
} formats[RENDER_FORMATS] = {
    [RENDER_JSON] = {"json", "application/json"},
    [RENDER_JSONL] = {"jsonl", "application/x-ndjson"},
    [RENDER_CSV] = {"csv", "text/csv; charset=utf-8"},
    [RENDER_ROWS] = {"rows", "application/x-ndjson"},
};

int render_format_find(const char *name)
{
    for (int i = 0; i < RENDER_FORMATS; i++)
        if (!strcmp(formats[i].name, name))
            return i;
    return -1;
}

const char *render_format_mime(enum render_format format)
{
    return formats[format].mime;
}

static struct render *render_new(enum render_format format, size_t n, struct err *why)
{
    struct render *r = calloc(1, sizeof *r);
    if (r) {
        r->format = format;
        r->columns = calloc(n + 1, sizeof *r->columns);
        r->names = calloc(n + 1, sizeof *r->names);
        r->keys = calloc(n + 1, sizeof *r->keys);
        r->from = calloc(n + 1, sizeof *r->from);
    }
    if (r && r->columns && r->names && r->keys && r->from) {
        r->n_columns = n;
        return r;
    }
    render_destroy(r);
    err_set(why, ENOMEM, "out of memory");
    return NULL;
}

static void set_name(struct render *r, size_t i, const char *name)
{
    bool object = r->format == RENDER_JSON || r->format == RENDER_JSONL;
    text_adds(&r->names[i], name);
    text_addc(&r->keys[i], i ? ',' : object ? '{' : '[');
    if (object) {
        text_add_json(&r->keys[i], name, strlen(name));
        text_addc(&r->keys[i], ':');
    }
}

static int set_column(struct render *r, duckdb_result *result, size_t i, struct err *why)
{
    duckdb_logical_type type = duckdb_column_logical_type(result, i);
    const char *name = duckdb_column_name(result, i);
    set_name(r, i, name ? name : "");
    int rc = value_describe(&r->columns[i], type, why);
    duckdb_destroy_logical_type(&type);
    return rc ? err_prefix(why, "column \"%.80s\"", name ? name : "") : 0;
}

struct render *render_create(enum render_format format, duckdb_result *result, struct err *why)
{
    size_t n = duckdb_column_count(result);
    struct render *r = render_new(format, n, why);
    for (size_t i = 0; r && i < n; i++) {
        if (set_column(r, result, i, why)) {
            render_destroy(r);
            r = NULL;
        }
    }
    return r;
}

static void take_column(struct render *r, size_t i, const struct table *table, size_t from)
{
    set_name(r, i, table->columns[from].name);
    value_describe_table(&r->columns[i], table->columns[from].type);
    r->from[i] = (uint16_t)from;
}

struct render *render_create_table(enum render_format format, const struct table *table, struct err *why)
{
    struct render *r = render_new(format, table->n_columns, why);
    for (size_t i = 0; r && i < table->n_columns; i++)
        take_column(r, i, table, i);
    return r;
}

static int find_column(const struct table *table, const char *name, size_t n, struct err *why)
{
    for (size_t i = 0; i < table->n_columns; i++)
        if (strlen(table->columns[i].name) == n && !memcmp(table->columns[i].name, name, n))
            return (int)i;
    return err_set(why, EINVAL, "the table %s has no column \"%.*s\"; `sonde tables %s` lists them", table->name, (int)(n < 60 ? n : 60),
                   name, table->name);
}

struct render *render_create_columns(enum render_format format, const struct table *table, const char *names, struct err *why)
{
    size_t wanted = 1;
    for (const char *p = names; *p; p++)
        wanted += *p == ',';
    if (wanted > BATCH_MAX_COLUMNS) {
        err_set(why, EINVAL, "%zu columns are wanted; at most %d can be shown", wanted, BATCH_MAX_COLUMNS);
        return NULL;
    }
    struct render *r = render_new(format, wanted, why);
    for (size_t i = 0, n; r && i < wanted; i++, names += n + (names[n] == ',')) {
        n = strcspn(names, ",");
        int from = find_column(table, names, n, why);
        if (from < 0) {
            render_destroy(r);
            return NULL;
        }
        take_column(r, i, table, (size_t)from);
    }
    return r;
}

void render_destroy(struct render *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n_columns; i++) {
        value_forget(&r->columns[i]);
        text_free(&r->names[i]);
        text_free(&r->keys[i]);
    }
    text_free(&r->scratch);
    free(r->columns);
    free(r->from);
    free(r->names);
    free(r->keys);
    free(r);
}

static void begin_rows(struct render *r, struct text *out)
{
    text_adds(out, "{\"columns\":[");
    for (size_t i = 0; i < r->n_columns; i++) {
        text_adds(out, i ? ",{\"name\":" : "{\"name\":");
        text_add_json(out, r->names[i].bytes, r->names[i].length);
        text_adds(out, ",\"type\":");
        text_clear(&r->scratch);
        value_type_name(&r->columns[i], &r->scratch);
        text_add_json(out, r->scratch.bytes, r->scratch.length);
        text_addc(out, '}');
    }
    text_adds(out, "]}\n");
}

static void begin_csv(struct render *r, struct text *out)
{
    for (size_t i = 0; i < r->n_columns; i++) {
        if (i)
            text_addc(out, ',');
        text_add_csv(out, r->names[i].bytes, r->names[i].length);
    }
    text_addc(out, '\n');
}

void render_begin(struct render *r, struct text *out)
{
    switch (r->format) {
    case RENDER_JSON: text_addc(out, '['); break;
    case RENDER_CSV: begin_csv(r, out); break;
    case RENDER_ROWS: begin_rows(r, out); break;
    default: break;
    }
}

static void add_csv_row(struct render *r, uint64_t row, struct text *out)
{
    for (size_t i = 0; i < r->n_columns; i++) {
        if (i)
            text_addc(out, ',');
        value_add_csv(&r->columns[i], row, out, &r->scratch);
    }
    text_addc(out, '\n');
}

static void add_row(struct render *r, uint64_t row, struct text *out)
{
    if (r->format == RENDER_CSV) {
        add_csv_row(r, row, out);
    } else {
        if (r->format == RENDER_JSON && r->rows)
            text_add(out, ",\n", 2);
        for (size_t i = 0; i < r->n_columns; i++) {
            text_add(out, r->keys[i].bytes, r->keys[i].length);
            value_add_json(&r->columns[i], row, out);
        }
        text_addc(out, r->format == RENDER_ROWS ? ']' : '}');
        if (r->format != RENDER_JSON)
            text_addc(out, '\n');
    }
    r->rows++;
}

void render_chunk(struct render *r, duckdb_data_chunk chunk, struct text *out)
{
    idx_t n = duckdb_data_chunk_get_size(chunk);
    for (size_t i = 0; i < r->n_columns; i++)
        value_look(&r->columns[i], duckdb_data_chunk_get_vector(chunk, i));
    for (idx_t row = 0; row < n; row++)
        add_row(r, row, out);
}

void render_batch(struct render *r, const struct batch *b, const uint32_t *rows, uint32_t n, struct text *out)
{
    for (size_t i = 0; i < r->n_columns; i++) {
        r->columns[i].data = b->columns[r->from[i]].any;
        r->columns[i].valid = b->valid[r->from[i]];
    }
    for (uint32_t i = 0; i < n; i++)
        add_row(r, rows ? rows[i] : i, out);
}

void render_end(struct render *r, struct text *out)
{
    if (r->format == RENDER_JSON)
        text_adds(out, "]\n");
}

uint64_t render_rows(const struct render *r)
{
    return r->rows;
}
