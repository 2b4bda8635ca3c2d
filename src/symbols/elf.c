#include "symbols/elf_inside.h"

#include "symbols/demangle.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- making the table -------------------------------------------------------------------------------------------- */

size_t elf_name_length(const char *name)
{
    return strcspn(name, "@");
}

struct building {
    struct elf_entry entry;
    uint64_t limit;
};

static int by_address(const void *a, const void *b, void *arg)
{
    const struct elf_entry *x = &((const struct building *)a)->entry, *y = &((const struct building *)b)->entry;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    if (x->kind != y->kind)
        return (int)x->kind - (int)y->kind;
    if (x->local != y->local)
        return x->local - y->local;
    return strings_compare_names(strings_at(arg, x->name), strings_at(arg, y->name));
}

/* A symbol without a size ends where the next one begins, or with its section. */
static void close_gaps(struct building *b, size_t n)
{
    uint64_t next = UINT64_MAX;
    for (size_t i = n; i-- > 0;) {
        uint64_t end = b[i].limit < next ? b[i].limit : next;
        if (!b[i].entry.size)
            b[i].entry.size = end - b[i].entry.address < ELF_MAX_SIZE ? (uint32_t)(end - b[i].entry.address) : ELF_MAX_SIZE;
        if (i && b[i - 1].entry.address != b[i].entry.address)
            next = b[i].entry.address;
    }
}

/* Drops labels within functions, which would only hide the functions' names, and what stands there twice. Returns how many stay. */
static size_t drop_hidden(struct building *b, size_t n, const struct strings *s)
{
    uint64_t covered = 0;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct elf_entry *e = &b[i].entry, *last = kept ? &b[kept - 1].entry : NULL;
        bool twice = last && last->address == e->address && !strcmp(strings_at(s, last->name), strings_at(s, e->name));
        if (twice || (e->kind == ELF_LABEL && e->address < covered))
            continue;
        if (e->kind != ELF_LABEL && e->address + e->size > covered)
            covered = e->address + e->size;
        b[kept++] = b[i];
    }
    return kept;
}

static bool settle(struct symbols_elf *e, const struct elf_builder *from)
{
    struct building *b = malloc((from->n + 1) * sizeof *b);
    for (size_t i = 0; b && i < from->n; i++)
        b[i] = (struct building){from->entries[i], from->limits[i]};
    if (!b)
        return false;
    qsort_r(b, from->n, sizeof *b, by_address, &e->strings);
    close_gaps(b, from->n);
    e->n = drop_hidden(b, from->n, &e->strings);
    e->entries = malloc((e->n + 1) * sizeof *e->entries);
    for (size_t i = 0; e->entries && i < e->n; i++)
        e->entries[i] = b[i].entry;
    free(b);
    return e->entries;
}

static bool add_debug_file(struct elf_builder *b, const struct image *i, const int *roots)
{
    for (; roots && *roots >= 0; roots++)
        if (elf_add_debug_file(b, i, *roots))
            return true;
    return false;
}

/* The best tables that there are. */
static void collect(struct symbols_elf *e, struct elf_builder *b, const struct image *i, const int *roots)
{
    const struct image_section *all = image_section_of_type(i, SHT_SYMTAB), *dynamic = image_section_of_type(i, SHT_DYNSYM);
    e->source = "symtab";
    if (all) {
        elf_add_symbols(b, i, all);
    } else if (add_debug_file(b, i, roots)) {
        e->source = "debug file";
    } else {
        e->source = dynamic ? "dynsym" : "none";
        if (dynamic)
            elf_add_symbols(b, i, dynamic);
        if (elf_add_debugdata(b, i))
            e->source = dynamic ? "dynsym and .gnu_debugdata" : ".gnu_debugdata";
    }
    elf_add_stubs(b, i);
}

static bool keep_segments(struct symbols_elf *e, const struct image *i)
{
    e->segments = calloc(i->n_segments + 1, sizeof *e->segments);
    for (uint32_t n = 0; e->segments && n < i->n_segments; n++)
        if (i->segments[n].type == PT_LOAD)
            e->segments[e->n_segments++] = i->segments[n];
    return e->segments;
}

static void keep_build_id(struct symbols_elf *e, const struct image *i)
{
    for (size_t n = 0; n < i->build_id_size; n++) {
        e->build_id[2 * n] = "0123456789abcdef"[i->build_id[n] >> 4];
        e->build_id[2 * n + 1] = "0123456789abcdef"[i->build_id[n] & 15];
    }
}

static int fill(struct symbols_elf *e, const struct image *i, const int *roots, struct err *why)
{
    struct elf_builder b = {.strings = &e->strings};
    strings_init(&e->strings, SYMBOLS_ELF_NAMES_CEILING);
    collect(e, &b, i, roots);
    keep_build_id(e, i);
    int rc = 0;
    if (b.failed)
        rc = err_set(why, EFBIG, "%s has more symbols than sonde keeps of one file (%d, or %d MiB of names)", e->name, SYMBOLS_ELF_MAX,
                     SYMBOLS_ELF_NAMES_CEILING >> 20);
    else if (!keep_segments(e, i) || !settle(e, &b))
        rc = err_set(why, ENOMEM, "out of memory");
    free(b.entries);
    free(b.limits);
    return rc;
}

static struct symbols_elf *create(const struct image_source *source, const char *name, const int *roots, struct err *why)
{
    struct image image;
    struct symbols_elf *e = calloc(1, sizeof *e);
    if (!e || !(e->name = strdup(name))) {
        err_set(why, ENOMEM, "out of memory");
        symbols_elf_destroy(e);
        return NULL;
    }
    int rc = image_open(&image, source, name, why);
    if (!rc)
        rc = fill(e, &image, roots, why);
    image_close(&image);
    if (!rc)
        return e;
    symbols_elf_destroy(e);
    return NULL;
}

struct symbols_elf *symbols_elf_create(int fd, const char *name, const int *roots, struct err *why)
{
    struct stat st;
    if (fstat(fd, &st)) {
        err_set(why, errno, "%s cannot be read: %s", name, strerror(errno));
        return NULL;
    }
    if (!S_ISREG(st.st_mode)) {
        err_set(why, S_ISDIR(st.st_mode) ? EISDIR : EINVAL, "%s is no regular file", name);
        return NULL;
    }
    const struct image_source source = {.fd = fd, .size = (uint64_t)st.st_size};
    return create(&source, name, roots, why);
}

struct symbols_elf *symbols_elf_create_memory(const void *bytes, size_t n, const char *name, struct err *why)
{
    const struct image_source source = {.bytes = bytes, .fd = -1, .size = n};
    return create(&source, name, NULL, why);
}

void symbols_elf_destroy(struct symbols_elf *e)
{
    if (!e)
        return;
    free(e->entries);
    free(e->by_name);
    strings_free(&e->strings);
    free(e->segments);
    free(e->name);
    map_free(&e->demangled);
    arena_free(&e->demangled_names);
    free(e);
}

/* --- looking up -------------------------------------------------------------------------------------------------- */

/* A name for people: demangled, without its version, a stub marked as one. Kept for the next time. */
static const char *readable(struct symbols_elf *e, size_t index)
{
    const struct elf_entry *entry = &e->entries[index];
    const char *name = strings_at(&e->strings, entry->name), *known = map_get(&e->demangled, index);
    bool plain = entry->kind != ELF_STUB && !demangle_is_mangled(name) && !name[elf_name_length(name)];
    if (plain || known)
        return plain ? name : known;
    if (e->demangled_names.total > ELF_DEMANGLED_CEILING) {
        map_free(&e->demangled);
        arena_free(&e->demangled_names);
    }
    struct text words = {0};
    demangle_add(&words, name, elf_name_length(name));
    text_adds(&words, entry->kind == ELF_STUB ? "@plt" : "");
    char *copy = words.bytes ? arena_copy(&e->demangled_names, words.bytes, words.length) : NULL;
    text_free(&words);
    if (copy)
        map_put(&e->demangled, index, copy, NULL);
    return copy ? copy : name;
}

/* Symbols are seldom one within another; farther back than this nobody looks. */
enum { NESTED = 16 };

static bool covers(const struct elf_entry *e, uint64_t address)
{
    return address - e->address < e->size;
}

/* The entry that covers the address and begins last; of several names there the first. SIZE_MAX: none. */
static size_t entry_at(const struct symbols_elf *e, uint64_t address)
{
    size_t low = 0, high = e->n;
    while (low < high) { /* the first behind the address */
        size_t middle = low + (high - low) / 2;
        if (e->entries[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t steps = 0; low > 0 && steps < NESTED; steps++) {
        size_t first = low - 1;
        while (first && e->entries[first - 1].address == e->entries[first].address)
            first--;
        for (size_t i = first; i < low; i++)
            if (covers(&e->entries[i], address))
                return i;
        low = first;
    }
    return SIZE_MAX;
}

bool symbols_elf_find(struct symbols_elf *e, uint64_t address, struct symbol *out)
{
    size_t i = entry_at(e, address);
    if (i == SIZE_MAX)
        return false;
    *out = (struct symbol){readable(e, i), e->name, address - e->entries[i].address, false};
    return true;
}

/* Pages of two segments may overlap in the file: what is run is looked for first. */
static const struct image_segment *segment_of_offset(const struct symbols_elf *e, uint64_t offset, bool code)
{
    for (uint32_t i = 0; i < e->n_segments; i++) {
        const struct image_segment *s = &e->segments[i];
        if (offset >= s->offset && offset - s->offset < s->file_size && (s->flags & PF_X || !code))
            return s;
    }
    return NULL;
}

bool symbols_elf_address(const struct symbols_elf *e, uint64_t offset, uint64_t *address)
{
    const struct image_segment *s = segment_of_offset(e, offset, true);
    if (!s)
        s = segment_of_offset(e, offset, false);
    if (s)
        *address = offset - s->offset + s->address;
    return s;
}

bool symbols_elf_offset(const struct symbols_elf *e, uint64_t address, uint64_t *offset)
{
    for (uint32_t i = 0; i < e->n_segments; i++) {
        const struct image_segment *s = &e->segments[i];
        if (address >= s->address && address - s->address < s->file_size) {
            *offset = address - s->address + s->offset;
            return true;
        }
    }
    return false;
}

bool symbols_elf_bias(const struct symbols_elf *e, uint64_t start, uint64_t offset, uint64_t *bias)
{
    uint64_t within = (uint64_t)sysconf(_SC_PAGESIZE) - 1;
    for (uint32_t i = 0; i < e->n_segments; i++) {
        const struct image_segment *s = &e->segments[i];
        if (s->file_size && (s->offset & ~within) == offset) {
            *bias = start - (s->address & ~within);
            return true;
        }
    }
    return false;
}

size_t symbols_elf_count(const struct symbols_elf *e)
{
    return e->n;
}

size_t symbols_elf_bytes(const struct symbols_elf *e)
{
    return sizeof *e + e->n * (sizeof *e->entries + (e->by_name ? sizeof *e->by_name : 0)) + e->strings.size + e->demangled_names.total +
           e->n_segments * sizeof *e->segments;
}

const char *symbols_elf_build_id(const struct symbols_elf *e)
{
    return e->build_id;
}

const char *symbols_elf_source(const struct symbols_elf *e)
{
    return e->source;
}
