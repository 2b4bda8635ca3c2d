#include "query/value.h"

#include "query/duck.h"
#include "query/number.h"
#include "store/types.h"
#include "table/batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a column is ---- */

static int describe_child(struct value_column *c, duckdb_logical_type type, unsigned depth, struct err *why);

static bool allocate(void *pointer, size_t *n_out, size_t n, size_t size)
{
    void *memory = calloc(n ? n : 1, size);
    *(void **)pointer = memory;
    *n_out = memory ? n : 0;
    return memory;
}

static int too_many(struct err *why, size_t n)
{
    return err_set(why, EINVAL, "a column has a type with %zu parts; at most %d can be shown", n, VALUE_MAX_CHILDREN);
}

/* Takes over a string of DuckDB's. */
static void label_set(struct text *label, char *name)
{
    text_adds(label, name ? name : "");
    duckdb_free(name);
}

static int describe_enum(struct value_column *c, duckdb_logical_type type, struct err *why)
{
    uint32_t n = duckdb_enum_dictionary_size(type);
    c->storage = duckdb_enum_internal_type(type);
    if (!allocate(&c->labels, &c->n_labels, n, sizeof *c->labels))
        return err_set(why, ENOMEM, "out of memory");
    for (uint32_t i = 0; i < n; i++)
        label_set(&c->labels[i], duckdb_enum_dictionary_value(type, i));
    return 0;
}

static int describe_children(struct value_column *c, duckdb_logical_type *types, size_t n, unsigned depth, struct err *why)
{
    int rc = allocate(&c->children, &c->n_children, n, sizeof *c->children) ? 0 : err_set(why, ENOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        if (!rc)
            rc = describe_child(&c->children[i], types[i], depth + 1, why);
        duckdb_destroy_logical_type(&types[i]);
    }
    return rc;
}

static int describe_members(struct value_column *c, duckdb_logical_type type, unsigned depth, struct err *why)
{
    bool is_union = c->type == DUCKDB_TYPE_UNION;
    size_t n = is_union ? duckdb_union_type_member_count(type) : duckdb_struct_type_child_count(type);
    if (n > VALUE_MAX_CHILDREN)
        return too_many(why, n);
    duckdb_logical_type *types = calloc(n ? n : 1, sizeof *types);
    if (!types || !allocate(&c->labels, &c->n_labels, n, sizeof *c->labels)) {
        free(types);
        return err_set(why, ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < n; i++) {
        types[i] = is_union ? duckdb_union_type_member_type(type, i) : duckdb_struct_type_child_type(type, i);
        label_set(&c->labels[i], is_union ? duckdb_union_type_member_name(type, i) : duckdb_struct_type_child_name(type, i));
    }
    c->unnamed = !is_union && n && !c->labels[0].length;
    int rc = describe_children(c, types, n, depth, why);
    free(types);
    return rc;
}

static int describe_nested(struct value_column *c, duckdb_logical_type type, unsigned depth, struct err *why)
{
    duckdb_logical_type parts[2] = {NULL};
    if (depth >= VALUE_MAX_DEPTH)
        return err_set(why, EINVAL, "a column's type is nested more than %d deep", VALUE_MAX_DEPTH);
    if (c->type == DUCKDB_TYPE_STRUCT || c->type == DUCKDB_TYPE_UNION)
        return describe_members(c, type, depth, why);
    if (c->type == DUCKDB_TYPE_MAP) {
        parts[0] = duckdb_map_type_key_type(type);
        parts[1] = duckdb_map_type_value_type(type);
        return describe_children(c, parts, 2, depth, why);
    }
    bool array = c->type == DUCKDB_TYPE_ARRAY;
    c->array_size = array ? duckdb_array_type_array_size(type) : 0;
    parts[0] = array ? duckdb_array_type_child_type(type) : duckdb_list_type_child_type(type);
    return describe_children(c, parts, 1, depth, why);
}

static bool is_json(duckdb_logical_type type)
{
    char *alias = duckdb_logical_type_get_alias(type);
    bool json = alias && !strcmp(alias, "JSON");
    duckdb_free(alias);
    return json;
}

static int describe_child(struct value_column *c, duckdb_logical_type type, unsigned depth, struct err *why)
{
    c->type = duckdb_get_type_id(type);
    switch (c->type) {
    case DUCKDB_TYPE_DECIMAL:
        c->storage = duckdb_decimal_internal_type(type);
        c->width = duckdb_decimal_width(type);
        c->scale = duckdb_decimal_scale(type);
        return 0;
    case DUCKDB_TYPE_VARCHAR: c->json = is_json(type); return 0;
    case DUCKDB_TYPE_ENUM: return describe_enum(c, type, why);
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_ARRAY:
    case DUCKDB_TYPE_MAP:
    case DUCKDB_TYPE_STRUCT:
    case DUCKDB_TYPE_UNION: return describe_nested(c, type, depth, why);
    case DUCKDB_TYPE_INVALID:
    case DUCKDB_TYPE_ANY: return err_set(why, EINVAL, "a column has a type that cannot be shown; cast it, for example to VARCHAR or JSON");
    default: return 0;
    }
}

int value_describe(struct value_column *c, duckdb_logical_type type, struct err *why)
{
    return describe_child(c, type, 0, why);
}

void value_describe_table(struct value_column *c, enum column_type type)
{
    c->type = types_id(type);
    c->str = type_in_arena(type);
}

void value_forget(struct value_column *c)
{
    for (size_t i = 0; i < c->n_labels; i++)
        text_free(&c->labels[i]);
    for (size_t i = 0; i < c->n_children; i++)
        value_forget(&c->children[i]);
    free(c->labels);
    free(c->children);
    *c = (struct value_column){0};
}

/* ---- where its values are ---- */

static void look_map(struct value_column *c, duckdb_vector vector)
{
    duckdb_vector entries = duckdb_list_vector_get_child(vector);
    value_look(&c->children[0], duckdb_struct_vector_get_child(entries, 0));
    value_look(&c->children[1], duckdb_struct_vector_get_child(entries, 1));
}

static void look_union(struct value_column *c, duckdb_vector vector)
{
    c->data = duckdb_vector_get_data(duckdb_struct_vector_get_child(vector, 0)); /* the tags */
    for (size_t i = 0; i < c->n_children; i++)
        value_look(&c->children[i], duckdb_struct_vector_get_child(vector, i + 1));
}

void value_look(struct value_column *c, duckdb_vector vector)
{
    c->data = duckdb_vector_get_data(vector);
    c->valid = duckdb_vector_get_validity(vector);
    switch (c->type) {
    case DUCKDB_TYPE_LIST: value_look(&c->children[0], duckdb_list_vector_get_child(vector)); break;
    case DUCKDB_TYPE_ARRAY: value_look(&c->children[0], duckdb_array_vector_get_child(vector)); break;
    case DUCKDB_TYPE_MAP: look_map(c, vector); break;
    case DUCKDB_TYPE_UNION: look_union(c, vector); break;
    case DUCKDB_TYPE_STRUCT:
        for (size_t i = 0; i < c->n_children; i++)
            value_look(&c->children[i], duckdb_struct_vector_get_child(vector, i));
        break;
    default: break;
    }
}

/* ---- how its type is called ---- */

static const char *const type_names[] = {
    [DUCKDB_TYPE_BOOLEAN] = "BOOLEAN",
    [DUCKDB_TYPE_TINYINT] = "TINYINT",
    [DUCKDB_TYPE_SMALLINT] = "SMALLINT",
    [DUCKDB_TYPE_INTEGER] = "INTEGER",
    [DUCKDB_TYPE_BIGINT] = "BIGINT",
    [DUCKDB_TYPE_UTINYINT] = "UTINYINT",
    [DUCKDB_TYPE_USMALLINT] = "USMALLINT",
    [DUCKDB_TYPE_UINTEGER] = "UINTEGER",
    [DUCKDB_TYPE_UBIGINT] = "UBIGINT",
    [DUCKDB_TYPE_FLOAT] = "FLOAT",
    [DUCKDB_TYPE_DOUBLE] = "DOUBLE",
    [DUCKDB_TYPE_TIMESTAMP] = "TIMESTAMP",
    [DUCKDB_TYPE_DATE] = "DATE",
    [DUCKDB_TYPE_TIME] = "TIME",
    [DUCKDB_TYPE_INTERVAL] = "INTERVAL",
    [DUCKDB_TYPE_HUGEINT] = "HUGEINT",
    [DUCKDB_TYPE_UHUGEINT] = "UHUGEINT",
    [DUCKDB_TYPE_VARCHAR] = "VARCHAR",
    [DUCKDB_TYPE_BLOB] = "BLOB",
    [DUCKDB_TYPE_TIMESTAMP_S] = "TIMESTAMP_S",
    [DUCKDB_TYPE_TIMESTAMP_MS] = "TIMESTAMP_MS",
    [DUCKDB_TYPE_TIMESTAMP_NS] = "TIMESTAMP_NS",
    [DUCKDB_TYPE_ENUM] = "ENUM",
    [DUCKDB_TYPE_UUID] = "UUID",
    [DUCKDB_TYPE_BIT] = "BIT",
    [DUCKDB_TYPE_TIME_TZ] = "TIME WITH TIME ZONE",
    [DUCKDB_TYPE_TIMESTAMP_TZ] = "TIMESTAMP WITH TIME ZONE",
    [DUCKDB_TYPE_BIGNUM] = "BIGNUM",
    [DUCKDB_TYPE_SQLNULL] = "NULL",
    [DUCKDB_TYPE_TIME_NS] = "TIME_NS",
};

static void members_name(const struct value_column *c, const char *word, struct text *out)
{
    text_adds(out, word);
    for (size_t i = 0; i < c->n_children; i++) {
        text_adds(out, i ? ", " : "(");
        if (c->n_labels && c->labels[i].length) {
            text_add(out, c->labels[i].bytes, c->labels[i].length);
            text_addc(out, ' ');
        }
        value_type_name(&c->children[i], out);
    }
    text_addc(out, ')');
}

void value_type_name(const struct value_column *c, struct text *out)
{
    switch (c->type) {
    case DUCKDB_TYPE_DECIMAL: text_addf(out, "DECIMAL(%u,%u)", c->width, c->scale); break;
    case DUCKDB_TYPE_LIST:
        if (c->str)
            text_adds(out, "UBIGINT");
        else
            value_type_name(&c->children[0], out);
        text_adds(out, "[]");
        break;
    case DUCKDB_TYPE_ARRAY:
        value_type_name(&c->children[0], out);
        text_addf(out, "[%llu]", (unsigned long long)c->array_size);
        break;
    case DUCKDB_TYPE_MAP: members_name(c, "MAP", out); break;
    case DUCKDB_TYPE_STRUCT: members_name(c, "STRUCT", out); break;
    case DUCKDB_TYPE_UNION: members_name(c, "UNION", out); break;
    default: text_adds(out, c->json ? "JSON" : (size_t)c->type < sizeof type_names / sizeof *type_names ? type_names[c->type] : "?");
    }
}

/* ---- values ---- */

static bool is_null(const struct value_column *c, uint64_t row)
{
    return c->type == DUCKDB_TYPE_SQLNULL || (c->valid && !(c->valid[row >> 6] >> (row & 63) & 1));
}

static const char *string_at(const struct value_column *c, uint64_t row, uint32_t *n)
{
    if (!c->str)
        return duck_string((const duckdb_string_t *)c->data + row, n);
    const struct str *s = (const struct str *)c->data + row;
    *n = s->n;
    return s->p;
}

static number_i128 wide_at(const void *data, uint64_t row)
{
    duckdb_hugeint v = ((const duckdb_hugeint *)data)[row];
    return (number_i128)((number_u128)(uint64_t)v.upper << 64 | v.lower);
}

static number_i128 decimal_at(const struct value_column *c, uint64_t row)
{
    switch (c->storage) {
    case DUCKDB_TYPE_SMALLINT: return ((const int16_t *)c->data)[row];
    case DUCKDB_TYPE_INTEGER: return ((const int32_t *)c->data)[row];
    case DUCKDB_TYPE_BIGINT: return ((const int64_t *)c->data)[row];
    default: return wide_at(c->data, row);
    }
}

static const struct text *enum_at(const struct value_column *c, uint64_t row)
{
    static const struct text unknown = {.bytes = (char *)""};
    uint32_t i = c->storage == DUCKDB_TYPE_UTINYINT    ? ((const uint8_t *)c->data)[row]
                 : c->storage == DUCKDB_TYPE_USMALLINT ? ((const uint16_t *)c->data)[row]
                                                       : ((const uint32_t *)c->data)[row];
    return i < c->n_labels ? &c->labels[i] : &unknown;
}

static void add_hex(struct text *out, const char *bytes, uint32_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (uint32_t i = 0; i < n; i++) {
        char pair[2] = {digits[(unsigned char)bytes[i] >> 4], digits[bytes[i] & 15]};
        text_add(out, pair, 2);
    }
}

/* The first byte counts the padding bits in front of the second. */
static void add_bits(struct text *out, const char *bytes, uint32_t n)
{
    for (uint64_t i = 8 + (n ? (unsigned char)bytes[0] : 0); i < (uint64_t)n * 8; i++)
        text_addc(out, bytes[i / 8] >> (7 - i % 8) & 1 ? '1' : '0');
}

/* Stored as a HUGEINT whose top bit is flipped, so that it sorts. */
static void add_uuid(struct text *out, duckdb_hugeint v)
{
    uint64_t upper = (uint64_t)v.upper ^ 1ULL << 63;
    text_addf(out, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(upper >> 32), (unsigned)(upper >> 16 & 0xffff), (unsigned)(upper & 0xffff),
              (unsigned)(v.lower >> 48), (unsigned long long)(v.lower & 0xffffffffffff));
}

static void add_time_tz(struct text *out, duckdb_time_tz packed)
{
    duckdb_time_tz_struct v = duckdb_from_time_tz(packed);
    unsigned offset = (unsigned)(v.offset < 0 ? -v.offset : v.offset);
    number_add_time(out, ((v.time.hour * 60LL + v.time.min) * 60 + v.time.sec) * 1000000 + v.time.micros, 1000000, 6);
    text_addf(out, "%c%02u:%02u", v.offset < 0 ? '-' : '+', offset / 3600, offset / 60 % 60);
    if (offset % 60)
        text_addf(out, ":%02u", offset % 60);
}

static void add_date(struct text *out, int32_t days)
{
    if (days == INT32_MAX || days == -INT32_MAX)
        text_adds(out, days < 0 ? "-infinity" : "infinity");
    else
        number_add_date(out, days);
}

static void add_stored_string(const struct value_column *c, uint64_t row, struct text *out)
{
    uint32_t n;
    const char *bytes = string_at(c, row, &n);
    switch (c->type) {
    case DUCKDB_TYPE_BLOB: add_hex(out, bytes, n); break;
    case DUCKDB_TYPE_BIT: add_bits(out, bytes, n); break;
    case DUCKDB_TYPE_BIGNUM: number_add_bignum(out, (const unsigned char *)bytes, n); break;
    default: text_add(out, bytes, n);
    }
}

/* A scalar without quotes. */
static void add_bare(const struct value_column *c, uint64_t row, struct text *out)
{
    const void *d = c->data;
    switch (c->type) {
    case DUCKDB_TYPE_BOOLEAN: text_adds(out, ((const uint8_t *)d)[row] ? "true" : "false"); break;
    case DUCKDB_TYPE_TINYINT: text_add_i64(out, ((const int8_t *)d)[row]); break;
    case DUCKDB_TYPE_SMALLINT: text_add_i64(out, ((const int16_t *)d)[row]); break;
    case DUCKDB_TYPE_INTEGER: text_add_i64(out, ((const int32_t *)d)[row]); break;
    case DUCKDB_TYPE_BIGINT: text_add_i64(out, ((const int64_t *)d)[row]); break;
    case DUCKDB_TYPE_UTINYINT: text_add_u64(out, ((const uint8_t *)d)[row]); break;
    case DUCKDB_TYPE_USMALLINT: text_add_u64(out, ((const uint16_t *)d)[row]); break;
    case DUCKDB_TYPE_UINTEGER: text_add_u64(out, ((const uint32_t *)d)[row]); break;
    case DUCKDB_TYPE_UBIGINT: text_add_u64(out, ((const uint64_t *)d)[row]); break;
    case DUCKDB_TYPE_FLOAT: number_add_float(out, ((const float *)d)[row]); break;
    case DUCKDB_TYPE_DOUBLE: number_add_double(out, ((const double *)d)[row]); break;
    case DUCKDB_TYPE_HUGEINT: number_add_i128(out, wide_at(d, row)); break;
    case DUCKDB_TYPE_UHUGEINT: number_add_u128(out, (number_u128)wide_at(d, row)); break;
    case DUCKDB_TYPE_DECIMAL: number_add_decimal(out, decimal_at(c, row), c->scale); break;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ: number_add_timestamp(out, ((const int64_t *)d)[row], 1000000, 6); break;
    case DUCKDB_TYPE_TIMESTAMP_S: number_add_timestamp(out, ((const int64_t *)d)[row], 1, 0); break;
    case DUCKDB_TYPE_TIMESTAMP_MS: number_add_timestamp(out, ((const int64_t *)d)[row], 1000, 3); break;
    case DUCKDB_TYPE_TIMESTAMP_NS: number_add_timestamp(out, ((const int64_t *)d)[row], 1000000000, 9); break;
    case DUCKDB_TYPE_DATE: add_date(out, ((const int32_t *)d)[row]); break;
    case DUCKDB_TYPE_TIME: number_add_time(out, ((const int64_t *)d)[row], 1000000, 6); break;
    case DUCKDB_TYPE_TIME_NS: number_add_time(out, ((const int64_t *)d)[row], 1000000000, 9); break;
    case DUCKDB_TYPE_TIME_TZ: add_time_tz(out, ((const duckdb_time_tz *)d)[row]); break;
    case DUCKDB_TYPE_INTERVAL: {
        const duckdb_interval *v = (const duckdb_interval *)d + row;
        number_add_interval(out, v->months, v->days, v->micros);
        break;
    }
    case DUCKDB_TYPE_UUID: add_uuid(out, ((const duckdb_hugeint *)d)[row]); break;
    case DUCKDB_TYPE_ENUM: text_add(out, enum_at(c, row)->bytes, enum_at(c, row)->length); break;
    default: add_stored_string(c, row, out);
    }
}

/* JSON text without white space between its tokens, so that a row stays one line. */
static void add_compact(struct text *out, const char *bytes, uint32_t n)
{
    bool quoted = false;
    for (uint32_t i = 0, run; i < n; i += run) {
        run = 1;
        if (!quoted && strchr(" \t\r\n", bytes[i]))
            continue;
        if (quoted && bytes[i] == '\\' && i + 1 < n)
            run = 2;
        else if (bytes[i] == '"')
            quoted = !quoted;
        text_add(out, bytes + i, run);
    }
}

static void add_list(const struct value_column *c, uint64_t from, uint64_t n, struct text *out)
{
    text_addc(out, '[');
    for (uint64_t i = 0; i < n; i++) {
        if (i)
            text_addc(out, ',');
        value_add_json(&c->children[0], from + i, out);
    }
    text_addc(out, ']');
}

static void add_struct(const struct value_column *c, uint64_t row, struct text *out)
{
    text_addc(out, c->unnamed ? '[' : '{');
    for (size_t i = 0; i < c->n_children; i++) {
        if (i)
            text_addc(out, ',');
        if (!c->unnamed) {
            text_add_json(out, c->labels[i].bytes, c->labels[i].length);
            text_addc(out, ':');
        }
        value_add_json(&c->children[i], row, out);
    }
    text_addc(out, c->unnamed ? ']' : '}');
}

/* A JSON key is a string whatever the key's type. */
static void add_key(const struct value_column *c, uint64_t row, struct text *out)
{
    struct text key = {0};
    if (c->n_children)
        value_add_json(c, row, &key);
    else
        add_bare(c, row, &key);
    text_add_json(out, key.bytes ? key.bytes : "", key.length);
    text_free(&key);
}

static void add_map(const struct value_column *c, uint64_t row, struct text *out)
{
    duckdb_list_entry entry = ((const duckdb_list_entry *)c->data)[row];
    text_addc(out, '{');
    for (uint64_t i = 0; i < entry.length; i++) {
        if (i)
            text_addc(out, ',');
        add_key(&c->children[0], entry.offset + i, out);
        text_addc(out, ':');
        value_add_json(&c->children[1], entry.offset + i, out);
    }
    text_addc(out, '}');
}

static void add_union(const struct value_column *c, uint64_t row, struct text *out)
{
    uint8_t tag = ((const uint8_t *)c->data)[row];
    if (tag >= c->n_children) {
        text_adds(out, "null");
        return;
    }
    text_addc(out, '{');
    text_add_json(out, c->labels[tag].bytes, c->labels[tag].length);
    text_addc(out, ':');
    value_add_json(&c->children[tag], row, out);
    text_addc(out, '}');
}

/* A histogram in a batch. */
static void add_counts(const struct value_column *c, uint64_t row, struct text *out)
{
    uint32_t n;
    const uint64_t *counts = (const uint64_t *)(const void *)string_at(c, row, &n);
    text_addc(out, '[');
    for (uint32_t i = 0; i < n / sizeof *counts; i++) {
        if (i)
            text_addc(out, ',');
        text_add_u64(out, counts[i]);
    }
    text_addc(out, ']');
}

static void add_nested(const struct value_column *c, uint64_t row, struct text *out)
{
    switch (c->type) {
    case DUCKDB_TYPE_LIST: {
        if (c->str) {
            add_counts(c, row, out);
            break;
        }
        duckdb_list_entry entry = ((const duckdb_list_entry *)c->data)[row];
        add_list(c, entry.offset, entry.length, out);
        break;
    }
    case DUCKDB_TYPE_ARRAY: add_list(c, row * c->array_size, c->array_size, out); break;
    case DUCKDB_TYPE_MAP: add_map(c, row, out); break;
    case DUCKDB_TYPE_STRUCT: add_struct(c, row, out); break;
    default: add_union(c, row, out);
    }
}

enum form { FORM_NUMBER, FORM_REAL, FORM_PLAIN, FORM_STRING, FORM_JSON, FORM_ENUM, FORM_NESTED };

static enum form form_of(const struct value_column *c)
{
    switch (c->type) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_BIGNUM:
    case DUCKDB_TYPE_DECIMAL: return FORM_NUMBER;
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE: return FORM_REAL;
    case DUCKDB_TYPE_VARCHAR: return c->json ? FORM_JSON : FORM_STRING;
    case DUCKDB_TYPE_ENUM: return FORM_ENUM;
    case DUCKDB_TYPE_LIST:
    case DUCKDB_TYPE_ARRAY:
    case DUCKDB_TYPE_MAP:
    case DUCKDB_TYPE_STRUCT:
    case DUCKDB_TYPE_UNION: return FORM_NESTED;
    default: return FORM_PLAIN;
    }
}

static bool is_finite(const struct value_column *c, uint64_t row)
{
    return c->type == DUCKDB_TYPE_FLOAT ? isfinite(((const float *)c->data)[row]) : isfinite(((const double *)c->data)[row]);
}

void value_add_json(const struct value_column *c, uint64_t row, struct text *out)
{
    if (is_null(c, row)) {
        text_add(out, "null", 4);
        return;
    }
    uint32_t n;
    const char *bytes;
    switch (form_of(c)) {
    case FORM_NUMBER: add_bare(c, row, out); break;
    case FORM_REAL:
        if (is_finite(c, row))
            add_bare(c, row, out);
        else
            text_add(out, "null", 4);
        break;
    case FORM_PLAIN:
        text_addc(out, '"');
        add_bare(c, row, out);
        text_addc(out, '"');
        break;
    case FORM_STRING:
        bytes = string_at(c, row, &n);
        text_add_json(out, bytes, n);
        break;
    case FORM_JSON:
        bytes = string_at(c, row, &n);
        add_compact(out, bytes, n);
        break;
    case FORM_ENUM: text_add_json(out, enum_at(c, row)->bytes, enum_at(c, row)->length); break;
    case FORM_NESTED: add_nested(c, row, out); break;
    }
}

void value_add_csv(const struct value_column *c, uint64_t row, struct text *out, struct text *scratch)
{
    if (is_null(c, row))
        return;
    enum form form = form_of(c);
    if (form == FORM_NUMBER || form == FORM_REAL || form == FORM_PLAIN) {
        add_bare(c, row, out);
        return;
    }
    text_clear(scratch);
    uint32_t n;
    const char *bytes;
    if (form == FORM_NESTED) {
        add_nested(c, row, scratch);
        bytes = scratch->bytes;
        n = (uint32_t)scratch->length;
    } else if (form == FORM_ENUM) {
        bytes = enum_at(c, row)->bytes;
        n = (uint32_t)enum_at(c, row)->length;
    } else {
        bytes = string_at(c, row, &n);
    }
    text_add_csv(out, bytes, n);
}
