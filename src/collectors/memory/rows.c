#include "collectors/memory/rows.h"

#include "base/clock.h"
#include "collectors/memory/memory.h"
#include "collectors/memory/memory.wire.h"
#include "collectors/sink.h"
#include "table/histogram.h"

#include <string.h>
#include <unistd.h>

struct turn {
    struct collector_ctx *ctx;
    const struct tally *tally;
};

uint64_t memory_bytes_of(uint64_t pages)
{
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void memory_set_sizes(struct batch *b, size_t first_column, const struct memory_sizes *sizes)
{
    const __u64 *pages = sizes->pages;
    const uint64_t bytes[] = {memory_bytes_of(pages[PAGES_FILE] + pages[PAGES_ANON] + pages[PAGES_SHMEM]),
                              memory_bytes_of(pages[PAGES_ANON]),
                              memory_bytes_of(pages[PAGES_FILE]),
                              memory_bytes_of(pages[PAGES_SHMEM]),
                              memory_bytes_of(pages[PAGES_SWAP]),
                              sizes->table_bytes};
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++)
        batch_set_u64(b, first_column + i, bytes[i]);
}

/* ---- processes ---- */

static void sum_process(struct memory_value *sum, const void *const *values, size_t n)
{
    *sum = (struct memory_value){0};
    for (size_t i = 0; i < n; i++) {
        const struct memory_value *v = values[i];
        sum->minor += v->minor;
        sum->major += v->major;
        sum->marks |= v->marks;
        memcpy(sum->comm, v->comm, sizeof sum->comm);
        if (v->sized_ns > sum->sized_ns) {
            sum->sizes = v->sizes;
            sum->sized_ns = v->sized_ns;
        }
    }
}

static void add_process(void *arg, const void *key_, const void *const *values, size_t n)
{
    const struct turn *turn = arg;
    const struct memory_key *key = key_;
    struct memory_value v;
    struct batch *b = sink_row(turn->ctx->sink, &table_memory_processes);
    if (!b)
        return;
    sum_process(&v, values, n);
    batch_set_time(b, MEMORY_PROCESS_TIME, clock_boot_to_utc(turn->tally->ended_ns));
    identity_fill_named(turn->ctx->identity, b, MEMORY_PROCESS_PID, key->pid, key->start_ns, v.comm);
    batch_set_i64(b, MEMORY_PROCESS_INTERVAL, turn->tally->ended_ns - turn->tally->begun_ns);
    if (!(v.marks & MEMORY_FOUND)) {
        batch_set_u64(b, MEMORY_PROCESS_MINOR, v.minor);
        batch_set_u64(b, MEMORY_PROCESS_MAJOR, v.major);
    }
    if (v.sized_ns && !(v.marks & MEMORY_ENDED))
        memory_set_sizes(b, MEMORY_PROCESS_RSS, &v.sizes);
}

/* ---- stalls ---- */

static const char *stall_word(uint32_t stall)
{
    static const char *const words[STALL_COUNT] = {
        [STALL_DIRECT] = "direct_reclaim", [STALL_CGROUP] = "cgroup_reclaim", [STALL_COMPACTION] = "compaction"};
    return stall < STALL_COUNT ? words[stall] : "unknown";
}

static void add_stall(void *arg, const void *key_, const void *const *values, size_t n)
{
    const struct turn *turn = arg;
    const struct stall_key *key = key_;
    uint64_t stalls = 0, total_ns = 0, max_ns = 0, pages = 0, duration[HISTOGRAM_BUCKETS] = {0};
    const char *comm = "";
    for (size_t i = 0; i < n; i++) {
        const struct stall_value *v = values[i];
        stalls += v->stalls;
        total_ns += v->total_ns;
        max_ns = v->max_ns > max_ns ? v->max_ns : max_ns;
        pages += v->reclaimed_pages;
        histogram_sum(duration, v->duration.counts);
        comm = v->comm;
    }
    struct batch *b = sink_row(turn->ctx->sink, &table_memory_stalls);
    if (!b)
        return;
    batch_set_time(b, MEMORY_STALL_TIME, clock_boot_to_utc(turn->tally->ended_ns));
    identity_fill_named(turn->ctx->identity, b, MEMORY_STALL_PID, key->pid, key->start_ns, comm);
    batch_set_static(b, MEMORY_STALL_KIND, stall_word(key->stall));
    batch_set_i64(b, MEMORY_STALL_INTERVAL, turn->tally->ended_ns - turn->tally->begun_ns);
    batch_set_u64(b, MEMORY_STALL_STALLS, stalls);
    batch_set_histogram(b, MEMORY_STALL_NS, duration, HISTOGRAM_BUCKETS);
    batch_set_u64(b, MEMORY_STALL_TOTAL, total_ns);
    batch_set_u64(b, MEMORY_STALL_MAX, max_ns);
    if (key->stall != STALL_COMPACTION)
        batch_set_u64(b, MEMORY_STALL_RECLAIMED, memory_bytes_of(pages));
}

/* ---- turns ---- */

static void turn(struct collector_ctx *ctx, struct tally *t, tally_fn fn, const char *place, int64_t now_boot_ns)
{
    struct turn turn = {ctx, t};
    int rc = tally_turn(t, now_boot_ns, fn, &turn);
    if (rc)
        sink_loss(ctx->sink, place, strerror(-rc), SINK_UNKNOWN);
}

void memory_turn_processes(struct collector_ctx *ctx, struct tally *t, int64_t now_boot_ns)
{
    turn(ctx, t, add_process, "memory: map of processes", now_boot_ns);
}

void memory_turn_stalls(struct collector_ctx *ctx, struct tally *t, int64_t now_boot_ns)
{
    turn(ctx, t, add_stall, "memory: map of stalls", now_boot_ns);
}
