/* What is done to processes and to the script's own run. */
#include "trace/builtins/entries.h"

#include "base/signal_name.h"

#include <stdlib.h>
#include <string.h>

/* --- signal, signal_thread, override --------------------------------------------------------------------------------------- */

enum { SIGNALS = 64 };

/* "SIGKILL", "KILL" or "9"; 0: none. */
static int signal_number(const char *name)
{
    char *end;
    long number = strtol(name, &end, 10);
    if (*name && !*end)
        return number > 0 && number <= SIGNALS ? (int)number : 0;
    for (int i = 1; i <= SIGNALS; i++) {
        char known[SIGNAL_NAME_SIZE];
        signal_name(i, known);
        if (!strcmp(known, name) || (!strncmp(known, "SIG", 3) && !strcmp(known + 3, name)))
            return i;
    }
    return 0;
}

static void check_signal(struct checker *k, struct node *n)
{
    struct node *a = n->first;
    int64_t number;
    check_unsafe(k, n, "sends a signal to the process being traced");
    n->type = type_none(types_in(k));
    if (a->kind == NODE_STRING) {
        number = signal_number(a->name);
        if (number)
            become_number(k, a, (uint64_t)number);
        else
            check_complain(k, a->place, "no signal is called %s (kill -l lists all)", a->name);
    } else if (check_number_argument(k, n, a) && constant_of(a, &number) && (number < 1 || number > SIGNALS))
        check_complain(k, a->place, "signals have the numbers 1 to %d, not %lld", SIGNALS, (long long)number);
}

static struct value gen_signal(struct generator *g, struct node *n)
{
    struct ir_value a[] = {gen_scalar(g, n->first)};
    ir_call(g->p, (uint32_t)builtin_of(n)->detail, a, 1);
    return gen_none(g);
}

static void check_override(struct checker *k, struct node *n)
{
    check_unsafe(k, n, "makes the function being traced return something else");
    check_number_argument(k, n, n->first);
    n->type = type_none(types_in(k));
    check_probe_kind(k, n, PROVIDER(KPROBE), "kprobe");
}

static struct value gen_override(struct generator *g, struct node *n)
{
    struct ir_value a[] = {ir_of(g->context), gen_scalar(g, n->first)};
    ir_call(g->p, BPF_FUNC_override_return, a, 2);
    return gen_none(g);
}

/* --- assert, fail ---------------------------------------------------------------------------------------------------------- */

static void check_assert(struct checker *k, struct node *n)
{
    struct action *a = action_for(k, n, ACTION_ASSERT);
    const char *words = n->first->next ? check_literal_argument(k, n, n->first->next) : "assertion failed";
    check_number_argument(k, n, n->first);
    if (a)
        a->text = words;
}

static struct value gen_assert(struct generator *g, struct node *n)
{
    ir_label fails = ir_new_label(g->p);
    ir_label holds = ir_new_label(g->p);
    gen_unless(g, n->first, fails);
    ir_jump(g->p, holds);
    ir_place_label(g->p, fails);
    gen_action_record(g, n, NULL);
    ir_jump(g->p, g->end);
    ir_place_label(g->p, holds);
    return gen_none(g);
}

static void check_fail(struct checker *k, struct node *n)
{
    check_literal_argument(k, n, n->first);
    n->type = type_none(types_in(k));
    for (const struct node *a = n->first->next; a; a = a->next)
        if (a->kind != NODE_STRING && a->kind != NODE_INTEGER && a->kind != NODE_BOOL)
            check_complain(k, a->place, "fail() wants literals: it speaks before the script runs");
}

/* The place of each conversion takes the next literal; all are printed as they are. */
static struct value gen_fail(struct generator *g, struct node *n)
{
    struct text t = {0};
    const struct node *a = n->first->next;
    const char *f = n->first->name;
    while (*f) {
        if (*f != '%' || !a) {
            text_addc(&t, *f++);
            continue;
        }
        f += 1 + strspn(f + 1, "-+ #0123456789.lhzj");
        if (a->kind == NODE_STRING)
            text_adds(&t, a->name);
        else
            text_add_i64(&t, (int64_t)a->integer);
        a = a->next;
        f += *f != 0;
    }
    complain(&g->unit->complaints, n->place, "%s", t.bytes ? t.bytes : "");
    text_free(&t);
    return gen_none(g);
}

/* --- join ------------------------------------------------------------------------------------------------------------------ */

static void check_join(struct checker *k, struct node *n)
{
    struct action *a = action_for(k, n, ACTION_JOIN);
    const struct value_type *t = n->first->type;
    if (t->kind != VALUE_POINTER && t->kind != VALUE_ARRAY && t->kind != VALUE_INT && (t->kind != VALUE_NONE || k->knows))
        check_complain(k, n->first->place, "join() wants an array of pointers to strings, as args.argv, not %s",
                       type_words(types_in(k), t));
    const char *separator = n->first->next ? check_literal_argument(k, n, n->first->next) : " ";
    uint32_t most = k->unit->settings.max_strlen;
    if (!a)
        return;
    a->text = separator;
    a->word_size = (most < JOIN_WORD_MAX ? most : JOIN_WORD_MAX) + 7;
    a->word_size &= ~7U;
    a->size = 8 + JOIN_WORDS * a->word_size;
}

/* The number of words, then the words, each in its own room. */
static struct value gen_join(struct generator *g, struct node *n)
{
    struct ir_program *p = g->p;
    const struct action *a = action_of(n);
    enum space space;
    ir_reg list = memory_of(g, n->first, &space);
    if (space == SPACE_NONE)
        space = SPACE_USER;
    ir_label lost = ir_new_label(p);
    ir_label done = ir_new_label(p);
    ir_reg record = gen_record_begin(g, a, lost);
    int32_t payload = (int32_t)sizeof(struct action_record);
    ir_store(p, 8, record, payload, ir_const(0));
    struct location pointer = gen_temporary(g, 8);
    for (int32_t i = 0; i < JOIN_WORDS; i++) {
        struct location word = {record, payload + 8 + i * (int32_t)a->word_size};
        ir_store(p, 8, pointer.base, pointer.offset, ir_const(0));
        gen_fetch(g, pointer, list, 8 * i, 8, space);
        ir_reg from = ir_load(p, 8, false, pointer.base, pointer.offset);
        ir_jump_if(p, IR_EQ, ir_of(from), ir_const(0), done);
        gen_fetch_string(g, word, a->word_size, from, 0, space == SPACE_BPF ? SPACE_USER : space, false);
        ir_store(p, 8, record, payload, ir_const(i + 1));
    }
    ir_place_label(p, done);
    gen_record_end(g, record);
    ir_place_label(p, lost);
    return gen_none(g);
}

static void check_unwatch(struct checker *k, struct node *n)
{
    n->type = type_none(types_in(k));
    check_number_argument(k, n, n->first);
    check_complain(k, n->place, "unwatch() is not possible here: watchpoints stay until the script ends");
    check_hint(k, "a predicate can pass over what is not wanted any more");
}

static struct value gen_nothing(struct generator *g, struct node *n)
{
    (void)n;
    return gen_none(g);
}

const struct builtin builtins_acts[] = {
    {"signal", 1, 1, .is_call = true, .check = check_signal, .generate = gen_signal, .detail = BPF_FUNC_send_signal},
    {"signal_thread", 1, 1, .is_call = true, .check = check_signal, .generate = gen_signal, .detail = BPF_FUNC_send_signal_thread},
    {"override", 1, 1, .is_call = true, .check = check_override, .generate = gen_override},
    {"assert", 1, 2, .is_call = true, .check = check_assert, .generate = gen_assert},
    {"fail", 1, ACTION_ARGUMENTS + 1, .is_call = true, .check = check_fail, .generate = gen_fail},
    {"join", 1, 2, .is_call = true, .check = check_join, .generate = gen_join},
    {"unwatch", 1, 1, .is_call = true, .check = check_unwatch, .generate = gen_nothing},
    {0},
};
