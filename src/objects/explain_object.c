/* Where the instructions of a loaded program are in its object. libbpf puts a program together from its function and, behind it, the
 * functions that it calls, each when it is first met, deep before wide; the verifier's numbers count through all of them. */
#include "objects/btf_check.h"
#include "objects/explain_inside.h"

#include <elf.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_PIECES = 256,
    MAX_INSNS = 1 << 20,
};

/* A function within the loaded program. */
struct piece {
    uint32_t section; /* where its code is */
    uint32_t first;   /* its first instruction there */
    uint32_t count;   /* how many */
    uint32_t loaded;  /* number of its first instruction in the loaded program */
};

struct layout {
    struct piece pieces[MAX_PIECES];
    size_t n;
};

void object_view_read(struct object_view *o, const void *bytes, size_t size)
{
    struct elf_section btf, ext;
    *o = (struct object_view){0};
    o->readable = bytes && elf_open(&o->elf, "", bytes, size, NULL) == 0 && elf_symbols_find(&o->elf, &o->symbols);
    if (!o->readable || !elf_section_find(&o->elf, ".BTF", &btf) || btf_check(btf.bytes, btf.n, NULL) != 0)
        return;
    o->btf = btf__new(btf.bytes, (uint32_t)btf.n);
    if (o->btf && elf_section_find(&o->elf, ".BTF.ext", &ext))
        lines_find(o, &ext);
}

void object_view_free(struct object_view *o)
{
    btf__free(o->btf);
    *o = (struct object_view){0};
}

static bool is_function(const struct object_view *o, const struct elf_symbol *s)
{
    return s->type == STT_FUNC && s->section < o->elf.n_sections;
}

static bool find_program(const struct object_view *o, const char *name, struct elf_symbol *out)
{
    for (size_t i = 0; o->readable && elf_symbol_at(&o->elf, &o->symbols, i, out); i++)
        if (is_function(o, out) && !strcmp(out->name, name))
            return true;
    return false;
}

static bool function_at(const struct object_view *o, uint32_t section, uint64_t insn, struct elf_symbol *out)
{
    for (size_t i = 0; elf_symbol_at(&o->elf, &o->symbols, i, out); i++)
        if (is_function(o, out) && out->section == section && out->value == insn * sizeof(struct bpf_insn))
            return true;
    return false;
}

static struct elf_section section_of(const struct object_view *o, uint32_t section)
{
    struct elf_section s;
    elf_section_at(&o->elf, section, &s);
    return s;
}

static const char *section_name(const struct object_view *o, uint32_t section)
{
    return section_of(o, section).name;
}

const char *object_section(const struct object_view *o, const char *program)
{
    struct elf_symbol s;
    return find_program(o, program, &s) ? section_name(o, s.section) : NULL;
}

/* The symbol that the relocation at `offset` of the section refers to. */
static bool find_relocation(const struct object_view *o, uint32_t section, uint64_t offset, struct elf_symbol *out)
{
    for (uint32_t i = 0; i < o->elf.n_sections; i++) {
        struct elf_section s;
        elf_section_at(&o->elf, i, &s);
        if (s.type != SHT_REL || s.info != section)
            continue;
        for (size_t at = 0; at + sizeof(Elf64_Rel) <= s.n; at += sizeof(Elf64_Rel)) {
            Elf64_Rel rel;
            memcpy(&rel, s.bytes + at, sizeof rel);
            if (rel.r_offset == offset)
                return elf_symbol_at(&o->elf, &o->symbols, ELF64_R_SYM(rel.r_info), out) && out->section < o->elf.n_sections;
        }
    }
    return false;
}

/* --- where instructions are --- */

static bool add_piece(struct layout *l, const struct object_view *o, const struct elf_symbol *f)
{
    uint64_t first = f->value / sizeof(struct bpf_insn), count = f->size / sizeof(struct bpf_insn);
    uint64_t there = section_of(o, f->section).n / sizeof(struct bpf_insn);
    for (size_t i = 0; i < l->n; i++)
        if (l->pieces[i].section == f->section && l->pieces[i].first == first)
            return false;
    if (l->n == MAX_PIECES || first > there || count > there - first || count > MAX_INSNS)
        return false;
    struct piece *last = l->n ? &l->pieces[l->n - 1] : NULL;
    l->pieces[l->n++] = (struct piece){f->section, (uint32_t)first, (uint32_t)count, last ? last->loaded + last->count : 0};
    return true;
}

/* The function that an instruction calls or takes the address of. */
static bool callee(const struct object_view *o, const struct piece *from, uint32_t at, const struct bpf_insn *insn, struct elf_symbol *out)
{
    struct elf_symbol to;
    bool call = insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
    if (!call && insn->code != (BPF_LD | BPF_IMM | BPF_DW))
        return false;
    uint64_t offset = (uint64_t)(from->first + at) * sizeof *insn;
    if (find_relocation(o, from->section, offset, &to)) {
        int64_t target = (int64_t)(to.value / sizeof *insn) + (call ? (int64_t)insn->imm + 1 : insn->imm / (int)sizeof *insn);
        return target >= 0 && function_at(o, to.section, (uint64_t)target, out);
    }
    int64_t target = (int64_t)from->first + at + insn->imm + 1;
    return call && target >= 0 && function_at(o, from->section, (uint64_t)target, out);
}

static void add_callees(struct layout *l, const struct object_view *o, size_t piece)
{
    const struct piece from = l->pieces[piece];
    const uint8_t *code = section_of(o, from.section).bytes;
    for (uint32_t at = 0; at < from.count; at++) {
        struct bpf_insn insn;
        struct elf_symbol f;
        memcpy(&insn, code + (size_t)(from.first + at) * sizeof insn, sizeof insn);
        if (callee(o, &from, at, &insn, &f) && add_piece(l, o, &f))
            add_callees(l, o, l->n - 1);
    }
}

/* False when the program is not in the object. */
static bool lay_out(struct layout *l, const struct object_view *o, const char *program)
{
    struct elf_symbol f;
    l->n = 0;
    if (!find_program(o, program, &f) || !add_piece(l, o, &f))
        return false;
    add_callees(l, o, 0);
    return true;
}

static const struct piece *piece_of(const struct layout *l, int insn)
{
    for (size_t i = 0; insn >= 0 && i < l->n; i++)
        if ((uint32_t)insn >= l->pieces[i].loaded && (uint32_t)insn - l->pieces[i].loaded < l->pieces[i].count)
            return &l->pieces[i];
    return NULL;
}

bool object_locate(const struct object_view *o, const char *program, int insn, struct code_place *out)
{
    struct layout *l = malloc(sizeof *l);
    const struct piece *p = l && lay_out(l, o, program) ? piece_of(l, insn) : NULL;
    bool found = p != NULL;
    if (found)
        *out = (struct code_place){p->section, p->first, p->first + ((uint32_t)insn - p->loaded)};
    free(l);
    return found;
}

const char *object_map_at(const struct object_view *o, const char *program, int insn)
{
    struct code_place at;
    struct elf_symbol s;
    if (!object_locate(o, program, insn, &at) || !find_relocation(o, at.section, (uint64_t)at.insn * sizeof(struct bpf_insn), &s) ||
        s.type == STT_FUNC)
        return NULL;
    const char *section = section_name(o, s.section);
    return !strcmp(section, ".maps") ? s.name : section;
}
