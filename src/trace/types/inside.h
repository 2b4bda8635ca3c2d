/* What the files of types/ share. */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/text.h"
#include "trace/types/find.h"

struct kernel_types;

/* A name of the script or of the kernel: "struct task_struct", "union x", "enum y", or a typedef's. */
struct named_type {
    const char *name;
    struct value_type *type;
    bool of_script;           /* defined there: shadows the kernel's */
    struct named_type *next;  /* of the same hash */
    struct named_type *older; /* of the script, in the order of definition */
};

struct constant;         /* of the script: an enumerator or a #define */
struct enumerator_index; /* of the kernel */

struct types {
    struct arena *arena;
    struct map interned;                  /* hash of a type's shape: struct interned */
    struct map named;                     /* hash of a name: struct named_type */
    struct map by_id;                     /* object << 32 | BTF id: struct value_type */
    struct map later;                     /* a tracepoint's struct that has not been read: struct later */
    struct map arguments;                 /* hash of fields: the first tracepoint's struct that has them */
    struct map tracepoints;               /* hash of a name: the struct of arguments */
    struct map constants;                 /* hash of a name: struct constant */
    struct named_type *last_named;        /* of the script, newest first; for hints */
    struct kernel_types *kernel;          /* NULL until needed */
    struct enumerator_index *enumerators; /* the kernel's; NULL until needed */
    uint32_t string_size;
    uint32_t depth; /* of expressions, declarations and constants that refer to constants */
};

enum { TYPES_MAX_BYTES = 1 << 30, TYPES_MAX_DEPTH = 64 };

/* type.c */
struct value_type *type_new(struct types *t, enum value_kind kind, uint32_t size, uint32_t align);
const struct value_type *type_char(struct types *t); /* what `char *` points to */
const struct value_type *type_function(struct types *t);
const struct value_type *type_float(struct types *t, uint32_t size); /* the bits of it */
/* An array of C: of char it is a string, of unknown length it stays an array. NULL when it is too large. */
const struct value_type *type_c_array(struct types *t, const struct value_type *of, uint32_t count);
uint32_t type_align_up(uint32_t offset, uint32_t align);

/* named.c */
struct value_type *named_get(struct types *t, const char *name, bool *of_script);
bool named_set(struct types *t, const char *name, const struct value_type *type, bool of_script);
/* "struct x" of that name, incomplete when nothing is known of it yet. */
struct value_type *named_struct(struct types *t, const char *name, bool is_union);

bool name_starts(const char *name, const char *prefix);
/* The kinds of BTF (1 << BTF_KIND_…) that "struct x" may stand for, and where x begins. */
uint32_t name_kinds(const char *name, const char **bare);

/* words.c: the language's and those that the ABI fixes; NULL: none of them. words: single blanks. */
const struct value_type *words_find(struct types *t, const char *words);
const char *words_at(const void *arg, size_t i);

/* kernel.c: the kernel's BTF, read on first need. */
struct btf_image;
struct btf_place {
    uint32_t object, id; /* id 0: not found */
};
bool kernel_has_btf(struct types *t);                           /* without reading it */
struct btf_image *kernel_btf(struct types *t, uint32_t object); /* NULL: there is none */
/* The first type of that name whose kind is in the mask (1 << BTF_KIND_…); modules: look into those, too. */
struct btf_place kernel_find(struct types *t, const char *name, uint32_t kinds, bool modules);
/* The same in one module ("vmlinux" is one). */
struct btf_place kernel_find_in(struct types *t, const char *module, const char *name, uint32_t kinds);
/* The descriptor of a module's BTF in the kernel; 0: vmlinux, or not to be had. */
int kernel_btf_fd(struct types *t, uint32_t object);
const char *kernel_object_name(struct types *t, uint32_t object);
uint32_t kernel_objects(struct types *t); /* vmlinux and the modules; 0 without BTF */
/* The name of the struct, union, enum or typedef (or the function) that is nearest; NULL. */
const char *kernel_near(struct types *t, const char *name, uint32_t kinds);
void kernel_destroy(struct kernel_types *kernel);

/* btf.c */
const struct value_type *btf_value_type(struct types *t, uint32_t object, uint32_t id);
/* btf_fields.c */
bool btf_complete(struct types *t, struct value_type *type);
/* btf_words.c: the type as C declares it. */
void btf_declared(const struct btf_image *btf, uint32_t id, struct text *out);

/* tracepoint.c: the fields of a tracepoint's struct that has not been read; NULL: it is none, or cannot be read. */
const struct value_type *tracepoint_read(struct types *t, const struct value_type *type);

/* constants.c */
bool constant_add(struct types *t, const char *name, int64_t value, const struct value_type *type);
/* body: what stands behind the name, read when somebody asks for it. */
bool constant_add_macro(struct types *t, const char *name, const char *body);
void constant_remove(struct types *t, const char *name);
bool constant_is_macro(struct types *t, const char *name);
/* kernel_constants.c */
bool kernel_enumerator(struct types *t, const char *name, int64_t *value, const struct value_type **type);
void kernel_enumerators_free(struct enumerator_index *x);
/* header_constants.c: numbers that the kernel's headers define by #define, of which BTF knows nothing. */
bool header_constant(const char *name, int64_t *value);
