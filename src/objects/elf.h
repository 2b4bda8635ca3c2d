/* Reading an ELF file of BPF code without trusting it: every offset and length is checked against the bytes that are there.
 *
 * Only what a compiled BPF object is: 64 bit, little endian, relocatable, machine BPF (elf(5), linux/elf-em.h). */
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf {
    const unsigned char *bytes; /* borrowed */
    size_t n;
    uint32_t n_sections, names; /* names: the section that holds their names */
    uint64_t headers;           /* where the section headers are */
};

struct elf_section {
    uint32_t index, type, link, info;
    uint64_t flags;
    const char *name; /* "" when it has none */
    const unsigned char *bytes;
    size_t n; /* 0 for a section without bytes in the file */
};

struct elf_symbol {
    const char *name;
    unsigned char type; /* STT_… */
    uint32_t section;   /* index, or a special one (SHN_UNDEF…) */
    uint64_t value, size;
};

/* Checks the file and all its section headers. 0 or -errno with a sentence that names the file. */
int elf_open(struct elf *e, const char *name, const void *bytes, size_t n, struct err *why);
/* The i-th section; i < n_sections. */
void elf_section_at(const struct elf *e, uint32_t i, struct elf_section *s);
bool elf_section_find(const struct elf *e, const char *name, struct elf_section *s);
/* The i-th symbol of a symbol table; false past the last. */
bool elf_symbol_at(const struct elf *e, const struct elf_section *symbols, size_t i, struct elf_symbol *out);
bool elf_symbols_find(const struct elf *e, struct elf_section *symbols);
