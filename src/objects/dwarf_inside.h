/* Shared by dwarf*.c only. */
#pragma once
#include "objects/dwarf.h"

#include <bpf/btf.h>
#include <elfutils/libdw.h>

enum { DWARF_MAX_DEPTH = 32, DWARF_MAX_MEMBERS = 4096, DWARF_MAX_TYPES = 20000 };

struct dwarf_seen {
    Dwarf_Off die;
    uint32_t type;
};

struct dwarf {
    Elf *elf;
    Dwarf *debug;
    struct btf *btf;
    struct dwarf_seen *seen; /* types that were added already */
    size_t n_seen;
};

/* Adds the type of a DIE to the BTF; its id, or 0. Pointers point to nothing. */
uint32_t dwarf_add_type(struct dwarf *d, Dwarf_Die *die);
/* The DIE that an attribute refers to. */
bool dwarf_reference(Dwarf_Die *die, unsigned attribute, Dwarf_Die *to);
/* Skips typedefs and qualifiers. False when nothing is left (void). */
bool dwarf_bare(Dwarf_Die *die, Dwarf_Die *bare);
bool dwarf_number(Dwarf_Die *die, unsigned attribute, Dwarf_Word *v);
