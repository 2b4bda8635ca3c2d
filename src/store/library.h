/* DuckDB's library is loaded when it is first needed: most commands talk to the agent and never do, and mapping and relocating it takes
 * more time and memory than all else that they do. */
#pragma once
struct err;

/* Fills the table that duckdb.h's functions are called through. Call it before any of them, before threads use them, and before files are
 * closed off (sandbox). Again is fine. 0, or -ENOENT with words. */
int duckdb_library_load(struct err *why);
