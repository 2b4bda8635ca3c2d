/* Symbol sections. */
#include "symbols/elf_inside.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 512 };

void elf_builder_add(struct elf_builder *b, const struct elf_entry *e, uint64_t limit)
{
    if (b->n == b->size) {
        size_t size = b->size ? b->size + b->size / 2 : 1024;
        size = size > SYMBOLS_ELF_MAX && b->size < SYMBOLS_ELF_MAX ? SYMBOLS_ELF_MAX : size;
        struct elf_entry *entries = size <= SYMBOLS_ELF_MAX ? realloc(b->entries, size * sizeof *entries) : NULL;
        b->entries = entries ? entries : b->entries;
        uint64_t *limits = entries ? realloc(b->limits, size * sizeof *limits) : NULL;
        b->limits = limits ? limits : b->limits;
        if (!limits) {
            b->failed = true;
            return;
        }
        b->size = size;
    }
    b->entries[b->n] = *e;
    b->limits[b->n++] = limit;
}

struct reading {
    struct elf_builder *b;
    const struct image *i;
    uint32_t names, names_size; /* where the section's names are in the strings */
};

/* Whether a symbol is code or data that is there when the program runs, and which. */
static bool kind_of(unsigned type, const struct image_section *s, enum elf_kind *kind)
{
    if (!(s->flags & SHF_ALLOC) || s->flags & SHF_TLS)
        return false;
    switch (type) {
    case STT_FUNC: *kind = ELF_FUNCTION; return true;
    case STT_GNU_IFUNC: *kind = ELF_RESOLVER; return true;
    case STT_OBJECT: *kind = ELF_VARIABLE; return true;
    case STT_NOTYPE: *kind = ELF_LABEL; return s->flags & SHF_EXECINSTR;
    default: return false;
    }
}

/* Names that compilers and assemblers make for themselves: ".L12", and "$x", "$d" on ARM. */
static bool is_internal(const char *name)
{
    return !*name || *name == '$' || (name[0] == '.' && name[1] == 'L');
}

static void add_symbol(struct reading *r, const Elf64_Sym *s)
{
    enum elf_kind kind;
    if (s->st_shndx == SHN_UNDEF || s->st_shndx >= r->i->n_sections || s->st_name >= r->names_size)
        return;
    const struct image_section *section = &r->i->sections[s->st_shndx];
    uint32_t name = r->names + s->st_name;
    if (!kind_of(ELF64_ST_TYPE(s->st_info), section, &kind) || is_internal(strings_at(r->b->strings, name)))
        return;
    uint64_t limit = section->address + section->size;
    if (s->st_value < section->address || s->st_value >= limit || limit >> 62)
        return;
    uint64_t size = s->st_size < limit - s->st_value ? s->st_size : limit - s->st_value;
    r->b->name_bytes += strlen(strings_at(r->b->strings, name));
    r->b->failed |= r->b->name_bytes > 2 * (uint64_t)SYMBOLS_ELF_NAMES_CEILING; /* names that share bytes without end: sorting has one */
    const struct elf_entry e = {
        .address = s->st_value,
        .name = name,
        .size = size < ELF_MAX_SIZE ? (uint32_t)size : ELF_MAX_SIZE,
        .kind = kind,
        .local = ELF64_ST_BIND(s->st_info) == STB_LOCAL,
    };
    elf_builder_add(r->b, &e, limit);
}

static Elf64_Sym widen(const Elf32_Sym *s)
{
    return (Elf64_Sym){s->st_name, s->st_info, s->st_other, s->st_shndx, s->st_value, s->st_size};
}

static void add_chunk(struct reading *r, const void *bytes, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        Elf64_Sym s;
        if (r->i->is_64)
            s = ((const Elf64_Sym *)bytes)[k];
        else
            s = widen(&((const Elf32_Sym *)bytes)[k]);
        add_symbol(r, &s);
    }
}

static void read_symbols(struct reading *r, const struct image_section *symbols)
{
    union {
        Elf64_Sym wide[CHUNK];
        Elf32_Sym narrow[CHUNK];
    } chunk;
    size_t step = r->i->is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    uint64_t count = symbols->size / step;
    for (uint64_t at = 0; at < count && !r->b->failed; at += CHUNK) {
        size_t n = count - at < CHUNK ? (size_t)(count - at) : CHUNK;
        if (!image_source_read(&r->i->source, symbols->offset + at * step, &chunk, n * step))
            return;
        add_chunk(r, &chunk, n);
    }
}

/* The names as they are in the file, in one piece: symbols tell where theirs begin. */
static bool read_names(struct reading *r, const struct image_section *names)
{
    struct strings *s = r->b->strings;
    if (names->type != SHT_STRTAB || names->size > s->ceiling || names->offset > r->i->source.size ||
        names->size > r->i->source.size - names->offset)
        return false;
    r->names = strings_reserve(s, names->size);
    r->names_size = (uint32_t)names->size;
    if (!r->names || !image_source_read(&r->i->source, names->offset, s->bytes + r->names, names->size))
        return false;
    strings_make_printable(s->bytes + r->names, names->size);
    return true;
}

void elf_add_symbols(struct elf_builder *b, const struct image *i, const struct image_section *symbols)
{
    struct reading r = {.b = b, .i = i};
    if (!symbols->size || symbols->link >= i->n_sections)
        return;
    if (read_names(&r, &i->sections[symbols->link]))
        read_symbols(&r, symbols);
    b->failed |= b->strings->failed;
}
