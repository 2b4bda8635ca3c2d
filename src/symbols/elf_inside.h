/* Shared by elf*.c only. */
#pragma once
#include "base/arena.h"
#include "base/map.h"
#include "symbols/elf.h"
#include "symbols/image.h"
#include "symbols/strings.h"

/* A resolver chooses among functions when the program starts (STT_GNU_IFUNC); a label is code without a type, from assembly; a stub is
 * NAME@plt. */
enum elf_kind { ELF_FUNCTION, ELF_RESOLVER, ELF_VARIABLE, ELF_STUB, ELF_LABEL };

enum { ELF_MAX_SIZE = (1 << 28) - 1, ELF_DEMANGLED_CEILING = 4 * 1024 * 1024 };

/* 16 bytes: there are many. */
struct elf_entry {
    uint64_t address;
    uint32_t name; /* in the strings */
    uint32_t size : 28, kind : 3, local : 1;
};

struct symbols_elf {
    struct elf_entry *entries; /* by address, then the better name first */
    size_t n;
    uint32_t *by_name; /* made when a name is first looked up */
    struct strings strings;
    struct image_segment *segments; /* those that are loaded */
    uint32_t n_segments;
    char *name; /* of the file */
    char build_id[2 * IMAGE_MAX_BUILD_ID + 1];
    const char *source;
    struct map demangled; /* of an entry's index: its name as people write it */
    struct arena demangled_names;
};

/* Symbols while they are collected. */
struct elf_builder {
    struct elf_entry *entries;
    uint64_t *limits; /* the end of each one's section */
    size_t n, size;
    struct strings *strings;
    uint64_t name_bytes; /* of all names; many may share theirs */
    bool failed;
};

/* Adds a symbol whose name is in the strings already. */
void elf_builder_add(struct elf_builder *b, const struct elf_entry *e, uint64_t limit);
/* Adds what a section of symbols (SHT_SYMTAB, SHT_DYNSYM) has. */
void elf_add_symbols(struct elf_builder *b, const struct image *i, const struct image_section *symbols);
/* Adds the stubs through which functions of other libraries are called. */
void elf_add_stubs(struct elf_builder *b, const struct image *i);
/* Adds the table that is compressed in .gnu_debugdata. False when there is none. */
bool elf_add_debugdata(struct elf_builder *b, const struct image *i);
/* Adds the symbols of the debug file that is installed below a root directory. False when there is none. */
bool elf_add_debug_file(struct elf_builder *b, const struct image *i, int root);

/* Without the version of a versioned name. */
size_t elf_name_length(const char *name);
