/* Values by their BTF: each case is a type, its bytes, and what people and programs see of them. */
#include "objects/typed.h"
#include "objects/variables.h"

#include <bpf/btf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Types of the cases, by the names that they have below. */
static struct types {
    struct btf *btf;
    int u8, u16, u32, u64, s8, s32, s64, u128, boolean, character, real, pointer;
    int color, flags64;
    int chars8, bytes6, numbers8, matrix, flexible;
    int ipv4, duration, timestamp, be16, be32, hex32, error, size, kernel_addr, mac, in6, constant;
    int inner, event, bits, choice, variables, sampled;
} t;

static int array(int item, uint32_t n)
{
    return btf__add_array(t.btf, t.u32, item, n);
}

static void make_scalars(void)
{
    t.u8 = btf__add_int(t.btf, "unsigned char", 1, 0);
    t.u16 = btf__add_int(t.btf, "unsigned short", 2, 0);
    t.u32 = btf__add_int(t.btf, "unsigned int", 4, 0);
    t.u64 = btf__add_int(t.btf, "unsigned long", 8, 0);
    t.s8 = btf__add_int(t.btf, "signed char", 1, BTF_INT_SIGNED);
    t.s32 = btf__add_int(t.btf, "int", 4, BTF_INT_SIGNED);
    t.s64 = btf__add_int(t.btf, "long", 8, BTF_INT_SIGNED);
    t.u128 = btf__add_int(t.btf, "unsigned __int128", 16, 0);
    t.boolean = btf__add_int(t.btf, "_Bool", 1, BTF_INT_BOOL);
    t.character = btf__add_int(t.btf, "char", 1, BTF_INT_SIGNED);
    t.real = btf__add_float(t.btf, "double", 8);
    t.pointer = btf__add_ptr(t.btf, 0);
    t.color = btf__add_enum(t.btf, "color", 4);
    btf__add_enum_value(t.btf, "RED", 0);
    btf__add_enum_value(t.btf, "GREEN", 5);
    t.flags64 = btf__add_enum64(t.btf, "flags", 8, false);
    btf__add_enum64_value(t.btf, "HUGE", UINT64_C(1) << 40);
}

static void make_typedefs(void)
{
    t.ipv4 = btf__add_typedef(t.btf, "ipv4_addr", t.u32);
    t.duration = btf__add_typedef(t.btf, "duration_ns", t.u64);
    t.timestamp = btf__add_typedef(t.btf, "timestamp_ns", t.u64);
    t.be16 = btf__add_typedef(t.btf, "__be16", t.u16);
    t.be32 = btf__add_typedef(t.btf, "__be32", t.u32);
    t.hex32 = btf__add_typedef(t.btf, "hex_u32", t.u32);
    t.error = btf__add_typedef(t.btf, "error_no", t.s32);
    t.size = btf__add_typedef(t.btf, "size_bytes", t.u64);
    t.kernel_addr = btf__add_typedef(t.btf, "kernel_addr", t.u64);
    t.mac = btf__add_typedef(t.btf, "mac_addr", t.bytes6);
    t.constant = btf__add_const(t.btf, btf__add_typedef(t.btf, "outer_name", t.ipv4));
}

static void make_structs(void)
{
    t.inner = btf__add_struct(t.btf, "inner", 4);
    btf__add_field(t.btf, "a", t.u8, 0, 0);
    btf__add_field(t.btf, "b", t.u16, 16, 0);
    int two = array(t.inner, 2), two_parts = array(t.u16, 2), no_end = array(t.character, 0),
        sixteen = array(t.u8, 16); /* before: fields go to the last struct */
    t.event = btf__add_struct(t.btf, "event", 24);
    btf__add_field(t.btf, "pid", t.u32, 0, 0);
    btf__add_field(t.btf, "in", two, 32, 0);
    btf__add_field(t.btf, "comm", t.chars8, 96, 0);
    btf__add_field(t.btf, "saddr", t.be32, 160, 0);
    t.bits = btf__add_struct(t.btf, "bits", 8);
    btf__add_field(t.btf, "f1", t.u32, 0, 3);
    btf__add_field(t.btf, "f2", t.s32, 3, 5);
    btf__add_field(t.btf, "", t.u32, 8, 4);
    btf__add_field(t.btf, "across", t.u64, 12, 40);
    int anonymous = btf__add_union(t.btf, NULL, 4);
    btf__add_field(t.btf, "number", t.u32, 0, 0);
    btf__add_field(t.btf, "parts", two_parts, 0, 0);
    t.choice = btf__add_struct(t.btf, "choice", 8);
    btf__add_field(t.btf, "kind", t.u32, 0, 0);
    btf__add_field(t.btf, NULL, anonymous, 32, 0);
    t.flexible = btf__add_struct(t.btf, "flexible", 4);
    btf__add_field(t.btf, "n", t.u32, 0, 0);
    btf__add_field(t.btf, "text", no_end, 32, 0);
    t.in6 = btf__add_struct(t.btf, "in6_addr", 16);
    btf__add_field(t.btf, "bytes", sixteen, 0, 0);
    int two_addresses = array(t.u64, 2);
    t.sampled = btf__add_struct(t.btf, "sampled", 28);
    btf__add_field(t.btf, "pid_tgid", t.u64, 0, 0);
    btf__add_field(t.btf, "ustack", two_addresses, 64, 0);
    btf__add_field(t.btf, "stack_id", t.s32, 192, 0);
    int counter = btf__add_var(t.btf, "counter", BTF_VAR_GLOBAL_ALLOCATED, t.u64);
    int label = btf__add_var(t.btf, "label", BTF_VAR_GLOBAL_ALLOCATED, t.chars8);
    t.variables = btf__add_datasec(t.btf, ".data", 16);
    btf__add_datasec_var_info(t.btf, counter, 0, 8);
    btf__add_datasec_var_info(t.btf, label, 8, 8);
}

static int set_up(void **state)
{
    (void)state;
    t.btf = btf__new_empty();
    btf__set_pointer_size(t.btf, 8);
    make_scalars();
    t.chars8 = array(t.character, 8);
    t.bytes6 = array(t.u8, 6);
    t.numbers8 = array(t.u32, 8);
    t.matrix = array(array(t.u8, 2), 2);
    make_typedefs();
    make_structs();
    return t.btf && t.variables > 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    btf__free(t.btf);
    return 0;
}

static bool name_symbol(void *arg, const struct code_address *at, char *buf, size_t size)
{
    (void)arg;
    if (at->pid)
        snprintf(buf, size, "%s+0x%x (%u)", at->returned ? "h" : "g", (unsigned)(at->address & 0xff), at->pid);
    else
        snprintf(buf, size, "f+0x%x", (unsigned)(at->address & 0xff));
    return at->address != 0;
}

static const char *form_of(void *arg, const char *field)
{
    return !strcmp(field, "pid") ? arg : NULL;
}

/* Bytes are written as a C string; n counts them. */
struct value_case {
    const int *type;
    const char *bytes;
    size_t n;
    const char *text, *json;
};

#define BYTES(s) s, sizeof s - 1

static const struct value_case cases[] = {
    /* numbers */
    {&t.u8, BYTES("\xff"), "255", "255"},
    {&t.s8, BYTES("\xff"), "-1", "-1"},
    {&t.s64, BYTES("\0\0\0\0\0\0\0\x80"), "-9223372036854775808", "-9223372036854775808"},
    {&t.u64, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615", "18446744073709551615"},
    {&t.u128, BYTES("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"), "0x00000000000000020000000000000001", "\"0x00000000000000020000000000000001\""},
    {&t.boolean, BYTES("\1"), "true", "true"},
    {&t.boolean, BYTES("\7"), "true", "true"},
    {&t.character, BYTES("A"), "65", "65"},
    {&t.real, BYTES("\0\0\0\0\0\0\xf8\x3f"), "1.5", "1.5"},
    {&t.real, BYTES("\0\0\0\0\0\0\xf8\x7f"), "nan", "null"},
    {&t.pointer, BYTES("\x10\0\0\0\0\x88\xff\xff"), "0xffff880000000010", "\"0xffff880000000010\""},
    /* enums */
    {&t.color, BYTES("\5\0\0\0"), "GREEN", "\"GREEN\""},
    {&t.color, BYTES("\6\0\0\0"), "6", "6"},
    {&t.flags64, BYTES("\0\0\0\0\0\1\0\0"), "HUGE", "\"HUGE\""},
    /* arrays */
    {&t.chars8, BYTES("cat\0junk"), "\"cat\"", "\"cat\""},
    {&t.chars8, BYTES("filled!!"), "\"filled!!\"", "\"filled!!\""},
    {&t.chars8, BYTES("a\"\n\xff\0\0\0\0"), "\"a\\\"\\n\xef\xbf\xbd\"", "\"a\\\"\\n\xef\xbf\xbd\""},
    {&t.bytes6, BYTES("\0\x1f\0\0\0\2"), "00 1f 00 00 00 02", "\"001f00000002\""},
    {&t.numbers8, BYTES("\1\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "[1, 2, 0 ×6]", "[1,2,0,0,0,0,0,0]"},
    {&t.numbers8, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0"), "[0, 0, 0, 0, 0, 3, 0, 0]",
     "[0,0,0,0,0,3,0,0]"},
    {&t.matrix, BYTES("\1\2\3\4"), "[01 02, 03 04]", "[\"0102\",\"0304\"]"},
    /* forms */
    {&t.ipv4, BYTES("\x7f\0\0\1"), "127.0.0.1", "\"127.0.0.1\""},
    {&t.constant, BYTES("\x0a\0\0\1"), "10.0.0.1", "\"10.0.0.1\""},
    {&t.in6, BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), "::1", "\"::1\""},
    {&t.mac, BYTES("\2\0\0\0\0\1"), "02:00:00:00:00:01", "\"02:00:00:00:00:01\""},
    {&t.be16, BYTES("\1\xbb"), "443", "443"},
    {&t.be32, BYTES("\0\0\1\xbb"), "443", "443"},
    {&t.duration, BYTES("\0\x1a\x4f\0\0\0\0\0"), "5.2 ms", "5184000"},
    {&t.timestamp, BYTES("\1\0\0\0\0\0\0\0"), "1970-01-01T00:00:01.000000001Z", "\"1970-01-01T00:00:01.000000001Z\""},
    {&t.timestamp, BYTES("\0\0\0\0\0\0\0\0"), "-", "null"},
    {&t.hex32, BYTES("\x1f\0\0\0"), "0x1f", "\"0x1f\""},
    {&t.error, BYTES("\xfe\xff\xff\xff"), "ENOENT", "\"ENOENT\""},
    {&t.error, BYTES("\0\0\0\0"), "0", "0"},
    {&t.size, BYTES("\0\0\x10\0\0\0\0\0"), "1.0 MiB", "1048576"},
    {&t.kernel_addr, BYTES("\x10\0\0\0\0\0\0\x80"), "f+0x10", "\"f+0x10\""},
    /* structs */
    {&t.inner, BYTES("\1\0\2\0"), "a=1 b=2", "{\"a\":1,\"b\":2}"},
    {&t.event, BYTES("\x2a\0\0\0\1\0\2\0\3\0\4\0cat\0\0\0\0\0\x0a\0\0\1"), "pid=42 in=[{a=1 b=2}, {a=3 b=4}] comm=\"cat\" saddr=10.0.0.1",
     "{\"pid\":42,\"in\":[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4}],\"comm\":\"cat\",\"saddr\":\"10.0.0.1\"}"},
    {&t.bits, BYTES("\x8d\xf0\xff\xff\xff\xff\x0f\0"), "f1=5 f2=-15 across=1099511627775",
     "{\"f1\":5,\"f2\":-15,\"across\":1099511627775}"},
    {&t.choice, BYTES("\1\0\0\0\2\0\3\0"), "kind=1 number=196610 parts=[2, 3]", "{\"kind\":1,\"number\":196610,\"parts\":[2,3]}"},
    {&t.flexible, BYTES("\3\0\0\0abc"), "n=3 text=\"abc\"", "{\"n\":3,\"text\":\"abc\"}"},
    {&t.variables, BYTES("\7\0\0\0\0\0\0\0hello\0\0\0"), "counter=7 label=\"hello\"", "{\"counter\":7,\"label\":\"hello\"}"},
    /* fewer bytes than the type has */
    {&t.u32, BYTES("\1\2"), "-", "null"},
    {&t.event, BYTES("\x2a\0\0\0\1\0\2\0\3\0"), "pid=42 in=[{a=1 b=2}]", "{\"pid\":42,\"in\":[{\"a\":1,\"b\":2}]}"},
    {&t.event, BYTES("\x2a\0\0\0\1\0\2\0\3\0\4\0ca"), "pid=42 in=[{a=1 b=2}, {a=3 b=4}] comm=\"ca\"",
     "{\"pid\":42,\"in\":[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4}],\"comm\":\"ca\"}"},
    {&t.event, BYTES(""), "", "{}"},
};

static void test_values(void **state)
{
    (void)state;
    const struct typed_options o = {.mono_to_utc_ns = 1000000000, .symbol = name_symbol};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text text = {0}, json = {0};
        typed_add_text(&text, t.btf, (uint32_t)*cases[i].type, cases[i].bytes, cases[i].n, &o);
        typed_add_json(&json, t.btf, (uint32_t)*cases[i].type, cases[i].bytes, cases[i].n, &o);
        assert_string_equal(text.bytes ? text.bytes : "", cases[i].text);
        assert_string_equal(json.bytes, cases[i].json);
        text_free(&text);
        text_free(&json);
    }
}

static size_t two_frames(void *arg, const char *field, uint32_t id, uint64_t *frames, size_t room)
{
    (void)arg;
    assert_string_equal(field, "stack_id");
    assert_true(room >= 2);
    frames[0] = 0x10;
    frames[1] = 0x20;
    return id == 7 ? 2 : 0;
}

/* Addresses of the process that the value names; a stack instead of its number, where it is known. */
static const struct {
    const char *bytes, *text;
} stacks[] = {
    {"\1\0\0\0\x2a\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\7\0\0\0",
     "pid_tgid=180388626433 ustack=[g+0x1 (42), h+0x2 (42)] stack_id=[g+0x10 (42), h+0x20 (42)]"},
    {"\1\0\0\0\x2a\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\6\0\0\0", "pid_tgid=180388626433 ustack=[g+0x1 (42), 0] stack_id=6"},
    {"\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xf2\xff\xff\xff", "pid_tgid=1 ustack=[f+0x1, 0] stack_id=-14"},
};

static void test_stacks(void **state)
{
    (void)state;
    const struct typed_options o = {.symbol = name_symbol, .stack = two_frames};
    for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++) {
        struct text text = {0};
        typed_add_text(&text, t.btf, (uint32_t)t.sampled, stacks[i].bytes, 28, &o);
        assert_string_equal(text.bytes, stacks[i].text);
        text_free(&text);
    }
    assert_int_equal(typed_pid(t.btf, (uint32_t)t.event, "\x2a\0\0\0", 4), 42);
    assert_int_equal(typed_pid(t.btf, (uint32_t)t.inner, "\1\0\2\0", 4), 0);
}

static void test_form_of_user(void **state)
{
    (void)state;
    const struct typed_options o = {.form_of = form_of, .form_arg = (void *)(uintptr_t) "ipv4_addr"};
    struct text text = {0};
    typed_add_text(&text, t.btf, (uint32_t)t.event, BYTES("\x0a\0\0\2\1\0"), &o);
    assert_string_equal(text.bytes, "pid=10.0.0.2 in=-");
    text_free(&text);
}

static void test_sums(void **state)
{
    (void)state;
    unsigned char sum[8] = {0xff, 0, 1, 0}, numbers[8] = {2, 0, 3, 0};
    assert_true(typed_sum(t.btf, (uint32_t)t.inner, sum, numbers, 4));
    assert_memory_equal(sum, "\1\0\4\0", 4); /* each field wraps for itself */
    assert_false(typed_sum(t.btf, (uint32_t)t.color, sum, numbers, 4));
    assert_false(typed_sum(t.btf, (uint32_t)t.chars8, sum, numbers, 8));
    assert_memory_equal(sum, "\1\0\4\0", 4);
}

/* A struct that contains itself often: the walk ends. */
static void test_ceilings(void **state)
{
    (void)state;
    int nested = t.u8;
    for (int i = 0; i < 60; i++) {
        int type = btf__add_struct(t.btf, "nest", 1);
        btf__add_field(t.btf, "in", nested, 0, 0);
        nested = type;
    }
    struct text text = {0};
    typed_add_json(&text, t.btf, (uint32_t)nested, "\1", 1, NULL);
    assert_non_null(strstr(text.bytes, "null"));
    text_clear(&text);
    int wide = array(t.u32, 100000);
    char *zeros = calloc(100000, 4);
    typed_add_json(&text, t.btf, (uint32_t)wide, zeros, 400000, NULL);
    assert_non_null(strstr(text.bytes, ",null]"));
    free(zeros);
    text_free(&text);
}

/* Settings: words to values. */
static const struct {
    const int *type;
    const char *words;
    const char *bytes; /* NULL: refused */
    size_t n;
} settings[] = {
    {&t.u8, "255", BYTES("\xff")},
    {&t.u8, "256", NULL, 1},
    {&t.u8, "-1", NULL, 1},
    {&t.s8, "-128", BYTES("\x80")},
    {&t.s8, "-129", NULL, 1},
    {&t.u16, "0x1234", BYTES("\x34\x12")},
    {&t.u64, "18446744073709551615", BYTES("\xff\xff\xff\xff\xff\xff\xff\xff")},
    {&t.u64, "18446744073709551616", NULL, 8},
    {&t.u32, "12x", NULL, 4},
    {&t.u32, "", NULL, 4},
    {&t.boolean, "true", BYTES("\1")},
    {&t.boolean, "0", BYTES("\0")},
    {&t.boolean, "yes", NULL, 1},
    {&t.color, "GREEN", BYTES("\5\0\0\0")},
    {&t.color, "7", BYTES("\7\0\0\0")},
    {&t.color, "BLUE", NULL, 4},
    {&t.flags64, "HUGE", BYTES("\0\0\0\0\0\1\0\0")},
    {&t.chars8, "cat", BYTES("cat\0\0\0\0\0")},
    {&t.chars8, "12345678", NULL, 8},
    {&t.numbers8, "1,2", BYTES("\1\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")},
    {&t.numbers8, "1,2,3,4,5,6,7,8,9", NULL, 32},
    {&t.ipv4, "10.0.0.1", BYTES("\x0a\0\0\1")},
    {&t.in6, "::1", BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1")},
    {&t.inner, "1", NULL, 4},
    {&t.pointer, "1", NULL, 8},
};

static void test_settings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        unsigned char to[32] = {0};
        struct err why = {0};
        int rc = variables_parse(t.btf, (uint32_t)*settings[i].type, "it", settings[i].words, to, settings[i].n, &why);
        if (!settings[i].bytes) {
            assert_int_not_equal(rc, 0);
            assert_non_null(strstr(why.text, "it"));
        } else {
            assert_string_equal(why.text, "");
            assert_int_equal(rc, 0);
            assert_memory_equal(to, settings[i].bytes, settings[i].n);
        }
    }
}

static void test_hexdump(void **state)
{
    (void)state;
    struct text text = {0};
    unsigned char bytes[70] = "GET / HTTP/1.1\r\n";
    typed_add_hexdump(&text, bytes, sizeof bytes, "  ");
    assert_string_equal(text.bytes, "  0000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|\n"
                                    "  0010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n"
                                    "  *\n"
                                    "  0040  00 00 00 00 00 00                                 |......|\n");
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),   cmocka_unit_test(test_stacks),   cmocka_unit_test(test_form_of_user), cmocka_unit_test(test_sums),
        cmocka_unit_test(test_ceilings), cmocka_unit_test(test_settings), cmocka_unit_test(test_hexdump),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
