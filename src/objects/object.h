/* A compiled BPF object: opened, set up, loaded. One object at a time in a process: libbpf has one place for its words. */
#pragma once
#include "base/err.h"
#include "base/text.h"
#include "objects/code.h"
#include "objects/elf.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OBJECT_MAX_MAPS = CODE_MAX_MAPS, OBJECT_MAX_PROGRAMS = 512, OBJECT_FILE_CEILING = 256 * 1024 * 1024 };

/* A map, with what loading forgets of it. */
struct object_map {
    struct bpf_map *map;
    const char *name;
    uint32_t key_type, value_type; /* in the object's BTF; 0: not told */
    unsigned uses;                 /* enum map_use */
};

struct object {
    const char *path;
    char name[64]; /* the file's name without folders and endings */
    void *bytes;
    size_t n;
    struct elf elf;
    struct code *code;
    struct dwarf *dwarf; /* NULL: none; see object_dwarf */
    bool dwarf_tried;
    struct btf *kernel_btf; /* NULL: not read yet */
    struct bpf_object *bpf;
    const struct btf *btf; /* NULL: none */
    struct object_map maps[OBJECT_MAX_MAPS];
    size_t n_maps;
    char *log;         /* of the verifier, about the program that was refused */
    struct text lines; /* of libbpf */
};

/* Reads and checks the file, and opens it. 0 or -errno with words; the object is to be closed in any case. */
int object_open(struct object *o, const char *path, struct err *why);
/* Loads it into the kernel: creates its maps, verifies its programs. 0 or -errno; explain_object (objects/explain.h) says why. */
int object_load(struct object *o);
void object_close(struct object *o);

/* NULL when there is none. */
const struct object_map *object_map(const struct object *o, const char *name);
struct bpf_program *object_program(const struct object *o, const char *name);
struct dwarf *object_dwarf(struct object *o); /* NULL when it has none */

/* The capabilities that loading BPF needs and that this process does not have: "CAP_BPF, CAP_PERFMON"; "" when it has them all. */
void object_lacking(char *buf, size_t size);
/* What this process may not do that loading BPF needs, as a sentence; "" when it has every capability. */
void object_missing_privilege(char *buf, size_t size);
