/* Tables that are declared while the agent runs: their declaration as JSON, in the shape that table_describe() writes. */
#pragma once
#include "base/err.h"
#include "table/schema.h"

#include <stddef.h>

enum {
    DECLARE_NAME_MAX = 63,             /* bytes of a table's or a column's name */
    DECLARE_WORDS_MAX = 1000,          /* bytes of a description */
    DECLARE_JSON_CEILING = 256 * 1024, /* bytes of a declaration */
};

/* Reads one declaration: an object, or an array with one object in it. Members that are not known are left unread, so that what
 * table_describe() adds for programs does no harm. The table is checked (table_check) and owned by the caller. NULL with words. */
struct table *table_declare(const char *json, size_t n, struct err *why);
void table_undeclare(struct table *t); /* frees it; NULL is fine */

enum declare_change {
    DECLARE_SAME,    /* but for descriptions, perhaps */
    DECLARE_GROWN,   /* columns were added at the end */
    DECLARE_CHANGED, /* with words: what differs */
};
/* How `to` differs from `from`, a table of the same name. */
enum declare_change declare_compare(const struct table *from, const struct table *to, struct err *why);
