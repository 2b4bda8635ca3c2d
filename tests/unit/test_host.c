/* collectors/host: its parsers on recorded texts, its rows on this machine. */
#include "base/clock.h"
#include "collectors/collector.h"
#include "collectors/host/host.h"
#include "collectors/host/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SPAN(s)  span_of(s, sizeof(s) - 1)

static char recorded_bytes[16384];

/* A text of tests/data/proc. */
static struct span recorded(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "tests/data/proc/%s", name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(recorded_bytes, 1, sizeof recorded_bytes, f);
    fclose(f);
    assert_in_range(n, 1, sizeof recorded_bytes - 1);
    return span_of(recorded_bytes, n);
}

static bool named(struct span text, const char *wanted, uint64_t *v)
{
    struct span line, name;
    while (span_line(&text, &line))
        if (parse_named_value(line, &name, v) && span_is(name, wanted))
            return true;
    return false;
}

static void stat_is_parsed(void **state)
{
    (void)state;
    static const struct cpu_line want[] = {{CPU_ALL, {179162, 752, 50310, 465907, 2562, 0, 413, 8351}},
                                           {0, {90703, 228, 26890, 231435, 306, 0, 50, 4163}},
                                           {1, {88458, 523, 23419, 234471, 2256, 0, 363, 4187}}};
    struct span text = recorded("stat"), line;
    struct stat_counts counts = {0};
    struct cpu_line cpu;
    size_t cpus = 0;
    while (span_line(&text, &line)) {
        parse_stat_line(line, &counts);
        if (!parse_cpu_line(line, &cpu))
            continue;
        assert_in_range(cpus, 0, COUNT(want) - 1);
        assert_int_equal(cpu.cpu, want[cpus].cpu);
        assert_memory_equal(cpu.ticks, want[cpus].ticks, sizeof cpu.ticks);
        cpus++;
    }
    assert_int_equal(cpus, COUNT(want));
    assert_int_equal(counts.context_switches, 6990419);
    assert_int_equal(counts.interrupts, 2706399);
    assert_int_equal(counts.softirqs, 678099);
    assert_int_equal(counts.forks, 91608);
    assert_int_equal(counts.running, 9);
    assert_int_equal(counts.blocked, 0);
}

static void strange_cpu_lines_are_refused(void **state)
{
    (void)state;
    static const char *const lines[] = {"", "cpu", "cpu 1 2 3", "cpux 1 2 3 4 5 6 7 8", "cpu0x 1 2 3 4 5 6 7 8", "cpu9999 1 2 3 4 5 6 7 8",
                                        "c"};
    struct cpu_line cpu;
    for (size_t i = 0; i < COUNT(lines); i++)
        assert_false(parse_cpu_line(span_of(lines[i], strlen(lines[i])), &cpu));
    assert_true(parse_cpu_line(SPAN("cpu7 1 2 3 4 5 6 7 8 9 10"), &cpu));
    assert_int_equal(cpu.cpu, 7);
    assert_int_equal(cpu.ticks[CPU_STEAL], 8);
}

static void load_is_parsed(void **state)
{
    (void)state;
    struct load load;
    assert_true(parse_load(SPAN("0.27 12.10 107.07 3/89 5904\n"), &load));
    assert_true(load.load[0] == 0.27); /* the very double, so that it prints as 0.27 */
    assert_float_equal(load.load[1], 12.1, 1e-9);
    assert_float_equal(load.load[2], 107.07, 1e-9);
    assert_int_equal(load.running, 3);
    assert_int_equal(load.tasks, 89);
    assert_true(parse_load(recorded("loadavg"), &load));
    assert_false(parse_load(SPAN("0.27 0.10"), &load));
    assert_false(parse_load(SPAN("0.27 0.10 0.07 1"), &load));
    assert_false(parse_load(SPAN(""), &load));
}

static void memory_is_parsed(void **state)
{
    (void)state;
    uint64_t v;
    assert_true(named(recorded("meminfo"), "MemTotal", &v));
    assert_int_equal(v, 24684092ULL * 1024);
    assert_true(named(recorded("meminfo"), "HugePages_Total", &v));
    assert_int_equal(v, 0);
    assert_true(named(recorded("vmstat"), "pgmajfault", &v));
    assert_in_range(v, 1, 1000000);
    assert_false(named(recorded("vmstat"), "pgmajfaul", &v));
    assert_false(named(SPAN("MemTotal:\n:\n\nMemTotal: kB\n"), "MemTotal", &v));
}

static void pressure_is_parsed(void **state)
{
    (void)state;
    struct pressure p[PRESSURE_KINDS];
    parse_pressure(SPAN("some avg10=3.05 avg60=1.29 avg300=0.49 total=18392969\nfull avg10=2.89 avg60=1.21 avg300=100.00 total=7\n"), p);
    assert_true(p[PRESSURE_SOME].present && p[PRESSURE_FULL].present);
    assert_float_equal(p[PRESSURE_SOME].average[0], 3.05, 1e-9);
    assert_int_equal(p[PRESSURE_SOME].stall_ns, 18392969000);
    assert_float_equal(p[PRESSURE_FULL].average[2], 100, 1e-9);
    assert_int_equal(p[PRESSURE_FULL].stall_ns, 7000);
    parse_pressure(SPAN("full avg10=0.00 avg60=0.00 avg300=0.00 total=0"), p); /* irq has no "some" */
    assert_true(!p[PRESSURE_SOME].present && p[PRESSURE_FULL].present);
    parse_pressure(SPAN("some avg10=0.00 avg60=0.00 total=0\nfull\nsome avg10=x"), p);
    assert_true(!p[PRESSURE_SOME].present && !p[PRESSURE_FULL].present);
    parse_pressure(recorded("pressure-io"), p);
    assert_true(p[PRESSURE_SOME].present && p[PRESSURE_FULL].present);
}

static const struct {
    const char *line, *name; /* NULL: refused */
    uint64_t first, last;
} nets[] = {
    {"  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "eth0", 1, 16},
    {"eth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "eth0", 1, 16},
    {"eth0:1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "eth0:1", 1, 16},
    {"Inter-|   Receive                            |  Transmit", NULL, 0, 0},
    {" face |bytes    packets errs drop fifo frame compressed multicast|bytes", NULL, 0, 0},
    {"eth0: 1 2 3", NULL, 0, 0},
    {": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", NULL, 0, 0},
    {"", NULL, 0, 0},
};

static void networks_are_parsed(void **state)
{
    (void)state;
    struct span name, text = recorded("net-dev"), line;
    uint64_t counts[NET_COUNTS];
    for (size_t i = 0; i < COUNT(nets); i++) {
        assert_int_equal(parse_net_line(span_of(nets[i].line, strlen(nets[i].line)), &name, counts), nets[i].name != NULL);
        if (!nets[i].name)
            continue;
        assert_true(span_is(name, nets[i].name));
        assert_int_equal(counts[NET_RX_BYTES], nets[i].first);
        assert_int_equal(counts[NET_TX_COMPRESSED], nets[i].last);
    }
    size_t found = 0;
    while (span_line(&text, &line))
        found += parse_net_line(line, &name, counts);
    assert_int_equal(found, 4);
}

static void disks_are_parsed(void **state)
{
    (void)state;
    struct span text = recorded("diskstats"), line;
    struct disk_line d;
    size_t found = 0;
    while (span_line(&text, &line)) {
        assert_true(parse_disk_line(line, &d));
        found++;
        if (span_is(d.name, "nvme0n1")) {
            assert_int_equal(d.n, DISK_COUNTS);
            assert_int_equal(d.counts[DISK_READ_SECTORS], 2048);
            assert_int_equal(d.counts[DISK_FLUSH_MS], 9);
        }
        if (span_is(d.name, "sda")) { /* an old kernel's line */
            assert_int_equal(d.n, DISK_COUNTS_MIN);
            assert_int_equal(d.counts[DISK_QUEUE_MS], 3);
        }
    }
    assert_int_equal(found, 13);
    assert_false(parse_disk_line(SPAN("8 0 sda 1 2 3"), &d));
    assert_false(parse_disk_line(SPAN("8 0"), &d));
    assert_false(parse_disk_line(SPAN(""), &d));
}

static void real_mounts_are_told(void **state)
{
    (void)state;
    static const char *const want[] = {"/", "/srv/data", "/mnt/with space", "/home", "/var", "/tank/db"};
    struct span text = recorded("mountinfo"), line;
    struct span_mount m;
    char point[64];
    size_t found = 0;
    while (span_line(&text, &line))
        if (span_mount(line, &m) && mount_is_real(&m)) {
            assert_in_range(found, 0, COUNT(want) - 1);
            assert_true(span_unescape(m.point, point, sizeof point));
            assert_string_equal(point, want[found++]);
        }
    assert_int_equal(found, COUNT(want));
}

static void items_come_and_go(void **state)
{
    (void)state;
    struct thing {
        struct host_name name;
        int value;
    };
    struct host_items list = {.item_size = sizeof(struct thing)};
    host_items_begin(&list);
    struct thing *a = host_items_get(&list, SPAN("a"));
    a->value = 1;
    assert_false(a->name.known);
    assert_null(host_items_get(&list, SPAN("a"))); /* twice in one reading */
    assert_null(host_items_get(&list, SPAN("")));
    char name[HOST_NAME + 1] = {0};
    for (int i = 0; i < HOST_NAME; i++)
        name[i] = 'x';
    assert_null(host_items_get(&list, span_of(name, HOST_NAME)));
    for (int i = 0; i < 100; i++) {
        int n = snprintf(name, sizeof name, "item%d", i);
        assert_non_null(host_items_get(&list, span_of(name, (size_t)n)));
    }
    host_items_end(&list);
    assert_int_equal(list.count, 101);
    host_items_begin(&list);
    assert_non_null(host_items_get(&list, SPAN("item99")));
    a = host_items_get(&list, SPAN("a"));
    assert_true(a->name.known);
    assert_int_equal(a->value, 1);
    host_items_end(&list);
    assert_int_equal(list.count, 2);
    host_items_begin(&list);
    struct thing *back = host_items_get(&list, SPAN("item50"));
    assert_false(back->name.known);
    host_items_free(&list);
}

/* Rows of a live host: one batch a table. */
static const struct table *const tables[] = {&table_host_cpu,      &table_host_load,  &table_host_memory,     &table_host_pressure,
                                             &table_host_networks, &table_host_disks, &table_host_filesystems};
struct rows {
    struct batch_pool *pools[COUNT(tables)];
    struct batch *batches[COUNT(tables)];
};

static struct batch *rows_of(struct rows *r, const struct table *table)
{
    for (size_t i = 0; i < COUNT(tables); i++)
        if (tables[i] == table)
            return r->batches[i];
    fail();
    return NULL;
}

static struct batch *add_row(void *arg, const struct table *table)
{
    struct batch *b = rows_of(arg, table);
    batch_add_row(b);
    return b;
}

static void rows_start(struct rows *r)
{
    for (size_t i = 0; i < COUNT(tables); i++) {
        r->pools[i] = batch_pool_create(tables[i], 1);
        r->batches[i] = batch_take(r->pools[i]);
    }
}

static void rows_finish(struct rows *r)
{
    for (size_t i = 0; i < COUNT(tables); i++) {
        batch_drop(r->batches[i]);
        batch_pool_destroy(r->pools[i]);
    }
}

static uint64_t u64(const struct batch *b, const char *column, uint32_t row)
{
    int c = table_column(b->table, column);
    assert_true(c >= 0 && batch_is_valid(b, (size_t)c, row));
    return b->columns[c].u64[row];
}

static double f64(const struct batch *b, const char *column, uint32_t row)
{
    int c = table_column(b->table, column);
    assert_true(c >= 0 && batch_is_valid(b, (size_t)c, row));
    return b->columns[c].f64[row];
}

static bool valid(const struct batch *b, const char *column, uint32_t row)
{
    int c = table_column(b->table, column);
    assert_true(c >= 0);
    return batch_is_valid(b, (size_t)c, row);
}

static int64_t row_with(const struct batch *b, const char *column, const char *text)
{
    int c = table_column(b->table, column);
    for (uint32_t row = 0; row < b->rows; row++)
        if (batch_is_valid(b, (size_t)c, row) && span_is(span_of(b->columns[c].text[row].p, b->columns[c].text[row].n), text))
            return row;
    return -1;
}

/* Keeps this CPU busy until the kernel's clock of CPU time, which ticks, has moved on. */
static void work_for(int64_t ns)
{
    for (int64_t end = clock_cpu_ns() + ns; clock_cpu_ns() < end;)
        ;
}

static void check_cpu(struct rows *r)
{
    static const char *const parts[] = {"user_ratio",   "nice_ratio", "system_ratio",  "idle_ratio",
                                        "iowait_ratio", "irq_ratio",  "softirq_ratio", "steal_ratio"};
    const struct batch *b = rows_of(r, &table_host_cpu);
    assert_int_equal(b->rows, sysconf(_SC_NPROCESSORS_ONLN) + 1);
    int64_t all = row_with(b, "cpu", "all");
    assert_true(all >= 0);
    double sum = 0;
    for (size_t i = 0; i < COUNT(parts); i++)
        sum += valid(b, parts[i], (uint32_t)all) ? f64(b, parts[i], (uint32_t)all) : 0;
    assert_float_equal(sum, 1, 1e-6);
    assert_true(f64(b, "busy_ratio", (uint32_t)all) > 0); /* this test was at work */
    assert_true(valid(b, "context_switches", (uint32_t)all));
}

static void check_memory(struct rows *r)
{
    const struct batch *b = rows_of(r, &table_host_memory);
    assert_int_equal(b->rows, 1);
    FILE *f = fopen("/proc/meminfo", "r");
    unsigned long long total;
    assert_int_equal(fscanf(f, "MemTotal: %llu kB", &total), 1);
    fclose(f);
    assert_int_equal(u64(b, "total_bytes", 0), total * 1024);
    assert_true(u64(b, "available_bytes", 0) <= total * 1024 && u64(b, "free_bytes", 0) <= total * 1024);
    assert_true(u64(b, "page_faults", 0) >= 100); /* the test touched as many new pages */
    assert_true(valid(b, "oom_kills", 0) && valid(b, "paged_in_bytes", 0) && valid(b, "slab_bytes", 0) && valid(b, "swap_total_bytes", 0));
}

static void check_load(struct rows *r)
{
    const struct batch *b = rows_of(r, &table_host_load);
    assert_int_equal(b->rows, 1);
    assert_true(u64(b, "running", 0) >= 1);
    assert_true(u64(b, "tasks", 0) >= 1);
    assert_true(u64(b, "forks", 0) >= 1);
    assert_true(valid(b, "load1", 0) && valid(b, "interrupts", 0) && valid(b, "softirqs", 0) && valid(b, "context_switches", 0));
    assert_int_equal(u64(b, "processes", 0), 77);
}

static void check_networks(struct rows *r)
{
    const struct batch *b = rows_of(r, &table_host_networks);
    int64_t lo = row_with(b, "interface", "lo");
    assert_true(lo >= 0 && valid(b, "rx_bytes", (uint32_t)lo) && valid(b, "tx_drops", (uint32_t)lo) && valid(b, "up", (uint32_t)lo));
    assert_int_equal(u64(b, "rx_bytes", (uint32_t)lo), u64(b, "tx_bytes", (uint32_t)lo));
}

static void check_filesystems(struct rows *r)
{
    const struct batch *b = rows_of(r, &table_host_filesystems);
    int64_t root = row_with(b, "mount_point", "/");
    struct statvfs st;
    if (root < 0)
        return; /* in memory, or an overlay */
    assert_int_equal(statvfs("/", &st), 0);
    assert_int_equal(u64(b, "size_bytes", (uint32_t)root), st.f_blocks * st.f_frsize);
    assert_true(u64(b, "available_bytes", (uint32_t)root) <= u64(b, "free_bytes", (uint32_t)root));
}

static void make_faults(void)
{
    enum { PAGES = 100 };
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    volatile char *p = aligned_alloc(page, PAGES * page);
    for (size_t i = 0; i < PAGES; i++)
        p[i * page] = 1;
    free((void *)p);
}

static void this_machine_gives_plausible_rows(void **state)
{
    (void)state;
    struct rows r;
    rows_start(&r);
    struct host *h = host_create();
    assert_non_null(h);
    work_for(60 * NS_PER_MS);
    make_faults();
    assert_int_equal(system("exit 0"), 0);
    int64_t utc = clock_utc_ns();
    host_sample(h, &(struct host_tick){.row = add_row, .arg = &r, .utc_ns = utc, .processes = 77});
    check_cpu(&r);
    check_memory(&r);
    check_load(&r);
    check_networks(&r);
    check_filesystems(&r);
    for (size_t i = 0; i < COUNT(tables); i++)
        for (uint32_t row = 0; row < r.batches[i]->rows; row++) {
            assert_int_equal(r.batches[i]->columns[HOST_TIME].i64[row], utc);
            if (tables[i] != &table_host_filesystems)
                assert_true(u64(r.batches[i], "interval_ns", row) >= 60 * NS_PER_MS);
        }
    host_destroy(h);
    rows_finish(&r);
}

static void growth_backwards_is_null(void **state)
{
    (void)state;
    struct rows r;
    rows_start(&r);
    struct host_tick tick = {.row = add_row, .arg = &r, .utc_ns = 1};
    struct batch *b = host_row(&tick, &table_host_load, 1000);
    size_t forks = (size_t)table_column(b->table, "forks"), switches = (size_t)table_column(b->table, "context_switches");
    host_set_growth(b, forks, 10, 15, 2);
    host_set_growth(b, switches, 15, 10, 1);
    assert_int_equal(b->columns[forks].u64[0], 10);
    assert_false(batch_is_valid(b, switches, 0));
    b = host_row(&tick, &table_host_load, 0); /* a first reading grew from nothing known */
    host_set_growth(b, forks, 0, 15, 1);
    assert_false(batch_is_valid(b, forks, 1));
    assert_false(batch_is_valid(b, HOST_INTERVAL, 1));
    rows_finish(&r);
}

static void declarations_are_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(tables); i++)
        if (table_check(tables[i]))
            fail_msg("%s: %s", tables[i]->name, table_check(tables[i]));
    const struct collector *host = collector_find("host");
    assert_non_null(host);
    assert_int_equal(host->n_tables, COUNT(tables));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stat_is_parsed),           cmocka_unit_test(strange_cpu_lines_are_refused),
        cmocka_unit_test(load_is_parsed),           cmocka_unit_test(memory_is_parsed),
        cmocka_unit_test(pressure_is_parsed),       cmocka_unit_test(networks_are_parsed),
        cmocka_unit_test(disks_are_parsed),         cmocka_unit_test(real_mounts_are_told),
        cmocka_unit_test(items_come_and_go),        cmocka_unit_test(this_machine_gives_plausible_rows),
        cmocka_unit_test(growth_backwards_is_null), cmocka_unit_test(declarations_are_right),
    };
    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
