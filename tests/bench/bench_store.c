/* How many rows a second the store takes: a table of ten columns with paths, fed in full batches from memory.
 *   bench_store DIR [ROWS] [PAUSE_US]
 * Prints rows/s (until everything is committed), CPU seconds, peak RSS, bytes on disk. */
#include "base/clock.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { C_TIME, C_PID, C_UID, C_COMM, C_PATH, C_OP, C_LATENCY, C_BYTES, C_ERRNO, C_OK };
static const struct column columns[] = {
    [C_TIME] = COLUMN_TIME("when"),
    [C_PID] = {"pid", TYPE_U32, ROLE_IDENTITY, NULL, "process"},
    [C_UID] = {"uid", TYPE_U32, ROLE_IDENTITY, NULL, "user"},
    [C_COMM] = {"comm", TYPE_TEXT, ROLE_IDENTITY, NULL, "name"},
    [C_PATH] = {"path", TYPE_TEXT, ROLE_DIMENSION, NULL, "path"},
    [C_OP] = {"op", TYPE_TEXT, ROLE_DIMENSION, NULL, "operation"},
    [C_LATENCY] = {"latency_ns", TYPE_U64, ROLE_MEASURE, "ns", "latency"},
    [C_BYTES] = {"bytes", TYPE_I64, ROLE_MEASURE, "bytes", "bytes"},
    [C_ERRNO] = {"errno", TYPE_I32, ROLE_DIMENSION, NULL, "error"},
    [C_OK] = {"ok", TYPE_BOOL, ROLE_DIMENSION, NULL, "success"},
};
static const struct table table = TABLE("bench_ops", "rows of the benchmark", columns);
static const struct table *const tables[] = {&table};

static void fill(struct batch *b, uint64_t first)
{
    char path[64], comm[16];
    int64_t now = clock_utc_ns();
    for (uint64_t i = first; i < first + BATCH_ROWS; i++) {
        uint64_t random = i * 0x9e3779b97f4a7c15ULL >> 32;
        int n = snprintf(path, sizeof path, "/var/lib/app/data/%05u/%06u", (unsigned)(random % 500), (unsigned)(random % 5000));
        int m = snprintf(comm, sizeof comm, "worker-%u", (unsigned)(random % 64));
        batch_add_row(b);
        batch_set_time(b, C_TIME, now + (int64_t)i);
        batch_set_u32(b, C_PID, (uint32_t)(random % 4096));
        batch_set_u32(b, C_UID, 1000);
        batch_set_text(b, C_COMM, comm, (size_t)m);
        batch_set_text(b, C_PATH, path, (size_t)n);
        batch_set_static(b, C_OP, "open");
        batch_set_u64(b, C_LATENCY, random % 100000);
        batch_set_i64(b, C_BYTES, (int64_t)(random % 65536));
        batch_set_i32(b, C_ERRNO, 0);
        batch_set_bool(b, C_OK, true);
    }
}

static void say_loss(void *arg, const char *reason, uint64_t rows)
{
    (void)arg;
    printf("lost %llu: %s\n", (unsigned long long)rows, reason);
}

static void report(struct store *s, double seconds, double cpu, uint64_t rows)
{
    struct store_stats stats;
    struct rusage use;
    store_stats(s, &stats);
    getrusage(RUSAGE_SELF, &use);
    printf("%llu rows in %.2f s: %.0f rows/s, CPU %.2f s, peak RSS %ld MB, disk %.1f MB\n", (unsigned long long)rows, seconds,
           (double)rows / seconds, cpu, use.ru_maxrss / 1024, (double)stats.disk_bytes / 1e6);
    store_take_losses(s, say_loss, NULL);
}

enum { RING = 64 };

int main(int argc, char **argv)
{
    struct err why = {0};
    struct store_recovery recovery;
    uint64_t rows = argc > 2 ? strtoull(argv[2], NULL, 0) : 3000000, sent = 0;
    struct store_options options = {
        .dir = argc > 1 ? argv[1] : ".",
        .retention_ns = 86400ULL * NS_PER_S,
        .max_disk_bytes = 2ULL << 30,
        .segment_ns = 3600ULL * NS_PER_S,
        .memory_limit_bytes = 128 << 20,
        .queue_ceiling_bytes = 64 << 20,
        .tables = tables,
        .n_tables = 1,
    };
    struct store *s = store_open(&options, &recovery, &why);
    if (!s) {
        fprintf(stderr, "bench_store: %s\n", why.text);
        return 1;
    }
    struct batch_pool *pool = batch_pool_create(&table, RING);
    struct batch *ring[RING];
    for (int i = 0; i < RING; i++)
        fill(ring[i] = batch_take(pool), (uint64_t)i * BATCH_ROWS);
    int64_t start = clock_mono_ns(), cpu = clock_cpu_ns();
    for (int i = 0; sent < rows; i = (i + 1) % RING) {
        struct store_stats stats;
        for (store_stats(s, &stats); stats.queued_bytes > 32 << 20; store_stats(s, &stats))
            usleep(500);
        sent += ring[i]->rows;
        store_consume(s, ring[i]);
    }
    store_flush(s, 60000);
    report(s, (double)(clock_mono_ns() - start) / NS_PER_S, (double)(clock_cpu_ns() - cpu) / NS_PER_S, sent);
    for (int i = 0; i < RING; i++)
        batch_drop(ring[i]);
    batch_pool_destroy(pool);
    store_close(s);
    return 0;
}
