/* The format is described in record.h. */
#include "store/record_head.h"

#include <string.h>

static void pad(struct text *out)
{
    static const char zeros[8];
    text_add(out, zeros, record_padded(out->length) - out->length);
}

static void add_shape(struct text *out, const struct table *t)
{
    uint16_t counts[2] = {(uint16_t)t->n_columns, (uint16_t)strlen(t->name)};
    text_add(out, counts, sizeof counts);
    out->full |= counts[1] > RECORD_NAME_MAX;
    text_add(out, t->name, counts[1]);
    for (size_t i = 0; i < t->n_columns; i++) {
        size_t n = strlen(t->columns[i].name);
        out->full |= n > RECORD_NAME_MAX;
        text_addc(out, (char)t->columns[i].type);
        text_addc(out, (char)(uint8_t)n);
        text_add(out, t->columns[i].name, n);
    }
    pad(out);
}

static void add_texts(struct text *out, const struct batch *b, size_t column)
{
    const struct str *values = b->columns[column].text;
    uint32_t lengths[BATCH_ROWS];
    for (uint32_t row = 0; row < b->rows; row++)
        lengths[row] = batch_is_valid(b, column, row) ? values[row].n : 0;
    text_add(out, lengths, b->rows * sizeof *lengths);
    pad(out);
    for (uint32_t row = 0; row < b->rows; row++)
        if (lengths[row])
            text_add(out, values[row].p, lengths[row]);
}

/* What lies under a NULL is whatever was in memory: it does not go to the disk. */
static void clear_nulls(char *values, size_t size, const struct batch *b, size_t column)
{
    for (uint32_t row = 0; row < b->rows; row++)
        if (!batch_is_valid(b, column, row))
            memset(values + row * size, 0, size);
}

static void add_fixed(struct text *out, const struct batch *b, size_t column)
{
    size_t size = type_size(b->table->columns[column].type), at = out->length;
    text_add(out, b->columns[column].any, b->rows * size);
    if (!out->full)
        clear_nulls(out->bytes + at, size, b, column);
}

static void add_column(struct text *out, const struct batch *b, size_t column)
{
    text_add(out, b->valid[column], (b->rows + 63) / 64 * sizeof(uint64_t));
    if (type_in_arena(b->table->columns[column].type))
        add_texts(out, b, column);
    else
        add_fixed(out, b, column);
    pad(out);
}

bool record_add(struct text *out, const struct batch *b, uint64_t number)
{
    size_t from = out->length, ceiling = out->ceiling;
    struct record_head head = {.magic = RECORD_MAGIC, .rows = b->rows, .number = number};
    out->ceiling = from + RECORD_MAX_BYTES;
    text_add(out, &head, sizeof head);
    add_shape(out, b->table);
    head.shape_bytes = (uint32_t)(out->length - from - sizeof head);
    for (size_t i = 0; i < b->table->n_columns; i++)
        add_column(out, b, i);
    out->ceiling = ceiling;
    if (out->full) {
        out->full = false;
        out->length = from;
        return false;
    }
    head.bytes = (uint32_t)(out->length - from);
    memcpy(out->bytes + from, &head, sizeof head);
    head.crc = record_crc(out->bytes + from, head.bytes);
    memcpy(out->bytes + from, &head, sizeof head);
    return true;
}
