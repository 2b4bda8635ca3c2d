/* /proc/meminfo and /proc/vmstat: host_memory. */
#include "collectors/host/host.h"
#include "collectors/host/parse.h"

#include <unistd.h>

enum {
    M_TOTAL = HOST_FIRST,
    M_FREE,
    M_AVAILABLE,
    M_BUFFERS,
    M_CACHED,
    M_ANON,
    M_MAPPED,
    M_SHMEM,
    M_SLAB,
    M_SLAB_RECLAIMABLE,
    M_KERNEL_STACK,
    M_PAGE_TABLES,
    M_DIRTY,
    M_WRITEBACK,
    M_COMMITTED,
    M_SWAP_TOTAL,
    M_SWAP_FREE,
    M_HUGE_TOTAL,
    M_HUGE_FREE,
    M_HUGE_SIZE,
    M_ANON_HUGE,
    M_FAULTS,
    M_MAJOR_FAULTS,
    M_SWAP_IN,
    M_SWAP_OUT,
    M_READ_IN,
    M_WRITTEN_OUT,
    M_RECLAIMED,
    M_OOM_KILLS,
};

#define BYTES(name, what)                                                                                                                  \
    {                                                                                                                                      \
        name, TYPE_U64, ROLE_MEASURE, "bytes", what                                                                                        \
    }
#define NUMBER(name, what)                                                                                                                 \
    {                                                                                                                                      \
        name, TYPE_U64, ROLE_MEASURE, "1", what                                                                                            \
    }
static const struct column columns[] = {
    HOST_COLUMNS,
    [M_TOTAL] = BYTES("total_bytes", "memory that the kernel manages"),
    [M_FREE] = BYTES("free_bytes", "memory that is used for nothing"),
    [M_AVAILABLE] = BYTES("available_bytes", "what programs could get without swapping, by the kernel's estimate"),
    [M_BUFFERS] = BYTES("buffers_bytes", "cached blocks of devices"),
    [M_CACHED] = BYTES("cached_bytes", "cached files, tmpfs included"),
    [M_ANON] = BYTES("anon_bytes", "memory of programs that is not of a file"),
    [M_MAPPED] = BYTES("mapped_bytes", "files mapped into programs"),
    [M_SHMEM] = BYTES("shmem_bytes", "shared memory and tmpfs"),
    [M_SLAB] = BYTES("slab_bytes", "the kernel's own objects"),
    [M_SLAB_RECLAIMABLE] = BYTES("slab_reclaimable_bytes", "those of them that can be given up: names and inodes"),
    [M_KERNEL_STACK] = BYTES("kernel_stack_bytes", "stacks of threads in the kernel"),
    [M_PAGE_TABLES] = BYTES("page_tables_bytes", "page tables of programs"),
    [M_DIRTY] = BYTES("dirty_bytes", "changed file pages that wait to be written"),
    [M_WRITEBACK] = BYTES("writeback_bytes", "file pages that are being written"),
    [M_COMMITTED] = BYTES("committed_bytes", "what was promised to programs"),
    [M_SWAP_TOTAL] = BYTES("swap_total_bytes", "size of all swap space"),
    [M_SWAP_FREE] = BYTES("swap_free_bytes", "unused swap space"),
    [M_HUGE_TOTAL] = NUMBER("hugepages_total", "huge pages in the pool of the default size"),
    [M_HUGE_FREE] = NUMBER("hugepages_free", "those of them that are unused"),
    [M_HUGE_SIZE] = BYTES("hugepage_bytes", "default size of a huge page"),
    [M_ANON_HUGE] = BYTES("anon_hugepages_bytes", "memory of programs in transparent huge pages"),
    [M_FAULTS] = NUMBER("page_faults", "page faults in the interval, the major ones included"),
    [M_MAJOR_FAULTS] = NUMBER("major_page_faults", "page faults in the interval that had to read from a disk"),
    [M_SWAP_IN] = BYTES("swap_in_bytes", "read from swap in the interval"),
    [M_SWAP_OUT] = BYTES("swap_out_bytes", "written to swap in the interval"),
    [M_READ_IN] = BYTES("paged_in_bytes", "read from disks in the interval"),
    [M_WRITTEN_OUT] = BYTES("paged_out_bytes", "written to disks in the interval"),
    [M_RECLAIMED] = BYTES("reclaimed_bytes", "page cache and program memory that the kernel took back in the interval, being short of it"),
    [M_OOM_KILLS] = NUMBER("oom_kills", "processes killed in the interval for want of memory"),
};
const struct table table_host_memory = TABLE("host_memory", "What memory is used for, and faults, each second", columns);

static const struct {
    const char *name; /* in /proc/meminfo */
    size_t column;
} gauges[] = {
    {"MemTotal", M_TOTAL},
    {"MemFree", M_FREE},
    {"MemAvailable", M_AVAILABLE},
    {"Buffers", M_BUFFERS},
    {"Cached", M_CACHED},
    {"AnonPages", M_ANON},
    {"Mapped", M_MAPPED},
    {"Shmem", M_SHMEM},
    {"Slab", M_SLAB},
    {"SReclaimable", M_SLAB_RECLAIMABLE},
    {"KernelStack", M_KERNEL_STACK},
    {"PageTables", M_PAGE_TABLES},
    {"Dirty", M_DIRTY},
    {"Writeback", M_WRITEBACK},
    {"Committed_AS", M_COMMITTED},
    {"SwapTotal", M_SWAP_TOTAL},
    {"SwapFree", M_SWAP_FREE},
    {"HugePages_Total", M_HUGE_TOTAL},
    {"HugePages_Free", M_HUGE_FREE},
    {"Hugepagesize", M_HUGE_SIZE},
    {"AnonHugePages", M_ANON_HUGE},
};

enum unit { ONE, PAGES, KIB };
static const struct {
    const char *name; /* in /proc/vmstat; since boot */
    size_t column;
    enum unit unit;
} counters[] = {
    {"pgfault", M_FAULTS, ONE},
    {"pgmajfault", M_MAJOR_FAULTS, ONE},
    {"pswpin", M_SWAP_IN, PAGES},
    {"pswpout", M_SWAP_OUT, PAGES},
    {"pgpgin", M_READ_IN, KIB},
    {"pgpgout", M_WRITTEN_OUT, KIB},
    {"pgsteal_kswapd", M_RECLAIMED, PAGES},
    {"pgsteal_direct", M_RECLAIMED, PAGES},
    {"oom_kill", M_OOM_KILLS, ONE},
};
enum { GAUGES = sizeof gauges / sizeof gauges[0], COUNTERS = sizeof counters / sizeof counters[0] };

/* Sums by column; present[] tells 0 from "this kernel does not say". */
struct counts {
    uint64_t value[M_OOM_KILLS + 1];
    bool present[M_OOM_KILLS + 1];
};

struct memory_state {
    struct host_file meminfo, vmstat;
    struct counts last;
};

static void set_gauges(struct batch *b, struct span text)
{
    struct span line, name;
    uint64_t v;
    while (span_line(&text, &line)) {
        if (!parse_named_value(line, &name, &v))
            continue;
        for (size_t i = 0; i < GAUGES; i++)
            if (span_is(name, gauges[i].name))
                batch_set_u64(b, gauges[i].column, v);
    }
}

static void take_counters(struct span text, struct counts *out)
{
    const uint64_t scales[] = {[ONE] = 1, [PAGES] = (uint64_t)sysconf(_SC_PAGESIZE), [KIB] = 1024};
    struct span line, name;
    uint64_t v;
    while (span_line(&text, &line)) {
        if (line.p == line.end || (*line.p != 'p' && *line.p != 'o') || !parse_named_value(line, &name, &v))
            continue;
        for (size_t i = 0; i < COUNTERS; i++)
            if (span_is(name, counters[i].name)) {
                out->value[counters[i].column] += v * scales[counters[i].unit];
                out->present[counters[i].column] = true;
            }
    }
}

static void memory_sample(void *state, const struct host_tick *tick)
{
    struct memory_state *s = state;
    struct counts now = {0};
    take_counters(host_file_read(&s->vmstat), &now);
    struct batch *b = host_row(tick, &table_host_memory, s->vmstat.interval_ns);
    if (b) {
        set_gauges(b, host_file_read(&s->meminfo));
        for (size_t column = M_FAULTS; column <= M_OOM_KILLS; column++)
            if (now.present[column] && s->last.present[column])
                host_set_growth(b, column, s->last.value[column], now.value[column], 1);
    }
    s->last = now;
}

static bool memory_open(void *state, struct err *why)
{
    struct memory_state *s = state;
    return host_file_open(&s->meminfo, "/proc/meminfo", why) && host_file_open(&s->vmstat, "/proc/vmstat", why);
}

static void memory_close(void *state)
{
    struct memory_state *s = state;
    host_file_close(&s->meminfo);
    host_file_close(&s->vmstat);
}

const struct host_part host_part_memory = {
    .missing = "host_memory will be empty",
    .state_size = sizeof(struct memory_state),
    .open = memory_open,
    .sample = memory_sample,
    .close = memory_close,
};
