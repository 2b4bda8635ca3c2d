/* The functions and variables of one program or library, by address and by name.
 *
 * They come from .symtab; without one, from the separate debug file of the same build id when it is installed; else from .dynsym and the
 * compressed table that some distributions put into .gnu_debugdata. Addresses are those of the file (virtual addresses before it is
 * loaded anywhere); symbols_elf_address and symbols_elf_offset turn them from and into offsets in the file.
 *
 * Held: 16 bytes a symbol and the names. One thread at a time may use an object. Strings live until the next lookup in the object. */
#pragma once
#include "base/err.h"
#include "symbols/symbol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file whose names or symbols are more than this is refused. */
enum { SYMBOLS_ELF_MAX = 4 * 1024 * 1024, SYMBOLS_ELF_NAMES_CEILING = 192 * 1024 * 1024 };

struct symbols_elf;

/* Reads a file's symbols; the descriptor is the caller's and not needed afterwards. `name` stands for the file in words, and is the
 * module of what is found. `roots` are descriptors of root directories whose usr/lib/debug is looked into (that of a process, then the
 * system's), ended by -1; NULL: none. NULL with words when it is no ELF file, or a damaged one; a file without any symbol is fine. */
struct symbols_elf *symbols_elf_create(int fd, const char *name, const int *roots, struct err *why);
/* The same of a file in memory. */
struct symbols_elf *symbols_elf_create_memory(const void *bytes, size_t n, const char *name, struct err *why);
void symbols_elf_destroy(struct symbols_elf *e); /* NULL is fine */

/* What is at an address of the file. False when no symbol covers it. */
bool symbols_elf_find(struct symbols_elf *e, uint64_t address, struct symbol *out);
/* From an offset in the file to the address that it is loaded at, and back. False when it is not loaded. */
bool symbols_elf_address(const struct symbols_elf *e, uint64_t offset, uint64_t *address);
bool symbols_elf_offset(const struct symbols_elf *e, uint64_t address, uint64_t *offset);

/* How far the file was moved when it was loaded, from one of its mapped stretches: where that begins, in memory and in the file. A place in
 * memory is the file's address plus this. False when no segment begins there. */
bool symbols_elf_bias(const struct symbols_elf *e, uint64_t start, uint64_t offset, uint64_t *bias);

struct symbols_elf_place {
    const char *name; /* as the file has it, mangled; lives as long as the object */
    uint64_t address; /* of the file */
    uint64_t offset;  /* in the file, which uprobes want; UINT64_MAX when it is not in the file (a variable of zeros) */
    uint64_t size;    /* 0: unknown */
    bool is_function;
    bool is_resolver; /* a function that only chooses which of several is called by this name: a uprobe there does not see the calls */
};
/* Where a name is. It may be mangled, or as it is demangled, with or without the parameters ("ns::f", "ns::f(int)"): then each overload
 * is a place. Fills at most `room` places, functions first, and returns how many there are. */
size_t symbols_elf_lookup(struct symbols_elf *e, const char *name, struct symbols_elf_place *out, size_t room);
/* Calls fn for each symbol by address (one place may have several names), until it returns false. */
void symbols_elf_each(const struct symbols_elf *e, bool (*fn)(void *arg, const struct symbols_elf_place *place), void *arg);

size_t symbols_elf_count(const struct symbols_elf *e);
/* Bytes held. */
size_t symbols_elf_bytes(const struct symbols_elf *e);
/* The build id as text in base 16, "" when it has none. */
const char *symbols_elf_build_id(const struct symbols_elf *e);
/* Where the symbols are from: "symtab", "debug file", "dynsym", "dynsym and .gnu_debugdata", "none" */
const char *symbols_elf_source(const struct symbols_elf *e);
