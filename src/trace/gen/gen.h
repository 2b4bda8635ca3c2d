/* From the checked tree to the intermediate form. */
#pragma once
#include "trace/check/unit.h"

/* What an expression is at run time: a number, or bytes somewhere. */
struct value {
    const struct value_type *type;
    struct ir_value scalar; /* type_is_scalar */
    ir_reg base;            /* all others: where the bytes are */
    int32_t offset;
    enum space space; /* SPACE_BPF: can be read directly */
};

struct generator {
    struct unit *unit;
    struct instance *instance;
    struct ir_program *p;
    ir_reg context; /* of the program */
    ir_reg record;  /* 0, or where the record of arguments was made: what args are (gen/handed.c) */
    ir_reg target;  /* 0, or the index of the target, for `probe` */
    ir_reg scratch; /* address of the scratch memory; used → looked up at the start */
    bool scratch_used;
    uint32_t scratch_at, scratch_high; /* bytes taken now, and at most */
    uint32_t slots;                    /* bytes of the frame taken by slots */
    ir_slot lookup_slot;               /* of gen_lookup_slot's keys, when has_lookup_slot */
    bool has_lookup_slot;
    ir_label end;            /* of the program */
    struct generator *outer; /* of a callback: who it is called by */
    ir_reg flags;            /* of a callback: the address of what its caller looks at afterwards */
    ir_label loop_break, loop_continue;
};

struct location {
    ir_reg base;
    int32_t offset;
};

struct value gen_expression(struct generator *g, struct node *n);
struct ir_value gen_scalar(struct generator *g, struct node *n);
void gen_statements(struct generator *g, struct node *first);
/* Jumps to the label when the condition is false; falls through when it is true. */
void gen_unless(struct generator *g, struct node *condition, ir_label label);

/* Writes the value as bytes of type `as`; padded: what is behind a string's NUL is zero (keys need it). */
void gen_store(struct generator *g, struct value v, const struct value_type *as, struct location to, bool padded);
/* The same for an expression, without a copy in between where it can be made in place. */
void gen_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded);
/* Memory for the statement at hand: of the frame when small, else scratch. */
struct location gen_temporary(struct generator *g, uint32_t bytes);
struct location gen_lasting(struct generator *g, uint32_t bytes); /* scratch, until the program's end */
ir_reg gen_address(struct generator *g, struct location l);
/* A number in memory of any space. */
struct value gen_load(struct generator *g, const struct value_type *type, ir_reg base, int32_t offset, enum space space);
/* Bytes of the type at base + offset in that space, as a value: numbers are loaded. */
struct value gen_at(struct generator *g, const struct value_type *type, ir_reg base, int32_t offset, enum space space);
/* A value's bytes where they can be read directly. */
struct value gen_direct(struct generator *g, struct value v, bool padded);
/* Copies bytes from any space to direct memory. */
void gen_fetch(struct generator *g, struct location to, ir_reg from, int32_t offset, uint32_t bytes, enum space space);
void gen_fetch_string(struct generator *g, struct location to, uint32_t bytes, ir_reg from, int32_t offset, enum space space, bool padded);
/* Bytes `at` and on of a string literal's first `length` as a number of `size` bytes; zeros behind them. */
uint64_t gen_literal_word(const struct node *n, uint32_t length, uint32_t at, uint32_t size);
/* Jumps when the value's first n bytes are not the literal's (zeros behind its end); compares by words. */
void gen_unless_literal(struct generator *g, struct value v, const struct node *literal, uint32_t n, ir_label differs);
static inline struct value value_number(const struct value_type *type, struct ir_value v)
{
    return (struct value){.type = type, .scalar = v};
}
struct value gen_none(struct generator *g);

/* Maps. */
ir_reg gen_map_pointer(struct generator *g, const struct map_info *m);
struct location gen_key(struct generator *g, const struct map_info *m, struct node *map);
struct value gen_map_read(struct generator *g, struct node *map);
void gen_map_write(struct generator *g, struct node *map, struct node *right);
void gen_map_step(struct generator *g, struct node *map, struct ir_value by, struct ir_value *before);
/* The address of an aggregation's value on this CPU, made when it is not there; jumps to `none` when that fails. */
ir_reg gen_map_cell(struct generator *g, struct node *map, ir_label none);
void gen_map_delete(struct generator *g, struct node *map, ir_reg *result);

/* Records of the ring. gen_record_begin gives the payload's address and jumps to `lost` without room. */
ir_reg gen_record_begin(struct generator *g, const struct action *a, ir_label lost);
void gen_record_end(struct generator *g, ir_reg payload);
void gen_count_loss(struct generator *g, enum unit_loss kind);
