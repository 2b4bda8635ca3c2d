/* From text to tree. */
#pragma once
#include "trace/front/tree.h"

/* The arguments that follow the script on the command line: what $1 … stand for in attach points. Elsewhere they stay NODE_POSITIONAL. */
struct script_arguments {
    const char *const *values;
    size_t count;
};

/* Reads the whole source. What is wrong goes to complaints, and reading goes on behind it where it can; the tree then lacks it.
 * The result lives in the arena of the complaints; NULL only without memory. */
struct script *trace_parse(struct complaints *c, const struct script_arguments *arguments);
/* The tree in words, one node a line, indented (-d ast). Types are printed where the checker has set them. */
void trace_print_tree(const struct script *script, struct text *out);
/* The type as it was written, with single blanks. */
void trace_print_type_name(const struct type_name *type, struct text *out);
/* The tokens, one a line (-d tokens). */
void trace_print_tokens(struct complaints *c, struct text *out);
/* One expression from a stretch of the text, for the value of a #define. NULL after a complaint. */
struct node *trace_parse_expression(struct complaints *c, struct place place);
/* A copy of an expression or statement and all below it, without what the checker has set (type, meaning) and without what follows in a
 * list. NULL without memory. */
struct node *node_copy(struct arena *arena, const struct node *node);
/* Expands macros in every probe and function, in place: hygienic ($variables of a macro's body are its own). */
void trace_expand_macros(struct script *script, struct complaints *c);
/* Puts expressions in the place of names, for #define: `meaning` gives the text of what a name stands for,
 * NULL when it stands for itself. Of probes and functions, behind trace_expand_macros. */
void trace_expand_names(struct script *script, struct complaints *c, const char *(*meaning)(void *arg, const char *name), void *arg);
