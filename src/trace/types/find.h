/* Types by name: of the language, of the script's own C, of the kernel's BTF, of tracepoints' formats. */
#pragma once
#include "trace/front/tree.h"
#include "trace/types/type.h"

/* Reads the script's struct, union, enum and typedef definitions, #define constants and #include lines (which are passed over: the
 * kernel's BTF has the types). */
void types_define(struct types *t, const struct script *script, struct complaints *c);
/* The type that is written; NULL after a complaint (with the near name as a hint). Pointers are of SPACE_KERNEL unless told otherwise.
 * typeof is left to the caller: `of` must be NULL. */
const struct value_type *types_named(struct types *t, const struct type_name *name, enum space space, struct complaints *c);
/* "struct task_struct", "int", "u64", "size_t" … ; NULL when nothing has that name. */
const struct value_type *types_find(struct types *t, const char *name);
/* The same type with its fields read; for structs only known by name (a pointer's target) until now. */
const struct value_type *types_complete(struct types *t, const struct value_type *type);
/* The same, and the structs that it holds (not those that it points to): for values that are printed whole. */
const struct value_type *types_complete_all(struct types *t, const struct value_type *type);
/* A field by name, through anonymous members; NULL: there is none. */
const struct value_field *type_field(struct types *t, const struct value_type *type, const char *name);
/* The field whose name is nearest, for "did you mean"; NULL. */
const char *type_near_field(struct types *t, const struct value_type *type, const char *name);
/* An enumerator of the script or of the kernel, or a #define of a number. False when there is none of that name. *type may be NULL. */
bool types_constant(struct types *t, const char *name, int64_t *value, const struct value_type **type);
/* What a #define of the script that is no number stands for, as it was written: "\"text\"" with its quotes, or an expression of the
 * language. NULL: there is none of that name, or it is a number. */
const char *types_macro(struct types *t, const char *name);

/* The struct of a tracepoint's arguments, from tracefs events/CATEGORY/NAME/format: offsets are those of the perf tracepoint's record.
 * Pointers to struct get their type from BTF; fields of system calls marked __user are SPACE_USER. NULL with *why in words: not there, no
 * permission, no tracefs. The format is read when a field is looked for, or by types_complete: that gives tracepoints with the same fields
 * one type. */
struct err;
const struct value_type *types_tracepoint(struct types *t, const char *category, const char *name, struct err *why);
/* The same from the text of a format file. NULL when it has no field. */
const struct value_type *types_tracepoint_format(struct types *t, const char *category, const char *name, const char *text, size_t length);
/* A kernel function's arguments by BTF as a struct whose fields are the arguments at offset 8 * i, as in a tracing program's context;
 * *returns gets the type of what it returns (type_none for void). module: "vmlinux", or a module's name; NULL: wherever it is. *btf_id and
 * *btf_fd (0: vmlinux) are what BPF_PROG_LOAD wants as attach_btf_id and attach_btf_obj_fd. */
struct function_types {
    const struct value_type *arguments, *returns;
    uint32_t btf_id;
    int btf_fd;
};
int types_function(struct types *t, const char *module, const char *name, struct function_types *out, struct err *why);
/* The arguments of a raw tracepoint (BTF typedef btf_trace_NAME), as above; btf_id is that typedef's, for tp_btf. */
int types_raw_tracepoint(struct types *t, const char *name, struct function_types *out, struct err *why);

/* --- listings ----------------------------------------------------------------------------------------------------------------- */

/* "char prev_comm[16]", "struct file * file": a field as C declares it, as bpftrace lists arguments. */
void field_declare(const struct value_field *field, struct text *out);
/* The definition in C of the kernel's "struct NAME", "union NAME" or "enum NAME", with a semicolon and a newline. False: there is none. */
bool types_describe(struct types *t, const char *name, struct text *out);
enum types_sort {
    TYPES_FUNCTIONS,       /* "vfs_read" */
    TYPES_STRUCTS,         /* "struct file", "union …", "enum …" */
    TYPES_RAW_TRACEPOINTS, /* "sched_switch" */
};
/* Each name that the kernel's BTF has of that sort, in its order, with its module ("vmlinux" is one); until `each` returns false. */
void types_each(struct types *t, enum types_sort sort, bool (*each)(void *arg, const char *module, const char *name), void *arg);
