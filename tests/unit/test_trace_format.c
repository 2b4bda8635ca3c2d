/* trace/print: format strings. Cases marked "0.17" were compared with what Debian's bpftrace 0.17 prints for the same script; "docs" are
 * from the manual of newer versions. */
#include "base/arena.h"
#include "trace/front/source.h"
#include "trace/print/format_inside.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static const struct value_type s8 = {.kind = VALUE_INT, .size = 1, .is_signed = true},
                               s16 = {.kind = VALUE_INT, .size = 2, .is_signed = true}, u8 = {.kind = VALUE_INT, .size = 1},
                               s64 = {.kind = VALUE_INT, .size = 8, .is_signed = true}, u64 = {.kind = VALUE_INT, .size = 8},
                               boolean = {.kind = VALUE_BOOL, .size = 1}, pointer = {.kind = VALUE_POINTER, .size = 8},
                               string8 = {.kind = VALUE_STRING, .size = 8}, cut9 = {.kind = VALUE_STRING, .size = 9},
                               buffer = {.kind = VALUE_BUFFER, .size = 8}, kstack = {.kind = VALUE_KSTACK, .size = 16},
                               ksym = {.kind = VALUE_KSYM, .size = 8}, count = {.kind = VALUE_COUNT, .size = 8},
                               hist = {.kind = VALUE_HIST, .size = 528}, none = {.kind = VALUE_NONE},
                               error = {.kind = VALUE_STRERROR, .size = 8};
static const struct enumerator one_two[] = {{"ONE", 1}, {"TWO", 2}};
static const struct enumeration numbers = {"numbers", one_two, 2};
static const struct value_type enumerated = {.kind = VALUE_INT, .size = 8, .enumeration = &numbers};

static int stack(void *arg, bool user, const struct value_stack *s, uint64_t *frames, uint32_t most)
{
    (void)arg, (void)user, (void)s, (void)most;
    frames[0] = 0x10;
    return 1;
}

enum { ARGUMENTS_MAX = 5 };
struct format_case {
    const char *format;
    struct {
        const struct value_type *type;
        const void *bytes;
    } arguments[ARGUMENTS_MAX];
    const char *out;
};

#define N(v)                                                                                                                               \
    (const void *)(const uint64_t[])                                                                                                       \
    {                                                                                                                                      \
        (uint64_t)(v), 0                                                                                                                   \
    }

static const struct format_case cases[] = {
    {"hi", {{0}}, "hi"},
    {"", {{0}}, ""},
    {"%d", {{&s64, N(-5)}}, "-5"},
    {"[%d %u %x %lld %ld]",
     {{&s64, N(5000000000)}, {&s64, N(5000000000)}, {&s64, N(5000000000)}, {&s64, N(5000000000)}, {&s64, N(5000000000)}},
     "[705032704 705032704 2a05f200 5000000000 5000000000]"}, /* 0.17 */
    {"[%d %u %x %lx %hhx]",
     {{&s8, N(0xff)}, {&s8, N(0xff)}, {&s8, N(0xff)}, {&s8, N(0xff)}, {&s8, N(0xff)}},
     "[-1 4294967295 ffffffff ffffffffffffffff ff]"},                          /* 0.17 */
    {"%lu %d", {{&s64, N(-1)}, {&s16, N(0xfffe)}}, "18446744073709551615 -2"}, /* 0.17 */
    {"%hhx %hx %x %jx",
     {{&s64, N(0x12345678abcdef)}, {&s64, N(0x12345678abcdef)}, {&s64, N(0x12345678abcdef)}, {&s64, N(0x12345678abcdef)}},
     "ef cdef 78abcdef 12345678abcdef"}, /* 0.17 */
    {"%hhd %hd %zd %td %jd",
     {{&s64, N(300)}, {&s64, N(300)}, {&s64, N(300)}, {&s64, N(300)}, {&s64, N(300)}},
     "44 300 300 300 300"}, /* 0.17 */
    {"[%5d|%-5d|%05d|%x|%X]",
     {{&s64, N(5)}, {&s64, N(5)}, {&s64, N(5)}, {&s64, N(255)}, {&u8, N(255)}},
     "[    5|5    |00005|ff|FF]"}, /* 0.17 */
    {"[%o|%c|%5s|%-5s|%p]",
     {{&s64, N(8)}, {&s64, N(65)}, {&string8, "ab\0\0\0\0\0"}, {&string8, "ab\0\0\0\0\0"}, {&s64, N(4096)}},
     "[10|A|   ab|ab   |0x1000]"},                                            /* 0.17 */
    {"[%p %p]", {{&s64, N(0)}, {&s64, N(-1)}}, "[(nil) 0xffffffffffffffff]"}, /* 0.17 */
    {"[%d %p %x]",
     {{&pointer, N(0xffff88810ab78000)}, {&pointer, N(0xffff88810ab78000)}, {&pointer, N(0xffff88810ab78000)}},
     "[179798016 0xffff88810ab78000 ab78000]"},                                                                           /* 0.17 */
    {"%10d|%-10lld|%010llx|%*d\n", {{&s64, N(1)}, {&s64, N(2)}, {&s64, N(3)}}, "         1|2         |0000000003|%*d\n"}, /* 0.17 */
    {"[%10s|%-10s|%10.3s]",
     {{&string8, "abcdef\0"}, {&string8, "abcdef\0"}, {&string8, "abcdef\0"}},
     "[    abcdef|abcdef    |       abc]"},                                                             /* 0.17 */
    {"[%c%c|%5c|%-3c]", {{&s64, N(0)}, {&s64, N(65)}, {&s64, N(300)}, {&s64, N(66)}}, "[A|    ,|B  ]"}, /* 0.17, but the last */
    {"[%.3d|%5p]", {{&s64, N(5)}, {&s64, N(300)}}, "[005|0x12c]"},                                      /* 0.17 has no .3d */
    {"[%+d|% d|%#x|%#o|%+5d]", {{&s64, N(5)}, {&s64, N(5)}, {&s64, N(255)}, {&s64, N(8)}, {&s64, N(5)}}, "[+5| 5|0xff|010|   +5]"},
    {"[%-05d|%05d|%-6x|%08lx|%3d]",
     {{&s64, N(-5)}, {&s64, N(-5)}, {&s64, N(255)}, {&s64, N(-1)}, {&s64, N(12345)}},
     "[-5   |-0005|ff    |ffffffffffffffff|12345]"},
    {"%lld %hhd %70d|",
     {{&s64, N(INT64_MIN)}, {&s64, N(128)}, {&s64, N(1)}},
     "-9223372036854775808 -128                                                                      1|"},
    {"%i %llu", {{&s64, N(-5)}, {&u64, N(-1)}}, "-5 18446744073709551615"},
    {"[100% done] 50%", {{0}}, "[100% done] 50%"}, /* 0.17 */
    {"100% done %d", {{&s64, N(5)}}, "100% done 5"},
    {"% 5d|%e|%S|%lls|%", {{0}}, "% 5d|%e|%S|%lls|%"}, /* 0.17, but %lls */
    {"%d%% %%d", {{&s64, N(5)}}, "5% %d"},             /* docs: as C */
    {"[%r|%rx|%rh|%6r|%-6r]",
     {{&buffer, "\2\0\0\0a\1z"},
      {&buffer, "\2\0\0\0a\1z"},
      {&buffer, "\2\0\0\0a\1z"},
      {&buffer, "\2\0\0\0a\1z"},
      {&buffer, "\2\0\0\0a\1z"}},
     "[a\\x01|\\x61\\x01|61 01| a\\x01|a\\x01 ]"},                                                /* 0.17, but widths */
    {"%s %d", {{&boolean, "\1\0\0\0\0\0\0"}, {&boolean, "\1\0\0\0\0\0\0"}}, "true 1"},            /* docs */
    {"%d, %s, %s", {{&enumerated, N(1)}, {&enumerated, N(2)}, {&enumerated, N(9)}}, "1, TWO, 9"}, /* docs */
    {"<%s>\n", {{&kstack, N(1)}}, "<\n        0x10\n>\n"},                                        /* 0.17 */
    {"[%s|%-8s|%8s]", {{&ksym, N(1)}, {&ksym, N(1)}, {&ksym, N(1)}}, "[0x1|0x1     |     0x1]"},  /* 0.17 */
    {"%d", {{&count, N(7)}}, "7"},
    {"%s", {{&error, N(1)}}, "Operation not permitted"}, /* docs */
    {"%s", {{&cut9, "abcdefgh"}}, "abcdefgh.."},         /* docs */
    {"%gr|%gr|%gr|%gr",
     {{&s64, N(0xcc0)}, {&s64, N(0x822)}, {&s64, N(0x4c0)}, {&s64, N(0)}},
     "GFP_KERNEL|GFP_ATOMIC|__GFP_HIGHMEM|__GFP_IO|__GFP_FS|__GFP_DIRECT_RECLAIM|none"}, /* docs */
};

enum { ROOM = 16 };

/* Lays the arguments out at 16 bytes each. */
static size_t lay_out(const struct format_case *c, struct format_argument *arguments, uint8_t *payload)
{
    size_t n = 0;
    for (; n < ARGUMENTS_MAX && c->arguments[n].type; n++) {
        const struct value_type *type = c->arguments[n].type;
        arguments[n] = (struct format_argument){type, (uint32_t)(n * ROOM)};
        memset(payload + n * ROOM, 0, ROOM);
        memcpy(payload + n * ROOM, c->arguments[n].bytes, type->size < ROOM ? type->size : ROOM);
    }
    return n;
}

static const struct print_names names = {.stack = stack};
static const struct print_style style = {.names = &names, .cut_trailer = "..", .cut_size = 9};

static void formats(void **state)
{
    struct arena arena = {0};
    struct text t = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct format_argument arguments[ARGUMENTS_MAX];
        uint8_t payload[ARGUMENTS_MAX * ROOM];
        struct format_fault fault;
        size_t n = lay_out(&cases[i], arguments, payload);
        const struct format *f = format_read(&arena, cases[i].format, strlen(cases[i].format), arguments, n, &fault);
        assert_non_null(f);
        text_clear(&t);
        text_adds(&t, "");
        format_print(f, &style, payload, sizeof payload, &t);
        assert_string_equal(t.bytes, cases[i].out);
    }
    text_free(&t);
    arena_free(&arena);
}

/* Numbers come out as C's printf writes them, for each mix of flags, width, precision and conversion. */
static void numbers_as_c(void **state)
{
    static const char *const shapes[] = {"",   "-",   "0",  "+",   " ",  "#",   "-0",  "+0", "5",   "-5",   "05",
                                         "+7", "-+7", "#9", "#09", "21", "-21", "021", ".3", "7.3", "-7.3", "07.3"};
    static const int64_t values[] = {0, 1, -1, 7, -8, 255, 65536, INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX};
    static const char conversions[] = "diuxXo";
    struct text t = {0};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0] * (sizeof conversions - 1); i++) {
        struct arena arena = {0};
        struct format_fault fault;
        struct format_argument argument = {&s64, 0};
        char format[16], expected[64];
        snprintf(format, sizeof format, "%%%sll%c", shapes[i / 6], conversions[i % 6]);
        const struct format *f = format_read(&arena, format, strlen(format), &argument, 1, &fault);
        assert_non_null(f);
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            text_clear(&t);
            format_print(f, &style, &values[k], sizeof values[k], &t);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(expected, sizeof expected, format, (long long)values[k]);
#pragma GCC diagnostic pop
            assert_string_equal(t.bytes, expected);
        }
        arena_free(&arena);
    }
    text_free(&t);
}

/* Every length of payload: no more than is there is read (under sanitizers), and numbers beyond it are 0. */
static void short_payloads(void **state)
{
    struct arena arena = {0};
    struct text t = {0};
    struct format_argument arguments[] = {{&s64, 0}, {&string8, 8}, {&buffer, 16}, {&kstack, 24}};
    uint8_t all[40] = {1, 0, 0, 0, 0, 0, 0, 0, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 0, 4, 0, 0, 0, 'x', 'y', 'z', '!', 1};
    struct format_fault fault;
    const struct format *f = format_read(&arena, "%d %s %r %s|", 12, arguments, 4, &fault);
    (void)state;
    assert_non_null(f);
    for (size_t n = 0; n <= sizeof all; n++) {
        uint8_t *copy = memcpy(test_malloc(n + 1), all, n);
        text_clear(&t);
        format_print(f, &style, copy, n, &t);
        const char *expected = n < 8     ? "0   |"
                               : n == 8  ? "1   |"
                               : n == 11 ? "1 abc  |"
                               : n == 22 ? "1 abcdefg xy |"
                               : n == 40 ? "1 abcdefg xyz! \n        0x10\n|"
                                         : NULL;
        if (expected)
            assert_string_equal(t.bytes, expected);
        test_free(copy);
    }
    text_free(&t);
    arena_free(&arena);
}

static const struct {
    const char *format;
    struct format_argument arguments[2];
    size_t n;
    enum format_fault_kind kind;
    size_t expected, argument;
    const char *words, *expects;
} faults[] = {
    {"%d %d", {{&s64, 0}}, 1, FAULT_TOO_FEW, 2, 0, NULL, NULL},
    {"hi", {{&s64, 0}}, 1, FAULT_TOO_MANY, 0, 0, NULL, NULL},
    {"%e", {{&s64, 0}}, 1, FAULT_TOO_MANY, 0, 0, NULL, NULL},
    {"%s", {{&s64, 0}}, 1, FAULT_TYPE, 1, 1, "%s", "string"},
    {"%s %-5lld", {{&string8, 0}, {&string8, 8}}, 2, FAULT_TYPE, 2, 2, "%-5lld", "integer"},
    {"%p", {{&string8, 0}}, 1, FAULT_TYPE, 1, 1, "%p", "integer"},
    {"%rx", {{&s64, 0}}, 1, FAULT_TYPE, 1, 1, "%rx", "buffer"},
    {"%d", {{&ksym, 0}}, 1, FAULT_TYPE, 1, 1, "%d", "integer"},
    {"%s", {{&hist, 0}}, 1, FAULT_TYPE, 1, 1, "%s", "string"},
    {"%s", {{&none, 0}}, 1, FAULT_TYPE, 1, 1, "%s", "string"},
    {"%4097d", {{&s64, 0}}, 1, FAULT_WIDTH, 1, 1, "%4097d", "integer"},
    {"%99999999999999999999d", {{&s64, 0}}, 1, FAULT_WIDTH, 1, 1, "%999999", "integer"},
    {"%.9999s", {{&string8, 0}}, 1, FAULT_WIDTH, 1, 1, "%.9999s", "string"},
};

static void refusals(void **state)
{
    struct arena arena = {0};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct format_fault fault;
        assert_null(format_read(&arena, faults[i].format, strlen(faults[i].format), faults[i].arguments, faults[i].n, &fault));
        assert_int_equal(fault.kind, faults[i].kind);
        assert_int_equal(fault.expected, faults[i].expected);
        assert_int_equal(fault.argument, faults[i].argument);
        if (faults[i].words) {
            assert_string_equal(fault.piece->words, faults[i].words);
            assert_string_equal(format_expects(fault.piece), faults[i].expects);
        }
    }
    arena_free(&arena);
}

static const struct {
    const char *format;
    const struct value_type *type;
    const char *words[2];
} complaints[] = {
    {"%d %d", &s64, {"Not enough arguments for format string (1 supplied, 2 expected)", NULL}},
    {"none", &s64, {"Too many arguments for format string (1 supplied, 0 expected)", NULL}},
    {"%s", &s64, {"%s specifier expects a value of type string (argument 1 is int64)", "%d prints it"}},
    {"%x", &ksym, {"%x specifier expects a value of type integer (argument 1 is ksym_t)", "%s prints it"}},
    {"%d", &buffer, {"%d specifier expects a value of type integer (argument 1 is buffer", "%r prints it"}},
    {"%5000d", &s64, {"width or precision of the conversion for argument 1 is above 4096", NULL}},
};

static void words(void **state)
{
    const struct source source = {"stdin", "printf()", 8};
    (void)state;
    for (size_t i = 0; i < sizeof complaints / sizeof complaints[0]; i++) {
        struct arena arena = {0};
        struct complaints c;
        const struct format_argument argument = {complaints[i].type, 0};
        complaints_init(&c, &arena, &source);
        assert_null(format_parse(&c, (struct place){0, 8}, complaints[i].format, strlen(complaints[i].format), &argument, 1));
        assert_int_equal(c.errors, 1);
        assert_ptr_equal(strstr(c.first->text, complaints[i].words[0]), c.first->text);
        if (complaints[i].words[1])
            assert_string_equal(c.first->hint, complaints[i].words[1]);
        else
            assert_null(c.first->hint);
        arena_free(&arena);
    }
}

/* A long output is cut, and what follows it is not. */
static void ceilings(void **state)
{
    struct arena arena = {0};
    struct text t = {0}, format = {0};
    struct format_argument arguments[300];
    uint8_t payload[8] = {1};
    struct format_fault fault;
    (void)state;
    for (size_t i = 0; i < 300; i++) {
        arguments[i] = (struct format_argument){&s64, 0};
        text_adds(&format, "%4096d");
    }
    const struct format *f = format_read(&arena, format.bytes, format.length, arguments, 300, &fault);
    assert_non_null(f);
    for (int i = 1; i <= 3; i++) {
        format_print(f, &style, payload, sizeof payload, &t);
        assert_true(t.length <= (size_t)i * FORMAT_OUTPUT_MAX);
        assert_false(t.full);
        assert_int_equal(t.ceiling, 0);
    }
    assert_true(t.length > 2 * FORMAT_OUTPUT_MAX);
    struct text small = {.ceiling = 100};
    format_print(f, &style, payload, sizeof payload, &small);
    assert_true(small.length < 100 && small.full);
    text_free(&small);
    text_free(&t);
    text_free(&format);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(formats),  cmocka_unit_test(numbers_as_c), cmocka_unit_test(short_payloads),
                                       cmocka_unit_test(refusals), cmocka_unit_test(words),        cmocka_unit_test(ceilings)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
