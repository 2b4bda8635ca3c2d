/* Rows on their way: one column array per column, strings in the batch's own arena, validity as bitmaps.
 *
 * A batch is filled by one thread, sealed, then read by many; each reader holds a reference and never writes.
 * It goes back to its pool when the last reference is dropped. */
#pragma once
#include "base/arena.h"
#include "base/text.h"
#include "table/schema.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { BATCH_ROWS = 2048, BATCH_MAX_COLUMNS = 64 };

/* A string in a batch: borrowed from its arena or static; not NUL-terminated. In a text column it is UTF-8. */
struct str {
    const char *p;
    uint32_t n;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})

struct batch {
    const struct table *table;
    uint32_t rows;
    uint64_t serial;      /* never the same for two takings from any pool: tells a recycled batch from what it was */
    int64_t born_mono_ns; /* when the first row was added, CLOCK_MONOTONIC */
    struct arena arena;
    union {
        void *any;
        uint8_t *b;
        int32_t *i32;
        int64_t *i64;
        uint16_t *u16;
        uint32_t *u32;
        uint64_t *u64;
        double *f64;
        struct str *text;
    } columns[BATCH_MAX_COLUMNS];
    uint64_t *valid[BATCH_MAX_COLUMNS]; /* bit set: not NULL; layout of DuckDB's validity mask */
    atomic_uint references;
    struct batch_pool *pool;
    struct batch *next; /* in the pool's free list */
};

struct batch_pool;

/* Keeps up to keep_free empty batches of one table for reuse. NULL on no memory. Thread safe. */
struct batch_pool *batch_pool_create(const struct table *table, unsigned keep_free);
void batch_pool_destroy(struct batch_pool *pool); /* NULL is fine; batches still out are freed when dropped */
/* An empty batch with one reference, or NULL on no memory. */
struct batch *batch_take(struct batch_pool *pool);
struct batch *batch_hold(struct batch *b); /* one more reference; returns b */
void batch_drop(struct batch *b);          /* NULL is fine */
void batch_clear(struct batch *b);         /* without rows again; only while nobody else holds it */

/* A batch of `to`, whose first columns are those of b's table: its rows, with NULL in the other columns. It owns what it has. NULL on no
 * memory, or when the columns do not fit. */
struct batch *batch_widen(const struct batch *b, struct batch_pool *to);

/* Starts a row in which every column is NULL; returns its index. The batch must have room (rows < BATCH_ROWS). */
uint32_t batch_add_row(struct batch *b);
/* Copies bytes into the arena as they are; an empty str when memory ran out. */
struct str batch_intern(struct batch *b, const char *p, size_t n);
/* Copies a name, whatever its bytes, as UTF-8 that can be turned back (text_escape_name). */
struct str batch_intern_name(struct batch *b, const char *p, size_t n);

static inline bool batch_is_valid(const struct batch *b, size_t column, uint32_t row)
{
    return b->valid[column][row >> 6] >> (row & 63) & 1;
}

static inline void batch_mark(struct batch *b, size_t column, uint32_t row)
{
    b->valid[column][row >> 6] |= 1ULL << (row & 63);
}

/* Setters of the row that was added last. The column's declared type must match. */
#define BATCH_SETTER(suffix, member, ctype)                                                                                                \
    static inline void batch_set_##suffix(struct batch *b, size_t column, ctype v)                                                         \
    {                                                                                                                                      \
        b->columns[column].member[b->rows - 1] = v;                                                                                        \
        batch_mark(b, column, b->rows - 1);                                                                                                \
    }
BATCH_SETTER(bool, b, bool)
BATCH_SETTER(i32, i32, int32_t)
BATCH_SETTER(i64, i64, int64_t)
BATCH_SETTER(u16, u16, uint16_t)
BATCH_SETTER(u32, u32, uint32_t)
BATCH_SETTER(u64, u64, uint64_t)
BATCH_SETTER(f64, f64, double)
BATCH_SETTER(time, i64, int64_t)

/* Sets a string that outlives the batch (a literal, a static table). */
static inline void batch_set_static(struct batch *b, size_t column, const char *string)
{
    b->columns[column].text[b->rows - 1] = (struct str){string, (uint32_t)strlen(string)};
    batch_mark(b, column, b->rows - 1);
}

/* Sets bytes that the batch owns. Those of a text column must be UTF-8. */
static inline void batch_set_str(struct batch *b, size_t column, struct str s)
{
    b->columns[column].text[b->rows - 1] = s;
    batch_mark(b, column, b->rows - 1);
}

/* Copies a name, or any other text, as batch_intern_name does. */
static inline void batch_set_text(struct batch *b, size_t column, const char *p, size_t n)
{
    batch_set_str(b, column, batch_intern_name(b, p, n));
}

/* Copies a text that was made UTF-8 already, as text_add_shell does: its valid beginning, should it have been cut in a sequence. */
static inline void batch_set_utf8(struct batch *b, size_t column, const char *p, size_t n)
{
    batch_set_str(b, column, batch_intern(b, p, text_utf8_prefix(p, n)));
}
