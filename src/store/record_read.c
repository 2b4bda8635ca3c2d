/* Reading records, whatever the bytes are. The format is described in record.h. */
#include "store/record_head.h"

#include "table/histogram.h"

#include <stdlib.h>
#include <string.h>

struct bytes {
    const uint8_t *p, *end;
};

static const void *take(struct bytes *in, size_t n)
{
    const uint8_t *p = in->p;
    if (n > (size_t)(in->end - p))
        return NULL;
    in->p += n;
    return p;
}

static bool take_name(struct bytes *in, size_t n, struct str *name)
{
    *name = (struct str){take(in, n), (uint32_t)n};
    return name->p && n && n <= RECORD_NAME_MAX && !memchr(name->p, '\0', n);
}

static bool read_shape(struct bytes in, struct record *r)
{
    uint16_t counts[2];
    const void *p = take(&in, sizeof counts);
    if (!p)
        return false;
    memcpy(counts, p, sizeof counts);
    r->n_columns = counts[0];
    if (!r->n_columns || r->n_columns > BATCH_MAX_COLUMNS || !take_name(&in, counts[1], &r->table))
        return false;
    for (size_t i = 0; i < r->n_columns; i++) {
        const uint8_t *type_and_length = take(&in, 2);
        if (!type_and_length || type_and_length[0] >= TYPE_COUNT || !take_name(&in, type_and_length[1], &r->columns[i].name))
            return false;
        r->columns[i].type = (enum column_type)type_and_length[0];
    }
    return true;
}

static bool good_length(enum column_type type, uint32_t n)
{
    return type != TYPE_HISTOGRAM || (n % sizeof(uint64_t) == 0 && n / sizeof(uint64_t) <= HISTOGRAM_BUCKETS);
}

static bool read_texts(struct bytes *in, uint32_t rows, struct record_column *c)
{
    const uint32_t *lengths = c->values = take(in, record_padded(rows * sizeof *lengths));
    size_t sum = 0;
    for (uint32_t row = 0; lengths && row < rows; row++) {
        if (!good_length(c->type, lengths[row]))
            return false;
        sum += lengths[row];
    }
    c->bytes = lengths ? take(in, record_padded(sum)) : NULL;
    return c->bytes;
}

static bool read_column(struct bytes *in, uint32_t rows, struct record_column *c)
{
    c->valid = take(in, (rows + 63) / 64 * sizeof(uint64_t));
    if (!c->valid)
        return false;
    if (type_in_arena(c->type))
        return read_texts(in, rows, c);
    c->values = take(in, record_padded(rows * type_size(c->type)));
    return c->values;
}

static bool read_all(const uint8_t *p, const struct record_head *head, struct record *r)
{
    struct bytes in = {p + sizeof *head + head->shape_bytes, p + head->bytes};
    if (!read_shape((struct bytes){p + sizeof *head, in.p}, r))
        return false;
    for (size_t i = 0; i < r->n_columns; i++)
        if (!read_column(&in, r->rows, &r->columns[i]))
            return false;
    return in.p == in.end;
}

bool record_read(const void *p, size_t n, struct record *r)
{
    struct record_head head;
    r->rows = r->bytes = 0;
    r->number = r->n_columns = 0;
    if (n < sizeof head)
        return false;
    memcpy(&head, p, sizeof head);
    if (head.magic != RECORD_MAGIC || !head.rows || head.rows > BATCH_ROWS || !head.number)
        return false;
    r->rows = head.rows;
    r->number = head.number;
    if (head.bytes > n || head.bytes > RECORD_MAX_BYTES || head.bytes < sizeof head || head.bytes % 8)
        return false;
    if (head.shape_bytes > head.bytes - sizeof head || head.shape_bytes % 8 || record_crc(p, head.bytes) != head.crc)
        return false;
    r->bytes = head.bytes;
    r->data_bytes = head.bytes - (uint32_t)sizeof head - head.shape_bytes;
    return read_all(p, &head, r);
}

static bool column_is_utf8(const struct record_column *c, uint32_t rows)
{
    const uint32_t *lengths = c->values;
    const char *p = c->bytes;
    for (uint32_t row = 0; row < rows; p += lengths[row++])
        if (text_utf8_prefix(p, lengths[row]) != lengths[row])
            return false;
    return true;
}

bool record_is_utf8(const struct record *r)
{
    for (size_t i = 0; i < r->n_columns; i++)
        if (r->columns[i].type == TYPE_TEXT && !column_is_utf8(&r->columns[i], r->rows))
            return false;
    return true;
}

static bool same(struct str name, const char *string)
{
    return strlen(string) == name.n && !memcmp(name.p, string, name.n);
}

bool record_fits(const struct record *r, const struct table *t)
{
    if (r->n_columns != t->n_columns || !same(r->table, t->name))
        return false;
    for (size_t i = 0; i < t->n_columns; i++)
        if (r->columns[i].type != t->columns[i].type || !same(r->columns[i].name, t->columns[i].name))
            return false;
    return true;
}

/* --- a shape of its own ------------------------------------------------------------------------------------------------------- */

static const char *keep(char **room, struct str name)
{
    char *kept = *room;
    memcpy(kept, name.p, name.n);
    kept[name.n] = '\0';
    *room += name.n + 1;
    return kept;
}

struct table *record_table(const struct record *r)
{
    struct made {
        struct table table;
        struct column columns[];
    } *made = malloc(sizeof *made + r->n_columns * sizeof *made->columns + (r->n_columns + 1) * (RECORD_NAME_MAX + 1));
    if (!made)
        return NULL;
    char *room = (char *)(made->columns + r->n_columns);
    for (size_t i = 0; i < r->n_columns; i++)
        made->columns[i] = (struct column){keep(&room, r->columns[i].name), r->columns[i].type, i ? ROLE_MEASURE : ROLE_TIME, NULL,
                                           "a column of an older version"};
    made->table = (struct table){keep(&room, r->table), "rows of an older version", made->columns, r->n_columns};
    if (!table_check(&made->table))
        return &made->table;
    free(made);
    return NULL;
}

/* --- decoding ----------------------------------------------------------------------------------------------------------------- */

static bool is_valid(const struct record_column *c, uint32_t row)
{
    return c->valid[row >> 6] >> (row & 63) & 1;
}

static void decode_texts(const struct record_column *c, uint32_t rows, struct str *out)
{
    const uint32_t *lengths = c->values;
    const char *p = c->bytes;
    for (uint32_t row = 0; row < rows; p += lengths[row++])
        out[row] = (struct str){p, lengths[row]};
}

static void decode_bools(const struct record_column *c, uint32_t rows, uint8_t *out)
{
    const uint8_t *in = c->values;
    for (uint32_t row = 0; row < rows; row++)
        out[row] = in[row] != 0;
}

static void decode_column(const struct record_column *c, uint32_t rows, struct batch *into, size_t column)
{
    uint32_t first = into->rows - rows;
    if (type_in_arena(c->type))
        decode_texts(c, rows, into->columns[column].text + first);
    else if (c->type == TYPE_BOOL)
        decode_bools(c, rows, into->columns[column].b + first);
    else
        memcpy((char *)into->columns[column].any + first * type_size(c->type), c->values, rows * type_size(c->type));
    for (uint32_t row = 0; row < rows; row++)
        if (is_valid(c, row))
            batch_mark(into, column, first + row);
}

void record_decode(const struct record *r, struct batch *into)
{
    into->rows += r->rows;
    for (size_t i = 0; i < r->n_columns; i++)
        decode_column(&r->columns[i], r->rows, into, i);
}

void record_times(const struct record *r, int64_t *oldest_ns, int64_t *newest_ns)
{
    const struct record_column *c = &r->columns[0];
    const int64_t *times = c->values;
    *oldest_ns = *newest_ns = 0;
    for (uint32_t row = 0; c->type == TYPE_TIME && row < r->rows; row++) {
        int64_t t = is_valid(c, row) ? times[row] : 0;
        if (t && (!*oldest_ns || t < *oldest_ns))
            *oldest_ns = t;
        if (t > *newest_ns)
            *newest_ns = t;
    }
}
