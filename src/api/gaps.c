#include "api/gaps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NOT_LOOKED = -2, NONE = -1 };
static const int64_t noticed_late_ns = 2000000000;

void gaps_begin(struct gaps *g)
{
    *g = (struct gaps){.from_ns = INT64_MAX, .to_ns = INT64_MIN, .column = NOT_LOOKED};
}

bool gaps_in_answer(const struct gaps *g)
{
    return g->column >= 0;
}

static int find_column(duckdb_result *result)
{
    for (idx_t i = 0; i < duckdb_column_count(result); i++)
        if (duckdb_column_type(result, i) == DUCKDB_TYPE_TIMESTAMP_NS && !strcmp(duckdb_column_name(result, i), "time"))
            return (int)i;
    return NONE;
}

void gaps_see(struct gaps *g, duckdb_result *result, duckdb_data_chunk chunk)
{
    if (g->column == NOT_LOOKED)
        g->column = find_column(result);
    if (g->column == NONE)
        return;
    duckdb_vector v = duckdb_data_chunk_get_vector(chunk, (idx_t)g->column);
    const int64_t *times = duckdb_vector_get_data(v);
    uint64_t *valid = duckdb_vector_get_validity(v);
    for (idx_t i = 0; i < duckdb_data_chunk_get_size(chunk); i++) {
        if (valid && !duckdb_validity_row_is_valid(valid, i))
            continue;
        g->from_ns = times[i] < g->from_ns ? times[i] : g->from_ns;
        g->to_ns = times[i] > g->to_ns ? times[i] : g->to_ns;
    }
}

uint64_t gaps_count(const struct gaps *g, duckdb_connection connection)
{
    char sql[200] = "SELECT count(*) FROM main.agent_losses";
    if (g->column >= 0 ? g->from_ns > g->to_ns : !g->rests_on_tables)
        return 0; /* no times, no gap */
    if (g->column >= 0)
        snprintf(sql, sizeof sql, "SELECT count(*) FROM main.agent_losses WHERE epoch_ns(time) BETWEEN %" PRId64 " AND %" PRId64,
                 g->from_ns, g->to_ns > INT64_MAX - noticed_late_ns ? INT64_MAX : g->to_ns + noticed_late_ns);
    duckdb_result r;
    uint64_t count = 0;
    if (duckdb_query(connection, sql, &r) == DuckDBSuccess) {
        duckdb_data_chunk chunk = duckdb_fetch_chunk(r);
        if (chunk && duckdb_data_chunk_get_size(chunk))
            count = *(const uint64_t *)duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
        duckdb_destroy_data_chunk(&chunk);
    }
    duckdb_destroy_result(&r);
    return count;
}
