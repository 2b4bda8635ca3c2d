/* What is known when the script is compiled: these become constants. */
#include "trace/builtins/entries.h"

#include "base/err.h"
#include "symbols/kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --- questions about an expression ----------------------------------------------------------------------------------------- */

enum question { IS_ARRAY, IS_INTEGER, IS_LITERAL, IS_POINTER, IS_STRING, IS_UNSIGNED };

static bool answer(enum question q, const struct node *a)
{
    const struct value_type *t = a->type;
    switch (q) {
    case IS_ARRAY: return t->kind == VALUE_ARRAY;
    case IS_INTEGER: return t->kind == VALUE_INT;
    case IS_LITERAL: return a->kind == NODE_INTEGER || a->kind == NODE_STRING || a->kind == NODE_BOOL;
    case IS_POINTER: return t->kind == VALUE_POINTER;
    case IS_STRING: return t->kind == VALUE_STRING;
    default: return t->kind == VALUE_INT && !t->is_signed;
    }
}

static void check_question(struct checker *k, struct node *n)
{
    enum question q = (enum question)builtin_of(n)->detail;
    n->type = type_bool(types_in(k));
    if (n->first->type->kind != VALUE_NONE || k->knows)
        become_bool(k, n, answer(q, n->first));
}

static struct value gen_no(struct generator *g, struct node *n)
{
    (void)g;
    return value_number(n->type, ir_const(0));
}

/* --- assertions ------------------------------------------------------------------------------------------------------------ */

static void check_static_assert(struct checker *k, struct node *n)
{
    int64_t holds;
    const char *words = n->first->next ? check_literal_argument(k, n, n->first->next) : "it does not hold";
    n->type = type_none(types_in(k));
    if (!words)
        return;
    if (constant_of(n->first, &holds)) {
        if (!holds)
            check_complain(k, n->place, "static_assert: %s", words);
    } else if (k->knows)
        check_complain(k, n->first->place, "static_assert() wants what is known before the script runs; assert() asks when it runs");
}

static struct value gen_nothing(struct generator *g, struct node *n)
{
    (void)n;
    return gen_none(g);
}

/* --- addresses, ids -------------------------------------------------------------------------------------------------------- */

uint64_t kernel_address(struct checker *k, const struct node *n, const char *name)
{
    struct symbols_kernel *symbols = symbols_kernel_create();
    struct symbols_kernel_place place = {0};
    struct err why = {0};
    if (!symbols || symbols_kernel_load(symbols, &why) < 0)
        check_complain(k, n->place, "addresses of the kernel cannot be read: %s", why.text);
    else if (!symbols_kernel_lookup(symbols, name, &place, 1))
        check_complain(k, n->place, "the kernel has no symbol %s (/proc/kallsyms lists all)", name);
    else if (!place.address)
        check_complain(k, n->place, "the kernel hides the address of %s; run it as root", name);
    symbols_kernel_destroy(symbols);
    return place.address;
}

static void check_kaddr(struct checker *k, struct node *n)
{
    const char *name = check_literal_argument(k, n, n->first);
    check_is_u64(k, n);
    uint64_t address = name ? kernel_address(k, n, name) : 0;
    if (address)
        become_number(k, n, address);
}

/* The inode of a cgroup2 directory is the id. */
static void check_cgroupid(struct checker *k, struct node *n)
{
    const char *path = check_literal_argument(k, n, n->first);
    struct stat s;
    check_is_u64(k, n);
    if (!path)
        return;
    if (stat(path, &s) < 0)
        check_complain(k, n->first->place, "the cgroup %s cannot be read: %s", path, strerror(errno));
    else if (!S_ISDIR(s.st_mode))
        check_complain(k, n->first->place, "%s is no cgroup: a cgroup is a directory below /sys/fs/cgroup", path);
    else
        become_number(k, n, s.st_ino);
}

static void check_has_cpid(struct checker *k, struct node *n)
{
    become_bool(k, n, k->unit->child > 0);
}

static void check_cpid(struct checker *k, struct node *n)
{
    if (k->unit->child <= 0 && k->speaks)
        complain_softly(&k->unit->complaints, n->place, "there is no child: cpid is 0 without -c");
    n->type = type_int(types_in(k), 4, false);
    if (!k->knows)
        return;
    become_number(k, n, (uint64_t)(k->unit->child > 0 ? k->unit->child : 0));
    n->type = n->meaning = (void *)type_int(types_in(k), 4, false);
}

static void check_kfunc_exist(struct checker *k, struct node *n)
{
    const char *name = check_literal_argument(k, n, n->first);
    struct function_types found;
    struct err why = {0};
    become_bool(k, n, name && types_function(types_in(k), NULL, name, &found, &why) == 0);
}

/* Scripts ask before they call one; there are no calls of kfuncs in this language. */
static void check_kfunc_allowed(struct checker *k, struct node *n)
{
    check_literal_argument(k, n, n->first);
    become_bool(k, n, false);
}

static void check_default_length(struct checker *k, struct node *n)
{
    become_number(k, n, k->unit->settings.max_strlen);
}

/* --- getopt ---------------------------------------------------------------------------------------------------------------- */

/* The value of --name or --name=value among the script's arguments; "" without one, NULL when it is not there. */
static const char *option_of(const struct script_arguments *a, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < a->count; i++) {
        const char *word = a->values[i];
        if (strncmp(word, "--", 2) || strncmp(word + 2, name, length))
            continue;
        if (!word[2 + length] || word[2 + length] == '=')
            return word[2 + length] ? word + 3 + length : "";
    }
    return NULL;
}

static void option_number(struct checker *k, struct node *n, const char *name, const char *value)
{
    char *end;
    int64_t number = strtoll(value, &end, 0);
    if (!*value || *end) {
        check_complain(k, n->place, "--%s is a number, not \"%s\"", name, value);
        return;
    }
    become_number(k, n, (uint64_t)number);
    n->is_unsigned = false;
    n->type = n->meaning = (void *)type_int(types_in(k), 8, true);
}

static void option_bool(struct checker *k, struct node *n, const char *name, const char *value)
{
    bool yes = !*value || !strcmp(value, "1") || !strcmp(value, "true");
    if (!yes && strcmp(value, "0") && strcmp(value, "false")) {
        check_complain(k, n->place, "--%s is true or false, not \"%s\"", name, value);
        return;
    }
    become_bool(k, n, yes);
}

static void check_getopt(struct checker *k, struct node *n)
{
    const char *name = check_literal_argument(k, n, n->first);
    struct node *otherwise = n->first->next;
    int64_t number = 0;
    n->type = type_bool(types_in(k));
    if (!name)
        return;
    const char *value = option_of(&k->unit->arguments, name);
    if (otherwise && otherwise->kind == NODE_STRING)
        become_string(k, n, value ? value : otherwise->name);
    else if (otherwise && !constant_of(otherwise, &number))
        check_complain(k, otherwise->place, "getopt() wants a literal as its default value");
    else if (!otherwise || otherwise->kind == NODE_BOOL)
        option_bool(k, n, name, value ? value : number ? "true" : "false");
    else if (value)
        option_number(k, n, name, value);
    else {
        become_number(k, n, (uint64_t)number);
        n->is_unsigned = false;
        n->type = n->meaning = (void *)type_int(types_in(k), 8, true);
    }
}

#define BOTH .is_call = true, .is_variable = true
#define QUESTION(word, which)                                                                                                              \
    {                                                                                                                                      \
        word, 1, 1, .is_call = true, .check = check_question, .generate = gen_no, .detail = (which)                                        \
    }

const struct builtin builtins_compile_time[] = {
    QUESTION("is_array", IS_ARRAY),
    QUESTION("is_integer", IS_INTEGER),
    QUESTION("is_literal", IS_LITERAL),
    QUESTION("is_ptr", IS_POINTER),
    QUESTION("is_str", IS_STRING),
    QUESTION("is_unsigned_integer", IS_UNSIGNED),
    {"static_assert", 1, 2, .is_call = true, .check = check_static_assert, .generate = gen_nothing},
    {"kaddr", 1, 1, .is_call = true, .check = check_kaddr, .generate = gen_no},
    {"cgroupid", 1, 1, .is_call = true, .check = check_cgroupid, .generate = gen_no},
    {"has_cpid", 0, 0, BOTH, .check = check_has_cpid},
    {"cpid", 0, 0, BOTH, .check = check_cpid},
    {"kfunc_exist", 1, 1, .is_call = true, .check = check_kfunc_exist, .generate = gen_no},
    {"kfunc_allowed", 1, 1, .is_call = true, .check = check_kfunc_allowed, .generate = gen_no},
    {"default_str_length", 0, 0, BOTH, .check = check_default_length},
    {"getopt", 1, 3, .is_call = true, .check = check_getopt, .generate = gen_no},
    {0},
};
