/* What waits for the database without being lost by a crash: small batches go to the journal, a file of records (store/record.h), and stay
 * in memory as the backlog of their table until somebody asks for them, or there are many, or for BACKLOG_AFTER_MS. Binding and planning an
 * INSERT costs DuckDB the better part of a millisecond for each table of a commit, however few the rows are; a record costs some
 * microseconds.
 *
 * Each row is in the database once: the transaction that commits a backlog notes the number of its last record in parts.journal, and a
 * start leaves out what that covers. The file is not synced: its pages survive the process, not the machine. It is emptied when no backlog
 * is left. Large batches do not come here: at their pace a commit each 750 ms costs little beside them. */
#pragma once
#include "base/err.h"
#include "store/record.h"

#include <duckdb.h>

struct store;
struct shelf;
struct db;

/* Rows of one table that are in the journal and not in the database. The writer's, but for the counts: those change under the lock. */
struct backlog {
    struct text records;
    struct table *old; /* not NULL: their shape is not the declared one, or nothing declares it; only after a start; owned */
    uint64_t rows, raw_bytes, last_number;
    int64_t oldest_ns, newest_ns;
    bool shown; /* while the file cannot be written: a shadow part has them, or the file */
};

struct journal {
    int fd;      /* -1: none */
    bool closed; /* it ends with records that nothing may follow, until it is empty again */
    bool complained;
    uint64_t bytes, last_number;
    uint64_t spoilt_rows; /* found at the start: in records that could not be read, as far as their heads tell */
    bool spoilt;
};

/* journal.c: the file */
void journal_load(struct store *s); /* at the start: what is in the file becomes the backlogs */
/* False: not taken, append the batch to the database. */
bool journal_take(struct store *s, struct shelf *shelf, const struct batch *b, int64_t now_mono_ns);
void journal_empty(struct store *s); /* no backlog is left */
void journal_close(struct store *s);
bool journal_is_full(const struct store *s);

/* backlog.c: what it holds */
void backlog_add(struct store *s, struct shelf *shelf, const struct record *r); /* its bytes end shelf->backlog.records already */
/* Makes the backlog ready for a commit: in the open part's appender, or, with a shape of its own, in a part that is committed already. */
int backlog_append(struct store *s, struct shelf *shelf, struct err *why);
int backlog_mark(struct store *s, const struct shelf *shelf, struct err *why); /* inside the transaction that commits it */
void backlog_clear(struct shelf *shelf);                                       /* with the lock held: it is committed */
void backlogs_show(struct store *s);                                           /* in the fallback database: makes the shadow parts */
int backlogs_prepare(struct store *s, struct db *file, struct err *why);       /* a file was opened for writing */
int backlogs_admit(struct store *s, struct db *file, struct err *why);         /* a shelf is new: its backlog can be marked from now on */
int backlogs_compare(struct store *s, duckdb_connection c, struct err *why);   /* what does the file have of them already? */
uint64_t backlogs_rows(const struct store *s);
void backlogs_free(struct store *s);
