/* Pointers: which memory they are of, and where symbols of the kernel and of processes are. */
#include "trace/builtins/entries.h"

#include "base/err.h"
#include "symbols/elf.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* --- kptr, uptr ------------------------------------------------------------------------------------------------------------ */

/* Numbers become pointers; what is memory already stays what it is. */
static void check_space(struct checker *k, struct node *n)
{
    enum space space = (enum space)builtin_of(n)->detail;
    const struct value_type *t = n->first->type;
    if (t->kind == VALUE_POINTER)
        n->type = type_pointer(types_in(k), t->of, space);
    else if (type_is_number(t))
        n->type = type_pointer(types_in(k), type_int(types_in(k), 8, false), space);
    else
        n->type = t;
}

static struct value gen_space(struct generator *g, struct node *n)
{
    struct value v = gen_expression(g, n->first);
    if (type_is_scalar(v.type))
        return value_number(n->type, v.scalar);
    if (v.space != SPACE_BPF)
        v.space = (enum space)builtin_of(n)->detail;
    return v;
}

/* --- percpu_kaddr ---------------------------------------------------------------------------------------------------------- */

static void check_percpu(struct checker *k, struct node *n)
{
    const char *name = check_literal_argument(k, n, n->first);
    n->type = type_pointer(types_in(k), type_int(types_in(k), 8, false), SPACE_KERNEL);
    if (n->first->next)
        check_number_argument(k, n, n->first->next);
    if (!name || n->integer) /* known already */
        return;
    n->integer = kernel_address(k, n, name);
    n->key = arena_alloc(&k->unit->arena, sizeof(uint64_t));
    if (n->key)
        *(uint64_t *)n->key = kernel_address(k, n, "__per_cpu_offset");
}

/* The symbol's address, moved by the CPU's own offset; NULL for a CPU that is not there. */
static struct value gen_percpu(struct generator *g, struct node *n)
{
    struct ir_program *p = g->p;
    struct ir_value cpu = n->first->next ? gen_scalar(g, n->first->next) : ir_of(call0(g, BPF_FUNC_get_smp_processor_id));
    ir_reg result = ir_register(p);
    ir_label none = ir_new_label(p);
    int cpus = libbpf_num_possible_cpus();
    ir_reg at = in_a_register(g, cpu);
    ir_assign(p, result, ir_const(0));
    ir_jump_if(p, IR_UGE, ir_of(at), ir_const(cpus > 0 ? cpus : 1), none);
    ir_reg table = ir_move(p, ir_const(n->key ? (int64_t) * (const uint64_t *)n->key : 0));
    ir_reg slot = ir_binary(p, IR_ADD, ir_of(table), ir_of(ir_binary(p, IR_SHL, ir_of(at), ir_const(3))));
    struct value offset = gen_load(g, type_int(types_in_code(g), 8, false), slot, 0, SPACE_KERNEL);
    ir_assign(p, result, ir_of(ir_binary(p, IR_ADD, offset.scalar, ir_const((int64_t)n->integer))));
    ir_place_label(p, none);
    return value_number(n->type, ir_of(result));
}

/* --- uaddr ----------------------------------------------------------------------------------------------------------------- */

enum { REGISTER_IP = 128 }; /* of struct pt_regs */

/* A symbol and the probe's own place in its file. */
struct uaddr {
    uint64_t symbol, probe;
};

static struct uaddr *look_up(struct checker *k, const struct node *n, const struct target *t, const char *name, uint64_t *size)
{
    struct err why = {0};
    int fd = open(t->path, O_RDONLY | O_CLOEXEC);
    struct symbols_elf *elf = fd >= 0 ? symbols_elf_create(fd, t->path, NULL, &why) : NULL;
    struct symbols_elf_place place;
    struct uaddr *u = arena_alloc(&k->unit->arena, sizeof *u);
    bool found = false;
    if (fd < 0)
        check_complain(k, n->place, "%s cannot be read: %s", t->path, strerror(errno));
    else if (!elf)
        check_complain(k, n->place, "%s", why.text);
    else if (!symbols_elf_lookup(elf, name, &place, 1))
        check_complain(k, n->first->place, "%s has no symbol %s", t->path, name);
    else
        found = u != NULL;
    if (found) {
        u->symbol = place.address;
        *size = place.size;
        if (!symbols_elf_address(elf, t->offset, &u->probe))
            u->probe = 0;
    }
    symbols_elf_destroy(elf);
    if (fd >= 0)
        close(fd);
    return found ? u : NULL;
}

static void check_uaddr(struct checker *k, struct node *n)
{
    const char *name = check_literal_argument(k, n, n->first);
    const struct target *t = k->instance->targets[0];
    uint64_t size = 8;
    n->type = type_pointer(types_in(k), type_int(types_in(k), 8, false), SPACE_USER);
    if (!name || !check_probe_kind(k, n, PROVIDER(UPROBE) | PROVIDER(USDT), "uprobe and usdt") || !t->path)
        return;
    if (k->instance->n_targets > 1) {
        check_complain(k, n->place, "uaddr() is for probes of one place; this one has %u", k->instance->n_targets);
        return;
    }
    n->key = (struct node *)look_up(k, n, t, name, &size);
    uint32_t width = size == 1 || size == 2 || size == 4 ? (uint32_t)size : 8;
    n->type = type_pointer(types_in(k), type_int(types_in(k), width, false), SPACE_USER);
}

/* As far from where the program runs now as the two are from each other in the file. */
static struct value gen_uaddr(struct generator *g, struct node *n)
{
    const struct uaddr *u = (const struct uaddr *)n->key;
    ir_reg ip = ir_load(g->p, 8, false, g->context, REGISTER_IP);
    return value_number(n->type, ir_of(ir_binary(g->p, IR_ADD, ir_of(ip), ir_const(u ? (int64_t)(u->symbol - u->probe) : 0))));
}

/* --- path ------------------------------------------------------------------------------------------------------------------ */

static void check_path(struct checker *k, struct node *n)
{
    const struct value_type *t = n->first->type;
    const struct value_type *of = t->kind == VALUE_POINTER ? t->of : t;
    int64_t size = k->unit->settings.max_strlen;
    if (of->kind != VALUE_STRUCT && (t->kind != VALUE_NONE || k->knows))
        check_complain(k, n->first->place, "path() wants a struct path or a pointer to one, not %s", type_words(types_in(k), t));
    if (n->first->next)
        check_constant_argument(k, n, n->first->next, 1, k->unit->settings.max_strlen, &size);
    if (!check_probe_kind(k, n, PROVIDER(FENTRY) | PROVIDER(FEXIT) | PROVIDER(ITER), "fentry, fexit and iter"))
        check_hint(k, "elsewhere the name alone can be had: str(((struct dentry *)$d)->d_name.name)");
    n->type = type_string(types_in(k), (uint32_t)size);
}

static bool path_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    uint32_t room = as->size < n->type->size ? as->size : n->type->size;
    struct value v = gen_expression(g, n->first);
    ir_reg from = type_is_scalar(v.type) ? in_a_register(g, v.scalar) : gen_address(g, (struct location){v.base, v.offset});
    ir_zero(g->p, to.base, to.offset, padded ? as->size : 1);
    struct ir_value a[] = {ir_of(from), ir_of(gen_address(g, to)), ir_const(room)};
    ir_call(g->p, BPF_FUNC_d_path, a, 3);
    return true;
}

static struct value gen_path(struct generator *g, struct node *n)
{
    struct location to = gen_temporary(g, n->type->size);
    path_into(g, n, n->type, to, true);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

const struct builtin builtins_pointers[] = {
    {"kptr", 1, 1, .is_call = true, .check = check_space, .generate = gen_space, .detail = SPACE_KERNEL},
    {"uptr", 1, 1, .is_call = true, .check = check_space, .generate = gen_space, .detail = SPACE_USER},
    {"percpu_kaddr", 1, 2, .is_call = true, .check = check_percpu, .generate = gen_percpu},
    {"uaddr", 1, 1, .is_call = true, .check = check_uaddr, .generate = gen_uaddr},
    {"path", 1, 2, .is_call = true, .check = check_path, .generate = gen_path, .generate_into = path_into},
    {0},
};
