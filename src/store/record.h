/* A batch as bytes of the journal: one record holds the rows of one batch, column by column, and the table's shape, so that a record can
 * be read by itself and by a version that declares other columns.
 *
 *   head     32 bytes: magic, bytes of the whole record, crc32 of all that follows it, rows, number, bytes of the shape, 0
 *   shape    number of columns (u16), length of the table's name (u16), the name; for each column its type and the length of its name
 *            (u8 each) and the name; zeros up to a multiple of 8
 *   columns  each a bitmap of the rows that are not NULL (64-bit words), then the values, zeros up to a multiple of 8;
 *            of text and histograms first all lengths (u32), zeros up to a multiple of 8, then the bytes of one value after the other
 *
 * Everything is in the machine's byte order and a multiple of 8 bytes long: the journal is read where it was written. */
#pragma once
#include "base/text.h"
#include "table/batch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RECORD_MAX_BYTES = 4 << 20, RECORD_NAME_MAX = 63 };

struct record_column {
    enum column_type type;
    struct str name;
    const uint64_t *valid; /* a bitmap */
    const void *values;    /* of a type in an arena: the lengths */
    const char *bytes;     /* of a type in an arena: the values */
};

/* A record that was read: everything in it is borrowed from the bytes. */
struct record {
    uint64_t number;     /* grows from record to record, never 0 */
    uint32_t rows;       /* 1 … BATCH_ROWS */
    uint32_t bytes;      /* of the record, */
    uint32_t data_bytes; /* and of these: of its columns */
    struct str table;
    size_t n_columns;
    struct record_column columns[BATCH_MAX_COLUMNS];
};

/* Adds a record to `out`, which has only records in it. False when it would be larger than RECORD_MAX_BYTES or memory ran out: `out` is as
 * it was. */
bool record_add(struct text *out, const struct batch *b, uint64_t number);

/* Reads the record at p, which is aligned to 8, out of n bytes. False when there is none that is whole and makes sense: r->rows is then
 * what its head says it had, 0 when even that makes no sense. Whatever the bytes are, nothing outside of them is read. */
bool record_read(const void *p, size_t n, struct record *r);

/* Whether its texts are what a batch may hold. */
bool record_is_utf8(const struct record *r);
/* Whether the record has exactly the columns of the table. */
bool record_fits(const struct record *r, const struct table *t);
/* The shape that the record had when it was written, to be freed with one free(); NULL: no such table can be, or no memory. */
struct table *record_table(const struct record *r);
/* Adds the rows to a batch of a table that the record fits and that has room for them; texts are borrowed from the record. */
void record_decode(const struct record *r, struct batch *into);
/* The earliest and the latest time of its rows, 0: none. */
void record_times(const struct record *r, int64_t *oldest_ns, int64_t *newest_ns);
