/* collectors/memory: records of kills become rows; what is not known stays NULL, what is not whole is refused. */
#include "agent/sink.h"
#include "collectors/memory/memory.h"
#include "collectors/memory/memory.wire.h"
#include "collectors/memory/rows.h"
#include "identity/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

struct fixture {
    struct collector_ctx ctx;
    struct sink *sink;
    struct batch *kills; /* the last batch of oom_kills */
};

static void keep_batch(void *arg, struct batch *b)
{
    struct fixture *f = arg;
    if (b->table != &table_oom_kills)
        return;
    batch_drop(f->kills);
    f->kills = batch_hold(b);
}

static void setup(struct fixture *f)
{
    struct err why = {0};
    *f = (struct fixture){0};
    struct sink_consumer consumer = {.consume = keep_batch, .arg = f};
    f->sink = sink_create(&consumer, 1, &why);
    assert_non_null(f->sink);
    f->ctx.sink = f->sink;
    f->ctx.identity = identity_create();
    assert_non_null(f->ctx.identity);
}

static void teardown(struct fixture *f)
{
    batch_drop(f->kills);
    sink_destroy(f->sink);
    identity_destroy(f->ctx.identity);
}

static size_t fixed_size(void)
{
    return offsetof(struct oom_record, path);
}

/* A kill in the cgroup /pods/small. */
static struct oom_record *kill_record(void)
{
    static const char path[] = "small\0pods\0"; /* and the empty name of the root */
    struct oom_record *e = calloc(1, sizeof *e);
    assert_non_null(e);
    e->h = (struct event_header){.kind = MEMORY_OOM, .boot_ns = 5000000000, .start_ns = 1000000000, .pid = 42, .tid = 43};
    e->trigger_pid = 7;
    e->trigger_start_ns = 2000000000;
    e->scope = OOM_CGROUP;
    e->limit_pages = 100;
    e->usage_pages = 99;
    e->sizes = (struct memory_sizes){.pages = {[PAGES_FILE] = 1, [PAGES_ANON] = 20, [PAGES_SWAP] = 300, [PAGES_SHMEM] = 4000},
                                     .table_bytes = 8192};
    e->score_adj = -500;
    e->sized = 1;
    memcpy(e->comm, "victim", 7);
    memcpy(e->trigger_comm, "trigger", 8);
    memcpy(e->path, path, sizeof path);
    e->path_size = sizeof path;
    e->h.size = (uint32_t)(fixed_size() + e->path_size);
    return e;
}

static void assert_text(const struct batch *b, size_t column, const char *expected)
{
    if (!expected) {
        assert_false(batch_is_valid(b, column, 0));
        return;
    }
    assert_true(batch_is_valid(b, column, 0));
    struct str s = b->columns[column].text[0];
    assert_int_equal(s.n, strlen(expected));
    assert_memory_equal(s.p, expected, s.n);
}

static void assert_u64(const struct batch *b, size_t column, uint64_t expected)
{
    assert_true(batch_is_valid(b, column, 0));
    assert_int_equal(b->columns[column].u64[0], expected);
}

static const struct batch *row_of(struct fixture *f, const struct oom_record *e)
{
    assert_true(memory_take_record(&f->ctx, e, e->h.size));
    sink_publish(f->sink);
    assert_non_null(f->kills);
    assert_int_equal(f->kills->rows, 1);
    return f->kills;
}

static void a_kill_is_a_row(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    struct oom_record *e = kill_record();
    const struct batch *b = row_of(&f, e);
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    assert_int_equal(b->columns[OOM_KILL_PID].u32[0], 42);
    assert_u64(b, OOM_KILL_PROCESS_KEY, identity_key(42, 1000000000));
    assert_text(b, OOM_KILL_COMM, "victim");
    assert_text(b, OOM_KILL_SCOPE, "cgroup");
    assert_text(b, OOM_KILL_CGROUP, "/pods/small");
    assert_u64(b, OOM_KILL_LIMIT, 100 * page);
    assert_u64(b, OOM_KILL_USAGE, 99 * page);
    assert_int_equal(b->columns[OOM_KILL_SCORE_ADJ].i32[0], -500);
    assert_u64(b, OOM_KILL_RSS, 4021 * page);
    assert_u64(b, OOM_KILL_ANON, 20 * page);
    assert_u64(b, OOM_KILL_FILE, 1 * page);
    assert_u64(b, OOM_KILL_SHMEM, 4000 * page);
    assert_u64(b, OOM_KILL_SWAP, 300 * page);
    assert_u64(b, OOM_KILL_PAGE_TABLES, 8192);
    assert_int_equal(b->columns[OOM_KILL_TRIGGER_PID].u32[0], 7);
    assert_u64(b, OOM_KILL_TRIGGER_KEY, identity_key(7, 2000000000));
    assert_text(b, OOM_KILL_TRIGGER_COMM, "trigger");
    free(e);
    teardown(&f);
}

static const struct {
    uint32_t scope;
    const char *word;
} scopes[] = {{OOM_SYSTEM, "system"}, {OOM_CPUSET, "cpuset"}, {OOM_MEMPOLICY, "mempolicy"}, {OOM_UNKNOWN, NULL}, {99, NULL}};

static void scopes_without_a_cgroup(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        struct fixture f;
        setup(&f);
        struct oom_record *e = kill_record();
        e->scope = scopes[i].scope;
        e->path_size = 0;
        e->h.size = (uint32_t)fixed_size();
        const struct batch *b = row_of(&f, e);
        assert_text(b, OOM_KILL_SCOPE, scopes[i].word);
        assert_text(b, OOM_KILL_CGROUP, NULL);
        assert_false(batch_is_valid(b, OOM_KILL_LIMIT, 0));
        assert_false(batch_is_valid(b, OOM_KILL_USAGE, 0));
        free(e);
        teardown(&f);
    }
}

/* The machine's root has no limit; the kernel writes the largest number of pages that an address can have. */
static void no_limit_is_null(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    struct oom_record *e = kill_record();
    e->limit_pages = (uint64_t)INT64_MAX / (uint64_t)sysconf(_SC_PAGESIZE);
    const struct batch *b = row_of(&f, e);
    assert_false(batch_is_valid(b, OOM_KILL_LIMIT, 0));
    assert_true(batch_is_valid(b, OOM_KILL_USAGE, 0));
    free(e);
    teardown(&f);
}

/* Of an old kernel's tracepoint: the pid stands for the process that has it. */
static void a_pid_alone_finds_its_process(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    struct process *p = identity_add(f.ctx.identity, 42, 1000000000);
    assert_non_null(p);
    memcpy(p->comm, "known", 6);
    struct oom_record *e = kill_record();
    e->h.start_ns = 0;
    e->sized = 0;
    const struct batch *b = row_of(&f, e);
    assert_text(b, OOM_KILL_COMM, "known");
    assert_u64(b, OOM_KILL_PROCESS_KEY, identity_key(42, 1000000000));
    assert_false(batch_is_valid(b, OOM_KILL_RSS, 0));
    assert_false(batch_is_valid(b, OOM_KILL_SCORE_ADJ, 0));
    free(e);
    teardown(&f);
}

static void what_is_not_whole_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    struct oom_record *e = kill_record();
    size_t size = e->h.size;
    assert_false(memory_take_record(&f.ctx, e, fixed_size() - 1));
    assert_false(memory_take_record(&f.ctx, e, size - 1)); /* not what the head says */
    e->h.kind = 0;
    assert_false(memory_take_record(&f.ctx, e, size));
    e->h.kind = MEMORY_OOM;
    e->path_size++;
    assert_false(memory_take_record(&f.ctx, e, size));
    e->path_size = UINT32_MAX;
    assert_false(memory_take_record(&f.ctx, e, size));
    sink_publish(f.sink);
    assert_null(f.kills);
    free(e);
    teardown(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kill_is_a_row),
        cmocka_unit_test(scopes_without_a_cgroup),
        cmocka_unit_test(no_limit_is_null),
        cmocka_unit_test(a_pid_alone_finds_its_process),
        cmocka_unit_test(what_is_not_whole_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
