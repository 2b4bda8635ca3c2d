/* Static probes of programs (USDT): the notes that <sys/sdt.h> leaves in a file.
 * Source: https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct static_probe {
    const char *provider, *name, *arguments; /* in the file's bytes */
    uint64_t offset;                         /* in the file */
    uint64_t counter;                        /* of the semaphore, in the file; 0: none */
};

/* Calls fn for each probe of an ELF file in memory, until it returns false. False when it is no ELF file of 64 bits. Any bytes will do. */
bool static_probes_each(const void *bytes, size_t n, bool (*fn)(void *arg, const struct static_probe *probe), void *arg);

enum static_place { STATIC_CONSTANT, STATIC_REGISTER, STATIC_MEMORY };

/* Where an argument is. */
struct static_argument {
    enum static_place place;
    uint8_t size; /* 1, 2, 4, 8 */
    bool is_signed;
    int64_t constant;      /* or what is added to the address */
    int32_t base, index;   /* registers as offsets in struct pt_regs; index -1: none */
    uint32_t scale;        /* of the index */
    uint8_t register_byte; /* 1: the register's second byte (%ah) */
};

/* The i-th of "-4@%edi 8@-8(%rbp) 4@$5". False when there are fewer, or it is of a kind that is not known (floating point). */
bool static_argument_parse(const char *arguments, uint32_t i, struct static_argument *out);
uint32_t static_argument_count(const char *arguments);
