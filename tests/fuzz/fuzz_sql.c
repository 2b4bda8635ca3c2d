/* Any bytes as a statement: the lexer stays inside the text and goes forward, and what the checker lets in is, to DuckDB, exactly
 * one statement that reads. */
#include "query/check.h"
#include "query/lex.h"
#include "store/library.h"

#include <duckdb.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static duckdb_connection connection(void)
{
    static duckdb_database database;
    static duckdb_connection c;
    duckdb_config config;
    if (c)
        return c;
    expect(duckdb_library_load(NULL) == 0);
    expect(duckdb_create_config(&config) == DuckDBSuccess);
    duckdb_set_config(config, "threads", "1");
    duckdb_set_config(config, "enable_external_access", "false");
    duckdb_set_config(config, "autoload_known_extensions", "false");
    expect(duckdb_open_ext(NULL, &database, config, NULL) == DuckDBSuccess);
    expect(duckdb_connect(database, &c) == DuckDBSuccess);
    duckdb_destroy_config(&config);
    return c;
}

static void tokens_go_forward(const char *sql, size_t n)
{
    size_t at = 0;
    for (struct lex_token t = lex_next(sql, n, 0); t.kind != LEX_END; t = lex_next(sql, n, t.end)) {
        expect(t.start >= at && t.end > t.start && t.end <= n);
        expect(t.kind != LEX_OPEN || lex_skip_parens(sql, n, t.start) <= n);
        at = t.end;
    }
    expect(lex_statement_length(sql, n) <= n);
}

/* Comments and an EXPLAIN in front do not hide what kind of statement it is. */
static void is_one_reading_statement(const char *sql, const struct check_statement *s)
{
    duckdb_extracted_statements statements;
    duckdb_prepared_statement prepared = NULL;
    idx_t n = duckdb_extract_statements(connection(), sql, &statements);
    expect(n <= 1); /* 0: options of EXPLAIN that DuckDB does not know */
    if (n && duckdb_prepare_extracted_statement(connection(), statements, 0, &prepared) == DuckDBSuccess) {
        duckdb_statement_type type = duckdb_prepared_statement_type(prepared);
        expect(type == (s->explain ? DUCKDB_STATEMENT_TYPE_EXPLAIN : DUCKDB_STATEMENT_TYPE_SELECT));
    }
    duckdb_destroy_prepare(&prepared);
    duckdb_destroy_extracted(&statements);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct check_statement s;
    struct err why = {0};
    char *sql = malloc(size + 1);
    expect(sql != NULL);
    memcpy(sql, data, size);
    sql[size] = '\0';
    tokens_go_forward(sql, size);
    int rc = check_statement(connection(), sql, size, &s, &why);
    expect((rc < 0) == (why.code != 0));
    if (!rc) {
        expect(s.start <= s.end && s.end <= size);
        is_one_reading_statement(sql, &s);
    }
    free(sql);
    return 0;
}
