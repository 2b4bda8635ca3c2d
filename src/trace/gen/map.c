/* Maps of the script: keys, reads, writes. */
#include "trace/gen/inside.h"

#include "trace/check/check.h"

ir_reg gen_map_pointer(struct generator *g, const struct map_info *m)
{
    ir_reg r = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_MAP, .to = r, .index = m->index});
    return r;
}

struct location gen_key(struct generator *g, const struct map_info *m, struct node *map)
{
    uint32_t size = m->key ? round8(m->key->size) : 8;
    struct location key = gen_temporary(g, size);
    if (!m->key) {
        ir_store(g->p, 8, key.base, key.offset, ir_const(0));
        return key;
    }
    if (m->key->size % 8)
        ir_zero(g->p, key.base, key.offset + (int32_t)(m->key->size & ~7U), 8);
    gen_into(g, map->key, m->key, key, true);
    return key;
}

static ir_reg lookup(struct generator *g, const struct map_info *m, struct location key)
{
    struct ir_value a[] = {ir_of(gen_map_pointer(g, m)), ir_of(gen_address(g, key))};
    return ir_call(g->p, BPF_FUNC_map_lookup_elem, a, 2);
}

static ir_reg zeros(struct generator *g, uint32_t bytes)
{
    struct unit *u = g->unit;
    u->uses[UNIT_ZEROS] = true;
    if (bytes > u->zeros)
        u->zeros = bytes;
    ir_reg r = ir_register(g->p);
    ir_add(g->p, (struct ir_instruction){.op = IR_MAP_DATA, .to = r, .index = UNIT_ZEROS});
    return r;
}

/* Size of what the BPF map holds. */
static uint32_t cell_size(const struct map_info *m)
{
    return round8(m->value->size) + (m->key ? 0 : 8);
}

static ir_reg update(struct generator *g, const struct map_info *m, struct location key, ir_reg value, uint64_t flags)
{
    struct ir_value a[] = {ir_of(gen_map_pointer(g, m)), ir_of(gen_address(g, key)), ir_of(value), ir_const((int64_t)flags)};
    ir_reg result = ir_call(g->p, BPF_FUNC_map_update_elem, a, 4);
    if (m->declared && m->declared[0] == 'l') /* an LRU map makes room */
        return result;
    ir_label kept = ir_new_label(g->p);
    ir_jump_if(g->p, IR_NE, ir_of(result), ir_const(-7 /* -E2BIG */), kept);
    gen_count_loss(g, LOSS_MAP_FULL);
    ir_place_label(g->p, kept);
    return result;
}

/* A scalar map is an array of one cell: the value, then whether it is set. */
static void mark_set(struct generator *g, const struct map_info *m, ir_reg cell)
{
    if (!m->key)
        ir_store(g->p, 8, cell, (int32_t)round8(m->value->size), ir_const(1));
}

ir_reg gen_map_cell(struct generator *g, struct node *map, ir_label none)
{
    const struct map_info *m = map->meaning;
    struct location key = gen_key(g, m, map);
    ir_reg cell = lookup(g, m, key);
    if (!m->key) {
        ir_jump_if(g->p, IR_EQ, ir_of(cell), ir_const(0), none);
        mark_set(g, m, cell);
        return cell;
    }
    ir_label found = ir_new_label(g->p);
    ir_reg result = ir_register(g->p);
    ir_assign(g->p, result, ir_of(cell));
    ir_jump_if(g->p, IR_NE, ir_of(result), ir_const(0), found);
    update(g, m, key, zeros(g, cell_size(m)), BPF_NOEXIST);
    ir_assign(g->p, result, ir_of(lookup(g, m, key)));
    ir_jump_if(g->p, IR_EQ, ir_of(result), ir_const(0), none);
    ir_place_label(g->p, found);
    return result;
}

/* A number that a hash or an array holds. */
static struct value read_number(struct generator *g, const struct map_info *m, const struct value_type *type, ir_reg cell)
{
    ir_reg r = ir_register(g->p);
    ir_label none = ir_new_label(g->p);
    ir_assign(g->p, r, ir_const(0));
    ir_jump_if(g->p, IR_EQ, ir_of(cell), ir_const(0), none);
    ir_assign(g->p, r, ir_of(ir_load(g->p, (uint8_t)m->value->size, m->value->is_signed, cell, 0)));
    ir_place_label(g->p, none);
    return value_number(type, ir_of(r));
}

struct value gen_map_read(struct generator *g, struct node *map)
{
    const struct map_info *m = map->meaning;
    if (type_is_aggregate(m->value))
        return gen_total(g, m, map->type, gen_key(g, m, map));
    ir_reg cell = lookup(g, m, gen_key(g, m, map));
    if (type_is_scalar(map->type))
        return read_number(g, m, map->type, cell);
    ir_reg r = ir_register(g->p);
    ir_label found = ir_new_label(g->p);
    ir_assign(g->p, r, ir_of(cell));
    ir_jump_if(g->p, IR_NE, ir_of(r), ir_const(0), found);
    ir_assign(g->p, r, ir_of(zeros(g, round8(m->value->size))));
    ir_place_label(g->p, found);
    return (struct value){.type = m->value, .base = r, .space = SPACE_BPF};
}

static void write_scalar_map(struct generator *g, struct node *map, struct node *right)
{
    const struct map_info *m = map->meaning;
    ir_label none = ir_new_label(g->p);
    struct value v = type_is_scalar(right->type) ? gen_expression(g, right) : gen_none(g);
    ir_reg cell = gen_map_cell(g, map, none);
    if (type_is_scalar(right->type))
        gen_store(g, v, m->value, (struct location){cell, 0}, true);
    else
        gen_into(g, right, m->value, (struct location){cell, 0}, true);
    ir_place_label(g->p, none);
}

void gen_map_write(struct generator *g, struct node *map, struct node *right)
{
    const struct map_info *m = map->meaning;
    if (!m->key) {
        write_scalar_map(g, map, right);
        return;
    }
    struct location value = gen_temporary(g, m->value->size);
    if (m->value->size % 8)
        ir_zero(g->p, value.base, value.offset + (int32_t)(m->value->size & ~7U), 8);
    gen_into(g, right, m->value, value, true);
    struct location key = gen_key(g, m, map);
    update(g, m, key, gen_address(g, value), BPF_ANY);
}

void gen_map_step(struct generator *g, struct node *map, struct ir_value by, struct ir_value *before)
{
    const struct map_info *m = map->meaning;
    ir_reg old = ir_register(g->p);
    ir_label none = ir_new_label(g->p);
    ir_assign(g->p, old, ir_const(0));
    ir_reg cell = gen_map_cell(g, map, none);
    ir_assign(g->p, old, ir_of(ir_load(g->p, 8, false, cell, 0)));
    ir_add(g->p, (struct ir_instruction){.op = IR_ATOMIC_ADD, .size = 8, .a = ir_of(cell), .b = by});
    ir_place_label(g->p, none);
    (void)m;
    *before = ir_of(old);
}

void gen_map_delete(struct generator *g, struct node *map, ir_reg *result)
{
    const struct map_info *m = map->meaning;
    struct location key = gen_key(g, m, map);
    if (m->key) {
        struct ir_value a[] = {ir_of(gen_map_pointer(g, m)), ir_of(gen_address(g, key))};
        *result = ir_call(g->p, BPF_FUNC_map_delete_elem, a, 2);
        return;
    }
    ir_label none = ir_new_label(g->p);
    *result = ir_register(g->p);
    ir_assign(g->p, *result, ir_const(-2));
    ir_reg cell = lookup(g, m, key);
    ir_jump_if(g->p, IR_EQ, ir_of(cell), ir_const(0), none);
    ir_zero(g->p, cell, 0, cell_size(m));
    ir_assign(g->p, *result, ir_const(0));
    ir_place_label(g->p, none);
}
