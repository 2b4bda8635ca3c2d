/* Losses beside an answer: the rows of agent_losses that lie within the times that the answer shows. */
#pragma once
#include <duckdb.h>
#include <stdbool.h>
#include <stdint.h>

/* The times shown so far. A result without a column "time" of type TIMESTAMP_NS may rest on any time: its span is
 * everything, provided that the SQL names a table of ours. */
struct gaps {
    bool rests_on_tables;   /* the SQL names a table of ours; set by who knows it */
    int64_t from_ns, to_ns; /* UTC */
    int column;             /* of "time"; -1: none; -2: not looked yet */
};

void gaps_begin(struct gaps *g);
/* Whether the times come from the answer itself. */
bool gaps_in_answer(const struct gaps *g);
void gaps_see(struct gaps *g, duckdb_result *result, duckdb_data_chunk chunk);
/* How many losses were noticed within the span, or within 2 s after it: they are noticed late. On a connection without a running query. */
uint64_t gaps_count(const struct gaps *g, duckdb_connection connection);
