/* Names of the kernel's addresses, from /proc/kallsyms (proc_kallsyms(5)): functions and variables of the kernel and its modules, and
 * the functions that BPF programs became. The list is read when something is first looked up (about 50 ms), then kept: 16 bytes and the
 * name for each symbol, some 6 MB for 150,000 of them. What is loaded later is known after symbols_kernel_refresh.
 *
 * One thread at a time may use an object. Strings live until symbols_kernel_refresh or symbols_kernel_destroy. */
#pragma once
#include "base/err.h"
#include "symbols/symbol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SYMBOLS_KERNEL_CEILING = 4 * 1024 * 1024, SYMBOLS_KERNEL_NAMES_CEILING = 256 * 1024 * 1024 };

struct symbols_kernel;

/* Reads nothing yet. NULL: out of memory. */
struct symbols_kernel *symbols_kernel_create(void);
void symbols_kernel_destroy(struct symbols_kernel *k); /* NULL is fine */

/* Reads the list unless that is done; the lookups do it by themselves. 0, or -errno with words: -EACCES when the kernel hides its
 * addresses from this process. A failure is kept until symbols_kernel_refresh. */
int symbols_kernel_load(struct symbols_kernel *k, struct err *why);
/* The same with a list of that form from elsewhere. */
int symbols_kernel_load_file(struct symbols_kernel *k, const char *path, struct err *why);
/* Forgets the list: the next lookup reads it anew (modules and BPF programs that came since). */
void symbols_kernel_refresh(struct symbols_kernel *k);

/* What is at an address. False when that is not the kernel's, or no symbol is within 1 MiB below it. */
bool symbols_kernel_find(struct symbols_kernel *k, uint64_t address, struct symbol *out);

struct symbols_kernel_place {
    uint64_t address;
    const char *module; /* NULL: the kernel itself */
    bool is_function;
};
/* Where a name is: several static functions may have it. "module:name" is that module's only. Fills at most `room` places, functions
 * first, and returns how many there are. */
size_t symbols_kernel_lookup(struct symbols_kernel *k, const char *name, struct symbols_kernel_place *out, size_t room);
/* Bytes held. */
size_t symbols_kernel_bytes(const struct symbols_kernel *k);
