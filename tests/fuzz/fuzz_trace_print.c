/* Printing of the tracing language: a format string and its arguments' types from the input, the rest of it as the payload, which may be
 * shorter than the arguments; then the same bytes as values and maps. JSON has to be one whole line, and no byte beyond the payload is
 * read. */
#include "base/arena.h"
#include "trace/print/format_inside.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct value_type s8 = {.kind = VALUE_INT, .size = 1, .is_signed = true, .name = "char"},
                               s64 = {.kind = VALUE_INT, .size = 8, .is_signed = true}, boolean = {.kind = VALUE_BOOL, .size = 1},
                               text8 = {.kind = VALUE_STRING, .size = 8}, text300 = {.kind = VALUE_STRING, .size = 300},
                               bytes = {.kind = VALUE_BUFFER, .size = 20}, pointer = {.kind = VALUE_POINTER, .size = 8},
                               chars = {.kind = VALUE_ARRAY, .size = 5, .of = &s8, .count = 5},
                               words = {.kind = VALUE_ARRAY, .size = 16, .of = &s64, .count = 2};
static struct value_field fields[] = {{.name = "", .type = &s64},
                                      {.name = "x\"", .type = &chars, .offset = 8},
                                      {.name = "bits", .type = &s64, .offset = 16, .bit_offset = 3, .bit_size = 61},
                                      {.name = "out", .type = &s64, .offset = 23}};
static const struct value_type tuple = {.kind = VALUE_TUPLE, .size = 24, .fields = fields, .n_fields = 4},
                               record = {.kind = VALUE_STRUCT, .size = 24, .fields = fields, .n_fields = 4},
                               kstack = {.kind = VALUE_KSTACK, .size = 16},
                               ustack = {.kind = VALUE_USTACK, .size = 16, .parameters = {STACK_PERF}},
                               ksym = {.kind = VALUE_KSYM, .size = 8}, usym = {.kind = VALUE_USYM, .size = 16},
                               inet = {.kind = VALUE_INET, .size = 20}, mac = {.kind = VALUE_MAC, .size = 6},
                               user = {.kind = VALUE_USERNAME, .size = 8}, error = {.kind = VALUE_STRERROR, .size = 8},
                               signal_type = {.kind = VALUE_SIGNAL_NAME, .size = 8}, syscall_type = {.kind = VALUE_SYSCALL_NAME, .size = 8},
                               timestamp = {.kind = VALUE_TIMESTAMP, .size = 16}, cgroup = {.kind = VALUE_CGROUP_PATH, .size = 16},
                               none = {.kind = VALUE_NONE};
static const struct value_type count = {.kind = VALUE_COUNT, .size = 8}, sum = {.kind = VALUE_SUM, .size = 8, .is_signed = true},
                               min = {.kind = VALUE_MIN, .size = 16}, avg = {.kind = VALUE_AVG, .size = 16, .is_signed = true},
                               stats = {.kind = VALUE_STATS, .size = 16}, hist = {.kind = VALUE_HIST, .size = 253 * 8, .parameters = {2}},
                               lhist = {.kind = VALUE_LHIST, .size = 96, .parameters = {INT64_MIN + 3, INT64_MAX, INT64_MAX / 5}},
                               series = {.kind = VALUE_TSERIES, .size = 96, .is_signed = true, .parameters = {1000000, 4, VALUE_AVG}},
                               last = {.kind = VALUE_TSERIES, .size = 96, .parameters = {10, 4, 0}};
static const struct value_type *const types[] = {
    &s8,     &s64,    &boolean, &text8, &text300, &bytes, &pointer, &chars, &words,       &tuple,        &record,
    &kstack, &ustack, &ksym,    &usym,  &inet,    &mac,   &user,    &error, &signal_type, &syscall_type, &timestamp,
    &cgroup, &none,   &count,   &sum,   &min,     &avg,   &stats,   &hist,  &lhist,       &series,       &last};
enum { TYPES = sizeof types / sizeof types[0], ARGUMENTS_MAX = 6, ROWS_MAX = 4 };

static int stack(void *arg, bool of_user, const struct value_stack *s, uint64_t *frames, uint32_t most)
{
    (void)arg, (void)of_user;
    for (uint32_t i = 0; i < most; i++)
        frames[i] = i * 77ull;
    return s->id % 3 ? (int)most : -1;
}

static void expect(bool holds)
{
    if (!holds)
        abort();
}

/* Quotes and brackets pair, there is no control character, and one newline, at the end. */
static void check_json(const struct text *t)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < t->length; i++) {
        unsigned char c = (unsigned char)t->bytes[i];
        expect(c >= 0x20 || (c == '\n' && !quoted && depth == 0));
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        expect(depth >= 0);
    }
    expect(depth == 0 && !quoted && text_utf8_prefix(t->bytes ? t->bytes : "", t->length) == t->length);
}

static const struct print_names names = {.stack = stack};

static void try_value(const struct value_type *type, const uint8_t *payload, size_t size)
{
    struct print_style style = {.names = &names, .cut_trailer = "..", .cut_size = 8, .boot_to_utc_ns = 12345};
    struct text t = {0};
    uint8_t *value = calloc(1, type->size + 1u);
    expect(value);
    memcpy(value, payload, size < type->size ? size : type->size);
    print_value_event(&style, type, value, &t);
    text_clear(&t);
    style.form = PRINT_JSON;
    print_value_event(&style, type, value, &t);
    check_json(&t);
    text_free(&t);
    free(value);
}

static void try_map(const struct value_type *key, const struct value_type *type, const uint8_t *payload, size_t size)
{
    struct print_style style = {.names = &names, .boot_to_utc_ns = 12345};
    struct map_row rows[ROWS_MAX];
    struct text t = {0};
    size_t stride = (type->size + 7) / 8 * 8 * 2, room = ROWS_MAX * (stride + key->size);
    uint8_t *all = calloc(1, room + 1);
    expect(all);
    memcpy(all, payload, size < room ? size : room);
    for (size_t i = 0; i < ROWS_MAX; i++)
        rows[i] = (struct map_row){all + i * key->size, all + ROWS_MAX * key->size + i * stride};
    struct map_print map = {"@\"", key, type, rows, ROWS_MAX, 2, size % 6, size % 3, 0};
    print_map(&style, &map, &t);
    text_clear(&t);
    style.form = PRINT_JSON;
    print_map(&style, &map, &t);
    check_json(&t);
    text_free(&t);
    free(all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct text t = {0};
    struct format_argument arguments[ARGUMENTS_MAX];
    struct format_fault fault;
    const struct print_style style = {.names = &names};
    if (size < 2 + 2 * ARGUMENTS_MAX)
        return 0;
    size_t n = data[0] % (ARGUMENTS_MAX + 1), length = data[1];
    for (size_t i = 0; i < ARGUMENTS_MAX; i++)
        arguments[i] = (struct format_argument){types[data[2 + 2 * i] % TYPES], data[3 + 2 * i]};
    data += 2 + 2 * ARGUMENTS_MAX;
    size -= 2 + 2 * ARGUMENTS_MAX;
    length = length < size ? length : size;
    const struct format *format = format_read(&arena, (const char *)data, length, arguments, n, &fault);
    uint8_t *payload = malloc(size - length + 1); /* exactly as much as there is */
    expect(payload && (!format) == (fault.kind != FAULT_NONE));
    payload = realloc(payload, size - length ? size - length : 1);
    memcpy(payload, data + length, size - length);
    if (format)
        format_print(format, &style, payload, size - length, &t);
    expect(t.length <= FORMAT_OUTPUT_MAX);
    try_value(arguments[0].type, payload, size - length);
    if (arguments[1].type->size)
        try_map(arguments[0].type, arguments[1].type, payload, size - length);
    free(payload);
    text_free(&t);
    arena_free(&arena);
    return 0;
}
