/* Addresses of networks, in words for people and from them. */
#include "trace/builtins/entries.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

enum { MAC_BYTES = 6 };

/* --- ntop ------------------------------------------------------------------------------------------------------------------ */

static struct node *address_node(struct node *n)
{
    return n->first->next ? n->first->next : n->first;
}

static void check_ntop(struct checker *k, struct node *n)
{
    const struct node *a = address_node(n);
    const struct value_type *t = a->type;
    bool bytes = (t->kind == VALUE_ARRAY || t->kind == VALUE_STRING || t->kind == VALUE_STRUCT) && (t->size == 4 || t->size == 16);
    n->type = type_special(types_in(k), VALUE_INET, false, 0, 0, 0);
    if (a != n->first)
        check_number_argument(k, n, n->first);
    if (!bytes && !type_is_number(t) && t->kind != VALUE_POINTER && (t->kind != VALUE_NONE || k->knows)) {
        check_complain(k, a->place, "ntop() wants a number, or an array of 4 or 16 bytes, not %s", type_words(types_in(k), t));
        check_hint(k, "the family may stand first: ntop(AF_INET6, args.saddr_v6)");
    }
}

/* The kernel's sixteen bytes when the family is that of IPv6, four otherwise; what an array has when no family is given. */
static bool ntop_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    (void)as;
    (void)padded;
    struct node *a = address_node(n);
    struct location bytes = {to.base, to.offset + (int32_t)offsetof(struct value_inet, bytes)};
    uint32_t size = type_is_scalar(a->type) ? 4 : a->type->size;
    struct ir_value family = a == n->first ? ir_const(size == 16 ? AF_INET6 : AF_INET) : gen_scalar(g, n->first);
    if (type_is_number(a->type)) {
        struct ir_value v = gen_scalar(g, a);
        ir_zero(g->p, to.base, to.offset, sizeof(struct value_inet));
        ir_store(g->p, 4, bytes.base, bytes.offset, v);
    } else {
        enum space space;
        ir_reg from = memory_of(g, a, &space);
        ir_zero(g->p, to.base, to.offset, sizeof(struct value_inet));
        gen_fetch(g, bytes, from, 0, type_is_scalar(a->type) ? 16 : size, space == SPACE_NONE ? SPACE_KERNEL : space);
    }
    ir_store(g->p, 4, to.base, to.offset, family);
    return true;
}

static struct value in_place(struct generator *g, struct node *n,
                             bool (*into)(struct generator *, struct node *, const struct value_type *, struct location, bool))
{
    struct location to = gen_temporary(g, n->type->size);
    into(g, n, n->type, to, true);
    return (struct value){.type = n->type, .base = to.base, .offset = to.offset, .space = SPACE_BPF};
}

static struct value gen_ntop(struct generator *g, struct node *n)
{
    return in_place(g, n, ntop_into);
}

/* --- pton ------------------------------------------------------------------------------------------------------------------ */

static void check_pton(struct checker *k, struct node *n)
{
    uint8_t bytes[16];
    const char *words = check_literal_argument(k, n, n->first);
    n->type = type_none(types_in(k));
    if (!words)
        return;
    bool six = strchr(words, ':') != NULL;
    if (inet_pton(six ? AF_INET6 : AF_INET, words, bytes) == 1)
        n->type = type_array(types_in(k), type_int(types_in(k), 1, false), six ? 16 : 4);
    else
        check_complain(k, n->first->place, "\"%s\" is no address: pton() reads \"10.0.0.1\" and \"fd00::1\"", words);
}

static bool pton_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    (void)padded;
    uint8_t bytes[16] = {0};
    inet_pton(as->size == 16 ? AF_INET6 : AF_INET, n->first->name, bytes);
    for (uint32_t i = 0; i < as->size && i < sizeof bytes; i += 4) {
        uint32_t word;
        memcpy(&word, bytes + i, sizeof word);
        ir_store(g->p, 4, to.base, to.offset + (int32_t)i, ir_const(word));
    }
    return true;
}

static struct value gen_pton(struct generator *g, struct node *n)
{
    return in_place(g, n, pton_into);
}

/* --- macaddr --------------------------------------------------------------------------------------------------------------- */

static void check_macaddr(struct checker *k, struct node *n)
{
    const struct value_type *t = n->first->type;
    bool bytes = (t->kind == VALUE_ARRAY || t->kind == VALUE_STRING) && t->size == MAC_BYTES;
    n->type = type_special(types_in(k), VALUE_MAC, false, 0, 0, 0);
    if (!bytes && !type_is_scalar(t) && (t->kind != VALUE_NONE || k->knows))
        check_complain(k, n->first->place, "macaddr() wants an array of 6 bytes or a pointer to them, not %s", type_words(types_in(k), t));
}

static bool macaddr_into(struct generator *g, struct node *n, const struct value_type *as, struct location to, bool padded)
{
    (void)padded;
    enum space space;
    ir_reg from = memory_of(g, n->first, &space);
    ir_zero(g->p, to.base, to.offset, as->size);
    gen_fetch(g, to, from, 0, MAC_BYTES, space == SPACE_NONE ? SPACE_KERNEL : space);
    return true;
}

static struct value gen_macaddr(struct generator *g, struct node *n)
{
    return in_place(g, n, macaddr_into);
}

/* --- bswap, socket_cookie -------------------------------------------------------------------------------------------------- */

static void check_bswap(struct checker *k, struct node *n)
{
    const struct value_type *t = n->first->type;
    check_number_argument(k, n, n->first);
    n->type = type_int(types_in(k), t->kind == VALUE_INT ? t->size : 8, false);
}

static struct value gen_bswap(struct generator *g, struct node *n)
{
    struct ir_value v = gen_scalar(g, n->first);
    if (n->type->size == 1)
        return value_number(n->type, v);
    ir_reg r = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_SWAP, .to = r, .a = v, .size = (uint8_t)n->type->size});
    return value_number(n->type, ir_of(r));
}

static void check_socket_cookie(struct checker *k, struct node *n)
{
    check_is_u64(k, n);
    check_number_argument(k, n, n->first);
    if (!check_probe_kind(k, n, PROVIDER(FENTRY) | PROVIDER(FEXIT), "fentry and fexit"))
        check_hint(k, "elsewhere the address of the socket tells sockets apart");
}

static struct value gen_socket_cookie(struct generator *g, struct node *n)
{
    struct ir_value a[] = {gen_scalar(g, n->first)};
    return value_number(n->type, ir_of(ir_call(g->p, BPF_FUNC_get_socket_cookie, a, 1)));
}

static void check_skboutput(struct checker *k, struct node *n)
{
    n->type = type_int(types_in(k), 4, false);
    check_complain(k, n->place, "skboutput() is not possible here: what is captured goes through a ring buffer, not through perf's");
    check_hint(k, "print the packet's bytes: printf(\"%%rh\\n\", buf(args.skb->data, 64))");
}

static struct value gen_nothing(struct generator *g, struct node *n)
{
    return value_number(n->type, gen_none(g).scalar);
}

const struct builtin builtins_net[] = {
    {"ntop", 1, 2, .is_call = true, .check = check_ntop, .generate = gen_ntop, .generate_into = ntop_into},
    {"pton", 1, 1, .is_call = true, .check = check_pton, .generate = gen_pton, .generate_into = pton_into},
    {"macaddr", 1, 1, .is_call = true, .check = check_macaddr, .generate = gen_macaddr, .generate_into = macaddr_into},
    {"bswap", 1, 1, .is_call = true, .check = check_bswap, .generate = gen_bswap},
    {"socket_cookie", 1, 1, .is_call = true, .check = check_socket_cookie, .generate = gen_socket_cookie},
    {"skboutput", 4, 4, .is_call = true, .check = check_skboutput, .generate = gen_nothing},
    {0},
};
