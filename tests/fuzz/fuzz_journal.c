/* Whatever bytes the journal has, reading stays within them, and what is read can be decoded and described. The check sum would keep the
 * fuzzer out: each input is read as it is and with a head that is set right. */
#include "store/record_head.h"

#include "table/batch.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static uint64_t look_at(const struct batch *b)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < b->table->n_columns; i++)
        for (uint32_t row = 0; row < b->rows; row++) {
            enum column_type type = b->table->columns[i].type;
            if (!batch_is_valid(b, i, row))
                continue;
            struct str s = type_in_arena(type) ? b->columns[i].text[row] : (struct str){NULL, 0};
            for (uint32_t k = 0; k < s.n; k++)
                sum += (uint8_t)s.p[k];
            if (type == TYPE_BOOL)
                expect(b->columns[i].b[row] <= 1);
        }
    return sum;
}

static void decode(const struct record *r, const struct table *t)
{
    struct batch_pool *pool = batch_pool_create(t, 0);
    struct batch *b = batch_take(pool), *again = batch_take(pool);
    struct text bytes = {0};
    struct record copy;
    expect(b && again && record_fits(r, t));
    record_decode(r, b);
    expect(b->rows == r->rows);
    volatile uint64_t sum = look_at(b);
    (void)sum;
    if (record_add(&bytes, b, r->number)) { /* written anew, it is a record of the same rows */
        expect(record_read(bytes.bytes, bytes.length, &copy) && copy.rows == r->rows && record_fits(&copy, t));
        record_decode(&copy, again);
        expect(look_at(again) == look_at(b));
    }
    text_free(&bytes);
    batch_drop(b);
    batch_drop(again);
    batch_pool_destroy(pool);
}

static void read_all(const uint8_t *bytes, size_t n)
{
    struct record r;
    int64_t oldest, newest;
    for (size_t at = 0; record_read(bytes + at, n - at, &r); at += r.bytes) {
        expect(r.bytes >= sizeof(struct record_head) && r.bytes <= n - at && r.rows && r.rows <= BATCH_ROWS);
        struct table *t = record_table(&r);
        record_times(&r, &oldest, &newest);
        record_is_utf8(&r);
        if (t)
            decode(&r, t);
        free(t);
    }
}

/* Length and check sum of the one record that the bytes are. */
static void set_right(uint8_t *bytes, size_t n)
{
    struct record_head head;
    if (n < sizeof head)
        return;
    memcpy(&head, bytes, sizeof head);
    head.magic = RECORD_MAGIC;
    head.bytes = (uint32_t)n;
    memcpy(bytes, &head, sizeof head);
    head.crc = record_crc(bytes, n);
    memcpy(bytes, &head, sizeof head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *bytes = malloc(size ? size : 1); /* a copy of the exact size: reading past it is seen */
    if (!bytes)
        return 0;
    if (size)
        memcpy(bytes, data, size);
    read_all(bytes, size);
    set_right(bytes, size);
    read_all(bytes, size);
    free(bytes);
    return 0;
}
