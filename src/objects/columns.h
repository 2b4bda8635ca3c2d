/* Values of a C type as rows of a table: columns from its BTF, rows as lines of JSON (table/row_json.h).
 *
 * A struct's fields are columns, those of structs in it too, with the names joined by "_". Numbers keep their width, typedefs that say more
 * (objects/typed.h) say it here as well: ipv4_addr is text, duration_ns a number in ns, timestamp_ns a time. Text, enums and addresses are
 * text, pointers and hex_u64 text in base 16, bytes text without blanks, other arrays their JSON. `time` is the first field of the struct
 * itself whose typedef is a time; without one, it is when the record was read. */
#pragma once
#include "base/err.h"
#include "base/text.h"
#include "objects/typed.h"
#include "table/schema.h"

struct columns;

/* `name` and `description`: of the table. type 0: records without a type, whose bytes are a column. NULL with words. */
struct columns *columns_create(const char *name, const char *description, const struct btf *btf, uint32_t type,
                               const struct typed_options *o, struct err *why);
void columns_destroy(struct columns *c); /* NULL is fine */
const struct table *columns_table(const struct columns *c);
/* Adds the line of a value, with its newline. */
void columns_add_row(struct columns *c, struct text *out, const void *bytes, size_t n, const struct typed_options *o, int64_t utc_ns);
