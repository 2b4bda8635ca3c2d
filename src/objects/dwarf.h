/* Types from an object's DWARF: clang leaves out of the BTF whatever only local pointers use, which is what a record in a ring buffer often
 * is. The types that are found are added to a BTF of their own, so that one printer serves both. */
#pragma once
#include "objects/code.h"

struct btf;
struct dwarf;

/* NULL when the object has no DWARF or it cannot be read. The bytes are borrowed. */
struct dwarf *dwarf_open(void *bytes, size_t n);
void dwarf_close(struct dwarf *d); /* NULL is fine */

/* The struct that the record's variable has: by the place where the variable is at that instruction, else by its size among the variables
 * of the function. Returns its id in dwarf_btf, 0 when there is none. */
uint32_t dwarf_record_type(struct dwarf *d, const struct code_record *r);
/* A struct, union or typedef by its name; 0 when there is none. */
uint32_t dwarf_type_named(struct dwarf *d, const char *name);
/* A struct of this size, when there is only one that the object's own code could mean (none of the kernel's headers); else 0. */
uint32_t dwarf_type_sized(struct dwarf *d, size_t size);
/* The types that were found so far. */
struct btf *dwarf_btf(struct dwarf *d);
