#include "query/query.h"

#include "base/clock.h"
#include "base/text.h"
#include "query/check.h"
#include "query/duck.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WATCH_TICK_NS = 50 * NS_PER_MS };

struct query {
    duckdb_connection connection;
    struct query_options options;
    int64_t deadline_mono_ns; /* 0: none */
    atomic_int stopped;       /* errno: ETIMEDOUT, ECANCELED; 0: runs on */

    pthread_t watcher; /* interrupts what query_next cannot leave by itself */
    bool watched;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool closing;

    bool in_transaction, has_pending, has_result, copies;
    duckdb_prepared_statement statement;
    duckdb_pending_result pending;
    duckdb_result result;
    uint64_t copied;
};

static void stop(struct query *q, int reason)
{
    int running = 0;
    atomic_compare_exchange_strong(&q->stopped, &running, reason);
}

static void look(struct query *q)
{
    if (q->deadline_mono_ns && clock_mono_ns() >= q->deadline_mono_ns)
        stop(q, ETIMEDOUT);
    if (q->options.gone && q->options.gone(q->options.arg))
        stop(q, ECANCELED);
}

static void wait_tick(struct query *q)
{
    int64_t until = clock_mono_ns() + WATCH_TICK_NS;
    if (q->deadline_mono_ns && q->deadline_mono_ns < until && !atomic_load(&q->stopped))
        until = q->deadline_mono_ns;
    struct timespec at = {until / NS_PER_S, until % NS_PER_S};
    pthread_cond_timedwait(&q->wake, &q->lock, &at);
}

/* Looks while the query's own thread may be deep inside DuckDB, and interrupts it there. An interrupt that arrives between
 * two statements is lost, so it is repeated until the query is closed. */
static void *watch(void *arg)
{
    struct query *q = arg;
    pthread_mutex_lock(&q->lock);
    while (!q->closing) {
        wait_tick(q);
        if (q->closing)
            break;
        look(q);
        if (atomic_load(&q->stopped))
            duckdb_interrupt(q->connection);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

static int watch_start(struct query *q, struct err *why)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&q->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&q->lock, NULL);
    int rc = pthread_create(&q->watcher, NULL, watch, q);
    if (rc)
        return err_set(why, EIO, "no thread for the query: %s; try again when fewer queries run", strerror(rc));
    q->watched = true;
    return 0;
}

static void watch_stop(struct query *q)
{
    pthread_mutex_lock(&q->lock);
    q->closing = true;
    pthread_cond_signal(&q->wake);
    pthread_mutex_unlock(&q->lock);
    if (q->watched)
        pthread_join(q->watcher, NULL);
    pthread_cond_destroy(&q->wake);
    pthread_mutex_destroy(&q->lock);
}

static int stop_error(struct query *q, struct err *why)
{
    err_clear(why);
    if (atomic_load(&q->stopped) == ETIMEDOUT)
        return err_set(why, ETIMEDOUT,
                       "the query was stopped: it took longer than its time-out of %g s; ask for less, or raise the time-out "
                       "(--timeout, and the agent's --query-timeout, which is the most)",
                       (double)q->options.timeout_ns / NS_PER_S);
    return err_set(why, ECANCELED, "the query was cancelled");
}

/* DuckDB's "Out of Memory Error: could not … (64.0 MiB/64.0 MiB used)" as the limit that was met and what can be done about it. */
static int memory_error(struct err *why)
{
    struct err met = *why;
    const char *cause = strstr(met.text, "Error: ");
    cause = cause ? cause + strlen("Error: ") : met.text;
    bool spilled = strstr(cause, "max_temp_directory_size");
    int n = (int)strcspn(cause, "\n");
    err_clear(why);
    return err_set(why, ENOMEM, "the query needs more %s: %.*s; filter, group or limit the rows, or start the agent with a larger %s",
                   spilled ? "temporary files than a quarter of the agent's --max-disk" : "memory than the agent's --memory-limit", n,
                   cause, spilled ? "--max-disk" : "--memory-limit");
}

/* DuckDB's error, or why the query was stopped when that was its cause. */
static int failed(struct query *q, duckdb_error_type type, const char *message, struct err *why)
{
    if (atomic_load(&q->stopped))
        return stop_error(q, why);
    int rc = duck_error(why, type, message);
    return rc == -ENOMEM ? memory_error(why) : rc;
}

static int prepare(struct query *q, const char *sql, struct err *why)
{
    if (duckdb_prepare(q->connection, sql, &q->statement) != DuckDBSuccess)
        return failed(q, DUCKDB_ERROR_INVALID, duckdb_prepare_error(q->statement), why);
    duckdb_statement_type type = duckdb_prepared_statement_type(q->statement);
    duckdb_statement_type expected = q->copies ? DUCKDB_STATEMENT_TYPE_COPY : DUCKDB_STATEMENT_TYPE_SELECT;
    if (type != expected && (q->copies || type != DUCKDB_STATEMENT_TYPE_EXPLAIN))
        return err_set(why, EPERM, "only statements that read are allowed");
    return 0;
}

/* The two words that duck_utc_now gives a meaning; most statements have neither. */
static bool mentions_now(const char *sql)
{
    return strcasestr(sql, "now") || strcasestr(sql, "current_timestamp");
}

static int begin(struct query *q, const char *sql, struct err *why)
{
    int rc = mentions_now(sql) ? duck_utc_now(q->connection, why) : 0;
    if (!rc)
        rc = duck_run(q->connection, "BEGIN TRANSACTION READ ONLY", why);
    if (rc)
        return rc;
    q->in_transaction = true;
    rc = prepare(q, sql, why);
    if (rc)
        return rc;
    if (duckdb_pending_prepared_streaming(q->statement, &q->pending) != DuckDBSuccess) {
        rc = failed(q, DUCKDB_ERROR_INVALID, duckdb_pending_error(q->pending), why);
        duckdb_destroy_pending(&q->pending);
        return rc;
    }
    q->has_pending = true;
    return 0;
}

/* The statement as DuckDB gets it; for Parquet inside COPY, whose text check_statement has proven to be one SELECT. */
static void compose(struct text *out, const char *sql, size_t n, const struct check_statement *s, const char *path)
{
    if (!path) {
        text_add(out, sql, n);
        return;
    }
    text_adds(out, "COPY (\n");
    text_add(out, sql + s->start, s->end - s->start);
    text_adds(out, "\n) TO '");
    for (const char *p = path; *p; p++)
        text_add(out, *p == '\'' ? "''" : p, *p == '\'' ? 2 : 1);
    text_adds(out, "' (FORMAT parquet, COMPRESSION zstd)");
}

static struct query *create(duckdb_connection connection, const struct query_options *options)
{
    struct query *q = calloc(1, sizeof *q);
    if (!q)
        return NULL;
    q->connection = connection;
    if (options)
        q->options = *options;
    if (q->options.timeout_ns)
        q->deadline_mono_ns = clock_mono_ns() + (int64_t)q->options.timeout_ns;
    return q;
}

static int open_with(duckdb_connection connection, const char *sql, size_t n, const char *path, const struct query_options *options,
                     struct query **out, struct err *why)
{
    struct check_statement statement;
    struct text text = {0};
    *out = NULL;
    int rc = check_statement(connection, sql, n, &statement, why);
    if (!rc && path && statement.explain)
        rc = err_set(why, EPERM, "EXPLAIN cannot be written as Parquet; ask for another format");
    if (rc)
        return rc;
    struct query *q = create(connection, options);
    if (!q)
        return err_set(why, ENOMEM, "out of memory");
    q->copies = path;
    compose(&text, sql, n, &statement, path);
    rc = watch_start(q, why);
    if (!rc)
        rc = text.full ? err_set(why, ENOMEM, "out of memory") : begin(q, text.bytes, why);
    text_free(&text);
    if (rc)
        query_close(q);
    else
        *out = q;
    return rc;
}

int query_open(duckdb_connection connection, const char *sql, size_t n, const struct query_options *options, struct query **out,
               struct err *why)
{
    return open_with(connection, sql, n, NULL, options, out, why);
}

int query_open_parquet(duckdb_connection connection, const char *sql, size_t n, const char *path, const struct query_options *options,
                       struct query **out, struct err *why)
{
    return open_with(connection, sql, n, path, options, out, why);
}

/* DuckDB's own threads have all the tasks there are. */
static void rest(void)
{
    nanosleep(&(struct timespec){.tv_nsec = NS_PER_MS / 4}, NULL);
}

/* Runs tasks until there is a first result, looking between them. */
static int start(struct query *q, struct err *why)
{
    duckdb_pending_state state;
    do {
        if (atomic_load(&q->stopped))
            return stop_error(q, why);
        state = duckdb_pending_execute_task(q->pending);
        if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE)
            rest();
    } while (!duckdb_pending_execution_is_finished(state) && state != DUCKDB_PENDING_ERROR);
    if (state == DUCKDB_PENDING_ERROR)
        return failed(q, DUCKDB_ERROR_INVALID, duckdb_pending_error(q->pending), why);
    q->has_result = true;
    if (duckdb_execute_pending(q->pending, &q->result) != DuckDBSuccess)
        return failed(q, duckdb_result_error_type(&q->result), duckdb_result_error(&q->result), why);
    return 0;
}

static void take_count(struct query *q, duckdb_data_chunk chunk)
{
    const int64_t *count = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
    if (duckdb_data_chunk_get_size(chunk) && count)
        q->copied += (uint64_t)*count;
}

static int fetch(struct query *q, duckdb_data_chunk *chunk, struct err *why)
{
    if (atomic_load(&q->stopped))
        return stop_error(q, why);
    *chunk = duckdb_fetch_chunk(q->result);
    if (*chunk)
        return 1;
    const char *message = duckdb_result_error(&q->result);
    return message && *message ? failed(q, duckdb_result_error_type(&q->result), message, why) : 0;
}

int query_next(struct query *q, duckdb_data_chunk *chunk, struct err *why)
{
    *chunk = NULL;
    if (!q->has_result) {
        int rc = start(q, why);
        if (rc)
            return rc;
    }
    int rc = fetch(q, chunk, why);
    while (rc == 1 && (q->copies || !duckdb_data_chunk_get_size(*chunk))) {
        if (q->copies)
            take_count(q, *chunk);
        duckdb_destroy_data_chunk(chunk);
        rc = fetch(q, chunk, why);
    }
    return rc;
}

duckdb_result *query_result(struct query *q)
{
    return &q->result;
}

uint64_t query_copied(const struct query *q)
{
    return q->copied;
}

void query_cancel(struct query *q)
{
    stop(q, ECANCELED);
    pthread_mutex_lock(&q->lock);
    pthread_cond_signal(&q->wake);
    pthread_mutex_unlock(&q->lock);
}

void query_close(struct query *q)
{
    if (!q)
        return;
    watch_stop(q);
    /* What is left of the query is run to its end before the next statement, unless it is interrupted: DuckDB forgets that only then. */
    if (q->has_pending)
        duckdb_interrupt(q->connection);
    if (q->has_result)
        duckdb_destroy_result(&q->result);
    if (q->has_pending)
        duckdb_destroy_pending(&q->pending);
    duckdb_destroy_prepare(&q->statement);
    if (q->in_transaction)
        duck_run(q->connection, "ROLLBACK", NULL);
    free(q);
}
