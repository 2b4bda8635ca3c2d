/* Whatever the kernel's text files say, the parsers of the host collector stay within the bytes, and what they find is in them. */
#include "collectors/host/host.h"
#include "collectors/host/parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void expect_inside(struct span part, struct span whole)
{
    expect(part.p >= whole.p && part.p < part.end && part.end <= whole.end);
}

static void check_mount(struct span line)
{
    struct span_mount m;
    char point[32];
    if (!span_mount(line, &m))
        return;
    expect_inside(m.type, line);
    mount_is_real(&m);
    if (span_unescape(m.point, point, sizeof point))
        expect(memchr(point, '\0', sizeof point) != NULL);
}

static void check_line(struct span line)
{
    struct cpu_line cpu;
    struct stat_counts counts = {0};
    struct disk_line disk;
    struct span name;
    uint64_t v, net[NET_COUNTS];
    if (parse_cpu_line(line, &cpu))
        expect(cpu.cpu >= CPU_ALL && cpu.cpu < MAX_CPUS);
    parse_stat_line(line, &counts);
    if (parse_named_value(line, &name, &v))
        expect_inside(name, line);
    if (parse_net_line(line, &name, net))
        expect_inside(name, line);
    if (parse_disk_line(line, &disk)) {
        expect(disk.n >= DISK_COUNTS_MIN && disk.n <= DISK_COUNTS);
        expect_inside(disk.name, line);
    }
    check_mount(line);
}

/* The words of a text as names of things: each at most once a round, and all that were not asked for are forgotten. */
static void check_items(struct span text)
{
    struct thing {
        struct host_name name;
    };
    struct host_items list = {.item_size = sizeof(struct thing)};
    struct span line;
    while (span_line(&text, &line)) {
        size_t got = 0;
        host_items_begin(&list);
        for (struct span word; span_length(word = span_word(&line));)
            got += host_items_get(&list, word) != NULL;
        host_items_end(&list);
        expect(list.count == got);
    }
    host_items_free(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size ? size : 1); /* a copy of the exact size: reading past it is seen */
    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    struct span text = span_of(bytes, size), line;
    struct pressure pressure[PRESSURE_KINDS];
    struct load load;
    parse_pressure(text, pressure);
    if (parse_load(text, &load))
        expect(load.load[0] >= 0);
    check_items(text);
    while (span_line(&text, &line))
        check_line(line);
    free(bytes);
    return 0;
}
