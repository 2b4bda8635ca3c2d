#include "base/arena.h"
#include "trace/print/format_inside.h"

#include <stdio.h>
#include <string.h>

static const struct value_type no_value = {.kind = VALUE_NONE}; /* of an argument that is not there */

struct reader {
    struct arena *arena;
    const char *at, *end;
    struct format *format;
    size_t used, n_arguments, spare; /* spare: arguments that only conversions with a space flag can take */
    bool counts_only;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A number of digits; large ones stay just above the greatest width. */
static int32_t read_number(const char **p, const char *end)
{
    int32_t n = 0;
    for (; *p < end && is_digit(**p); (*p)++)
        n = n > FORMAT_WIDTH_MAX ? n : n * 10 + (**p - '0');
    return n;
}

static bool skip(const char **p, const char *end, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(end - *p) < n || memcmp(*p, word, n) != 0)
        return false;
    *p += n;
    return true;
}

static uint8_t read_size(const char **p, const char *end)
{
    static const struct {
        const char *word;
        uint8_t size;
    } sizes[] = {{"hh", 1}, {"h", 2}, {"ll", 8}, {"l", 8}, {"j", 8}, {"z", 8}, {"t", 8}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (skip(p, end, sizes[i].word))
            return sizes[i].size;
    return 0;
}

static bool read_kind(struct piece *piece, const char **p, const char *end, uint8_t size)
{
    char c = *p < end ? *(*p)++ : '\0';
    piece->size = size ? size : 4;
    if (c && strchr("di", c))
        piece->kind = CONVERT_SIGNED;
    else if (c && strchr("uoxX", c))
        piece->kind = CONVERT_UNSIGNED;
    else if (size)
        return false; /* lengths belong to numbers */
    else if (c == 'p')
        piece->kind = CONVERT_POINTER;
    else if (c == 'c')
        piece->kind = CONVERT_CHARACTER;
    else if (c == 's')
        piece->kind = CONVERT_TEXT;
    else if (c == 'g' && skip(p, end, "r"))
        piece->kind = CONVERT_GFP;
    else if (c == 'r')
        piece->kind = CONVERT_BUFFER;
    else
        return false;
    if (c == 'r')
        piece->buffer_form = skip(p, end, "x") ? BUFFER_ESCAPED : skip(p, end, "h") ? BUFFER_HEX : BUFFER_MIXED;
    return true;
}

/* The conversion for snprintf, which is given long longs. */
static void c_words(const struct piece *piece, const char *flags, char c, char out[48])
{
    int n = snprintf(out, 48, "%%%s", flags);
    if (piece->width)
        n += snprintf(out + n, 48 - (size_t)n, "%d", piece->width);
    if (piece->precision >= 0)
        n += snprintf(out + n, 48 - (size_t)n, ".%d", piece->precision);
    snprintf(out + n, 48 - (size_t)n, "%s%c", piece->kind == CONVERT_POINTER ? "" : "ll", c);
}

static bool keep_words(struct reader *r, struct piece *piece, const char *start, const char *end, const char *flags)
{
    char words[48];
    size_t n = (size_t)(end - start);
    memcpy(piece->words, start, n < sizeof piece->words ? n : sizeof piece->words - 1);
    if (r->counts_only || piece->kind > CONVERT_POINTER)
        return true;
    c_words(piece, flags, end[-1], words);
    if (piece->kind != CONVERT_POINTER && piece->precision < 0 && !strpbrk(flags, "+ #"))
        piece->base = strchr("xX", end[-1]) ? 16 : end[-1] == 'o' ? 8 : 10;
    piece->is_upper = end[-1] == 'X';
    piece->bytes = arena_copy(r->arena, words, strlen(words));
    return piece->bytes;
}

/* The conversion at r->at. False: it is none, and its % is text. */
static bool read_conversion(struct reader *r, struct piece *piece)
{
    const char *p = r->at + 1;
    char flags[8] = "";
    size_t n = 0;
    *piece = (struct piece){.precision = -1};
    for (; p < r->end && *p && strchr("-+ #0", *p); p++) {
        piece->is_left |= *p == '-';
        piece->has_zeros |= *p == '0';
        piece->has_space_flag |= *p == ' ';
        if (!strchr(flags, *p) && n < sizeof flags - 1)
            flags[n++] = *p;
    }
    piece->width = read_number(&p, r->end);
    if (p < r->end && *p == '.') {
        p++;
        piece->precision = read_number(&p, r->end);
    }
    uint8_t size = read_size(&p, r->end);
    if (!read_kind(piece, &p, r->end, size) || !keep_words(r, piece, r->at, p, flags))
        return false;
    r->at = p;
    return true;
}

/* "100% done" is text where no argument is left for its "% d". */
static bool is_text(const struct reader *r, const struct piece *piece)
{
    return piece->has_space_flag && !r->counts_only && r->spare == 0;
}

static struct piece *add_piece(struct reader *r)
{
    return &r->format->pieces[r->format->count++];
}

static void add_literal(struct reader *r, const char *bytes, size_t n)
{
    if (n && !r->counts_only)
        *add_piece(r) = (struct piece){.kind = CONVERT_LITERAL, .bytes = bytes, .length = (uint32_t)n};
}

/* Calls for each stretch of text and each conversion; returns how many conversions have no space flag. */
static size_t read_all(struct reader *r, const struct format_argument *arguments)
{
    size_t sure = 0;
    const char *literal = r->at;
    while (r->at < r->end) {
        const char *percent = memchr(r->at, '%', (size_t)(r->end - r->at));
        struct piece piece;
        if (!percent)
            break;
        r->at = percent;
        if (r->end - percent > 1 && percent[1] == '%') { /* one of the two is text */
            add_literal(r, literal, (size_t)(percent + 1 - literal));
            literal = r->at = percent + 2;
            continue;
        }
        if (!read_conversion(r, &piece) || is_text(r, &piece)) {
            r->at = percent + 1;
            continue;
        }
        sure += !piece.has_space_flag;
        if (!r->counts_only) {
            add_literal(r, literal, (size_t)(percent - literal));
            r->spare -= piece.has_space_flag;
            piece.argument = arguments && r->used < r->n_arguments ? arguments[r->used] : (struct format_argument){&no_value, 0};
            r->used++;
            *add_piece(r) = piece;
        }
        literal = r->at;
    }
    add_literal(r, literal, (size_t)(r->end - literal));
    return sure;
}

static bool is_numeric(const struct value_type *type)
{
    switch (type->kind) {
    case VALUE_INT:
    case VALUE_BOOL:
    case VALUE_POINTER:
    case VALUE_CONTEXT:
    case VALUE_COUNT:
    case VALUE_SUM:
    case VALUE_MIN:
    case VALUE_MAX:
    case VALUE_AVG: return true;
    default: return false;
    }
}

static bool fits(const struct piece *piece)
{
    const struct value_type *type = piece->argument.type;
    switch (piece->kind) {
    case CONVERT_TEXT:
        return type->enumeration || type->kind == VALUE_BOOL ||
               (!is_numeric(type) && !type_is_aggregate(type) && type->kind != VALUE_NONE && type->kind != VALUE_FUNCTION);
    case CONVERT_BUFFER: return type->kind == VALUE_BUFFER;
    default: return is_numeric(type);
    }
}

const char *format_expects(const struct piece *piece)
{
    return piece->kind == CONVERT_TEXT ? "string" : piece->kind == CONVERT_BUFFER ? "buffer" : "integer";
}

static void check(const struct reader *r, struct format_fault *fault)
{
    size_t argument = 0;
    if (r->used != r->n_arguments)
        *fault = (struct format_fault){r->used > r->n_arguments ? FAULT_TOO_FEW : FAULT_TOO_MANY, r->used, 0, NULL};
    for (uint32_t i = 0; i < r->format->count && fault->kind == FAULT_NONE; i++) {
        const struct piece *piece = &r->format->pieces[i];
        if (piece->kind == CONVERT_LITERAL)
            continue;
        argument++;
        if (piece->width > FORMAT_WIDTH_MAX || piece->precision > FORMAT_WIDTH_MAX)
            *fault = (struct format_fault){FAULT_WIDTH, r->used, argument, piece};
        else if (!fits(piece))
            *fault = (struct format_fault){FAULT_TYPE, r->used, argument, piece};
    }
}

/* At most a literal and a conversion for each %, and the rest. */
static size_t pieces_of(const char *text, size_t n)
{
    size_t pieces = 1;
    for (size_t i = 0; i < n; i++)
        pieces += text[i] == '%' ? 2 : 0;
    return pieces;
}

struct format *format_read(struct arena *arena, const char *text, size_t length, const struct format_argument *arguments,
                           size_t n_arguments, struct format_fault *fault)
{
    struct reader count = {.at = text, .end = text + length, .counts_only = true};
    size_t sure = read_all(&count, NULL);
    char *copy = arena_copy(arena, text, length);
    struct format *format = arena_alloc(arena, sizeof *format);
    struct piece *pieces = arena_alloc(arena, pieces_of(text, length) * sizeof *pieces);
    *fault = (struct format_fault){.kind = FAULT_MEMORY};
    if (!copy || !format || !pieces)
        return NULL;
    *format = (struct format){pieces, 0};
    struct reader r = {.arena = arena, .at = copy, .end = copy + length, .format = format, .n_arguments = n_arguments};
    r.spare = n_arguments > sure ? n_arguments - sure : 0;
    fault->kind = FAULT_NONE;
    read_all(&r, arguments);
    check(&r, fault);
    return fault->kind == FAULT_NONE ? format : NULL;
}
