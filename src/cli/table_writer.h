/* Rows for tables of the running agent: lines of JSON, collected and sent by a thread of their own, so that who makes them never waits.
 *
 * Rows wait while the agent is away, up to a ceiling; what does not fit, and what it has not taken in the end, is counted. A request that
 * was sent and not answered (the agent died in the middle) is not sent again: its rows would be there twice if they had been taken. */
#pragma once
#include "base/err.h"
#include "base/text.h"
#include "table/schema.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    TABLE_WRITER_TABLES = 64,
    TABLE_WRITER_AGE_MS = 200,               /* a row waits so long for others */
    TABLE_WRITER_ROWS = 2048,                /* then they go at once; or */
    TABLE_WRITER_BLOCK = 256 * 1024,         /* bytes of them */
    TABLE_WRITER_WAITING = 32 * 1024 * 1024, /* bytes that wait for the agent at most */
    TABLE_WRITER_LAST_MS = 3000,             /* that the end waits for the agent */
};

struct table_writer;

struct table_counts {
    uint64_t delivered;
    uint64_t lost;    /* did not fit, or were refused, or the agent did not come back */
    uint64_t unknown; /* sent, and no answer came */
};

/* `say` is called with a sentence when the agent goes away, comes back, or refuses something; from the sender's thread. NULL with words. */
struct table_writer *table_writer_open(const char *socket, void (*say)(void *arg, const char *sentence), void *arg, struct err *why);
/* Declares a table, and waits for the answer; *index: of the table from now on. -errno with words. Only before the first row. */
int table_writer_declare(struct table_writer *w, const struct table *t, size_t *index, struct err *why);
/* Where the next line of the table goes, newline and all; then table_writer_added(). */
struct text *table_writer_line(struct table_writer *w, size_t index);
void table_writer_added(struct table_writer *w, size_t index);
/* Rows that are missing before they came here: the agent is told. */
void table_writer_lost(struct table_writer *w, size_t index, uint64_t rows);
void table_writer_turn(struct table_writer *w); /* now and then: hands on what is old enough */
/* Waits until all is delivered, TABLE_WRITER_LAST_MS at most, and ends the thread. counts: of each table. */
void table_writer_finish(struct table_writer *w, struct table_counts *counts);
void table_writer_close(struct table_writer *w); /* NULL is fine */
