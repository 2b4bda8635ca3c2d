/* What the store costs while little happens: TABLES tables of 24 columns, each of which gets a batch of five rows a second.
 *   bench_trickle EMPTY_DIR [SECONDS] [TABLES]
 * Prints the process's CPU in percent of a core and its RSS, then how long questions take while rows wait (open, ask, close). */
#include "base/clock.h"
#include "store/reader.h"
#include "store/store.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS = 24, ROWS = 5, TABLES_MAX = 64, QUESTIONS = 25 };

static struct column columns[COLUMNS];
static char names[COLUMNS][16], table_names[TABLES_MAX][16];
static struct table tables[TABLES_MAX];
static const struct table *list[TABLES_MAX];
static struct batch_pool *pools[TABLES_MAX];

static void declare(size_t n)
{
    columns[0] = (struct column)COLUMN_TIME("when");
    for (size_t i = 1; i < COLUMNS; i++) {
        snprintf(names[i], sizeof names[i], "c%zu", i);
        columns[i] = (struct column){names[i], i % 3 ? TYPE_U64 : TYPE_TEXT, ROLE_MEASURE, NULL, "a figure"};
    }
    for (size_t i = 0; i < n; i++) {
        snprintf(table_names[i], sizeof table_names[i], "t%zu", i);
        tables[i] = (struct table){table_names[i], "a table", columns, COLUMNS};
        list[i] = &tables[i];
        pools[i] = batch_pool_create(&tables[i], 8);
    }
}

static void put(struct store *s, size_t table, uint64_t seed)
{
    struct batch *b = batch_take(pools[table]);
    for (uint64_t row = 0; row < ROWS; row++) {
        batch_add_row(b);
        batch_set_time(b, 0, clock_utc_ns());
        for (size_t i = 1; i < COLUMNS; i++)
            if (i % 3)
                batch_set_u64(b, i, seed * row + i);
            else
                batch_set_text(b, i, "a text of some length", 21);
    }
    store_consume(s, b);
    batch_drop(b);
}

static void second(struct store *s, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) { /* as in the agent: they come in a few groups */
        put(s, i, seed);
        if (i % 4 == 3)
            usleep(200000);
    }
    usleep(1000000 - (useconds_t)(n / 4) * 200000 % 1000000);
}

static double ask(struct store *s, const char *sql)
{
    struct store_reader *r;
    struct err why = {0};
    duckdb_result result;
    int64_t start = clock_mono_ns();
    if (store_reader_open(s, sql, strlen(sql), &r, &why) || duckdb_query(store_reader_connection(r), sql, &result) == DuckDBError)
        exit(1);
    duckdb_destroy_result(&result);
    store_reader_close(r);
    return (double)(clock_mono_ns() - start) / 1e6;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void questions(struct store *s, size_t n, const char *sql)
{
    double ms[QUESTIONS];
    for (int i = 0; i < QUESTIONS; i++) {
        for (size_t k = 0; k < n; k++)
            put(s, k, (uint64_t)i);
        usleep(100000);
        ms[i] = ask(s, sql);
    }
    qsort(ms, QUESTIONS, sizeof *ms, by_size);
    printf("%s: median %.2f ms, least %.2f, worst %.2f\n", sql, ms[QUESTIONS / 2], ms[0], ms[QUESTIONS - 1]);
}

static void say_memory(void)
{
    char line[256];
    FILE *f = fopen("/proc/self/smaps_rollup", "r");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "Rss:", 4) || !strncmp(line, "Pss:", 4))
            fputs(line, stdout);
    if (f)
        fclose(f);
}

int main(int argc, char **argv)
{
    struct err why = {0};
    unsigned seconds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : 60;
    size_t n = argc > 3 ? strtoul(argv[3], NULL, 0) : 8;
    if (argc < 2 || n > TABLES_MAX) {
        fprintf(stderr, "bench_trickle EMPTY_DIR [SECONDS] [TABLES]\n");
        return 2;
    }
    declare(n);
    struct store_options options = {
        .dir = argv[1],
        .retention_ns = 86400ULL * NS_PER_S,
        .max_disk_bytes = 2ULL << 30,
        .segment_ns = 3600ULL * NS_PER_S,
        .memory_limit_bytes = 256 << 20,
        .queue_ceiling_bytes = 64 << 20,
        .tables = list,
        .n_tables = n,
    };
    struct store *s = store_open(&options, NULL, &why);
    if (!s) {
        fprintf(stderr, "bench_trickle: %s\n", why.text);
        return 1;
    }
    second(s, n, 0);
    int64_t start = clock_mono_ns(), cpu = clock_cpu_ns();
    for (unsigned i = 0; i < seconds; i++)
        second(s, n, i);
    printf("%zu tables, %u s: %.3f %% of a core\n", n, seconds, (double)(clock_cpu_ns() - cpu) * 100 / (double)(clock_mono_ns() - start));
    say_memory();
    questions(s, n, "SELECT 1");
    questions(s, n, "SELECT count(*), max(time) FROM t3");
    store_close(s);
    for (size_t i = 0; i < n; i++)
        batch_pool_destroy(pools[i]);
    return 0;
}
