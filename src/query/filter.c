#include "query/filter.h"

#include "base/text.h"
#include "query/check.h"
#include "query/duck.h"
#include "query/feed.h"
#include "store/functions.h"
#include "store/types.h"

#include <stdlib.h>

/* The hidden column that says which row of the batch it is. */
#define ROW_COLUMN "#row"

struct query_filter {
    const struct table *table;
    duckdb_database database;
    duckdb_connection connection;
    duckdb_prepared_statement statement;

    const struct batch *batch; /* while query_filter_run runs */
    bool fed;
    idx_t wanted[BATCH_MAX_COLUMNS + 1]; /* columns of this execution: 0 is the row number, i + 1 column i */
    idx_t n_wanted;
};

/* ---- the table function ---- */

/* Takes over the type. */
static void add_column(duckdb_bind_info info, const char *name, duckdb_logical_type type)
{
    duckdb_bind_add_result_column(info, name, type);
    duckdb_destroy_logical_type(&type);
}

static void on_bind(duckdb_bind_info info)
{
    const struct query_filter *f = duckdb_bind_get_extra_info(info);
    add_column(info, ROW_COLUMN, types_logical(TYPE_U32));
    for (size_t i = 0; i < f->table->n_columns; i++)
        add_column(info, f->table->columns[i].name, types_logical(f->table->columns[i].type));
}

static void on_init(duckdb_init_info info)
{
    struct query_filter *f = duckdb_init_get_extra_info(info);
    f->fed = false;
    f->n_wanted = duckdb_init_get_column_count(info);
    for (idx_t i = 0; i < f->n_wanted; i++)
        f->wanted[i] = duckdb_init_get_column_index(info, i);
    duckdb_init_set_max_threads(info, 1);
}

static void feed_row_numbers(duckdb_vector vector, uint32_t n)
{
    uint32_t *out = duckdb_vector_get_data(vector);
    for (uint32_t i = 0; i < n; i++)
        out[i] = i;
}

static void on_rows(duckdb_function_info info, duckdb_data_chunk chunk)
{
    struct query_filter *f = duckdb_function_get_extra_info(info);
    uint32_t n = f->fed || !f->batch ? 0 : f->batch->rows;
    for (idx_t i = 0; n && i < f->n_wanted; i++) {
        duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
        if (f->wanted[i] == 0)
            feed_row_numbers(vector, n);
        else if (f->wanted[i] <= f->table->n_columns)
            feed_column(vector, f->batch, f->wanted[i] - 1);
    }
    f->fed = true;
    duckdb_data_chunk_set_size(chunk, n);
}

static int register_function(struct query_filter *f, struct err *why)
{
    duckdb_table_function function = duckdb_create_table_function();
    duckdb_table_function_set_name(function, f->table->name);
    duckdb_table_function_set_extra_info(function, f, NULL);
    duckdb_table_function_set_bind(function, on_bind);
    duckdb_table_function_set_init(function, on_init);
    duckdb_table_function_set_function(function, on_rows);
    duckdb_table_function_supports_projection_pushdown(function, true);
    duckdb_state state = duckdb_register_table_function(f->connection, function);
    duckdb_destroy_table_function(&function);
    return state == DuckDBSuccess ? 0 : err_set(why, EIO, "DuckDB does not take the live table %s", f->table->name);
}

/* ---- its database ---- */

static duckdb_config config_make(void)
{
    static const char *const settings[][2] = {
        {"threads", "1"},
        {"memory_limit", "64MB"},
        {"enable_external_access", "false"},
        {"temp_directory", ""},
        {"autoload_known_extensions", "false"},
        {"autoinstall_known_extensions", "false"},
    };
    duckdb_config config = NULL;
    if (duckdb_create_config(&config) != DuckDBSuccess)
        return NULL;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        duckdb_set_config(config, settings[i][0], settings[i][1]);
    return config;
}

static int open_database(struct query_filter *f, struct err *why)
{
    char *message = NULL;
    duckdb_config config = config_make();
    int rc = 0;
    if (!config || duckdb_open_ext(NULL, &f->database, config, &message) != DuckDBSuccess)
        rc = duck_error(why, DUCKDB_ERROR_INTERNAL, message);
    else if (duckdb_connect(f->database, &f->connection) != DuckDBSuccess)
        rc = err_set(why, EIO, "DuckDB gives no connection");
    duckdb_free(message);
    duckdb_destroy_config(&config);
    if (!rc)
        rc = duck_utc_now(f->connection, why);
    if (!rc)
        rc = functions_register(f->connection, why);
    if (!rc)
        rc = duck_run(f->connection, "SET lock_configuration = true", why);
    return rc ? rc : register_function(f, why);
}

/* ---- the expression ---- */

/* Without parentheses around it: text that closes ours and opens them again does not parse so. */
static int check_alone(struct query_filter *f, const char *where, size_t n, struct err *why)
{
    struct text sql = {0};
    text_addf(&sql, "SELECT 1 FROM %s WHERE\n", f->table->name);
    text_add(&sql, where, n);
    json_t *tree = sql.full ? NULL : check_parse(f->connection, sql.bytes, sql.length, why);
    int rc = tree ? 0 : why && why->code ? -why->code : -EINVAL;
    json_decref(tree);
    text_free(&sql);
    return rc;
}

static void compose(struct text *out, const char *select, const struct table *table, const char *from, const char *where, size_t n)
{
    text_addf(out, "SELECT %s FROM %s%s WHERE (\n", select, table->name, from);
    text_add(out, where, n);
    text_adds(out, "\n)");
}

static json_t *select_node(json_t *tree)
{
    return json_object_get(json_array_get(json_object_get(tree, "statements"), 0), "node");
}

static bool has_subquery(const json_t *node)
{
    const char *class = json_string_value(json_object_get(node, "class")), *key;
    json_t *child;
    size_t i;
    bool found = class && !strcmp(class, "SUBQUERY");
    if (json_is_object(node))
        json_object_foreach((json_t *)node, key, child) found = found || has_subquery(child);
    if (json_is_array(node))
        json_array_foreach(node, i, child) found = found || has_subquery(child);
    return found;
}

/* The statement around the expression must be exactly what it is around `true`: nothing in it closes the parenthesis and goes on. */
static int check_shape(json_t *with, json_t *plain, struct err *why)
{
    json_t *a = select_node(with), *b = select_node(plain);
    bool nested = has_subquery(json_object_get(a, "where_clause"));
    json_object_del(a, "where_clause");
    json_object_del(b, "where_clause");
    if (!json_equal(with, plain))
        return err_set(why, EINVAL, "more than one expression; write one, as in pid = 42 AND comm LIKE 'ba%%'");
    return nested ? err_set(why, EPERM, "a subquery is not allowed on live rows; ask `sonde query` for that") : 0;
}

static int check_expression(struct query_filter *f, const char *where, size_t n, struct err *why)
{
    struct text sql = {0}, plain = {0};
    compose(&sql, "1", f->table, "", where, n);
    compose(&plain, "1", f->table, "", "true", 4);
    json_t *a = sql.full ? NULL : check_parse(f->connection, sql.bytes, sql.length, why);
    json_t *b = a ? check_parse(f->connection, plain.bytes, plain.length, why) : NULL;
    int rc = b ? check_shape(a, b, why) : why && why->code ? -why->code : -EINVAL;
    json_decref(a);
    json_decref(b);
    text_free(&sql);
    text_free(&plain);
    return rc;
}

/* ---- words about columns ---- */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

enum { NAME_MAX_LENGTH = 64 };

/* Edits (insert, delete, change a character) that make b of a: Levenshtein's distance. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
    size_t row[NAME_MAX_LENGTH + 1];
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t changed = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = smaller(smaller(row[j], row[j - 1]) + 1, changed);
        }
    }
    return row[nb];
}

static const char *nearest(const struct table *t, const char *name, size_t n)
{
    const char *best = NULL;
    size_t least = (n + 1) / 2 + 1; /* more edits than half of it is another name */
    for (size_t i = 0; n <= NAME_MAX_LENGTH && i < t->n_columns; i++) {
        size_t length = strlen(t->columns[i].name);
        size_t d = length <= NAME_MAX_LENGTH ? distance(name, n, t->columns[i].name, length) : least;
        if (d < least) {
            least = d;
            best = t->columns[i].name;
        }
    }
    return best;
}

static int unknown_column(const struct table *t, const char *name, size_t n, struct err *why)
{
    struct text names = {0};
    const char *near = nearest(t, name, n);
    for (size_t i = 0; i < t->n_columns; i++)
        text_addf(&names, "%s%s", i ? ", " : "", t->columns[i].name);
    err_clear(why);
    err_set(why, EINVAL, "%s has no column \"%.*s\"%s%s%s; it has %s", t->name, (int)n, name, near ? "; did you mean \"" : "",
            near ? near : "", near ? "\"?" : "", names.bytes);
    text_free(&names);
    return -EINVAL;
}

static int prepare_error(const struct table *t, const char *message, struct err *why)
{
    static const char mark[] = "Referenced column \"";
    const char *name = message ? strstr(message, mark) : NULL;
    const char *end = name ? strchr(name + sizeof mark - 1, '"') : NULL;
    if (end)
        return unknown_column(t, name + sizeof mark - 1, (size_t)(end - name) - (sizeof mark - 1), why);
    return duck_error(why, DUCKDB_ERROR_INVALID, message);
}

/* ---- compile and run ---- */

static int prepare(struct query_filter *f, const char *sql, duckdb_prepared_statement *out, struct err *why)
{
    if (duckdb_prepare(f->connection, sql, out) == DuckDBSuccess)
        return 0;
    return prepare_error(f->table, duckdb_prepare_error(*out), why);
}

/* SELECT (expression) FROM table(): what type has it? */
static int check_type(struct query_filter *f, const char *where, size_t n, struct err *why)
{
    struct text sql = {0};
    duckdb_prepared_statement probe = NULL;
    text_adds(&sql, "SELECT (\n");
    text_add(&sql, where, n);
    text_addf(&sql, "\n) FROM %s()", f->table->name);
    int rc = prepare(f, sql.bytes, &probe, why);
    if (!rc && duckdb_prepared_statement_column_type(probe, 0) != DUCKDB_TYPE_BOOLEAN)
        rc = err_set(why, EINVAL, "the expression is not true or false; compare something, as in pid = 42");
    duckdb_destroy_prepare(&probe);
    text_free(&sql);
    return rc;
}

static int compile(struct query_filter *f, const char *where, size_t n, struct err *why)
{
    struct text sql = {0};
    compose(&sql, "\"" ROW_COLUMN "\"", f->table, "()", where, n);
    int rc = sql.full ? err_set(why, ENOMEM, "out of memory") : prepare(f, sql.bytes, &f->statement, why);
    text_free(&sql);
    return rc;
}

struct query_filter *query_filter_create(const struct table *table, const char *where, size_t n, struct err *why)
{
    struct query_filter *f = calloc(1, sizeof *f);
    if (!f) {
        err_set(why, ENOMEM, "out of memory");
        return NULL;
    }
    f->table = table;
    int rc = open_database(f, why);
    if (!rc)
        rc = check_expression(f, where, n, why);
    if (!rc)
        rc = check_alone(f, where, n, why);
    if (!rc)
        rc = check_type(f, where, n, why);
    if (!rc)
        rc = compile(f, where, n, why);
    if (!rc)
        return f;
    query_filter_destroy(f);
    return NULL;
}

static void collect(duckdb_data_chunk chunk, uint32_t *rows, uint32_t *n)
{
    const uint32_t *in = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
    idx_t got = duckdb_data_chunk_get_size(chunk);
    for (idx_t i = 0; i < got && *n < BATCH_ROWS; i++)
        rows[(*n)++] = in[i];
}

int query_filter_run(struct query_filter *f, const struct batch *b, uint32_t *rows, uint32_t *n, struct err *why)
{
    duckdb_result result;
    int rc = 0;
    *n = 0;
    f->batch = b;
    if (duckdb_execute_prepared(f->statement, &result) != DuckDBSuccess)
        rc = duck_error(why, duckdb_result_error_type(&result), duckdb_result_error(&result));
    for (duckdb_data_chunk chunk; !rc && (chunk = duckdb_fetch_chunk(result));) {
        collect(chunk, rows, n);
        duckdb_destroy_data_chunk(&chunk);
    }
    duckdb_destroy_result(&result);
    f->batch = NULL;
    return rc;
}

void query_filter_interrupt(struct query_filter *f)
{
    duckdb_interrupt(f->connection);
}

void query_filter_destroy(struct query_filter *f)
{
    if (!f)
        return;
    duckdb_destroy_prepare(&f->statement);
    duckdb_disconnect(&f->connection);
    duckdb_close(&f->database);
    free(f);
}
