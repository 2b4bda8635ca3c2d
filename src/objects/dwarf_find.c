/* Finding the variable that holds a record. */
#include "objects/dwarf_inside.h"

#include <dwarf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct dwarf *dwarf_open(void *bytes, size_t n)
{
    struct dwarf *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    elf_version(EV_CURRENT);
    d->elf = elf_memory(bytes, n);
    d->debug = d->elf ? dwarf_begin_elf(d->elf, DWARF_C_READ, NULL) : NULL;
    d->btf = d->debug ? btf__new_empty() : NULL;
    if (!d->btf) {
        dwarf_close(d);
        return NULL;
    }
    btf__set_pointer_size(d->btf, 8);
    return d;
}

void dwarf_close(struct dwarf *d)
{
    if (!d)
        return;
    btf__free(d->btf);
    dwarf_end(d->debug);
    elf_end(d->elf);
    free(d->seen);
    free(d);
}

struct btf *dwarf_btf(struct dwarf *d)
{
    return d->btf;
}

/* --- places ------------------------------------------------------------------------------------------------------ */

/* The register that an expression says holds the variable: DW_OP_regN, or DW_OP_bregN 0 as a value. -1: something else. */
static int register_of(const Dwarf_Op *ops, size_t n)
{
    if (n == 1 && ops[0].atom >= DW_OP_reg0 && ops[0].atom <= DW_OP_reg10)
        return ops[0].atom - DW_OP_reg0;
    if (n == 2 && ops[0].atom >= DW_OP_breg0 && ops[0].atom <= DW_OP_breg10 && !ops[0].number && ops[1].atom == DW_OP_stack_value)
        return ops[0].atom - DW_OP_breg0;
    return -1;
}

/* Whether the variable is in one of the registers (bits) when instruction `insn` is next. */
static bool is_in_register(Dwarf_Die *variable, uint32_t insn, uint16_t registers)
{
    Dwarf_Attribute a;
    Dwarf_Op *ops[4];
    size_t n[4];
    if (!registers || !dwarf_attr(variable, DW_AT_location, &a))
        return false;
    int found = dwarf_getlocation_addr(&a, (Dwarf_Addr)insn * 8, ops, n, 4);
    for (int i = 0; i < found; i++) {
        int r = register_of(ops[i], n[i]);
        if (r >= 0 && registers >> r & 1)
            return true;
    }
    return false;
}

/* Whether the variable is the one at this place of the stack. Its place is told from the frame's lower end (or upper end, by some
 * compilers). */
static bool is_on_stack(Dwarf_Die *variable, const struct code_record *r)
{
    Dwarf_Attribute a;
    Dwarf_Op *ops[4];
    size_t n[4];
    if (!dwarf_attr(variable, DW_AT_location, &a))
        return false;
    int found = dwarf_getlocation_addr(&a, (Dwarf_Addr)r->insn * 8, ops, n, 4);
    for (int i = 0; i < found; i++) {
        if (!n[i] || (ops[i][0].atom != DW_OP_fbreg && ops[i][0].atom != DW_OP_breg10))
            continue;
        int64_t at = (int64_t)ops[i][0].number;
        if (at == r->offset || at - r->frame == r->offset)
            return true;
    }
    return false;
}

/* Whether a pointer variable holds the record's address somewhere it is known to be. */
static bool holds_record(Dwarf_Die *variable, const struct code_record *r)
{
    if (r->source != RECORD_RESERVED)
        return is_in_register(variable, r->insn, r->held[0]);
    for (uint32_t i = 0; i + 1 < CODE_TRACE; i++)
        if (is_in_register(variable, r->insn + i + 1, r->held[i]))
            return true;
    return false;
}

/* --- variables --------------------------------------------------------------------------------------------------- */

enum { MATCH_NONE, MATCH_SIZE, MATCH_PLACE, MATCH_BOTH };

struct search {
    const struct code_record *record;
    int match;
    Dwarf_Die type; /* of the best match */
};

static bool is_record_type(Dwarf_Die *type, Dwarf_Word *size)
{
    Dwarf_Die bare;
    *size = 0;
    if (!dwarf_bare(type, &bare))
        return false;
    int tag = dwarf_tag(&bare);
    return (tag == DW_TAG_structure_type || tag == DW_TAG_union_type) && dwarf_number(&bare, DW_AT_byte_size, size) && *size;
}

/* How well the variable fits: by its place, by its size. */
static void consider(struct search *s, Dwarf_Die *variable)
{
    Dwarf_Die type, bare, pointee;
    Dwarf_Word size;
    bool place;
    if (!dwarf_reference(variable, DW_AT_type, &type) || !dwarf_bare(&type, &bare))
        return;
    if (dwarf_tag(&bare) == DW_TAG_pointer_type) {
        if (s->record->source == RECORD_STACK || !dwarf_reference(&bare, DW_AT_type, &pointee))
            return;
        type = pointee;
        place = holds_record(variable, s->record);
    } else {
        place = s->record->source == RECORD_STACK && is_on_stack(variable, s->record);
    }
    if (!is_record_type(&type, &size))
        return;
    int match = (place ? MATCH_PLACE : 0) + (s->record->size == (int64_t)size ? MATCH_SIZE : 0);
    if (match > s->match) {
        s->match = match;
        s->type = type;
    }
}

static void search_scope(struct search *s, Dwarf_Die *scope, unsigned depth) /* NOLINT(misc-no-recursion): DWARF_MAX_DEPTH */
{
    Dwarf_Die child;
    if (depth > DWARF_MAX_DEPTH || dwarf_child(scope, &child))
        return;
    do {
        switch (dwarf_tag(&child)) {
        case DW_TAG_variable:
        case DW_TAG_formal_parameter: consider(s, &child); break;
        case DW_TAG_lexical_block:
        case DW_TAG_inlined_subroutine: search_scope(s, &child, depth + 1); break;
        default: break;
        }
    } while (s->match < MATCH_BOTH && dwarf_siblingof(&child, &child) == 0);
}

/* Calls fn for each child of each compilation unit, until it returns true. */
static bool each_top(struct dwarf *d, bool (*fn)(void *arg, Dwarf_Die *die), void *arg)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die die, child;
    while (dwarf_get_units(d->debug, unit, &unit, NULL, NULL, &die, NULL) == 0) {
        if (dwarf_child(&die, &child))
            continue;
        do
            if (fn(arg, &child))
                return true;
        while (dwarf_siblingof(&child, &child) == 0);
    }
    return false;
}

static bool search_function(void *arg, Dwarf_Die *die)
{
    struct search *s = arg;
    const char *name = dwarf_tag(die) == DW_TAG_subprogram ? dwarf_diename(die) : NULL;
    Dwarf_Addr low;
    if (!name || strcmp(name, s->record->function) != 0 || dwarf_lowpc(die, &low))
        return false;
    search_scope(s, die, 0);
    return s->match == MATCH_BOTH;
}

uint32_t dwarf_record_type(struct dwarf *d, const struct code_record *r)
{
    struct search s = {.record = r};
    each_top(d, search_function, &s);
    return s.match ? dwarf_add_type(d, &s.type) : 0;
}

/* --- names and sizes --------------------------------------------------------------------------------------------- */

struct lookup {
    const char *name;
    size_t size;
    Dwarf_Die found;
    unsigned matches;
};

static bool is_named(void *arg, Dwarf_Die *die)
{
    struct lookup *l = arg;
    int tag = dwarf_tag(die);
    const char *name = dwarf_diename(die);
    Dwarf_Word size;
    if ((tag != DW_TAG_structure_type && tag != DW_TAG_union_type && tag != DW_TAG_typedef) || !name || strcmp(name, l->name) != 0 ||
        !is_record_type(die, &size))
        return false;
    l->found = *die;
    return true;
}

uint32_t dwarf_type_named(struct dwarf *d, const char *name)
{
    struct lookup l = {.name = name};
    return each_top(d, is_named, &l) ? dwarf_add_type(d, &l.found) : 0;
}

/* Types of the kernel's and libbpf's headers are never records. */
static bool is_of_kernel(Dwarf_Die *die)
{
    const char *file = dwarf_decl_file(die);
    return file && (strstr(file, "vmlinux") || strstr(file, "/linux/") || strstr(file, "/bpf/") || strstr(file, "/asm"));
}

static bool is_sized(void *arg, Dwarf_Die *die)
{
    struct lookup *l = arg;
    Dwarf_Word size;
    if (dwarf_tag(die) == DW_TAG_structure_type && dwarf_diename(die) && is_record_type(die, &size) && size == l->size &&
        !is_of_kernel(die)) {
        l->found = *die;
        l->matches++;
    }
    return false;
}

uint32_t dwarf_type_sized(struct dwarf *d, size_t size)
{
    struct lookup l = {.size = size};
    each_top(d, is_sized, &l);
    return l.matches == 1 ? dwarf_add_type(d, &l.found) : 0;
}
