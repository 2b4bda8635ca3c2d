/* Whatever the type information of an object says: what btf_check lets pass, libbpf reads, and values of every type of it can be shown,
 * and be rows. */
#include "objects/btf_check.h"
#include "objects/columns.h"
#include "objects/typed.h"
#include "table/row_json.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int silent(enum libbpf_print_level level, const char *format, va_list ap)
{
    (void)level, (void)format, (void)ap;
    return 0;
}

static bool name_address(void *arg, const struct code_address *at, char *buf, size_t size)
{
    (void)arg;
    snprintf(buf, size, "f\"(%u)\"%s", at->pid, at->returned ? "+" : "");
    return at->address % 3;
}

static size_t find_stack(void *arg, const char *field, uint32_t id, uint64_t *frames, size_t room)
{
    (void)arg;
    for (size_t i = 0; i < room && i < id % 5; i++)
        frames[i] = i;
    return field ? id % 5 : 0;
}

static const struct typed_options all_options = {.mono_to_utc_ns = 5, .boot_to_utc_ns = 7, .symbol = name_address, .stack = find_stack};

/* All that the printers make of one type; JSON must be what a parser would take for one value: balanced. */
static void show(const struct btf *btf, uint32_t type, const char *bytes, size_t n)
{
    struct text text = {.ceiling = 1 << 20}, json = {.ceiling = 1 << 20};
    char sum[64] = {0};
    typed_add_text(&text, btf, type, bytes, n, &all_options);
    typed_add_json(&json, btf, type, bytes, n, &all_options);
    if (n <= sizeof sum)
        typed_sum(btf, type, sum, bytes, n);
    int open = 0;
    bool quoted = false;
    for (size_t i = 0; i < json.length && !json.full; i++) {
        if (json.bytes[i] == '"')
            quoted = !quoted;
        else if (quoted && json.bytes[i] == '\\')
            i++;
        else if (!quoted)
            open += (json.bytes[i] == '{' || json.bytes[i] == '[') - (json.bytes[i] == '}' || json.bytes[i] == ']');
    }
    if (!json.full && (open || quoted))
        abort();
    text_free(&text);
    text_free(&json);
}

/* What becomes a row is one that the table takes. */
static void make_row(const struct btf *btf, uint32_t type, const char *bytes, size_t n)
{
    struct err why = {0};
    struct text line = {.ceiling = 1 << 20};
    struct columns *c = columns_create("rows", "of a fuzzer", btf, type, &all_options, &why);
    struct batch_pool *pool = c ? batch_pool_create(columns_table(c), 0) : NULL;
    struct batch *b = pool ? batch_take(pool) : NULL;
    if (!c && !why.code)
        abort();
    if (b && (table_check(b->table) || b->table->n_columns > BATCH_MAX_COLUMNS))
        abort();
    if (b)
        columns_add_row(c, &line, bytes, n, &all_options, 1000000000);
    if (b && !line.full && line.length <= ROW_JSON_LINE_MAX && row_json_add(b, line.bytes, line.length, 1000000000, &why))
        abort();
    batch_drop(b);
    batch_pool_destroy(pool);
    columns_destroy(c);
    text_free(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char value[] =
        "\1\2\0\0\0\377\377\377abc\0\0\0\0\0\200\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0text that goes on";
    char *bytes = malloc(size ? size : 1); /* of the exact size: reading past it is seen */
    struct err why = {0};
    if (!bytes || size > UINT32_MAX)
        return 0;
    memcpy(bytes, data, size);
    libbpf_set_print(silent);
    struct btf *btf = btf_check(bytes, size, &why) ? NULL : btf__new(bytes, (uint32_t)size);
    for (uint32_t type = 0; btf && type < btf__type_cnt(btf) && type < 64; type++) {
        char *exact = malloc(sizeof value);
        memcpy(exact, value, sizeof value);
        show(btf, type, exact, sizeof value);
        show(btf, type, exact + sizeof value - 5, 5);
        make_row(btf, type, exact, sizeof value);
        make_row(btf, type, exact + sizeof value - 5, 5);
        free(exact);
    }
    btf__free(btf);
    free(bytes);
    return 0;
}
