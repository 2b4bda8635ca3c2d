/* The tree of a script, as the parser makes it. Nodes live in the arena of the compilation; lists are linked by `next`.
 *
 * The grammar is bpftrace's (its manual, "The bpftrace language"); what a name means is found by the checker, which also gives each
 * expression its type. */
#pragma once
#include "trace/front/source.h"

struct arena;
struct value_type;

enum node_kind {
    /* Expressions */
    NODE_INTEGER,    /* integer: 12, 0x1f, 1e6, 1_000, 10ms (durations are in ns), 'x'; .is_unsigned by a u or ul suffix */
    NODE_STRING,     /* string, escapes undone; may hold NUL */
    NODE_BOOL,       /* integer 0 or 1 */
    NODE_NAME,       /* a builtin (pid, comm, args …), an enumerator, a constant, a macro's parameter */
    NODE_VARIABLE,   /* $name */
    NODE_MAP,        /* @name, or @ (name ""); .key NULL or one expression: several keys make a NODE_TUPLE */
    NODE_POSITIONAL, /* $1: integer is its number; $# is number 0 with name "#" */
    NODE_CALL,       /* name(arguments): .first the arguments */
    NODE_UNARY,      /* operator left: - ! ~ * & */
    NODE_STEP,       /* ++ and --: operator TOKEN_INCREMENT or _DECREMENT; .prefix says where it stood */
    NODE_BINARY,     /* left operator right */
    NODE_TERNARY,    /* condition ? left : right; right and left may not be NULL */
    NODE_CAST,       /* (type)left */
    NODE_SIZEOF,     /* sizeof(type) or sizeof(left); a bare name, sizeof(pid_t), has both: left the NODE_NAME, .type_name its words */
    NODE_OFFSETOF,   /* offsetof(type, a.b.c) or offsetof(left, …), both for a bare name: .first the names, as NODE_NAME */
    NODE_TYPEOF,     /* typeof(left) or typeof(type), both for a bare name, where an expression may stand for a type */
    NODE_FIELD,      /* left.name */
    NODE_ARROW,      /* left->name */
    NODE_MEMBER,     /* left.0: a tuple's member, integer is its number */
    NODE_INDEX,      /* left[right] */
    NODE_TUPLE,      /* (a, b): .first the members; (a,) has one, () none */
    NODE_RECORD,     /* (x = 1, y = 2): .first the members, each NODE_ASSIGN with a NODE_NAME on the left */
    NODE_BLOCK,    /* { statements }: .first; as an expression its value is the last statement, when it has no semicolon: see node_value */
    NODE_COMPTIME, /* comptime left */
    NODE_TYPE,     /* a type where a function takes one: .type_name */

    /* Statements */
    NODE_STATEMENT, /* an expression where a statement stands, with or without a semicolon: left. (NODE_IF and NODE_BLOCK stand bare.) */
    NODE_ASSIGN,    /* left operator right; operator TOKEN_ASSIGN, or that of a compound (TOKEN_PLUS of +=); left NULL: _ = right */
    NODE_LET,       /* let $left: type = right; type_name and right may be NULL */
    NODE_IF,        /* condition, left, right (else, may be NULL; NODE_IF for else if); an expression when used as one.
                       Bodies are NODE_BLOCK, also when they were written without braces. */
    NODE_WHILE,     /* condition, left */
    NODE_FOR_MAP,   /* for ($left : @right) { body } */
    NODE_FOR_RANGE, /* for ($left : condition..right) { body } */
    NODE_UNROLL,    /* unroll (condition) { left } */
    NODE_BREAK,
    NODE_CONTINUE,
    NODE_RETURN, /* left may be NULL */
};

enum { NODE_DEPTH_MAX = 400 };

/* A type as it is written: "struct task_struct *", "uint8[16]", "string[64]", "(int32, string)". Resolved by types/. */
struct type_name {
    struct place place;
    const char *words;        /* the words with single blanks: "unsigned int", "struct task_struct"; NULL for a tuple or typeof */
    uint32_t stars;           /* of pointers */
    uint32_t dimensions;      /* of arrays; up to 4 */
    int64_t counts[4];        /* elements of each; -1: left open, [] */
    struct node *of;          /* typeof(of); a bare name in it, typeof(x), may be a type: then .words has it too */
    struct type_name *member; /* of a tuple: the first; then `next` */
    struct type_name *next;
};

/* One struct for all kinds: the comment at each kind says which members it uses. Others are zero. */
struct node {
    enum node_kind kind;
    struct place place;
    struct node *next; /* in a list */
    const char *name;  /* NUL-terminated, without its sigil */
    uint32_t length;   /* of a string's bytes */
    int operator;      /* enum token_kind */
    uint64_t integer;
    bool is_unsigned, prefix;
    bool valued;            /* NODE_BLOCK: its last statement has no semicolon and is its value */
    bool parenthesized;     /* it stood in parentheses */
    uint16_t depth;         /* of the tree from here down, 1 for a leaf; at most NODE_DEPTH_MAX, so that phases may recurse */
    struct node *key;       /* NODE_MAP */
    struct node *condition; /* or range begin, or unroll's count */
    struct node *left, *right;
    struct node *body;             /* of for */
    struct node *first;            /* members, arguments, statements */
    struct type_name *type_name;   /* of casts, sizeof, offsetof, let */
    const struct value_type *type; /* set by the checker */
    void *meaning;                 /* set by the checker: the builtin, variable or map that the name stands for */
};

enum { ATTACH_PARTS_MAX = 6 };

/* kprobe:vfs_*, as written. Wildcards are expanded by probes/. */
struct attach_point {
    struct place place;
    const char *text; /* the whole, without blanks around it, $1 replaced by the script's argument: "uprobe:/bin/bash:readline+4" */
    const char *parts[ATTACH_PARTS_MAX]; /* of the text, split at colons outside quotes; quotes taken off */
    uint32_t n_parts;
    struct attach_point *next;
};

struct probe {
    struct place place; /* of the attach points */
    struct attach_point *points;
    struct node *predicate; /* NULL: none */
    struct node *body;      /* NODE_BLOCK */
    struct probe *next;
};

/* name = value; of config = { … }. */
struct setting {
    struct place place;
    const char *name, *value; /* the value as text: 64, "perf", true */
    struct setting *next;
};

/* let @a = lruhash(100); */
struct map_declaration {
    struct place place;
    const char *name, *type;
    uint64_t entries;
    struct map_declaration *next;
};

struct parameter {
    struct place place;
    const char *name;            /* without its sigil */
    char sigil;                  /* '$', '@' or 0: of a macro's parameter, an expression */
    struct type_name *type_name; /* of subprograms */
    struct parameter *next;
};

/* fn name($a: int64): int64 { … } (a subprogram) or macro name(a, $b, @c) { … } */
struct function {
    struct place place;
    const char *name;
    bool is_macro;
    struct parameter *parameters;
    struct type_name *returns;
    struct node *body;
    struct function *next;
};

/* A stretch of C at the top: struct, union or enum definitions, typedefs, #define and #include lines. Read by types/. */
struct definition {
    struct place place;
    struct definition *next;
};

struct script {
    struct setting *settings;
    struct definition *definitions;
    struct map_declaration *maps;
    struct function *functions; /* macros and subprograms */
    struct probe *probes;
    struct setting *imports; /* import "name": name is the path */
};

/* The expression that is the value of a block or of an if's branch: NULL when it has none. The value of `if` is that of its branches. */
static inline struct node *node_value(const struct node *block)
{
    struct node *last = block->kind == NODE_BLOCK && block->valued ? block->first : (struct node *)0;
    while (last && last->next)
        last = last->next;
    return last && last->kind == NODE_STATEMENT ? last->left : last;
}
