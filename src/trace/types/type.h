/* Types of values in the tracing language, and how their bytes lie in maps, records and scratch memory.
 *
 * Types are interned per compilation: two equal types are one pointer, so they are compared with ==. They live in the arena. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct text;

enum value_kind {
    VALUE_NONE,     /* nothing: the result of printf() */
    VALUE_INT,      /* size 1, 2, 4, 8; also enums (then .enumeration) and booleans of C */
    VALUE_BOOL,     /* 1 byte; prints as true and false */
    VALUE_STRING,   /* size bytes, NUL-terminated unless full, zeros behind the NUL */
    VALUE_BUFFER,   /* buf(): u32 length, then size - 4 bytes */
    VALUE_POINTER,  /* 8 bytes; .of, .space */
    VALUE_STRUCT,   /* struct or union: .fields; size bytes as C lays them out */
    VALUE_ARRAY,    /* .count times .of */
    VALUE_TUPLE,    /* .fields with empty names: each member begins at a multiple of 8. Padding is zero (tuples are keys). */
    VALUE_RECORD,   /* a tuple whose members have names */
    VALUE_FUNCTION, /* of BTF: only behind a pointer */

    /* What maps hold for aggregations; per CPU, summed by user space. Value layouts in types/aggregate.h. */
    VALUE_COUNT,
    VALUE_SUM, /* .is_signed */
    VALUE_MIN,
    VALUE_MAX,
    VALUE_AVG,
    VALUE_STATS,
    VALUE_HIST,    /* .parameters[0]: bits k */
    VALUE_LHIST,   /* .parameters: min, max, step */
    VALUE_TSERIES, /* .parameters: interval ns, intervals, aggregation */

    /* Numbers whose meaning user space knows when it prints them. */
    VALUE_KSTACK, /* struct value_stack; .parameters[0]: mode, [1]: frames */
    VALUE_USTACK,
    VALUE_KSYM,         /* 8 bytes: address */
    VALUE_USYM,         /* struct value_usym: address, pid, probe */
    VALUE_INET,         /* struct value_inet: family, 16 bytes */
    VALUE_MAC,          /* 6 bytes */
    VALUE_USERNAME,     /* 8 bytes: uid */
    VALUE_PROBE_NAME,   /* 8 bytes: index of the attach point */
    VALUE_TIMESTAMP,    /* strftime(): struct value_timestamp: boot or wall ns, index of the format */
    VALUE_STRERROR,     /* 8 bytes: errno */
    VALUE_SIGNAL_NAME,  /* 8 bytes */
    VALUE_SYSCALL_NAME, /* 8 bytes */
    VALUE_CGROUP_PATH,  /* struct value_cgroup_path: id, index of the glob */
    VALUE_STACK_MODE,   /* the constants perf, bpftrace, raw, build_id: integer in .parameters[0] */
    VALUE_CONTEXT,      /* `ctx` of a probe without a struct */
    VALUE_KINDS,
};

/* Where what a pointer points to can be read from. */
enum space {
    SPACE_NONE,
    SPACE_KERNEL, /* by probe_read_kernel */
    SPACE_USER,   /* by probe_read_user */
    SPACE_BPF,    /* directly: the context, map values, scratch */
};

struct value_field {
    const char *name; /* "": a tuple's member; an anonymous struct's or union's members are listed in its place, with summed offsets */
    const struct value_type *type;
    const char *declared; /* the type as C declares it: "pid_t", "const char *", "char[16]"; NULL: not kept */
    uint32_t offset;      /* bytes */
    uint8_t bit_offset,
        bit_size;     /* of a bit field, from the byte at offset: read (bit_offset + bit_size + 7) / 8 bytes; bit_size 0: none */
    bool is_data_loc; /* a tracepoint's __data_loc: u32, offset in the low half, length in the high half */
    bool is_relative; /* with is_data_loc: __rel_loc, whose offset counts from the end of the u32 */
};

struct value_type {
    enum value_kind kind;
    uint32_t size, align; /* bytes */
    bool is_signed;
    enum space space; /* of a pointer */
    const char *name; /* of a struct, union, enum, typedef or C integer type, as C writes it ("struct task_struct"); else NULL */
    const struct value_type *of;
    uint32_t count; /* elements of an array; 0: unknown */
    struct value_field *fields;
    uint32_t n_fields;
    bool is_complete; /* of a struct: its fields have been read (types_complete does that on first need) */
    bool is_whole;    /* of a struct: those that it holds are complete, too (types_complete_all) */
    bool is_union;
    const struct enumeration *enumeration;
    int64_t parameters[3];
    uint32_t btf_id;     /* of the kernel's BTF; 0: none */
    uint32_t btf_object; /* 0: vmlinux; else a module, as types/ numbers them */
};

struct enumerator {
    const char *name;
    int64_t value;
};

struct enumeration {
    const char *name; /* NULL when it has none */
    const struct enumerator *values;
    uint32_t count;
};

/* Interning. */
struct types;                                    /* of one compilation */
struct types *types_create(struct arena *arena); /* lives in the arena, but for the kernel's BTF: */
void types_destroy(struct types *t);             /* NULL is fine */
/* From now on as on a kernel without BTF: for tests of scripts that must do without. Before the first name is looked up. */
void types_forget_kernel(struct types *t);
/* From now on the kernel's types are those of this BTF image, which must outlive t. Before the first name is looked up. False: it is none.
 */
bool types_use_btf(struct types *t, const void *bytes, size_t size);
/* How many bytes `string` has when the script gives no number, and a tracepoint's __data_loc strings; 64 until told. */
void types_string_size(struct types *t, uint32_t bytes);
const struct value_type *type_none(struct types *t);
const struct value_type *type_int(struct types *t, uint32_t size, bool is_signed);
const struct value_type *type_bool(struct types *t);
const struct value_type *type_string(struct types *t, uint32_t size);
const struct value_type *type_buffer(struct types *t, uint32_t bytes); /* at most so many */
const struct value_type *type_pointer(struct types *t, const struct value_type *of, enum space space);
const struct value_type *type_array(struct types *t, const struct value_type *of, uint32_t count);
/* Each member begins at a multiple of 8. names NULL: a tuple. */
const struct value_type *type_tuple(struct types *t, const struct value_type *const *members, const char *const *names, uint32_t n);
/* All other kinds: the size is that of the kind. */
const struct value_type *type_special(struct types *t, enum value_kind kind, bool is_signed, int64_t p0, int64_t p1, int64_t p2);

static inline bool type_is_aggregate(const struct value_type *t) /* counted per CPU */
{
    return t->kind >= VALUE_COUNT && t->kind <= VALUE_TSERIES;
}
static inline bool type_is_number(const struct value_type *t)
{
    return t->kind == VALUE_INT || t->kind == VALUE_BOOL;
}
/* Held in a register by the code generator, not in memory. */
static inline bool type_is_scalar(const struct value_type *t)
{
    return t->kind == VALUE_INT || t->kind == VALUE_BOOL || t->kind == VALUE_POINTER || t->kind == VALUE_KSYM ||
           t->kind == VALUE_USERNAME || t->kind == VALUE_PROBE_NAME || t->kind == VALUE_STRERROR || t->kind == VALUE_SIGNAL_NAME ||
           t->kind == VALUE_SYSCALL_NAME || t->kind == VALUE_STACK_MODE || t->kind == VALUE_CONTEXT;
}
/* "uint64", "string[64]", "struct task_struct *", "(int64,string[16])": as bpftrace names them. */
void type_print(const struct value_type *type, struct text *out);
/* Its name in an error: as type_print, in the arena. */
const char *type_words(struct types *t, const struct value_type *type);
