/* When. */
#include "trace/builtins/entries.h"

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

static int64_t clock_of(const struct node *n)
{
    return n->first ? n->first->type->parameters[0] : MODE_BOOT;
}

static void check_nsecs(struct checker *k, struct node *n)
{
    check_is_u64(k, n);
    if (n->first)
        check_mode_argument(k, n, n->first, MODE_MONOTONIC, MODE_SW_TAI);
}

/* What TAI is ahead of the boot clock: three readings, the middle one between the other two; the tightest of some. */
static int64_t tai_ahead_ns(void)
{
    enum { TRIES = 10 };
    int64_t best = INT64_MAX;
    int64_t ahead = 0;
    for (int i = 0; i < TRIES; i++) {
        struct timespec t[3];
        clock_gettime(CLOCK_BOOTTIME, &t[0]);
        clock_gettime(CLOCK_TAI, &t[1]);
        clock_gettime(CLOCK_BOOTTIME, &t[2]);
        int64_t ns[3];
        for (int j = 0; j < 3; j++)
            ns[j] = t[j].tv_sec * 1000000000LL + t[j].tv_nsec;
        if (ns[2] - ns[0] < best) {
            best = ns[2] - ns[0];
            ahead = ns[1] - (ns[0] + best / 2);
        }
    }
    return ahead;
}

static struct value gen_nsecs(struct generator *g, struct node *n)
{
    switch (clock_of(n)) {
    case MODE_MONOTONIC: return value_number(n->type, ir_of(call0(g, BPF_FUNC_ktime_get_ns)));
    case MODE_TAI: return value_number(n->type, ir_of(call0(g, BPF_FUNC_ktime_get_tai_ns)));
    case MODE_SW_TAI: {
        ir_reg boot = call0(g, BPF_FUNC_ktime_get_boot_ns);
        return value_number(n->type, ir_of(ir_binary(g->p, IR_ADD, ir_of(boot), ir_const(tai_ahead_ns()))));
    }
    default: return value_number(n->type, ir_of(call0(g, BPF_FUNC_ktime_get_boot_ns)));
    }
}

static struct value gen_elapsed(struct generator *g, struct node *n)
{
    g->unit->uses[UNIT_STATE] = true;
    ir_reg now = call0(g, BPF_FUNC_ktime_get_boot_ns);
    ir_reg state = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_MAP_DATA, .to = state, .index = UNIT_STATE});
    ir_reg start = ir_load(g->p, 8, false, state, offsetof(struct unit_state, start_ns));
    return value_number(n->type, ir_of(ir_binary(g->p, IR_SUB, ir_of(now), ir_of(start))));
}

static struct value gen_jiffies(struct generator *g, struct node *n)
{
    return value_number(n->type, ir_of(call0(g, BPF_FUNC_jiffies64)));
}

/* strftime(format, ns): user space makes words of it. */
static void check_strftime(struct checker *k, struct node *n)
{
    const char *format = check_literal_argument(k, n, n->first);
    check_number_argument(k, n, n->first->next);
    n->type = format ? type_special(types_in(k), VALUE_TIMESTAMP, false, 0, 0, 0) : type_none(types_in(k));
}

/* Which clock a time is of, as enum of struct value_timestamp; known when it is asked for in place. */
enum { CLOCK_BOOT_WORDS, CLOCK_MONOTONIC_WORDS, CLOCK_WALL_WORDS };

static uint32_t clock_mode(const struct node *n)
{
    const struct builtin *b = n->kind == NODE_CALL || n->kind == NODE_NAME ? builtin_of(n) : NULL;
    if (!b || b->generate != gen_nsecs)
        return 0;
    int64_t c = clock_of(n);
    return c == MODE_MONOTONIC ? CLOCK_MONOTONIC_WORDS : c == MODE_TAI || c == MODE_SW_TAI ? CLOCK_WALL_WORDS : CLOCK_BOOT_WORDS;
}

static bool strftime_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    (void)as;
    (void)padded;
    struct ir_value ns = gen_scalar(g, n->first->next);
    uint64_t format = unit_string(g->unit, n->first->name);
    uint64_t mode = clock_mode(n->first->next);
    ir_store(g->p, 8, to.base, to.offset, ns);
    ir_store(g->p, 4, to.base, to.offset + (int32_t)offsetof(struct value_timestamp, format), ir_const((int64_t)format));
    ir_store(g->p, 4, to.base, to.offset + (int32_t)offsetof(struct value_timestamp, mode), ir_const((int64_t)mode));
    return true;
}

static struct value gen_strftime(struct generator *g, struct node *n)
{
    struct location to = gen_temporary(g, sizeof(struct value_timestamp));
    strftime_into(g, n, n->type, to, true);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

const struct builtin builtins_time[] = {
    {"nsecs", 0, 1, .is_call = true, .is_variable = true, .check = check_nsecs, .generate = gen_nsecs},
    {"elapsed", 0, 0, .is_call = true, .is_variable = true, .check = check_is_u64, .generate = gen_elapsed},
    {"jiffies", 0, 0, .is_call = true, .is_variable = true, .check = check_is_u64, .generate = gen_jiffies},
    {"strftime", 2, 2, .is_call = true, .check = check_strftime, .generate = gen_strftime, .generate_into = strftime_into},
    {0},
};
