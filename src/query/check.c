#include "query/check.h"

#include "query/duck.h"
#include "query/lex.h"

#include <string.h>
#include <strings.h>

/* Table functions that neither read files nor change anything. */
static const char *const table_functions[] = {
    "duckdb_columns",   "duckdb_constraints",  "duckdb_databases",  "duckdb_extensions",    "duckdb_functions",
    "duckdb_indexes",   "duckdb_keywords",     "duckdb_memory",     "duckdb_optimizers",    "duckdb_schemas",
    "duckdb_sequences", "duckdb_settings",     "duckdb_tables",     "duckdb_types",         "duckdb_views",
    "generate_series",  "histogram",           "histogram_values",  "icu_calendar_names",   "json_each",
    "json_tree",        "pg_timezone_names",   "pragma_collations", "pragma_database_size", "pragma_platform",
    "pragma_show",      "pragma_storage_info", "pragma_table_info", "pragma_version",       "range",
    "repeat",           "repeat_row",          "summary",           "test_all_types",       "test_vector_types",
    "unnest",
};

static const struct {
    const char *name, *reason;
} refused_functions[] = {
    {"getenv", "it reads the agent's environment"},
    {"write_log", "it writes to DuckDB's log"},
    {"setseed", "it changes the random numbers of other queries"},
    {"nextval", "it changes a sequence"},
    {"currval", "it depends on a changed sequence"},
};

static bool table_function_allowed(const char *name)
{
    for (size_t i = 0; i < sizeof table_functions / sizeof table_functions[0]; i++)
        if (!strcasecmp(name, table_functions[i]))
            return true;
    return false;
}

static int check_function(const char *name, struct err *why)
{
    for (size_t i = 0; i < sizeof refused_functions / sizeof refused_functions[0]; i++)
        if (!strcasecmp(name, refused_functions[i].name))
            return err_set(why, EPERM, "the function %s() is not allowed: %s", name, refused_functions[i].reason);
    return 0;
}

static int check_table_function(const char *name, struct err *why)
{
    if (table_function_allowed(name))
        return 0;
    return err_set(why, EPERM,
                   "the table function %s() is not allowed: a query may read nothing but the store; `SHOW TABLES` lists what there is",
                   name);
}

static int check_base_table(const char *name, struct err *why)
{
    if (!strpbrk(name, "/:*"))
        return 0;
    return err_set(why, EPERM, "'%s' looks like a file: a query may read nothing but the store; `SHOW TABLES` lists what there is", name);
}

static const char *member(const json_t *node, const char *key)
{
    const char *s = json_string_value(json_object_get(node, key));
    return s ? s : "";
}

static int check_node(const json_t *node, struct err *why)
{
    if (!strcmp(member(node, "type"), "TABLE_FUNCTION"))
        return check_table_function(member(json_object_get(node, "function"), "function_name"), why);
    if (!strcmp(member(node, "type"), "BASE_TABLE"))
        return check_base_table(member(node, "table_name"), why);
    if (!strcmp(member(node, "class"), "PARAMETER"))
        return err_set(why, EINVAL, "the statement has a parameter (? or $1); write the value itself");
    if (!strcmp(member(node, "class"), "FUNCTION"))
        return check_function(member(node, "function_name"), why);
    return 0;
}

/* The tree is as deep as the statement is nested, which DuckDB's parser and the JSON reader both bound. */
static int check_tree(const json_t *node, struct err *why)
{
    int rc = json_is_object(node) ? check_node(node, why) : 0;
    const char *key;
    json_t *child;
    size_t i;
    if (json_is_object(node))
        json_object_foreach((json_t *)node, key, child) if (!rc) rc = check_tree(child, why);
    if (json_is_array(node))
        json_array_foreach(node, i, child) if (!rc) rc = check_tree(child, why);
    return rc;
}

static json_t *read_tree(const char *json, struct err *why)
{
    json_error_t problem;
    json_t *tree = json_loads(json, JSON_DECODE_INT_AS_REAL, &problem);
    if (!tree)
        err_set(why, EINVAL, "the statement is too deeply nested to be checked");
    return tree;
}

/* The result of json_serialize_sql for this text. */
static json_t *serialize(duckdb_connection connection, const char *sql, size_t n, struct err *why)
{
    static const char ask[] = "SELECT json_serialize_sql($1::VARCHAR, skip_null := true, skip_empty := true)";
    duckdb_prepared_statement statement = NULL;
    duckdb_result result = {0};
    json_t *tree = NULL;
    if (duckdb_prepare(connection, ask, &statement) != DuckDBSuccess) {
        duck_error(why, DUCKDB_ERROR_INVALID, duckdb_prepare_error(statement));
    } else if (duckdb_bind_varchar_length(statement, 1, sql, n) != DuckDBSuccess) {
        err_set(why, EINVAL, "the statement is not valid UTF-8");
    } else if (duckdb_execute_prepared(statement, &result) != DuckDBSuccess) {
        duck_error(why, duckdb_result_error_type(&result), duckdb_result_error(&result));
    } else {
        char *json = duckdb_value_varchar(&result, 0, 0);
        tree = json ? read_tree(json, why) : NULL;
        duckdb_free(json);
    }
    duckdb_destroy_result(&result);
    duckdb_destroy_prepare(&statement);
    if (!tree)
        err_set(why, EINVAL, "the statement could not be parsed");
    return tree;
}

static bool reads(const char *sql, struct lex_token first)
{
    static const char *const words[] = {"select", "with", "from", "values", "table", "describe", "desc", "show", "summarize"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (lex_is(sql, first, words[i]))
            return true;
    return false;
}

static void refuse(const char *sql, size_t n, struct err *why)
{
    struct lex_token first = lex_next(sql, n, 0);
    if (lex_is(sql, first, "pivot"))
        err_set(why, EPERM, "PIVOT needs its values named here: PIVOT … ON column IN (value, …)");
    else if (reads(sql, first))
        err_set(why, EPERM, "the statement does more than read, and only statements that read are allowed");
    else
        err_set(why, EPERM,
                "%.*s is not allowed: only statements that read are (SELECT, WITH, FROM, VALUES, TABLE, DESCRIBE, SHOW, SUMMARIZE, and "
                "EXPLAIN of these)",
                (int)(first.end - first.start < 40 ? first.end - first.start : 40), sql + first.start);
}

static int tree_error(const json_t *tree, const char *sql, size_t n, struct err *why)
{
    if (!strcmp(member(tree, "error_type"), "not implemented"))
        refuse(sql, n, why);
    else
        err_set(why, EINVAL, "%s at character %s", member(tree, "error_message"),
                *member(tree, "position") ? member(tree, "position") : "0");
    return -EINVAL;
}

static int check_text(const char *sql, size_t n, struct err *why)
{
    if (n > CHECK_SQL_CEILING)
        return err_set(why, EINVAL, "the statement has %zu bytes; at most %d are allowed", n, CHECK_SQL_CEILING);
    if (memchr(sql, 0, n))
        return err_set(why, EINVAL, "the statement holds a NUL byte");
    if (lex_next(sql, n, 0).kind == LEX_END)
        return err_set(why, EINVAL, "the statement is empty; try SHOW TABLES");
    return 0;
}

json_t *check_parse(duckdb_connection connection, const char *sql, size_t n, struct err *why)
{
    if (check_text(sql, n, why))
        return NULL;
    json_t *tree = serialize(connection, sql, n, why);
    if (!tree)
        return NULL;
    size_t statements = json_array_size(json_object_get(tree, "statements"));
    int rc = json_is_true(json_object_get(tree, "error")) ? tree_error(tree, sql, n, why) : check_tree(tree, why);
    if (!rc && statements != 1)
        rc = err_set(why, EINVAL, "there are %zu statements; send one at a time", statements);
    if (!rc)
        return tree;
    json_decref(tree);
    return NULL;
}

/* After EXPLAIN [ANALYZE] [VERBOSE]; 0 when the text is no EXPLAIN. */
static size_t explain_length(const char *sql, size_t n)
{
    struct lex_token t = lex_next(sql, n, 0);
    if (!lex_is(sql, t, "explain"))
        return 0;
    size_t end = t.end;
    for (t = lex_next(sql, n, end); lex_is(sql, t, "analyze") || lex_is(sql, t, "analyse") || lex_is(sql, t, "verbose");
         t = lex_next(sql, n, end))
        end = t.end;
    return end;
}

/* EXPLAIN (ANALYZE, FORMAT JSON) SELECT …: the options are in parentheses, but so may be the statement. */
static size_t skip_options(const char *sql, size_t n, size_t at)
{
    struct lex_token open = lex_next(sql, n, at);
    if (open.kind != LEX_OPEN)
        return at;
    struct lex_token word = lex_next(sql, n, open.end);
    bool options =
        lex_is(sql, word, "analyze") || lex_is(sql, word, "analyse") || lex_is(sql, word, "format") || lex_is(sql, word, "verbose");
    return options ? lex_skip_parens(sql, n, at) : at;
}

static int parses(duckdb_connection connection, const char *sql, size_t n, struct err *why)
{
    struct err inner = {0};
    json_t *tree = check_parse(connection, sql, n, &inner);
    json_decref(tree);
    return tree ? 0 : err_set(why, inner.code, "%s", inner.text);
}

int check_statement(duckdb_connection connection, const char *sql, size_t n, struct check_statement *out, struct err *why)
{
    size_t start = explain_length(sql, n);
    *out = (struct check_statement){.explain = start > 0};
    if (start)
        start = skip_options(sql, n, start);
    out->start = start;
    out->end = start + lex_statement_length(sql + start, n - start);
    int rc = parses(connection, sql + start, n - start, why);
    if (!rc && out->end < n) /* what is left of it without the semicolon must be the same statement */
        rc = parses(connection, sql + start, out->end - start, why);
    return rc;
}
