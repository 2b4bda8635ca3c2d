/* Symbols of files, each read once however many processes use it: a file is known by device, inode, size and time of its last change.
 * Those that were not asked for longest are forgotten when all together hold more than SYMBOLS_FILES_BYTES.
 *
 * One thread at a time may use an object. What is returned lives until the next call with the same object. */
#pragma once
#include "symbols/elf.h"

enum { SYMBOLS_FILES_BYTES = 256 * 1024 * 1024, SYMBOLS_FILES_MAX = 1024 };

struct symbols_files;

/* bytes: the ceiling; 0: SYMBOLS_FILES_BYTES. The file that is in use is kept even when it is larger. NULL: out of memory. */
struct symbols_files *symbols_files_create(size_t bytes);
void symbols_files_destroy(struct symbols_files *f); /* NULL is fine */

/* A program or library by its path in this mount namespace, or in that of a process (pid; 0: this one): what a uprobe is attached to.
 * NULL with words. */
struct symbols_elf *symbols_files_open(struct symbols_files *f, uint32_t pid, const char *path, struct err *why);

struct symbols_file_key {
    uint64_t device, inode, size;
    int64_t changed_ns;
};
/* The key of an open file. False with errno, EINVAL when it is no regular file. */
bool symbols_files_key(int fd, struct symbols_file_key *key);
/* An open file; what it is called, and where its debug file may be, as for symbols_elf_create. A file that could not be read is not read
 * again: NULL with the same words. */
struct symbols_elf *symbols_files_get(struct symbols_files *f, int fd, const char *name, const int *roots, struct err *why);
/* One in memory (the vDSO), known by what is in it. */
struct symbols_elf *symbols_files_get_memory(struct symbols_files *f, const void *bytes, size_t n, const char *name,
                                             struct symbols_file_key *key);
/* What is known of a file. False: nothing, it must be opened. Else *elf, NULL when it could not be read. */
bool symbols_files_known(struct symbols_files *f, const struct symbols_file_key *key, struct symbols_elf **elf);

size_t symbols_files_count(const struct symbols_files *f);
size_t symbols_files_bytes(const struct symbols_files *f);
