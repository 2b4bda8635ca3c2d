/* The tree in words: one node a line, its children one blank further in. */
#include "trace/front/parse.h"
#include "trace/front/token.h"
#include "trace/types/type.h"

#include <inttypes.h>
#include <string.h>

void trace_print_type_name(const struct type_name *type, struct text *out)
{
    if (type->words) {
        text_adds(out, type->words);
    } else if (type->of) {
        text_adds(out, "typeof()");
    } else {
        text_addc(out, '(');
        for (const struct type_name *member = type->member; member; member = member->next) {
            trace_print_type_name(member, out);
            text_adds(out, member->next ? ", " : "");
        }
        text_addc(out, ')');
    }
    if (type->stars)
        text_addc(out, ' ');
    for (uint32_t i = 0; i < type->stars; i++)
        text_addc(out, '*');
    for (uint32_t i = 0; i < type->dimensions; i++) {
        if (type->counts[i] < 0)
            text_adds(out, "[]");
        else
            text_addf(out, "[%" PRId64 "]", type->counts[i]);
    }
}

static void begin_line(struct text *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        text_addc(out, ' ');
}

static void line(struct text *out, unsigned depth, const char *before, const char *words, const char *behind)
{
    begin_line(out, depth);
    text_adds(out, before);
    text_adds(out, words ? words : "");
    text_adds(out, behind);
    text_addc(out, '\n');
}

/* What stands on the line of each kind beside its name and operator. */
static const char *const heads[] = {
    [NODE_TERNARY] = "?:",        [NODE_CAST] = "cast",     [NODE_SIZEOF] = "sizeof",
    [NODE_OFFSETOF] = "offsetof", [NODE_TYPEOF] = "typeof", [NODE_INDEX] = "[]",
    [NODE_TUPLE] = "tuple",       [NODE_RECORD] = "record", [NODE_COMPTIME] = "comptime",
    [NODE_TYPE] = "type",         [NODE_LET] = "let",       [NODE_IF] = "if",
    [NODE_WHILE] = "while",       [NODE_FOR_MAP] = "for",   [NODE_FOR_RANGE] = "for range",
    [NODE_UNROLL] = "unroll",     [NODE_BREAK] = "break",   [NODE_CONTINUE] = "continue",
    [NODE_RETURN] = "return",
};

static void print_head(const struct node *node, struct text *out)
{
    switch (node->kind) {
    case NODE_INTEGER: text_add_u64(out, node->integer); return;
    case NODE_STRING: text_add_json(out, node->name, node->length); return;
    case NODE_BOOL: text_adds(out, node->integer ? "true" : "false"); return;
    case NODE_NAME: text_adds(out, node->name); return;
    case NODE_VARIABLE:
    case NODE_POSITIONAL: text_addf(out, "$%s", node->name); return;
    case NODE_MAP: text_addf(out, "@%s", node->name); return;
    case NODE_CALL: text_addf(out, "%s()", node->name); return;
    case NODE_UNARY:
    case NODE_BINARY: text_adds(out, token_name(node->operator)); return;
    case NODE_STEP: text_addf(out, "%s%s%s", node->prefix ? "" : "_", token_name(node->operator), node->prefix ? "_" : ""); return;
    case NODE_FIELD: text_addf(out, ".%s", node->name); return;
    case NODE_ARROW: text_addf(out, "->%s", node->name); return;
    case NODE_MEMBER: text_addf(out, ".%" PRIu64, node->integer); return;
    case NODE_BLOCK: text_adds(out, node->valued ? "block=" : "block"); return;
    case NODE_STATEMENT: return;
    case NODE_ASSIGN:
        text_addf(out, "%s%s", node->left ? "" : "_ ", node->operator== TOKEN_ASSIGN ? "" : token_name(node->operator));
        text_addc(out, '=');
        return;
    default: text_adds(out, heads[node->kind]);
    }
    if (node->type_name) {
        text_addc(out, ' ');
        trace_print_type_name(node->type_name, out);
    }
}

static void print_node(const struct node *node, struct text *out, unsigned depth);

static void print_typeofs(const struct type_name *type, struct text *out, unsigned depth)
{
    for (; type; type = type->next) {
        if (type->of)
            print_node(type->of, out, depth);
        print_typeofs(type->member, out, depth);
    }
}

static void print_node(const struct node *node, struct text *out, unsigned depth)
{
    if (node->kind == NODE_STATEMENT) {
        print_node(node->left, out, depth);
        return;
    }
    begin_line(out, depth);
    print_head(node, out);
    if (node->type) {
        text_adds(out, " :: ");
        type_print(node->type, out);
    }
    text_addc(out, '\n');
    print_typeofs(node->type_name, out, depth + 1);
    const struct node *const early[] = {node->key,   node->kind == NODE_FOR_RANGE ? NULL : node->condition,
                                        node->left,  node->kind == NODE_FOR_RANGE ? node->condition : NULL,
                                        node->right, node->body};
    for (size_t i = 0; i < sizeof early / sizeof *early; i++)
        if (early[i])
            print_node(early[i], out, depth + 1);
    for (const struct node *child = node->first; child; child = child->next)
        print_node(child, out, depth + 1);
}

static void print_functions(const struct function *function, struct text *out)
{
    for (; function; function = function->next) {
        line(out, 0, function->is_macro ? "macro " : "fn ", function->name, "");
        for (const struct parameter *parameter = function->parameters; parameter; parameter = parameter->next) {
            char sigil[2] = {parameter->sigil};
            begin_line(out, 1);
            text_addf(out, "%s%s", sigil, parameter->name);
            text_adds(out, parameter->type_name ? ": " : "");
            if (parameter->type_name)
                trace_print_type_name(parameter->type_name, out);
            text_addc(out, '\n');
        }
        if (function->returns) {
            text_adds(out, " returns ");
            trace_print_type_name(function->returns, out);
            text_addc(out, '\n');
        }
        print_node(function->body, out, 1);
    }
}

static void print_preamble(const struct script *script, struct text *out)
{
    for (const struct setting *setting = script->settings; setting; setting = setting->next) {
        line(out, 0, "config ", setting->name, "");
        line(out, 1, "", setting->value, "");
    }
    for (const struct setting *import = script->imports; import; import = import->next)
        line(out, 0, "import ", import->name, "");
    for (const struct map_declaration *map = script->maps; map; map = map->next) {
        line(out, 0, "let @", map->name, "");
        begin_line(out, 1);
        text_addf(out, "%s(%" PRIu64 ")\n", map->type, map->entries);
    }
}

void trace_print_tree(const struct script *script, struct text *out)
{
    print_preamble(script, out);
    print_functions(script->functions, out);
    for (const struct probe *probe = script->probes; probe; probe = probe->next) {
        line(out, 0, "probe", "", "");
        for (const struct attach_point *point = probe->points; point; point = point->next)
            line(out, 1, "", point->text, "");
        if (probe->predicate) {
            line(out, 1, "predicate", "", "");
            print_node(probe->predicate, out, 2);
        }
        print_node(probe->body, out, 1);
    }
}
