#include "objects/code.h"

#include "objects/code_inside.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* --- the file ---------------------------------------------------------------------------------------------------- */

static void find_maps(struct code *c, const struct elf *e, const struct elf_section *symbols)
{
    struct elf_symbol s;
    struct elf_section maps;
    if (!elf_section_find(e, ".maps", &maps))
        return;
    for (size_t i = 0; elf_symbol_at(e, symbols, i, &s) && c->n_maps < CODE_MAX_MAPS; i++)
        if (s.section == maps.index && s.type == STT_OBJECT && *s.name)
            c->maps[c->n_maps++] = (struct code_map){.name = s.name, .section = s.section, .offset = s.value};
}

static int map_at(const struct code *c, uint32_t section, uint64_t offset)
{
    for (size_t i = 0; i < c->n_maps; i++)
        if (c->maps[i].section == section && c->maps[i].offset == offset)
            return (int)i;
    return -1;
}

/* The relocation of the instruction at this byte of a section. */
static bool relocation_at(const struct elf *e, const struct elf_section *code, uint64_t byte, struct elf_symbol *symbol)
{
    for (uint32_t i = 0; i < e->n_sections; i++) {
        struct elf_section r, symbols;
        elf_section_at(e, i, &r);
        if (r.type != SHT_REL || r.info != code->index || r.link >= e->n_sections)
            continue;
        elf_section_at(e, r.link, &symbols);
        for (size_t at = 0; at + sizeof(Elf64_Rel) <= r.n; at += sizeof(Elf64_Rel)) {
            Elf64_Rel rel;
            memcpy(&rel, r.bytes + at, sizeof rel);
            if (rel.r_offset == byte)
                return elf_symbol_at(e, &symbols, ELF64_R_SYM(rel.r_info), symbol);
        }
    }
    return false;
}

void code_constant(const struct function *f, uint32_t insn, struct known *k)
{
    struct elf_symbol s;
    struct elf_section target;
    struct bpf_insn in = code_insn(f, insn), high = code_insn(f, insn + 1);
    *k = (struct known){.kind = KNOWN_CONSTANT, .value = (int64_t)((uint64_t)(uint32_t)high.imm << 32 | (uint32_t)in.imm)};
    if (!relocation_at(f->elf, f->section, (uint64_t)insn * sizeof in, &s))
        return;
    *k = (struct known){.kind = KNOWN_NOTHING};
    if (s.section >= f->elf->n_sections)
        return;
    uint64_t offset = s.value + (s.type == STT_SECTION ? (uint32_t)in.imm : 0);
    int map = map_at(f->code, s.section, offset);
    elf_section_at(f->elf, s.section, &target);
    if (map >= 0)
        *k = (struct known){.kind = KNOWN_MAP, .map = map};
    else if (*target.name == '.')
        *k = (struct known){.kind = KNOWN_GLOBAL, .origin = target.name, .value = (int64_t)offset};
}

struct bpf_insn code_insn(const struct function *f, uint32_t insn)
{
    struct bpf_insn in = {0};
    if (insn < f->section->n / sizeof in)
        memcpy(&in, f->section->bytes + (size_t)insn * sizeof in, sizeof in);
    return in;
}

static void read_function(struct code *c, const struct elf *e, const struct elf_symbol *s)
{
    struct elf_section section;
    elf_section_at(e, s->section, &section);
    uint64_t first = s->value / sizeof(struct bpf_insn), count = s->size / sizeof(struct bpf_insn);
    uint64_t there = section.n / sizeof(struct bpf_insn);
    if (section.type != SHT_PROGBITS || !(section.flags & SHF_EXECINSTR) || first >= there)
        return;
    if (count > there - first)
        count = there - first;
    struct function f = {.code = c, .elf = e, .section = &section, .name = s->name, .first = (uint32_t)first, .n = (uint32_t)count};
    code_follow(&f);
}

struct code *code_read(const struct elf *e)
{
    struct code *c = calloc(1, sizeof *c);
    struct elf_section symbols;
    struct elf_symbol s;
    if (!c || !elf_symbols_find(e, &symbols))
        return c;
    find_maps(c, e, &symbols);
    for (size_t i = 0; elf_symbol_at(e, &symbols, i, &s); i++)
        if (s.type == STT_FUNC && s.section && s.section < e->n_sections)
            read_function(c, e, &s);
    return c;
}

void code_free(struct code *c)
{
    free(c);
}

unsigned code_map_uses(const struct code *c, const char *name)
{
    for (size_t i = 0; c && i < c->n_maps; i++)
        if (!strcmp(c->maps[i].name, name))
            return c->maps[i].uses;
    return 0;
}
