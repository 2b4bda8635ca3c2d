/* Stubs of the procedure linkage table: code that jumps to a function of another library, through a slot that the loader fills. Whose stub
 * it is says the relocation of the slot. Read for x86-64, where a stub has a `jmp *slot(%rip)` (ff 25, then the distance). */
#include "symbols/elf_inside.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum { STUBS_CEILING = 16 * 1024 * 1024, RELOCATIONS_MAX = 512 * 1024, STUB_BYTES = 16, MAX_NAME = 4096 };

struct slot {
    uint64_t address;
    uint32_t symbol;
};

struct slots {
    struct slot *slots;
    size_t n;
};

static int by_address(const void *a, const void *b)
{
    const struct slot *x = a, *y = b;
    return x->address < y->address ? -1 : x->address > y->address;
}

/* Slots of functions, from .rela.plt, and of functions whose address is taken too, from .rela.dyn. */
static void read_slots(struct slots *slots, const struct image *i, const char *section, uint32_t type)
{
    const struct image_section *s = image_section_named(i, section);
    Elf64_Rela *relocations = s && s->type == SHT_RELA ? image_read_section(i, s, RELOCATIONS_MAX * sizeof *relocations) : NULL;
    size_t n = relocations ? s->size / sizeof *relocations : 0;
    struct slot *more = n ? realloc(slots->slots, (slots->n + n) * sizeof *more) : NULL;
    slots->slots = more ? more : slots->slots;
    for (size_t k = 0; more && k < n; k++)
        if (ELF64_R_TYPE(relocations[k].r_info) == type && ELF64_R_SYM(relocations[k].r_info))
            slots->slots[slots->n++] = (struct slot){relocations[k].r_offset, (uint32_t)ELF64_R_SYM(relocations[k].r_info)};
    free(relocations);
}

struct dynamic {
    Elf64_Sym *symbols;
    char *names;
    size_t n, names_size;
};

static bool read_dynamic(struct dynamic *d, const struct image *i)
{
    const struct image_section *s = image_section_of_type(i, SHT_DYNSYM);
    const struct image_section *names = s && s->link < i->n_sections ? &i->sections[s->link] : NULL;
    if (!names || names->type != SHT_STRTAB)
        return false;
    d->symbols = image_read_section(i, s, STUBS_CEILING);
    d->names = image_read_section(i, names, STUBS_CEILING);
    d->n = s->size / sizeof *d->symbols;
    d->names_size = names->size;
    return d->symbols && d->names;
}

static const char *name_of(const struct dynamic *d, uint32_t symbol)
{
    return symbol < d->n && d->symbols[symbol].st_name < d->names_size ? d->names + d->symbols[symbol].st_name : "";
}

/* The slot through which the stub jumps. */
static bool slot_of_stub(const unsigned char *code, size_t n, uint64_t address, uint64_t *slot)
{
    for (size_t k = 0; k + 6 <= n; k++) {
        int32_t distance;
        if (code[k] != 0xff || code[k + 1] != 0x25)
            continue;
        memcpy(&distance, code + k + 2, sizeof distance);
        *slot = address + k + 6 + (uint64_t)(int64_t)distance;
        return true;
    }
    return false;
}

static void add_stub(struct elf_builder *b, const struct dynamic *d, const struct slots *slots, uint64_t slot, struct elf_entry *stub)
{
    const struct slot key = {.address = slot};
    const struct slot *found = slots->n ? bsearch(&key, slots->slots, slots->n, sizeof key, by_address) : NULL;
    const char *name = found ? name_of(d, found->symbol) : "";
    size_t n = strlen(name);
    if (!n || n > MAX_NAME)
        return;
    stub->name = strings_add(b->strings, name, n);
    if (!stub->name)
        return;
    strings_make_printable(b->strings->bytes + stub->name, n);
    elf_builder_add(b, stub, stub->address + stub->size);
}

static void add_section(struct elf_builder *b, const struct image *i, const char *name, const struct dynamic *d, const struct slots *slots)
{
    const struct image_section *s = image_section_named(i, name);
    unsigned char *code = s && s->flags & SHF_EXECINSTR ? image_read_section(i, s, STUBS_CEILING) : NULL;
    size_t step = s && s->item == 8 ? 8 : STUB_BYTES;
    if (!code || (s->address + s->size) >> 62)
        goto out;
    for (size_t at = 0; at + step <= s->size && !b->failed; at += step) {
        struct elf_entry stub = {.address = s->address + at, .size = (uint32_t)step, .kind = ELF_STUB, .local = 1};
        uint64_t slot;
        if (slot_of_stub(code + at, step, stub.address, &slot))
            add_stub(b, d, slots, slot, &stub);
    }
out:
    free(code);
}

void elf_add_stubs(struct elf_builder *b, const struct image *i)
{
    static const char *const sections[] = {".plt.sec", ".plt", ".plt.got"};
    struct dynamic d = {0};
    struct slots slots = {0};
    if (i->machine != EM_X86_64 || !i->is_64)
        return;
    read_slots(&slots, i, ".rela.plt", R_X86_64_JUMP_SLOT);
    read_slots(&slots, i, ".rela.dyn", R_X86_64_GLOB_DAT);
    if (slots.n && read_dynamic(&d, i)) {
        qsort(slots.slots, slots.n, sizeof *slots.slots, by_address);
        for (size_t k = 0; k < sizeof sections / sizeof sections[0]; k++)
            add_section(b, i, sections[k], &d, &slots);
    }
    free(slots.slots);
    free(d.symbols);
    free(d.names);
}
