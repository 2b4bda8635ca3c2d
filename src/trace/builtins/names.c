/* Where: names of the probe and its function, registers. */
#include "trace/builtins/entries.h"

#include <string.h>

/* --- probetype, func ------------------------------------------------------------------------------------------------------- */

static void check_probetype(struct checker *k, struct node *n)
{
    enum provider p = provider_here(k->instance);
    become_string(k, n, p == PROVIDER_BEGIN || p == PROVIDER_END ? "special" : provider_name(p));
}

enum {
    OF_FUNCTIONS = PROVIDER(KPROBE) | PROVIDER(KRETPROBE) | PROVIDER(FENTRY) | PROVIDER(FEXIT) | PROVIDER(UPROBE) | PROVIDER(URETPROBE)
};

static void check_func(struct checker *k, struct node *n)
{
    n->type = type_special(types_in(k), VALUE_PROBE_NAME, false, 1, 0, 0);
    check_probe_kind(k, n, OF_FUNCTIONS, "kprobe, kretprobe, fentry, fexit, uprobe and uretprobe");
}

/* As `probe`, marked: user space then says the function only. */
static struct value gen_func(struct generator *g, struct node *n)
{
    ir_reg index = in_a_register(g, builtin_find("probe")->generate(g, n).scalar);
    return value_number(n->type, ir_of(ir_binary(g->p, IR_OR, ir_of(index), ir_const(UNIT_FUNCTION_OF))));
}

/* --- registers ------------------------------------------------------------------------------------------------------------- */

/* struct pt_regs of x86-64 (arch/x86/include/uapi/asm/ptrace.h), which contexts of these probes begin with. */
enum {
    OF_REGISTERS = PROVIDER(KPROBE) | PROVIDER(KRETPROBE) | PROVIDER(UPROBE) | PROVIDER(URETPROBE) | PROVIDER(USDT) | PROVIDER(PROFILE) |
                   PROVIDER(SOFTWARE) | PROVIDER(HARDWARE) | PROVIDER(WATCHPOINT)
};
static const char *const registers[] = {"r15", "r14", "r13", "r12", "bp",      "bx", "r11", "r10",   "r9", "r8", "ax",
                                        "cx",  "dx",  "si",  "di",  "orig_ax", "ip", "cs",  "flags", "sp", "ss"};
enum { REGISTERS = sizeof registers / sizeof registers[0], REGISTER_CS = 17 * 8, REGISTER_SP = 19 * 8 };

/* "ip", "rip" and "orig_rax" alike. */
static int register_number(const char *name)
{
    const char *bare = name[0] == 'r' && (name[1] < '0' || name[1] > '9') ? name + 1 : name;
    if (!strcmp(name, "orig_rax"))
        bare = "orig_ax";
    for (int i = 0; i < (int)REGISTERS; i++)
        if (!strcmp(registers[i], bare) || !strcmp(registers[i], name))
            return i;
    return -1;
}

static void check_reg(struct checker *k, struct node *n)
{
    const char *name = check_literal_argument(k, n, n->first);
    check_is_u64(k, n);
    if (name && register_number(name) < 0) {
        check_complain(k, n->first->place, "there is no register %s on this processor", name);
        check_hint(k, "x86-64 has ax bx cx dx si di bp sp r8 … r15 ip cs ss flags orig_ax");
    }
    check_probe_kind(k, n, OF_REGISTERS, "kprobe, uprobe, usdt, profile, software and hardware");
}

static struct value gen_reg(struct generator *g, struct node *n)
{
    return gen_load(g, n->type, g->context, 8 * register_number(n->first->name), SPACE_BPF);
}

/* The n-th word of the stack when a function is entered, behind the address that it returns to. */
static void check_sarg(struct checker *k, struct node *n)
{
    check_is_u64(k, n);
    check_probe_kind(k, n, PROVIDER(KPROBE) | PROVIDER(UPROBE), "kprobe and uprobe");
}

static struct value gen_sarg(struct generator *g, struct node *n)
{
    ir_reg stack = ir_load(g->p, 8, false, g->context, REGISTER_SP);
    bool user = provider_here(g->instance) == PROVIDER_UPROBE;
    return gen_load(g, n->type, stack, (int32_t)(8 * (builtin_of(n)->detail + 1)), user ? SPACE_USER : SPACE_KERNEL);
}

/* The low bits of cs are the privilege level: 3 is user mode. Where there are no registers, the kernel itself runs the program. */
static void check_usermode(struct checker *k, struct node *n)
{
    n->type = type_int(types_in(k), 1, false);
}

static struct value gen_usermode(struct generator *g, struct node *n)
{
    if (!(OF_REGISTERS & 1U << provider_here(g->instance)))
        return value_number(n->type, ir_const(0));
    ir_reg cs = ir_load(g->p, 8, false, g->context, REGISTER_CS);
    return value_number(n->type, ir_of(ir_binary(g->p, IR_AND, ir_of(cs), ir_const(1))));
}

#define BOTH .is_call = true, .is_variable = true
#define SARG(i)                                                                                                                            \
    {                                                                                                                                      \
        "sarg" #i, .is_variable = true, .check = check_sarg, .generate = gen_sarg, .detail = (i)                                           \
    }

const struct builtin builtins_names[] = {
    {"func", 0, 0, BOTH, .check = check_func, .generate = gen_func},
    {"probetype", 0, 0, BOTH, .check = check_probetype},
    {"usermode", 0, 0, BOTH, .check = check_usermode, .generate = gen_usermode},
    {"reg", 1, 1, .is_call = true, .check = check_reg, .generate = gen_reg},
    SARG(0),
    SARG(1),
    SARG(2),
    SARG(3),
    SARG(4),
    SARG(5),
    SARG(6),
    SARG(7),
    SARG(8),
    SARG(9),
    {0},
};
