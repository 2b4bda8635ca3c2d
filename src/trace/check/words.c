/* Values that print as words are numbers; compared with a literal, the literal becomes the number that it stands for. */
#include "trace/check/inside.h"

#include "base/signal_name.h"
#include "kernel/syscall_names.h"

#include <pwd.h>
#include <string.h>

enum { NEVER = -1, SIGNALS_MAX = 64, ERRNO_MAX = 133 };

static int64_t number_of_user(const char *name)
{
    char room[1024];
    struct passwd entry;
    struct passwd *found = NULL;
    return !getpwnam_r(name, &entry, room, sizeof room, &found) && found ? (int64_t)found->pw_uid : NEVER;
}

static int64_t number_of_signal(const char *name)
{
    for (int i = 1; i <= SIGNALS_MAX; i++) {
        char known[SIGNAL_NAME_SIZE];
        signal_name(i, known);
        if (!strcmp(known, name))
            return i;
    }
    return NEVER;
}

static int64_t number_of_error(const char *words)
{
    char room[128];
    for (int i = 1; i <= ERRNO_MAX; i++)
        if (!strcmp(strerror_r(i, room, sizeof room), words))
            return i;
    return NEVER;
}

/* The probe of that name that this program may be; only_function: the one whose function has it. */
static int64_t number_of_probe(const struct instance *i, const char *name, bool only_function)
{
    for (uint32_t t = 0; t < i->n_targets; t++) {
        const struct target *target = i->targets[t];
        if (only_function ? target->what && !strcmp(target->what, name) : !strcmp(target->name, name))
            return only_function ? target->index | UNIT_FUNCTION_OF : target->index;
    }
    return NEVER;
}

static bool is_word(const struct value_type *t)
{
    return t->kind == VALUE_USERNAME || t->kind == VALUE_SYSCALL_NAME || t->kind == VALUE_SIGNAL_NAME || t->kind == VALUE_STRERROR ||
           t->kind == VALUE_PROBE_NAME;
}

void check_word(struct checker *k, const struct value_type *t, struct node *literal)
{
    if (literal->kind != NODE_STRING || !is_word(t))
        return;
    int64_t number = t->kind == VALUE_USERNAME       ? number_of_user(literal->name)
                     : t->kind == VALUE_SYSCALL_NAME ? syscall_number(literal->name)
                     : t->kind == VALUE_SIGNAL_NAME  ? number_of_signal(literal->name)
                     : t->kind == VALUE_STRERROR     ? number_of_error(literal->name)
                                                     : number_of_probe(k->instance, literal->name, t->parameters[0]);
    literal->kind = NODE_INTEGER;
    literal->integer = (uint64_t)number;
    literal->type = literal->meaning = (void *)type_int(k->unit->types, 8, true);
}
