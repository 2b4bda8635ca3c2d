/* What the parser's files share. Every parse_* function leaves the parser behind what it read, or returns NULL after a complaint; then
 * whoever can go on (a block, the script) passes over the rest of the statement or probe. */
#pragma once
#include "trace/front/lexer.h"
#include "trace/front/parse.h"

enum {
    PARSE_NESTING_MAX = 200,
    PARSE_TEXT_MAX = 1024 * 1024, /* bytes of a script */
};

struct parser {
    struct complaints *complaints;
    struct arena *arena;
    const struct source *source;
    const struct script_arguments *arguments;
    struct script_ends { /* of the script's lists */
        struct setting **setting, **import;
        struct definition **definition;
        struct map_declaration **map;
        struct function **function;
        struct probe **probe;
    } last;
    struct lexer lexer;
    struct token token;  /* the next one, not yet taken */
    struct place before; /* of the one taken last */
    uint32_t nesting, functions;
    bool slash_ends;     /* inside a predicate, outside brackets: a slash before a brace ends it */
    bool behind_problem; /* the token taken last was wrong in itself */
    bool gave_up;        /* too deep, or no memory: the parser stands at the end and says nothing more */
};

/* Moving */
void parser_start(struct parser *p, struct complaints *c, struct script *script,
                  uint32_t at);                  /* what stands beside probes goes to script */
void parser_move(struct parser *p, uint32_t at); /* the token that begins at or behind this byte is next */
void parser_advance(struct parser *p);
struct token parser_peek(const struct parser *p); /* the token after the next */
bool parser_at_word(const struct parser *p, const char *word);
bool parser_take(struct parser *p, int kind);                        /* takes it if it is next, and not an assignment like += */
bool parser_expect(struct parser *p, int kind, const char *context); /* "expected ; <context>, found …" */
/* A complaint that `what` was expected where the parser stands. */
void parser_complain_expected(struct parser *p, const char *what, const char *context);
void parser_give_up(struct parser *p);
bool parser_enter(struct parser *p); /* one level deeper; false after a complaint when that is too deep. Always left: */
void parser_leave(struct parser *p);

/* Making; NULL without memory, and then the parser has given up. */
void *parser_alloc(struct parser *p, size_t size);                    /* zeroed */
const char *parser_text(struct parser *p, const struct token *token); /* its bytes, without a sigil */
struct node *parser_node(struct parser *p, enum node_kind kind, struct place place);
/* To be called when a node has all its children: sets its depth, and its place from its own start to what was read last. */
struct node *parser_finish(struct parser *p, struct node *node);

/* Expressions */
struct node *parse_expression(struct parser *p);
struct node *parse_binary(struct parser *p, unsigned lowest); /* without a ternary outside; lowest precedence 1 */
struct node *parse_unary(struct parser *p);
struct node *parse_postfix(struct parser *p);
struct node *parse_primary(struct parser *p);
struct node *parse_parentheses(struct parser *p); /* (a), (a, b), (a = 1), (type)a */
struct node *parse_call(struct parser *p, const struct token *name);
struct node *parse_map(struct parser *p);
struct node *parse_literal(struct parser *p); /* number or string */
struct node *parse_if(struct parser *p);
struct node *parse_block(struct parser *p);

/* Statements */
struct node *parse_statement(struct parser *p);
struct node *parse_keyword(struct parser *p, enum node_kind kind); /* a node for the word that is next, which is taken */
struct node *parse_loop(struct parser *p, enum node_kind kind);    /* while, unroll */
struct node *parse_for(struct parser *p);
struct node *parse_body(struct parser *p); /* a block, or one statement as a block */

/* Types */
enum type_certainty {
    TYPE_NOT,
    TYPE_MAYBE,  /* a bare name */
    TYPE_LIKELY, /* a bare name as typedefs have: size_t, u32 */
    TYPE_SURE,
};
/* Whether a type could begin at token `t` (from lexer `l`, which goes on behind it; `t` becomes the token behind the type). */
enum type_certainty type_scan(struct lexer *l, struct token *t);
/* The same for where the parser stands. `then` gets the token behind, and `after` the one behind that. */
enum type_certainty type_ahead(const struct parser *p, struct token *then, struct token *after);
struct type_name *parse_type(struct parser *p);

/* Attach points: not made of tokens. Reads them from where the parser stands to the predicate or the body. */
struct attach_point *parse_attach_points(struct parser *p);
/* Behind the attach point that begins at `at`. */
uint32_t attach_skip_point(const struct source *source, uint32_t at);
/* sys_enter_{open,openat}: behind the closing brace of the one at `at`, when what is between is words and commas; else `at` itself. */
uint32_t attach_skip_choices(const struct source *source, uint32_t at);
uint32_t attach_points_end(const struct source *source, uint32_t at); /* only where they end */

/* The script's other parts */
void parse_config(struct parser *p);
void parse_import(struct parser *p);
void parse_map_declaration(struct parser *p);
void parse_function(struct parser *p);
void parse_definition(struct parser *p);
enum script_part { PART_PROBE, PART_CONFIG, PART_IMPORT, PART_MAP, PART_FUNCTION, PART_DEFINITION };
enum script_part script_part_at(const struct source *source, const struct token *token, struct lexer behind);
