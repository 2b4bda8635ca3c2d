/* What the tests of the store share: a store in a directory of its own, rows with consecutive ids, questions with one answer. */
#pragma once
#include "base/clock.h"
#include "base/text.h"
#include "store/reader.h"
#include "store/store.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { F_TIME, F_ID, F_PATH };
static const struct column fixture_columns[] = {
    [F_TIME] = COLUMN_TIME("when"),
    [F_ID] = {"id", TYPE_U64, ROLE_IDENTITY, NULL, "consecutive"},
    [F_PATH] = {"path", TYPE_TEXT, ROLE_DIMENSION, NULL, "hard to compress when asked for"},
};
static const struct table fixture_table = TABLE("ops", "rows of a test", fixture_columns);
static const struct table *const fixture_tables[] = {&fixture_table};

struct fixture {
    char dir[256];
    struct store_options options;
    struct store_recovery recovery;
    struct store *s;
    struct batch_pool *pool;
    uint64_t next_id;
    uint64_t refused, lost; /* rows that consume turned away; rows that take_losses told of */
};

static inline int fixture_unlink(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static inline void fixture_remove(const char *dir)
{
    nftw(dir, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static inline struct fixture fixture_make(const char *dir) /* NULL: a new one in /tmp */
{
    struct fixture f = {
        .options = {.retention_ns = 86400ULL * NS_PER_S,
                    .max_disk_bytes = 1ULL << 30,
                    .segment_ns = 3600ULL * NS_PER_S,
                    .memory_limit_bytes = 128 << 20,
                    .queue_ceiling_bytes = 64 << 20,
                    .tables = fixture_tables,
                    .n_tables = 1},
        .pool = batch_pool_create(&fixture_table, 16),
    };
    snprintf(f.dir, sizeof f.dir, "%s", dir ? dir : "/tmp/sonde-store-XXXXXX");
    if (!dir)
        assert_non_null(mkdtemp(f.dir));
    return f;
}

static inline void fixture_open(struct fixture *f)
{
    struct err why = {0};
    f->options.dir = f->dir;
    f->s = store_open(&f->options, &f->recovery, &why);
    if (!f->s)
        print_error("%s\n", why.text);
    assert_non_null(f->s);
}

static inline void fixture_close(struct fixture *f)
{
    store_close(f->s);
    f->s = NULL;
}

static inline void fixture_end(struct fixture *f)
{
    fixture_close(f);
    batch_pool_destroy(f->pool);
    fixture_remove(f->dir);
}

/* Queues n rows with the next ids; each path ends with noise_bytes of noise in hexadecimal. */
static inline void fixture_put(struct fixture *f, uint64_t n, unsigned noise_bytes)
{
    char path[4200];
    while (n) {
        struct batch *b = batch_take(f->pool);
        assert_non_null(b);
        for (; n && b->rows < BATCH_ROWS; n--) {
            int length = snprintf(path, sizeof path, "/srv/%llu/", (unsigned long long)f->next_id);
            for (unsigned i = 0; i < noise_bytes; i += 4)
                length += snprintf(path + length, sizeof path - (size_t)length, "%08lx", (unsigned long)random());
            batch_add_row(b);
            batch_set_time(b, F_TIME, clock_utc_ns());
            batch_set_u64(b, F_ID, f->next_id++);
            batch_set_text(b, F_PATH, path, (size_t)length);
        }
        if (!store_consume(f->s, b))
            f->refused += b->rows;
        batch_drop(b);
    }
}

static inline void fixture_flush(struct fixture *f)
{
    assert_int_equal(store_flush(f->s, 30000), 0);
}

static inline void fixture_count_loss(void *arg, const char *reason, uint64_t rows)
{
    struct fixture *f = arg;
    assert_true(*reason);
    f->lost += rows;
}

/* The first value of the answer as text ("NULL"), or "error: …". Valid until the next call. */
static inline const char *ask(struct store *s, const char *sql)
{
    static char answer[4096];
    struct store_reader *r;
    struct err why = {0};
    if (store_reader_open(s, sql, strlen(sql), &r, &why)) {
        snprintf(answer, sizeof answer, "error: %s", why.text);
        return answer;
    }
    duckdb_result result;
    if (duckdb_query(store_reader_connection(r), sql, &result) == DuckDBError) {
        snprintf(answer, sizeof answer, "error: %s", duckdb_result_error(&result));
    } else {
        char *value = duckdb_row_count(&result) ? duckdb_value_varchar(&result, 0, 0) : NULL;
        snprintf(answer, sizeof answer, "%s", value ? value : "NULL");
        duckdb_free(value);
    }
    duckdb_destroy_result(&result);
    store_reader_close(r);
    return answer;
}

static inline uint64_t ask_number(struct store *s, const char *sql)
{
    const char *answer = ask(s, sql);
    char *end;
    uint64_t n = strtoull(answer, &end, 10);
    if (end == answer || *end)
        print_error("%s\n-> %s\n", sql, answer);
    assert_true(end != answer && !*end);
    return n;
}

static inline struct store_table_stats fixture_stats(struct fixture *f)
{
    struct store_table_stats t;
    assert_int_equal(store_table_stats(f->s, &t, 1), 1);
    return t;
}

static inline bool fixture_degraded(struct fixture *f)
{
    struct store_stats stats;
    store_stats(f->s, &stats);
    return stats.degraded;
}

/* Waits for a condition; the generous limit only ends a test that would hang. */
#define AWAIT(condition)                                                                                                                   \
    do {                                                                                                                                   \
        int64_t await_until = clock_mono_ns() + 60LL * NS_PER_S;                                                                           \
        while (!(condition)) {                                                                                                             \
            if (clock_mono_ns() > await_until)                                                                                             \
                fail_msg("never: %s", #condition);                                                                                         \
            usleep(10000);                                                                                                                 \
        }                                                                                                                                  \
    } while (0)
