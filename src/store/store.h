/* The embedded column store: hot rows in DuckDB, older ones in hourly zstd Parquet segments, both behind one view a table.
 *
 * One writer thread takes batches from a bounded queue. Full ones are appended and committed 750 ms after the first row that waits. Small
 * ones go to a journal, a file that survives the process, and are committed together: when somebody asks for rows of their table, when
 * there are many, or after 20 s. So:
 *  - Whoever asks through a reader (store/reader.h: HTTP queries, Parquet exports) sees every row that the store had taken before.
 *  - Whoever only counts (store_stats, store_table_stats: status, metrics, forecast) sees rows in the journal counted as written and as
 *    queryable, and causes no commit.
 *  - A process that is killed loses what was in the queue, usually less than 200 ms of rows, and of large batches the last 750 ms; a
 *    machine that fails loses what was not committed, 20 s at most.
 * Losses (queue full, disk full, read-only directory) are counted and reported by store_take_losses; the agent keeps running. */
#pragma once
#include "base/err.h"
#include "table/batch.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

struct store_options {
    const char *dir;              /* the data directory, which exists and is ours */
    uint64_t retention_ns;        /* rows older than this go, by whole segments */
    uint64_t max_disk_bytes;      /* all files of the store together; oldest segments go first */
    uint64_t segment_ns;          /* hot rows become a segment after this; 1 h */
    uint64_t memory_limit_bytes;  /* DuckDB's */
    uint64_t queue_ceiling_bytes; /* memory of queued batches; beyond it batches are lost and counted */
    const struct table *const *tables;
    size_t n_tables;
};

/* What the start found: words for the banner and the log. */
struct store_recovery {
    bool unclean;            /* the last run did not close the store */
    uint64_t recovered_rows; /* hot rows found, */
    uint64_t journal_rows;   /* of these: in the journal, not yet in the database */
    uint32_t dropped_files;  /* unfinished files that were removed */
    int64_t last_row_utc_ns; /* the newest row before this start, 0: none */
    char text[256];          /* one sentence, "" when there is nothing to say */
};

/* Tables that were declared while the store ran. Their declarations are files, DIR/declared/NAME.json, read at the start. */
enum {
    STORE_DECLARED_MAX = 64,          /* at a time */
    STORE_DECLARED_VERSIONS_MAX = 512 /* declarations taken since the start: each stays in memory */
};

struct store_table_stats {
    const struct table *table;
    uint64_t rows_total;    /* that a question would find now */
    uint64_t rows_written;  /* since start */
    uint64_t bytes_on_disk; /* of segments */
    uint32_t segments;
    int64_t oldest_utc_ns, newest_utc_ns; /* 0: none */
};

struct store_stats {
    uint64_t disk_bytes, disk_limit_bytes, free_bytes; /* store files; the budget; free on the file system */
    uint64_t queued_rows, queued_bytes;
    uint64_t rows_written, rows_lost;
    uint64_t bytes_per_day; /* growth at the present rate, 0: unknown yet */
    double days_kept;       /* at this rate, the smaller of time goal and byte budget; 0: unknown yet */
    bool degraded;          /* cannot write at present */
    char why[256];          /* then why */
};

struct store *store_open(const struct store_options *options, struct store_recovery *recovery, struct err *why);
/* Flushes, marks the directory as cleanly closed, frees. NULL is fine. */
void store_close(struct store *s);
/* Queues a batch (takes its own reference). Never blocks. False: the queue is full, the rows are counted as lost. Thread safe. */
bool store_consume(struct store *s, struct batch *b);
/* Waits until all that was queued before is committed and queryable; -ETIMEDOUT. */
int store_flush(struct store *s, int timeout_ms);
/* Losses since the last call: calls fn once per reason with a row count. */
void store_take_losses(struct store *s, void (*fn)(void *arg, const char *reason, uint64_t rows), void *arg);
/* Adds a table to the running store, or takes a declaration with columns added at the end under a name that was declared before; takes
 * `table` (table_declare) over. *out: the table that holds now, valid until the store is closed; *created: there was none of that name.
 * -EEXIST: the name is taken by a table of the agent's own, or its columns differ; -ENOSPC: too many tables; others: the disk. All with
 * words. Waits for the writer. Thread safe. */
int store_declare(struct store *s, struct table *table, const struct table **out, bool *created, struct err *why);
/* The table of that name as it is declared now; NULL: there is none. Thread safe. */
const struct table *store_table(struct store *s, const char *name);
/* All tables as they are declared now: those of the options first. Returns how many there are; at most max are written. Thread safe. */
size_t store_tables(struct store *s, const struct table **out, size_t max);
enum { STORE_TABLES_MAX = 384 };                                /* there are never more */
bool store_is_declared(struct store *s, const struct table *t); /* at run time, not in the options */
void store_stats(struct store *s, struct store_stats *out);
size_t store_table_stats(struct store *s, struct store_table_stats *out, size_t max);
