/* Values of any C type, read by their BTF: a walk over the fields, and the forms that people and programs want of it.
 *
 * Pure: types and bytes go in, fields come out. The BTF must have passed btf_check (or come from the kernel); the bytes are distrusted and
 * may be fewer than the type has (a record that its program cut): then what is there is shown. Nesting, arrays and the number of fields
 * have ceilings.
 *
 * Fields say more than their integers when their type or their typedef's name does (typed_forms.c):
 *   ipv4_addr, struct in_addr      __u32 in network order            10.0.0.1
 *   ipv6_addr, struct in6_addr     16 bytes                          ::1
 *   mac_addr                       6 bytes                           02:00:00:00:00:01
 *   __be16, __be32, __be64         numbers in network order          443  (a __be32 named like an address, "saddr", is one)
 *   duration_ns, _us, _ms          a length of time                  3.2 ms         (JSON: the number)
 *   timestamp_ns, boot_time_ns     bpf_ktime_get_ns, _get_boot_ns    2026-11-21T…Z
 *   utc_ns                         nanoseconds since 1970            2026-11-21T…Z
 *   size_bytes                     bytes                             1.4 MiB        (JSON: the number)
 *   error_no, signal_no            0, 2 or -2; 9                     ENOENT; SIGKILL
 *   kernel_addr                    a kernel address                  vfs_read+0x10
 *   user_addr                      an address of the process that    main+0x12 (a.out)
 *                                  the value's tgid or pid names
 *   stack_id                       a stack in a stack map            [vfs_read+0x10, ksys_read+0x6f]
 *   hex_u8 … hex_u64               numbers best read in base 16      0x1f
 * A char array is text up to its first NUL. Integers named like the number of a stack ("user_stack_id") are stack_id, arrays of 8-byte
 * numbers named like a stack ("kstack", "frames") are addresses, if their types do not say otherwise. */
#pragma once
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

enum { TYPED_MAX_DEPTH = 32, TYPED_MAX_FIELDS = 65536, TYPED_MAX_FRAMES = 1024 };

enum leaf_kind {
    LEAF_UNSIGNED,
    LEAF_SIGNED,
    LEAF_BOOL,
    LEAF_REAL,
    LEAF_NAME,     /* words: the name of an enum's value, an address, a time, a function */
    LEAF_TEXT,     /* bytes that are text: a char array */
    LEAF_HEX,      /* a pointer, or a number best read in base 16 */
    LEAF_BYTES,    /* an array of bytes that are not text */
    LEAF_DURATION, /* .u times .scale nanoseconds */
    LEAF_SIZE,     /* bytes in .u */
    LEAF_TIME,     /* nanoseconds since 1970 in .i */
    LEAF_NONE,     /* nothing: a time of 0, bytes that are not there */
    LEAF_CUT,      /* the walk ends here: a ceiling was reached */
};

struct leaf {
    enum leaf_kind kind;
    union {
        uint64_t u; /* UNSIGNED, BOOL, HEX, DURATION, SIZE */
        int64_t i;
        double real;
    };
    uint32_t scale;    /* DURATION: nanoseconds of one unit */
    uint8_t width;     /* bytes of the number; 0: not a number, or a bit field */
    bool swapped;      /* the number is stored in network order */
    const char *bytes; /* TEXT, BYTES: into the value */
    size_t n;
    const void *at;  /* where it lies in the value */
    bool stack;      /* a number of a stack map's stack */
    char words[256]; /* NAME */
};

/* An address of the kernel, or of a process. */
struct code_address {
    uint64_t address;
    uint32_t pid;  /* 0: unknown */
    bool returned; /* it is where a call returns to: the call stands before it, and may be the last instruction of its function */
};

/* What a field's form needs to know of the world, and what the user asked for. All zero is fine. */
struct typed_options {
    int64_t mono_to_utc_ns, boot_to_utc_ns; /* 0: times are shown as numbers */
    /* Puts the name of an address into buf; false: none. May be NULL. */
    bool (*symbol)(void *arg, const struct code_address *at, char *buf, size_t size);
    void *symbol_arg;
    uint32_t pid; /* whose the addresses of user space are; 0: what the value itself says (typed_pid) */
    /* Fills in the addresses of a stack whose number the field has; how many there are, 0: no such stack. May be NULL. */
    size_t (*stack)(void *arg, const char *field, uint32_t id, uint64_t *frames, size_t room);
    /* Whose stack that is, of the stack map of that name; 0: not known. May be NULL. */
    uint32_t (*stack_pid)(void *arg, const char *map, uint32_t id);
    void *stack_arg;
    /* Names of fields that have a form though their type does not say so ("sip" → "ipv4_addr"); NULL: none. */
    const char *(*form_of)(void *arg, const char *field);
    void *form_arg;
};

/* Receives a walk. name: of the field; NULL for an item of an array and for the whole. */
struct typed_visitor {
    void (*open)(void *arg, const char *name, bool array);
    void (*leaf)(void *arg, const char *name, const struct leaf *leaf);
    void (*close)(void *arg);
    void *arg;
};

/* Visits the value of a type in n bytes. Members of anonymous structs and unions are visited as their parent's. */
void typed_walk(const struct btf *btf, uint32_t type, const void *bytes, size_t n, const struct typed_options *o,
                const struct typed_visitor *v);

/* "443"; "pid=12 comm=\"cat\" flow={sip=10.0.0.1 dip=10.0.0.2} buckets=[1, 2]" */
void typed_add_text(struct text *out, const struct btf *btf, uint32_t type, const void *bytes, size_t n, const struct typed_options *o);
/* One JSON value, without a newline. Stable: fields in the order of their declaration, 64-bit numbers in full. */
void typed_add_json(struct text *out, const struct btf *btf, uint32_t type, const void *bytes, size_t n, const struct typed_options *o);
/* One leaf. */
void leaf_add_text(struct text *out, const struct leaf *l);
void leaf_add_json(struct text *out, const struct leaf *l);
/* The leaf as a number, in the unit that it has. False: it is none. */
bool leaf_number(const struct leaf *l, double *number);
/* Bytes without a type: "1f 00 00 2a" and a JSON string "1f00002a". At most `most` bytes of the text form, then how many more. */
void typed_add_hex(struct text *out, const void *bytes, size_t n, size_t most);
/* Lines of 16 bytes with their place and their characters, as hexdump -C writes them; equal lines become one "*". */
void typed_add_hexdump(struct text *out, const void *bytes, size_t n, const char *indent);
void typed_add_json_hex(struct text *out, const void *bytes, size_t n);

/* Adds the numbers of `from` to those of `to`, field by field (values of a per-CPU map). False, and nothing done, when the type holds
 * something that has no sum: text, enums, pointers, bit fields. */
bool typed_sum(const struct btf *btf, uint32_t type, void *to, const void *from, size_t n);

/* The process that the value is about, by its fields' names: tgid, the upper half of pid_tgid, else pid, else tid. 0: it does not say. */
uint32_t typed_pid(const struct btf *btf, uint32_t type, const void *bytes, size_t n);

/* Size of a type in bytes, 0 when it has none. */
size_t typed_size(const struct btf *btf, uint32_t type);
/* The type without typedefs and qualifiers; 0 when there is none. */
uint32_t typed_bare_type(const struct btf *btf, uint32_t type);
/* The i-th form that typed_options.form_of may name; NULL past the last. */
const char *typed_form_at(size_t i);
