/* Shared by process*.c only. */
#pragma once
#include "base/arena.h"
#include "symbols/maps.h"
#include "symbols/perf_map.h"
#include "symbols/process.h"

enum module_kind { MODULE_FILE, MODULE_VDSO, MODULE_GENERATED };

struct module {
    enum module_kind kind;
    const char *path; /* as the process has it */
    uint64_t inode;
    uint32_t major, minor;
    uint64_t start, end; /* of its first region, which names it in map_files */
    bool opened;         /* key is that of its file */
    bool failed;         /* it cannot be opened */
    struct symbols_file_key key;
};

struct region {
    uint64_t start, end, offset;
    uint32_t module : 31, executable : 1;
};

struct process {
    uint32_t pid;
    uint64_t start_ticks;
    bool ended, stale;                         /* stale: the maps are to be read at the next question */
    int64_t checked_ns, read_ns, read_cost_ns; /* cost: what reading the maps took */
    uint64_t exe_device, exe_inode;            /* the program; 0, 0: it may not be seen */
    struct region *regions;                    /* by address */
    struct module *modules;
    size_t n_regions, n_modules;
    struct arena paths;
    int64_t perf_map_ns, perf_map_cost_ns; /* when it was last looked for, 0: never; what that took */
    struct perf_map *perf_map;             /* NULL: there is none, or it was not asked for */
    struct process *same_pid;              /* that had the pid before */
    struct process *newer, *older;         /* by their last use */
};

/* In clock ticks since boot; 0: there is no such process. */
uint64_t process_start_ticks(uint32_t pid);
/* Device and inode of its program. False: it may not be seen, or there is none (a kernel thread). */
bool process_program(uint32_t pid, uint64_t *device, uint64_t *inode);
/* Reads the maps in place of those that are there, which stay when it has ended meanwhile. */
bool process_read_maps(struct process *p);
void process_free_maps(struct process *p);
/* NULL: the address is not in them. */
const struct region *process_region(const struct process *p, uint64_t address);
/* The symbols of a module, read if need be; NULL: it has none. */
struct symbols_elf *process_module_elf(const struct process *p, struct module *m, struct symbols_files *files);
