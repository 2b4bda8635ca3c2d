/* What the programs of an object do with its maps, read from their instructions: which records go into which buffer and where their
 * bytes come from, which maps only user space can fill.
 *
 * Each function is followed once, from its first instruction to its last, with what is known of each register: a constant, a map, a place
 * on the stack, the value of a map. What is not certain is unknown; nothing here decides more than how a record is shown.
 * Instruction set: Documentation/bpf/standardization/instruction-set.rst; helpers: linux/bpf.h. */
#pragma once
#include "base/err.h"
#include "objects/elf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CODE_MAX_RECORDS = 128, CODE_MAX_MAPS = 256, CODE_TRACE = 48 };

/* Where the bytes of a record are made. */
enum record_source {
    RECORD_UNKNOWN,
    RECORD_RESERVED, /* in the buffer: the result of bpf_ringbuf_reserve */
    RECORD_STACK,    /* a variable on the stack */
    RECORD_MAP,      /* the value of a map: `origin` is its name */
    RECORD_GLOBAL,   /* a variable of the section `origin` at `offset` */
};

/* A call that sends a record, or reserves it. */
struct code_record {
    const char *map;      /* the buffer's name; all names are borrowed from the file */
    const char *function; /* its name */
    uint32_t insn;        /* of the call, counted from the start of its section */
    int64_t size;         /* -1: not constant */
    enum record_source source;
    const char *origin;
    int32_t offset; /* RECORD_STACK: from the frame's end, negative; RECORD_GLOBAL: in its section */
    int32_t frame;  /* bytes of stack that the function uses */
    /* Bit r: register r holds the record's address, after the call's i-th following instruction (RECORD_RESERVED), or before the call
     * (others: held[0]). */
    uint16_t held[CODE_TRACE];
};

enum map_use {
    MAP_READ = 1 << 0,      /* looked up, redirected through, asked */
    MAP_WRITTEN = 1 << 1,   /* elements are made or changed by a helper */
    MAP_SENT = 1 << 2,      /* records are sent to it */
    MAP_COUNTERS = 1 << 3,  /* hardware counters are read through it */
    MAP_TAIL_CALL = 1 << 4, /* programs are called through it */
    MAP_OTHER = 1 << 5,
};

struct code_map {
    const char *name;
    uint32_t section;
    uint64_t offset; /* of its definition */
    unsigned uses;   /* enum map_use */
};

struct code {
    struct code_map maps[CODE_MAX_MAPS];
    size_t n_maps;
    struct code_record records[CODE_MAX_RECORDS];
    size_t n_records;
    bool prints; /* bpf_printk */
};

/* Reads the code of an object. NULL when out of memory. The names live as long as the file's bytes. */
struct code *code_read(const struct elf *e);
void code_free(struct code *c);
/* How a map is used; 0 when no instruction names it. */
unsigned code_map_uses(const struct code *c, const char *name);
