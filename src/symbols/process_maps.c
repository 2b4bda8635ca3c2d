/* What is mapped in a process. */
#include "base/clock.h"
#include "symbols/process_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATHS_CEILING = 4 * 1024 * 1024, SAME_MODULE = 32 };

uint64_t process_start_ticks(uint32_t pid)
{
    char path[64], line[1024];
    uint64_t fields[20];
    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(line, 1, sizeof line - 1, f) : 0;
    if (f)
        fclose(f);
    line[n] = '\0';
    const char *comm_end = strrchr(line, ')'); /* "pid (comm) state ppid …": the 20th behind the comm is the start */
    if (!comm_end || n < (size_t)(comm_end - line) + 4)
        return 0;
    struct span rest = span_of(comm_end + 3, n - (size_t)(comm_end + 3 - line));
    return span_numbers(&rest, fields, 19) ? fields[18] : 0;
}

bool process_program(uint32_t pid, uint64_t *device, uint64_t *inode)
{
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%u/exe", pid);
    if (stat(path, &st))
        return false;
    *device = st.st_dev;
    *inode = st.st_ino;
    return true;
}

/* --- collecting -------------------------------------------------------------------------------------------------- */

struct collecting {
    struct region *regions;
    struct module *modules;
    size_t n_regions, regions_size, n_modules, modules_size;
    struct arena paths;
    bool failed;
};

static void *grow(void *items, size_t n, size_t *size, size_t item, size_t most)
{
    if (n < *size)
        return items;
    size_t more = *size ? *size * 2 : 64;
    more = more > most ? most : more;
    void *grown = n < more ? realloc(items, more * item) : NULL;
    *size = grown ? more : *size;
    return grown;
}

static bool is_module(const struct module *m, const struct maps_line *line, enum module_kind kind)
{
    return m->kind == kind && m->inode == line->inode && m->major == line->major && m->minor == line->minor && span_is(line->path, m->path);
}

/* Regions of a file are near each other. SIZE_MAX: no room. */
static size_t module_of(struct collecting *c, const struct maps_line *line, enum module_kind kind)
{
    for (size_t i = c->n_modules; i > 0 && i + SAME_MODULE > c->n_modules; i--)
        if (is_module(&c->modules[i - 1], line, kind))
            return i - 1;
    struct module *grown = grow(c->modules, c->n_modules, &c->modules_size, sizeof *grown, SYMBOLS_PROCESS_REGIONS);
    char *path = grown && c->paths.total < PATHS_CEILING ? arena_copy(&c->paths, line->path.p, span_length(line->path)) : NULL;
    c->modules = grown ? grown : c->modules;
    if (!path)
        return SIZE_MAX;
    c->modules[c->n_modules] = (struct module){.kind = kind,
                                               .path = path,
                                               .inode = line->inode,
                                               .major = line->major,
                                               .minor = line->minor,
                                               .start = line->start,
                                               .end = line->end};
    return c->n_modules++;
}

/* Files, the vDSO, and whatever else may be run; other memory has no names. */
static bool is_wanted(const struct maps_line *line, enum module_kind *kind)
{
    bool file = line->inode && span_starts(line->path, "/");
    *kind = span_is(line->path, "[vdso]") ? MODULE_VDSO : file ? MODULE_FILE : MODULE_GENERATED;
    return (file || line->executable) && !span_is(line->path, "[vsyscall]") && !span_is(line->path, "[uprobes]");
}

static void collect(struct collecting *c, struct span text)
{
    struct maps_line line;
    enum module_kind kind;
    if (!maps_parse(text, &line) || !is_wanted(&line, &kind))
        return;
    size_t module = module_of(c, &line, kind);
    struct region *grown = grow(c->regions, c->n_regions, &c->regions_size, sizeof *grown, SYMBOLS_PROCESS_REGIONS);
    c->regions = grown ? grown : c->regions;
    c->failed |= !grown || module == SIZE_MAX;
    if (!c->failed)
        c->regions[c->n_regions++] = (struct region){line.start, line.end, line.offset, (uint32_t)module, line.executable};
}

static bool read_lines(struct collecting *c, uint32_t pid)
{
    char path[64], *line = NULL;
    size_t size = 0;
    ssize_t n;
    snprintf(path, sizeof path, "/proc/%u/maps", pid);
    FILE *f = fopen(path, "re");
    while (f && !c->failed && (n = getline(&line, &size, f)) > 0)
        collect(c, span_of(line, (size_t)n - (line[n - 1] == '\n')));
    free(line);
    if (f)
        fclose(f);
    return c->n_regions > 0; /* none: it has ended, or is a kernel thread, or may not be seen */
}

void process_free_maps(struct process *p)
{
    free(p->regions);
    free(p->modules);
    arena_free(&p->paths);
    perf_map_destroy(p->perf_map);
    p->regions = NULL;
    p->modules = NULL;
    p->n_regions = p->n_modules = 0;
    p->perf_map = NULL;
}

bool process_read_maps(struct process *p)
{
    struct collecting c = {0};
    int64_t begin_ns = clock_mono_ns();
    bool read = read_lines(&c, p->pid);
    p->stale = false;
    p->read_ns = clock_mono_ns();
    p->read_cost_ns = p->read_ns - begin_ns;
    if (!read || process_start_ticks(p->pid) != p->start_ticks) {
        free(c.regions);
        free(c.modules);
        arena_free(&c.paths);
        return false;
    }
    process_free_maps(p);
    p->regions = c.regions;
    p->n_regions = c.n_regions;
    p->modules = c.modules;
    p->n_modules = c.n_modules;
    p->paths = c.paths;
    if (!process_program(p->pid, &p->exe_device, &p->exe_inode))
        p->exe_device = p->exe_inode = 0;
    return true;
}

const struct region *process_region(const struct process *p, uint64_t address)
{
    size_t low = 0, high = p->n_regions;
    while (low < high) { /* the first behind the address */
        size_t middle = low + (high - low) / 2;
        if (p->regions[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const struct region *r = low ? &p->regions[low - 1] : NULL;
    return r && address < r->end ? r : NULL;
}
