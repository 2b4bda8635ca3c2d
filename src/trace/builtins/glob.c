/* globmatch(string, "pattern"): the pattern's parts that may come next are bits of a number, which each byte of the string moves on. */
#include "trace/builtins/entries.h"

#include <string.h>

enum { PARTS_MAX = 62, GLOB_WORK_MAX = 65536 };

/* The bytes that one part of the pattern stands for. */
struct part {
    uint64_t has[4]; /* a bit for each byte */
};

struct glob {
    struct part parts[PARTS_MAX];
    uint32_t count;
    uint64_t stars; /* parts that are '*' */
};

static void part_add(struct part *p, uint8_t c)
{
    p->has[c / 64] |= 1ULL << (c % 64);
}

static bool part_has(const struct part *p, uint8_t c)
{
    return p->has[c / 64] >> (c % 64) & 1;
}

/* [abc], [a-z], [!abc]; returns what is behind it, NULL when it does not end. */
static const char *read_class(const char *s, struct part *p)
{
    bool not = *s == '!';
    s += not ;
    for (bool first = true; *s && (first || *s != ']'); first = false, s++) {
        uint8_t last = (uint8_t)(s[1] == '-' && s[2] && s[2] != ']' ? s[2] : *s);
        for (uint32_t c = (uint8_t)*s; c <= last; c++)
            part_add(p, (uint8_t)c);
        s += s[1] == '-' && s[2] && s[2] != ']' ? 2 : 0;
    }
    for (int i = 0; i < 4 && not ; i++)
        p->has[i] = ~p->has[i];
    return *s ? s + 1 : NULL;
}

static const char *read_part(const char *s, struct glob *g)
{
    struct part *p = &g->parts[g->count];
    *p = (struct part){{0}};
    if (*s == '*') {
        if (!g->count || !(g->stars >> (g->count - 1) & 1)) /* ** is * */
            g->stars |= 1ULL << g->count++;
        return s + 1;
    }
    g->count++;
    if (*s == '[')
        return read_class(s + 1, p);
    if (*s == '?')
        memset(p, 0xff, sizeof *p);
    else
        part_add(p, (uint8_t)*s);
    return s + 1;
}

static bool read_pattern(const char *s, struct glob *g)
{
    *g = (struct glob){.count = 0};
    while (s && *s && g->count < PARTS_MAX)
        s = read_part(s, g);
    return s && !*s;
}

static void check_globmatch(struct checker *k, struct node *n)
{
    struct glob g;
    const char *pattern = check_literal_argument(k, n, n->first->next);
    n->type = type_bool(types_in(k));
    if (!check_string_argument(k, n, n->first) || !pattern)
        return;
    if (!read_pattern(pattern, &g)) {
        check_complain(k, n->first->next->place, "the pattern has more than %d parts, or a [ without its ]", PARTS_MAX);
        return;
    }
    if ((uint64_t)string_room(k, n->first) * (g.count + 1) <= GLOB_WORK_MAX)
        return;
    check_complain(k, n->place, "globmatch() of %u bytes against %u parts is more than the verifier walks through",
                   string_room(k, n->first), g.count);
    check_hint(k, "shorten the string: str(pointer, 256)");
}

/* 1 when c is from first to last, without a branch: the sign of what is left. */
static struct ir_value in_range(struct generator *g, ir_reg c, uint32_t first, uint32_t last)
{
    struct ir_program *p = g->p;
    ir_reg from = ir_binary(p, IR_SUB, ir_of(c), ir_const(first));
    ir_reg left = ir_binary(p, IR_SUB, ir_of(c), ir_const(last + 1));
    ir_reg both = ir_binary(p, IR_AND, ir_of(ir_binary(p, IR_XOR, ir_of(from), ir_const(-1))), ir_of(left));
    return ir_of(ir_binary(p, IR_SHR, ir_of(both), ir_const(63)));
}

/* Adds the parts `mask` to those that the byte is one of, when it is of the set. */
static void add_matches(struct generator *g, ir_reg matches, ir_reg c, const struct part *set, uint64_t mask)
{
    struct ir_program *p = g->p;
    for (uint32_t first = 0; first < 256; first++) {
        uint32_t last = first;
        if (!part_has(set, (uint8_t)first))
            continue;
        while (last < 255 && part_has(set, (uint8_t)(last + 1)))
            last++;
        /* times, not minus and and: of a number that is 0 or -1 the verifier would walk both cases */
        ir_reg those = ir_binary(p, IR_MUL, in_range(g, c, first, last), ir_const((int64_t)mask));
        ir_assign(p, matches, ir_of(ir_binary(p, IR_OR, ir_of(matches), ir_of(those))));
        first = last;
    }
}

static ir_reg matches_of(struct generator *g, const struct glob *glob, ir_reg c)
{
    ir_reg matches = ir_register(g->p);
    uint64_t done = glob->stars;
    ir_assign(g->p, matches, ir_const(0));
    for (uint32_t i = 0; i < glob->count; i++) {
        uint64_t same = 0;
        for (uint32_t j = i; j < glob->count; j++)
            if (!(done >> j & 1) && !memcmp(&glob->parts[i], &glob->parts[j], sizeof(struct part)))
                same |= 1ULL << j;
        if (same && !(done >> i & 1))
            add_matches(g, matches, c, &glob->parts[i], same);
        done |= same;
    }
    return matches;
}

/* A star may also be passed over. */
static ir_reg past_stars(struct generator *g, uint64_t stars, ir_reg states)
{
    ir_reg passed = ir_binary(g->p, IR_SHL, ir_of(ir_binary(g->p, IR_AND, ir_of(states), ir_const((int64_t)stars))), ir_const(1));
    return ir_binary(g->p, IR_OR, ir_of(states), ir_of(passed));
}

static struct value gen_globmatch(struct generator *g, struct node *n)
{
    struct ir_program *p = g->p;
    struct glob glob;
    struct value s = string_of(g, n->first, UINT32_MAX);
    read_pattern(n->first->next->name, &glob);
    ir_reg base = gen_address(g, (struct location){s.base, s.offset});
    ir_reg states = ir_register(p);
    ir_reg i = ir_register(p);
    ir_label next = ir_new_label(p);
    ir_label done = ir_new_label(p);
    ir_assign(p, states, ir_const((glob.stars & 1) ? 3 : 1));
    ir_assign(p, i, ir_const(0));
    ir_place_label(p, next);
    ir_jump_if(p, IR_UGE, ir_of(i), ir_const(s.type->size), done);
    ir_reg c = ir_load(p, 1, false, ir_binary(p, IR_ADD, ir_of(base), ir_of(i)), 0);
    ir_jump_if(p, IR_EQ, ir_of(c), ir_const(0), done);
    ir_reg matched = ir_binary(p, IR_AND, ir_of(states), ir_of(matches_of(g, &glob, c)));
    ir_reg moved = ir_binary(p, IR_SHL, ir_of(matched), ir_const(1));
    ir_reg stayed = ir_binary(p, IR_AND, ir_of(states), ir_const((int64_t)glob.stars));
    ir_assign(p, states, ir_of(past_stars(g, glob.stars, ir_binary(p, IR_OR, ir_of(moved), ir_of(stayed)))));
    ir_assign(p, i, ir_of(ir_binary(p, IR_ADD, ir_of(i), ir_const(1))));
    ir_jump(p, next);
    ir_place_label(p, done);
    ir_reg end = ir_binary(p, IR_SHR, ir_of(states), ir_const(glob.count));
    return value_number(n->type, ir_of(ir_binary(p, IR_AND, ir_of(end), ir_const(1))));
}

const struct builtin builtins_glob[] = {
    {"globmatch", 2, 2, .is_call = true, .check = check_globmatch, .generate = gen_globmatch},
    {0},
};
