/* The script's maps in the kernel. */
#include "trace/run/inside.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STACKS = 16384 };

static uint32_t round8(uint32_t n)
{
    return (n + 7) & ~7U;
}

/* What one element holds: a scalar's also tells whether it is set (gen/map.c). */
static uint32_t cell_bytes(const struct map_info *m)
{
    return round8(m->value->size) + (m->key ? 0 : 8);
}

static bool by_cpu(const struct map_info *m)
{
    return type_is_aggregate(m->value);
}

static enum bpf_map_type map_type(const struct map_info *m)
{
    if (!m->key)
        return by_cpu(m) ? BPF_MAP_TYPE_PERCPU_ARRAY : BPF_MAP_TYPE_ARRAY;
    if (m->declared && strstr(m->declared, "lru"))
        return by_cpu(m) ? BPF_MAP_TYPE_LRU_PERCPU_HASH : BPF_MAP_TYPE_LRU_HASH;
    return by_cpu(m) ? BPF_MAP_TYPE_PERCPU_HASH : BPF_MAP_TYPE_HASH;
}

static int make(struct session *r, uint32_t index, enum bpf_map_type type, const char *name, uint32_t key, uint32_t value, uint64_t entries,
                uint32_t flags, struct err *why)
{
    LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = flags);
    char short_name[BPF_OBJ_NAME_LEN] = {0};
    for (size_t i = 0; name[i] && i + 1 < sizeof short_name; i++)
        short_name[i] = name[i];
    int fd = bpf_map_create(type, short_name, key, value, (uint32_t)entries, &options);
    if (fd < 0)
        return err_set(why, -fd, "the map %s of %llu entries with %u bytes each cannot be created: %s%s", name, (unsigned long long)entries,
                       key + value, strerror(-fd), fd == -EPERM ? "; run it as root, or with CAP_BPF and CAP_PERFMON" : "");
    r->map_fds[index] = fd;
    return 0;
}

static int make_script_map(struct session *r, const struct map_info *m, struct err *why)
{
    enum bpf_map_type type = map_type(m);
    bool lru = type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
    uint32_t flags = m->key && !lru ? BPF_F_NO_PREALLOC : 0; /* 4096 elements by CPU would take longer to make than the rest of the start */
    return make(r, m->index, type, m->name[0] ? m->name : "at", m->key ? round8(m->key->size) : 4, cell_bytes(m), m->key ? m->entries : 1,
                flags, why);
}

static int map_state(struct session *r, struct err *why)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, r->map_fds[UNIT_STATE], 0);
    if (p == MAP_FAILED)
        return err_set(why, errno, "the programs' state cannot be mapped: %s", strerror(errno));
    r->state = p;
    return 0;
}

/* System calls by number: whose they are. */
static int make_numbers(struct session *r, struct err *why)
{
    if (make(r, UNIT_NUMBERS, BPF_MAP_TYPE_ARRAY, "numbers", 4, 4, r->unit->numbers, 0, why) < 0)
        return -1;
    for (const struct instance *i = r->unit->instances; i; i = i->next)
        for (uint32_t n = 0; n < i->n_targets && i->n_targets > 1 && i->targets[0]->syscall; n++) {
            uint32_t at = i->numbers + i->targets[n]->syscall - 1;
            uint32_t v = i->targets[n]->index + 1;
            if (bpf_map_update_elem(r->map_fds[UNIT_NUMBERS], &at, &v, BPF_ANY))
                return err_set(why, errno, "the table of system calls cannot be filled: %s", strerror(errno));
        }
    return 0;
}

static int make_unit_maps(struct session *r, struct err *why)
{
    const struct unit *u = r->unit;
    uint32_t frames = STACK_FRAMES_MAX * 8;
    if (make(r, UNIT_RING, BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, RING_BYTES, 0, why) < 0 ||
        make(r, UNIT_STATE, BPF_MAP_TYPE_ARRAY, "state", 4, sizeof(struct unit_state), 1, BPF_F_MMAPABLE, why) < 0 ||
        make(r, UNIT_LOST, BPF_MAP_TYPE_ARRAY, "lost", 4, 8 * LOSS_KINDS, 1, 0, why) < 0 || map_state(r, why) < 0)
        return -1;
    if (u->uses[UNIT_ZEROS] && make(r, UNIT_ZEROS, BPF_MAP_TYPE_ARRAY, "zeros", 4, round8(u->zeros), 1, 0, why) < 0)
        return -1;
    if (u->uses[UNIT_SCRATCH] && make(r, UNIT_SCRATCH, BPF_MAP_TYPE_PERCPU_ARRAY, "scratch", 4, round8(u->scratch), 1, 0, why) < 0)
        return -1;
    if (u->uses[UNIT_KSTACKS] && make(r, UNIT_KSTACKS, BPF_MAP_TYPE_STACK_TRACE, "kstacks", 4, frames, STACKS, 0, why) < 0)
        return -1;
    if (u->uses[UNIT_USTACKS] && make(r, UNIT_USTACKS, BPF_MAP_TYPE_STACK_TRACE, "ustacks", 4, frames, STACKS, 0, why) < 0)
        return -1;
    for (uint32_t i = 0; i < u->n_stack_maps; i++)
        if (make(r, UNIT_MAPS + u->n_maps + i, BPF_MAP_TYPE_STACK_TRACE, "stacks", 4, 8U * u->stack_maps[i], STACKS, 0, why) < 0)
            return -1;
    return u->uses[UNIT_NUMBERS] ? make_numbers(r, why) : 0;
}

int session_make_maps(struct session *r, struct err *why)
{
    int cpus = libbpf_num_possible_cpus();
    r->cpus = cpus > 0 ? (uint32_t)cpus : 1;
    r->n_maps = UNIT_MAPS + r->unit->n_maps + r->unit->n_stack_maps;
    r->map_fds = malloc(r->n_maps * sizeof *r->map_fds);
    if (!r->map_fds)
        return err_set(why, ENOMEM, "out of memory");
    for (uint32_t i = 0; i < r->n_maps; i++)
        r->map_fds[i] = -1;
    if (make_unit_maps(r, why) < 0)
        return -why->code;
    for (const struct map_info *m = r->unit->maps; m; m = m->next)
        if (m->value && make_script_map(r, m, why) < 0)
            return -why->code;
    r->ring = ring_open(r->map_fds[UNIT_RING], RING_BYTES, why);
    return r->ring ? 0 : -why->code;
}

void session_free_maps(struct session *r)
{
    if (r->state)
        munmap(r->state, (size_t)sysconf(_SC_PAGESIZE));
    ring_close(r->ring);
    for (uint32_t i = 0; r->map_fds && i < r->n_maps; i++)
        if (r->map_fds[i] >= 0)
            close(r->map_fds[i]);
    free(r->map_fds);
}

/* --- reading ----------------------------------------------------------------------------------------------------------------- */

struct rows {
    struct arena arena;
    struct map_row *rows;
    size_t count, room;
};

static bool rows_add(struct rows *rows, const void *key, const void *value)
{
    if (rows->count == rows->room) {
        size_t room = rows->room ? 2 * rows->room : 64;
        struct map_row *more = realloc(rows->rows, room * sizeof *more);
        if (!more)
            return false;
        rows->rows = more;
        rows->room = room;
    }
    rows->rows[rows->count++] = (struct map_row){key, value};
    return true;
}

/* The value's bytes for each CPU, without what tells that it is set; NULL when no CPU has set it. */
static const void *pack(struct session *r, const struct map_info *m, const char *cells, struct rows *rows)
{
    uint32_t cell = cell_bytes(m);
    uint32_t size = round8(m->value->size);
    uint32_t n = by_cpu(m) ? r->cpus : 1;
    char *packed = arena_alloc(&rows->arena, (size_t)n * size);
    bool set = m->key != NULL;
    for (uint32_t i = 0; packed && i < n; i++) {
        uint64_t mark = 1;
        if (!m->key)
            memcpy(&mark, cells + (size_t)i * cell + size, sizeof mark);
        set = set || mark;
        memcpy(packed + (size_t)i * size, cells + (size_t)i * cell, size);
    }
    return set ? packed : NULL;
}

static void read_rows(struct session *r, const struct map_info *m, struct rows *rows)
{
    int fd = r->map_fds[m->index];
    uint32_t key_size = m->key ? round8(m->key->size) : 4;
    char *cells = arena_alloc(&rows->arena, (size_t)cell_bytes(m) * (by_cpu(m) ? r->cpus : 1));
    char *key = NULL;
    for (;;) {
        char *next = arena_alloc(&rows->arena, round8(key_size));
        if (!next || !cells || bpf_map_get_next_key(fd, key, next))
            return;
        key = next;
        if (bpf_map_lookup_elem(fd, key, cells)) /* it went meanwhile */
            continue;
        const void *value = pack(r, m, cells, rows);
        if (value && !rows_add(rows, m->key ? key : NULL, value))
            return;
    }
}

static const uint64_t no_events[1] = {0};

void session_print_map(struct session *r, const struct map_info *m, uint64_t top, uint64_t divisor)
{
    if (!m->value || r->map_fds[m->index] < 0)
        return;
    struct rows rows = {0};
    read_rows(r, m, &rows);
    bool is_set = rows.count;
    if (!is_set && !m->key && m->value->kind == VALUE_COUNT) /* of what never happened there were none, says bpftrace */
        rows_add(&rows, NULL, no_events);
    struct text name = {0};
    text_addf(&name, "@%s", m->name);
    struct map_print p = {.name = name.bytes,
                          .key = m->key,
                          .value = m->value,
                          .rows = rows.rows,
                          .count = rows.count,
                          .cpus = by_cpu(m) && is_set ? r->cpus : 1,
                          .top = top,
                          .divisor = divisor};
    print_map(&r->style, &p, &r->out);
    text_free(&name);
    free(rows.rows);
    arena_free(&rows.arena);
}

static int by_name(const void *a, const void *b)
{
    const struct map_info *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

/* As bpftrace does it: two empty lines, then the maps in the order of their names, those without rows too. */
void session_print_all_maps(struct session *r)
{
    const struct map_info **all = calloc(r->unit->n_maps + 1, sizeof *all);
    size_t n = 0;
    for (const struct map_info *m = r->unit->maps; all && m && n < r->unit->n_maps; m = m->next)
        if (m->value)
            all[n++] = m;
    if (n)
        qsort(all, n, sizeof *all, by_name);
    if (r->style.form == PRINT_TEXT)
        text_adds(&r->out, "\n\n");
    for (size_t i = 0; i < n; i++)
        session_print_map(r, all[i], 0, 0);
    free(all);
}

/* A zeroed scalar is still set: the words that tell so become 1 on every CPU that has them. */
static void keep_marks(const struct session *r, const struct map_info *m, char *zeros)
{
    uint64_t mark = 1;
    for (uint32_t i = 0; i < (by_cpu(m) ? r->cpus : 1); i++)
        memcpy(zeros + (size_t)i * cell_bytes(m) + round8(m->value->size), &mark, sizeof mark);
}

/* Takes the keys one by one; what is added meanwhile may stay. */
void session_clear_map(struct session *r, const struct map_info *m, bool only_zero)
{
    if (!m->value)
        return;
    int fd = r->map_fds[m->index];
    struct rows rows = {0};
    read_rows(r, m, &rows);
    char *zeros = arena_alloc(&rows.arena, (size_t)cell_bytes(m) * r->cpus);
    uint32_t none = 0;
    if (zeros)
        memset(zeros, 0, (size_t)cell_bytes(m) * r->cpus);
    if (zeros && !m->key && only_zero)
        keep_marks(r, m, zeros);
    for (size_t i = 0; zeros && i < rows.count; i++) {
        const void *key = rows.rows[i].key ? rows.rows[i].key : &none;
        if (m->key && !only_zero)
            bpf_map_delete_elem(fd, key);
        else
            bpf_map_update_elem(fd, key, zeros, BPF_ANY);
    }
    free(rows.rows);
    arena_free(&rows.arena);
}
