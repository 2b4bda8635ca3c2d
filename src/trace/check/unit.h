/* One compilation: a script on its way to programs. What each phase adds stands here. */
#pragma once
#include "base/arena.h"
#include "trace/back/emit.h"
#include "trace/front/parse.h"
#include "trace/print/print.h"
#include "trace/probes/probe.h"
#include "trace/types/find.h"

/* Settings of config = { … } and of the environment (BPFTRACE_…), with the defaults of bpftrace's manual. */
struct trace_settings {
    uint32_t max_strlen;   /* bytes of str(), 1024 */
    uint64_t max_map_keys; /* 4096 */
    uint32_t max_probes;   /* 1024 */
    int64_t stack_mode;
    uint32_t max_cat_bytes; /* 10240 */
    bool print_maps_on_exit;
    bool missing_probes_warn, missing_probes_ignore;
    bool unsafe; /* --unsafe */
};

/* A map of the script. */
struct map_info {
    const char *name;                     /* without @ */
    struct place place;                   /* of the first use */
    const struct value_type *key, *value; /* key NULL: a scalar; value NULL: not known yet */
    bool key_known;                       /* whether it has a key is known */
    bool value_soft;                      /* the value's sign comes from literals only */
    uint64_t entries;
    const char *declared; /* "lruhash" of let @a = lruhash(100); NULL */
    uint32_t index;       /* of its BPF map */
    struct map_info *next;
};

/* A $variable of one instance. */
struct variable {
    const char *name;
    struct place place;
    const struct value_type *type; /* NULL: not known yet */
    bool soft;                     /* as value_soft */
    bool declared;                 /* by let, with a type */
    bool is_shared;                /* with a callback: kept in memory */
    bool is_local;                 /* of a loop or by let: known in its block only, told apart by its place */
    ir_reg reg;                    /* scalars */
    int32_t memory;                /* others: offset in scratch; -1: none yet */
    struct variable *next;
};

/* What a program tells user space to do: one for each call in the script. The record in the ring holds its index and its arguments. */
enum action_kind {
    ACTION_EXIT,
    ACTION_PRINTF,
    ACTION_ERRORF,
    ACTION_WARNF,
    ACTION_PRINT_VALUE,
    ACTION_PRINT_MAP,
    ACTION_CLEAR_MAP,
    ACTION_ZERO_MAP,
    ACTION_TIME,
    ACTION_JOIN,
    ACTION_CAT,
    ACTION_SYSTEM,
    ACTION_ASSERT,
    ACTION_KINDS,
};

enum { ACTION_ARGUMENTS = 16, JOIN_WORDS = 16, JOIN_WORD_MAX = 1024 };

struct action {
    enum action_kind kind;
    uint32_t index;
    struct place place;
    const struct format *format; /* of printf, cat, system, time */
    const char *text;            /* time's format, join's separator */
    const struct map_info *map;  /* of print, clear, zero */
    struct format_argument arguments[ACTION_ARGUMENTS];
    uint32_t n_arguments;
    uint32_t size;      /* of the payload, multiple of 8 */
    uint32_t word_size; /* join's: room for one word */
    struct action *next;
};

/* The record of an action: this head, then the payload. */
struct action_record {
    uint32_t action, pad;
};

/* A program: the body of a probe, for those of its targets that can share it. */
struct instance {
    const struct probe *probe;
    struct target **targets;
    uint32_t n_targets;
    struct node *predicate, *body; /* own copies, typed */
    struct variable *variables;
    struct ir_program **programs; /* the entry and the callbacks */
    uint32_t n_programs;
    struct bpf_code code;
    uint32_t index;
    uint32_t numbers; /* its part of UNIT_NUMBERS: the first entry */
    struct instance *next;
};

/* BPF maps that every unit may have, besides those of the script: their indices. */
enum unit_map {
    UNIT_RING,    /* ring buffer */
    UNIT_STATE,   /* array with one struct unit_state */
    UNIT_LOST,    /* array with one value: a u64 for each enum unit_loss */
    UNIT_ZEROS,   /* array with one value of zeros, as long as the longest value */
    UNIT_SCRATCH, /* per-CPU array with one value: a program's temporary memory */
    UNIT_KSTACKS, /* stack traces */
    UNIT_USTACKS,
    UNIT_NUMBERS, /* array of u32: for each instance that has a part of it, by system call: index of the target + 1, 0: none */
    UNIT_MAPS,    /* the script's own follow */
};

enum { UNIT_STACK_MAPS = 127 };
#define UNIT_FUNCTION_OF (1LL << 32) /* or-ed to the index of a target: `func`, its function only, not the whole `probe` */

struct unit_state {
    uint64_t asleep;   /* user space waits: the next record wakes it */
    uint64_t start_ns; /* for elapsed */
    uint64_t exiting;
};

enum unit_loss {
    LOSS_RING,     /* records that did not fit */
    LOSS_MAP_FULL, /* keys that did not fit */
    LOSS_KINDS,
};

struct unit {
    struct arena arena;
    struct source source;
    struct complaints complaints;
    struct types *types;
    struct script *script;
    struct script_arguments arguments;
    struct trace_settings settings;
    struct probe_scope scope;
    pid_t child; /* of -c; 0: none */
    struct map_info *maps, **last_map;
    uint32_t n_maps;
    struct action *actions, **last_action;
    uint32_t n_actions;
    struct target **targets; /* all, by index */
    uint32_t n_targets;
    struct instance *instances, **last_instance;
    uint32_t n_instances;
    const char **strings; /* formats and globs that values refer to by index */
    uint32_t n_strings;
    uint32_t numbers;        /* entries of UNIT_NUMBERS */
    uint32_t zeros, scratch; /* bytes needed */
    bool uses[UNIT_MAPS];
    uint8_t stack_maps[UNIT_STACK_MAPS]; /* frames of stacks that have maps of their own, behind the script's maps */
    uint32_t n_stack_maps;
};

void unit_init(struct unit *u, const char *name, const char *text, size_t length);
void unit_free(struct unit *u);
/* Text to checked tree: parse, expand, check. False when there are errors (in u->complaints). */
bool unit_check(struct unit *u);
/* Checked tree to code of each instance. False as above. */
bool unit_generate(struct unit *u);

struct map_info *unit_map_named(struct unit *u, const char *name, struct place place); /* makes it on first use */
uint32_t unit_string(struct unit *u, const char *string);                              /* its index */
struct action *unit_action(struct unit *u, enum action_kind kind, struct place place);
