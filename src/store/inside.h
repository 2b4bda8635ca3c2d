/* What the files of this room share; nobody outside includes it.
 *
 * Threads: the writer owns the shelves (only it changes them, always under `lock`) and every DDL statement; the copier turns one
 * sealed part at a time into a Parquet file; readers have connections of their own. `lock` is never held across a DuckDB call. */
#pragma once
#include "base/err.h"
#include "base/text.h"
#include "store/age.h"
#include "store/journal.h"
#include "store/reader.h"
#include "store/store.h"

#include <duckdb.h>
#include <pthread.h>

enum {
    SHELF_NAME_MAX = 64,
    SEGMENTS_MAX = 65536,     /* per table; beyond it the oldest go */
    PARTS_MAX = 256,          /* per table: hot parts waiting for the copier */
    COMMIT_ROWS = 122880,     /* DuckDB's row group: the cheapest commit under load */
    COMMIT_AFTER_MS = 750,    /* rows that are not in the journal; with the 200 ms that a batch waits: at most the last second is lost */
    BACKLOG_AFTER_MS = 20000, /* rows that are: before the kernel writes the journal's pages to the disk (30 s), which spares that */
    TICK_MS = 1000,
    READER_WAIT_MS = 2000,
    SHOW_WAIT_MS = 250,   /* how long a question waits for rows that the store has taken */
    SHOW_BEHIND_MS = 150, /* then those are committed that were taken out of the queue, however many wait in it */
    TRASH_KEPT_S = 60,    /* for queries that began before a segment was removed */
    CHECKPOINT_WORTH_BYTES = 8 << 20,
    UNDECLARED_MAX = 128, /* tables found on disk that no declaration names */
};
#define RESERVE_MAX_BYTES    (16ULL << 20) /* of free disk space: see reserve_bytes() */
#define MEMORY_CEILING_BYTES (64ULL << 20) /* of rows kept in memory while the disk cannot be written */
enum { STASH_MAX = 512 };                  /* tables, declared or found */
#define PART_ROWS_MAX      4000000ULL
#define JOURNAL_MAX_BYTES  (8ULL << 20)  /* then the backlogs are committed; less with a small budget */
#define JOURNAL_READ_BYTES (64ULL << 20) /* of a journal that is found: ours is never larger than JOURNAL_MAX_BYTES and a record */

/* Which declared columns a part or segment has (bit i: column i), and which of those with another type than the declared one. */
struct shape {
    uint64_t has, cast;
};

/* The name of a part and of the segment made from it: the window it began in, and a number that grows with each part of a table. */
struct key {
    int64_t start_s; /* Unix time */
    uint32_t seq;
};

/* Rows in the database, in table parts."<table>__<start>_<seq>". */
struct part {
    struct key key;
    struct shape shape;
    uint64_t rows;                /* committed */
    uint64_t raw_bytes;           /* before compression */
    int64_t oldest_ns, newest_ns; /* event times; 0: no rows */
    int64_t open_until_mono_ns;   /* then it is sealed */
    bool memory;                  /* in the fallback database */
    bool shadow;                  /* of a backlog, to show it while the file cannot be written: goes with the fallback database */
    bool sealed, copying;
};

struct segment {
    struct key key;
    struct shape shape;
    uint64_t rows, bytes;
    int64_t oldest_ns, newest_ns;
};

/* One table's rows, wherever they are. */
struct shelf {
    const struct table *table; /* NULL: found on disk, declared no more: kept until retention takes it */
    char name[SHELF_NAME_MAX];
    struct part *parts; /* oldest first; the last one may be open */
    size_t n_parts, parts_size;
    struct segment *segments; /* oldest first */
    size_t n_segments, segments_size;
    uint32_t next_seq;
    duckdb_appender appender; /* of the open part; NULL: no part is open */
    duckdb_data_chunk chunk;
    bool used;                            /* the appender was, since the last tick */
    uint64_t pending_rows, pending_bytes; /* appended, not committed */
    int64_t pending_oldest_ns, pending_newest_ns;
    uint64_t pending_counted; /* the same rows, as others see them: under the lock */
    struct backlog backlog;
    uint64_t backlog_appended; /* of pending_rows: those that the backlog has as well */
    uint64_t committed_number; /* of the journal's records: this one and those before are in the database */
    uint64_t queued_seq;       /* the table's last batch: that was queued, */
    uint64_t taken_seq;        /* that the writer took from the queue, */
    uint64_t shown_seq;        /* that questions see, */
    uint64_t wanted_seq;       /* that someone waits for */
    bool declared;             /* at run time, by store_declare() or the file that it left */
    bool due;                  /* takes part in the next commit */
    uint64_t expected_rows;    /* in the file when it was given up, or perhaps in it */
    uint64_t limbo_rows;       /* of those: given to a commit that failed */
    uint64_t rows_written;
    double bytes_per_raw; /* measured on segments; 0: none yet */
};

/* One open DuckDB instance; gone when the store and every reader have let go. */
struct db {
    duckdb_database handle;
    duckdb_connection writer, copier;
    duckdb_prepared_statement mark; /* of a file: notes which of a table's records are committed */
    bool memory;
    unsigned references; /* under store.lock */
};

/* A file that is no longer in any view but may still be read by a query that began before. */
struct trash {
    char *path;
    uint64_t bytes, epoch;
    int64_t since_mono_ns;
    struct trash *next;
};

enum loss { LOSS_QUEUE, LOSS_WRITE, LOSS_MEMORY, LOSS_STOP, LOSS_UNDECLARED, LOSS_JOURNAL, LOSS_COUNT };

struct queued {
    struct batch *batch;
    uint64_t bytes;
};

/* Priority of the store's threads: a little below that of what runs on the host. */
enum { STORE_NICE = 5 };

/* A ring of batches, bounded by their memory. */
struct queue {
    struct queued *ring;
    size_t size, head, count;
    uint64_t bytes, rows;
};

struct copy_job {  /* handed from the writer to the copier and back */
    struct db *db; /* NULL: the copier is free */
    struct shelf *shelf;
    struct part part; /* as it was when sealed */
    uint64_t bytes;
    bool done;
    struct err why;
};

/* Someone waits in store_declare(). */
struct declaring {
    struct table *table;
    bool created, done;
    int rc;
    struct err *why;
    struct declaring *next;
};

struct store {
    struct store_options options;
    char *dir, *tmp_dir;
    int lock_fd;
    pthread_mutex_t lock;
    pthread_cond_t work, committed, copier_work;
    pthread_t writer_thread, copier_thread;
    bool writer_runs, copier_runs, stopping, copier_stop;

    struct queue queue;
    uint64_t queued_seq, taken_seq; /* batches so far */
    int64_t wanted_since_ns;        /* somebody waits for rows of some shelf; 0: nobody */
    struct journal journal;

    struct db *db;
    unsigned file_instances; /* open instances of hot.duckdb: 0 or 1 */
    struct store_reader *readers;
    uint64_t epoch; /* grows when files leave the views */

    struct shelf *shelves;
    size_t n_shelves, shelves_size; /* the size is fixed at the start: pointers to shelves stay valid; more shelves come */
    struct declaring *declaring;    /* under the lock; first come, first served */
    struct table **declarations;    /* of shelves now or before: owned */
    size_t n_declarations;
    bool segments_known;    /* the directories were listed */
    uint32_t dropped_files; /* unfinished ones, removed then */
    struct copy_job job;
    struct trash *trash;

    uint64_t pending_rows, largest_pending; /* of all tables; of the table with most */
    struct age age;                         /* of rows, for retention */
    int64_t pending_since_ns, backlog_since_ns, next_tick_ns, next_retention_ns, copy_retry_ns;
    bool want_checkpoint;

    bool degraded;
    bool squeezed;  /* others fill the disk: only segments give way */
    bool switching; /* between two databases: no new readers */
    bool giving_up; /* inside degrade() */
    char why[256];  /* what keeps the database from being written, and its errno */
    int why_code;
    int64_t retry_at_ns, retry_wait_ns;
    uint64_t budget_bytes, peak_bytes; /* what holds now; the most that was used */
    uint64_t memory_bytes;             /* of rows in the fallback database */
    uint64_t unchecked_bytes;          /* of rows, written since the disk was looked at */
    uint64_t dropped_bytes;            /* of parts that retention dropped since the last checkpoint, about */

    uint64_t rows_written, rows_lost, losses[LOSS_COUNT];
    uint64_t raw_bytes_written;
    int64_t opened_mono_ns;
};

/* db.c */
int db_open(struct store *s, bool memory, struct db **out, struct err *why);
void db_hold(struct db *db);                                /* with the lock held */
void db_drop(struct store *s, struct db *db);               /* without */
int db_words(struct err *why, int code, const char *words); /* DuckDB's words as an error: their first line */
int db_run(duckdb_connection c, const char *sql, struct err *why);
struct cursor {
    duckdb_result result;
    duckdb_data_chunk chunk;
    idx_t row, rows;
};
int cursor_open(struct cursor *c, duckdb_connection connection, const char *sql, struct err *why);
bool cursor_next(struct cursor *c);
int64_t cursor_i64(struct cursor *c, idx_t column); /* of a BIGINT; 0 for NULL */
struct str cursor_text(struct cursor *c, idx_t column);
void cursor_close(struct cursor *c);
void sql_text(struct text *t, const char *p, size_t n); /* 'quoted' */

/* queue.c */
uint64_t batch_bytes(const struct batch *b);
bool queue_put(struct queue *q, struct batch *b, uint64_t ceiling);
struct batch *queue_take(struct queue *q); /* NULL when empty */
void queue_free(struct queue *q);

/* append.c */
int append_open(struct shelf *shelf, duckdb_connection c, const char *part_name, struct err *why);
int append_batch(struct shelf *shelf, const struct batch *b, struct err *why);
int append_flush(struct shelf *shelf, struct err *why);
void append_close(struct shelf *shelf);

/* part.c: the hot tables */
enum { PART_NAME_MAX = SHELF_NAME_MAX + 40 };
void part_name(char *out, const struct shelf *shelf, struct key key);
bool part_parse(struct str name, size_t *table_length, struct key *key);
int part_create(struct store *s, const struct table *t, const char *name, struct err *why); /* the table in the database */
int part_open(struct store *s, struct shelf *shelf, struct err *why);                       /* a new one, with its appender */
int part_resume(struct store *s, struct shelf *shelf, struct err *why); /* an appender for the open one that the start found */
void part_seal(struct store *s, struct shelf *shelf);                   /* all must be committed */
bool part_is_full(struct store *s, const struct shelf *shelf, int64_t now_mono_ns);
int64_t part_window_ns(const struct store *s);
struct part *part_last(struct shelf *shelf);                                /* the open one, or NULL */
struct part *part_add(struct store *s, struct shelf *shelf, struct part p); /* takes the lock; NULL on no memory */
void part_remove(struct store *s, struct shelf *shelf, struct key key, bool memory);
int part_drop(struct store *s, struct shelf *shelf, struct part p, struct err *why);   /* from the database */
int part_forget(struct store *s, struct shelf *shelf, struct part p, struct err *why); /* from list, view, database: one transaction */

/* load.c */
int parts_reshape(struct store *s, struct shelf *shelf, struct err *why); /* the same for parts of the file */
int parts_load(struct store *s, uint64_t *rows, struct err *why);

/* view.c */
int view_update(struct store *s, struct shelf *shelf, struct err *why); /* inside the caller's transaction */
int views_update_all(struct store *s, struct err *why);

/* segment.c: names, index */
int segments_reshape(struct store *s, struct shelf *shelf, struct err *why); /* which columns they have of a table declared just now */
char *segment_dir(const struct store *s, const struct shelf *shelf);
char *segment_path(const struct store *s, const struct shelf *shelf, struct key key);
int segments_load(struct store *s, struct err *why);                     /* once */
int segment_add(struct store *s, struct shelf *shelf, struct segment g); /* takes the lock */
struct segment *segment_find(struct shelf *shelf, struct key key);
struct shelf *shelf_find(struct store *s, const char *name, size_t n, bool create);
struct shelf *shelf_of(struct store *s, const struct table *table); /* NULL: it is not declared */
struct shape shape_whole(const struct table *t);
void shape_add(struct shape *shape, const struct table *t, struct str name, struct str type);

/* copier.c */
void *copier_main(void *store);
void copier_start_next(struct store *s, int64_t now_mono_ns); /* writer: hands over the oldest sealed part, if the copier is free */
void copier_finish(struct store *s, int64_t now_mono_ns);     /* writer: takes a result over */
void copier_stop_job(struct store *s, bool interrupt);        /* writer: waits until the copier is free */

/* retention.c */
uint64_t disk_bytes(const struct store *s);
uint64_t hot_bytes(const struct store *s);
uint64_t free_bytes(const struct store *s);    /* on the file system, for us */
uint64_t reserve_bytes(const struct store *s); /* of free disk space, below which nothing is written: 16 MiB, or 1/8 of a small one */
void budget_update(struct store *s);
void retention_run(struct store *s);
void trash_empty(struct store *s, bool now_please);

/* reader.c */
int show_rows(struct store *s, const char *sql, size_t n, int timeout_ms); /* store_show() with another patience; -ETIMEDOUT */
/* with the lock held */
bool readers_since(const struct store *s, uint64_t epoch);
void readers_revoke(struct store *s, const struct db *db);

/* degrade.c */
void degrade(struct store *s, const struct err *why);
void fallback_open(struct store *s);
int write_probe(struct store *s, struct err *why);
void degraded_tick(struct store *s, int64_t now_mono_ns);
void degraded_stop(struct store *s); /* writer, at the end: writes what is in memory, or counts it as lost and says so */
void memory_trim(struct store *s);
void space_check(struct store *s);

/* marker.c: how the last run ended, and what it lost in the end */
bool marker_take(struct store *s); /* the start: true when the last run did not close the store */
void marker_put(struct store *s);  /* a clean end; notes the losses that nobody was told of */

/* recovery.c */
int recovery_run(struct store *s, struct store_recovery *r, struct err *why);
void recovery_unlock(struct store *s);

/* commit.c; on failure the store is degraded already */
int writer_commit(struct store *s);
int writer_commit_one(struct store *s, struct shelf *shelf);
int commit_marked(struct store *s);
/* with the lock held */
int64_t commit_due(const struct store *s);              /* when the next commit is, INT64_MAX: none is needed */
bool commit_mark(struct store *s, int64_t now_mono_ns); /* which tables take part in it, if it is now */

/* writer.c */
void *writer_main(void *store);
void store_lose(struct store *s, enum loss reason, uint64_t rows); /* takes the lock */

/* declare.c: tables that come while the store runs */
int declarations_load(struct store *s, struct err *why); /* at the start: the files */
void declare_serve(struct store *s);                     /* writer: takes those who wait */
void declare_refuse(struct store *s);                    /* writer, at its end */
void declarations_free(struct store *s);

/* files.c */
char *path_join(const char *dir, const char *name);
int file_sync(const char *path);
int dir_sync(const char *path);
int dir_make(const char *path, struct err *why);
uint64_t file_bytes(const char *path); /* as allocated */
uint64_t dir_bytes(const char *path);  /* of the plain files in it */
unsigned dir_empty(const char *path);  /* removes the plain files in it; returns how many */
