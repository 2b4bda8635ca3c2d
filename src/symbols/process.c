#include "symbols/process_inside.h"

#include "base/clock.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct symbols_processes {
    struct symbols_files *files;
    struct map by_pid; /* the last process that had the pid; others behind it */
    struct process *newest, *oldest;
    size_t n;
    uint64_t ns_per_tick;
};

struct symbols_processes *symbols_processes_create(struct symbols_files *files)
{
    struct symbols_processes *p = calloc(1, sizeof *p);
    long ticks = sysconf(_SC_CLK_TCK);
    if (p) {
        p->files = files;
        p->ns_per_tick = NS_PER_S / (uint64_t)(ticks > 0 ? ticks : 100);
    }
    return p;
}

/* --- which processes are known ----------------------------------------------------------------------------------- */

static void unlink_process(struct symbols_processes *p, struct process *one)
{
    *(one->newer ? &one->newer->older : &p->newest) = one->older;
    *(one->older ? &one->older->newer : &p->oldest) = one->newer;
}

static void link_newest(struct symbols_processes *p, struct process *one)
{
    one->newer = NULL;
    one->older = p->newest;
    *(p->newest ? &p->newest->newer : &p->oldest) = one;
    p->newest = one;
}

static void drop(struct symbols_processes *p, struct process *one)
{
    struct process *first = map_take(&p->by_pid, one->pid), **link = &first;
    while (*link && *link != one)
        link = &(*link)->same_pid;
    if (*link)
        *link = one->same_pid;
    if (first)
        map_put(&p->by_pid, one->pid, first, NULL); /* into the slot that was just freed */
    unlink_process(p, one);
    process_free_maps(one);
    free(one);
    p->n--;
}

void symbols_processes_destroy(struct symbols_processes *p)
{
    if (!p)
        return;
    while (p->newest)
        drop(p, p->newest);
    map_free(&p->by_pid);
    free(p);
}

static struct process *known(const struct symbols_processes *p, uint32_t pid, uint64_t start_ticks)
{
    struct process *one = map_get(&p->by_pid, pid);
    while (one && start_ticks && one->start_ticks != start_ticks)
        one = one->same_pid;
    return one;
}

static struct process *add(struct symbols_processes *p, uint32_t pid, uint64_t start_ticks)
{
    struct process *one = calloc(1, sizeof *one);
    int failed = 0;
    if (!one)
        return NULL;
    if (p->n >= SYMBOLS_PROCESS_MAX)
        drop(p, p->oldest);
    *one = (struct process){.pid = pid, .start_ticks = start_ticks, .same_pid = map_get(&p->by_pid, pid), .checked_ns = clock_mono_ns()};
    map_put(&p->by_pid, pid, one, &failed);
    if (failed) {
        free(one);
        return NULL;
    }
    link_newest(p, one);
    p->n++;
    return one;
}

/* Whether it is time to ask again for what took so long the last time: that is never more than a twentieth of the time. */
static bool is_due(int64_t last_ns, int64_t cost_ns)
{
    int64_t wait_ns = cost_ns > SYMBOLS_PROCESS_RECHECK_NS / 20 ? 20 * cost_ns : SYMBOLS_PROCESS_RECHECK_NS;
    return clock_mono_ns() - last_ns >= wait_ns;
}

/* Notices that a process has ended, or runs another program. */
static void recheck(struct process *one)
{
    uint64_t device, inode;
    if (one->ended || !is_due(one->checked_ns, 0))
        return;
    one->checked_ns = clock_mono_ns();
    one->ended = process_start_ticks(one->pid) != one->start_ticks;
    if (!one->ended && one->n_regions && process_program(one->pid, &device, &inode))
        one->stale |= device != one->exe_device || inode != one->exe_inode;
}

/* Forgets processes, or what they generated, that were not asked about longest, down to the ceilings. */
static void make_room(struct symbols_processes *p)
{
    size_t regions = 0, bytes = 0;
    for (struct process *one = p->newest; one; one = one->older) {
        bytes += perf_map_bytes(one->perf_map);
        if (bytes > SYMBOLS_ALL_PERF_MAPS_BYTES && one != p->newest) {
            bytes -= perf_map_bytes(one->perf_map);
            perf_map_destroy(one->perf_map);
            one->perf_map = NULL;
        }
        regions += one->n_regions;
    }
    while (regions > SYMBOLS_ALL_REGIONS && p->oldest != p->newest) {
        regions -= p->oldest->n_regions;
        drop(p, p->oldest);
    }
}

/* Of the newest process. */
static bool read_maps(struct symbols_processes *p, struct process *one)
{
    bool read = process_read_maps(one);
    if (read)
        make_room(p);
    return read;
}

/* The process that is meant, added if it lives. NULL: nobody has seen it. */
static struct process *find_process(struct symbols_processes *p, uint32_t pid, uint64_t start_ns)
{
    uint64_t wanted = start_ns / p->ns_per_tick;
    struct process *one = known(p, pid, wanted);
    if (one)
        recheck(one);
    if (!one || one->ended) {
        uint64_t now = process_start_ticks(pid);
        if (one && now == one->start_ticks)
            one->ended = false; /* it only could not be seen for a while */
        bool another = now && (!wanted || wanted == now) && !known(p, pid, now);
        struct process *added = another ? add(p, pid, now) : NULL;
        one = added ? added : known(p, pid, wanted); /* adding may have forgotten another */
    }
    if (one && one != p->newest) {
        unlink_process(p, one);
        link_newest(p, one);
    }
    if (one && !one->ended && (!one->read_ns || one->stale) && !read_maps(p, one))
        one->ended = process_start_ticks(pid) != one->start_ticks;
    return one;
}

bool symbols_process_see(struct symbols_processes *p, uint32_t pid, uint64_t start_ns)
{
    const struct process *one = find_process(p, pid, start_ns);
    return one && !one->ended;
}

void symbols_process_forget(struct symbols_processes *p, uint32_t pid)
{
    struct process *one = map_get(&p->by_pid, pid);
    if (one)
        one->stale = true;
}

/* --- what is at an address --------------------------------------------------------------------------------------- */

/* A function in memory that belongs to no file. */
static bool find_generated(struct symbols_processes *p, struct process *one, uint64_t address, struct symbol *out)
{
    if (one->perf_map && perf_map_find(one->perf_map, address, out))
        return true;
    if (one->ended || (one->perf_map_ns && !is_due(one->perf_map_ns, one->perf_map_cost_ns)))
        return false;
    int64_t begin_ns = clock_mono_ns();
    struct perf_map *map = perf_map_read(one->pid);
    one->perf_map_ns = clock_mono_ns();
    one->perf_map_cost_ns = one->perf_map_ns - begin_ns;
    if (!map)
        return false;
    perf_map_destroy(one->perf_map);
    one->perf_map = map;
    make_room(p);
    return perf_map_find(map, address, out);
}

static bool find_in_region(struct symbols_processes *p, struct process *one, const struct region *r, uint64_t address, struct symbol *out)
{
    struct module *m = &one->modules[r->module];
    struct symbols_elf *elf = process_module_elf(one, m, p->files);
    uint64_t at = address - r->start + r->offset;
    if (m->kind == MODULE_GENERATED || (!elf && r->executable && find_generated(p, one, address, out)))
        return m->kind != MODULE_GENERATED || find_generated(p, one, address, out);
    if (elf)
        symbols_elf_address(elf, at, &at);
    if (!elf || !symbols_elf_find(elf, at, out))
        *out = (struct symbol){.offset = at};
    out->module = m->path;
    return true;
}

bool symbols_process_find(struct symbols_processes *p, uint32_t pid, uint64_t start_ns, uint64_t address, struct symbol *out)
{
    struct process *one = find_process(p, pid, start_ns);
    const struct region *r = one ? process_region(one, address) : NULL;
    if (one && !r && !one->ended && is_due(one->read_ns, one->read_cost_ns) && read_maps(p, one)) /* mapped since */
        r = process_region(one, address);
    return r && find_in_region(p, one, r, address, out);
}

/* --- where a name is --------------------------------------------------------------------------------------------- */

/* "libc.so.6", "/usr/lib/libc.so.6": the file itself, by its path or its last part. */
static bool is_called(const char *path, struct span name)
{
    const char *slash = strrchr(path, '/');
    return !name.p || span_is(name, path) || (slash && span_is(name, slash + 1));
}

/* How far the module was moved when it was loaded. */
static bool find_bias(const struct process *one, size_t module, const struct symbols_elf *elf, uint64_t *bias)
{
    for (size_t i = 0; i < one->n_regions; i++) {
        const struct region *r = &one->regions[i];
        if (r->module == module && symbols_elf_bias(elf, r->start, r->offset, bias))
            return true;
    }
    return false;
}

enum { PLACES = 64 };

struct searching {
    struct symbols_process_place *out;
    size_t n, room;
};

static void search_module(struct symbols_processes *p, struct process *one, size_t i, const char *name, struct searching *s)
{
    struct symbols_elf_place places[PLACES];
    struct module *m = &one->modules[i];
    struct symbols_elf *elf = process_module_elf(one, m, p->files);
    uint64_t bias;
    size_t n = elf && find_bias(one, i, elf, &bias) ? symbols_elf_lookup(elf, name, places, PLACES) : 0;
    for (size_t k = 0; k < n && k < PLACES; k++) {
        if (s->n < s->room)
            s->out[s->n] = (struct symbols_process_place){places[k].address + bias, m->path, places[k].size, places[k].is_function};
        s->n++;
    }
}

static bool is_program(const struct process *one, const struct module *m)
{
    return m->inode == one->exe_inode;
}

size_t symbols_process_lookup(struct symbols_processes *p, uint32_t pid, uint64_t start_ns, const char *name,
                              struct symbols_process_place *out, size_t room)
{
    struct process *one = find_process(p, pid, start_ns);
    struct searching s = {.out = out, .room = room};
    const char *colon = strchr(name, ':');
    struct span file = {0};
    if (colon && colon[1] != ':') {
        file = span_of(name, (size_t)(colon - name));
        name = colon + 1;
    }
    for (int libraries = 0; one && libraries < 2; libraries++)
        for (size_t i = 0; i < one->n_modules; i++)
            if (is_program(one, &one->modules[i]) != libraries && is_called(one->modules[i].path, file))
                search_module(p, one, i, name, &s);
    return s.n;
}
