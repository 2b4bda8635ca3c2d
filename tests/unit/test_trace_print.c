/* trace/print: bytes to text and JSON. Cases marked "0.17" were compared with what Debian's bpftrace 0.17 prints for the same script, byte
 * for byte; "docs" are from the manual of newer versions or the outputs shown there. */
#include "trace/print/names.h"
#include "trace/print/print.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

/* --- types ---------------------------------------------------------------------------------------------------------------- */

static const struct value_type s8 = {.kind = VALUE_INT, .size = 1, .is_signed = true}, u8 = {.kind = VALUE_INT, .size = 1},
                               s16 = {.kind = VALUE_INT, .size = 2, .is_signed = true},
                               s32 = {.kind = VALUE_INT, .size = 4, .is_signed = true}, u32 = {.kind = VALUE_INT, .size = 4},
                               s64 = {.kind = VALUE_INT, .size = 8, .is_signed = true}, u64 = {.kind = VALUE_INT, .size = 8},
                               boolean = {.kind = VALUE_BOOL, .size = 1}, string4 = {.kind = VALUE_STRING, .size = 4},
                               string16 = {.kind = VALUE_STRING, .size = 16}, cut5 = {.kind = VALUE_STRING, .size = 5},
                               buffer = {.kind = VALUE_BUFFER, .size = 12}, pointer = {.kind = VALUE_POINTER, .size = 8},
                               char1 = {.kind = VALUE_INT, .size = 1, .is_signed = true, .name = "char"},
                               chars = {.kind = VALUE_ARRAY, .size = 4, .of = &char1, .count = 4},
                               ints = {.kind = VALUE_ARRAY, .size = 12, .of = &s32, .count = 3},
                               pair = {.kind = VALUE_ARRAY, .size = 8, .of = &s32, .count = 2},
                               pairs = {.kind = VALUE_ARRAY, .size = 16, .of = &pair, .count = 2},
                               bools = {.kind = VALUE_ARRAY, .size = 2, .of = &boolean, .count = 2};
static const struct enumerator one_two[] = {{"ONE", 1}, {"TWO", 2}, {"MINUS", -1}};
static const struct enumeration numbers = {"numbers", one_two, 3};
static const struct value_type enumerated = {.kind = VALUE_INT, .size = 4, .enumeration = &numbers};

static struct value_field inner_fields[] = {{.name = "", .type = &s32}, {.name = "", .type = &s32, .offset = 4}};
static const struct value_type tuple_inner = {.kind = VALUE_TUPLE, .size = 8, .fields = inner_fields, .n_fields = 2};
static struct value_field outer_fields[] = {
    {.name = "", .type = &s64}, {.name = "", .type = &string4, .offset = 8}, {.name = "", .type = &tuple_inner, .offset = 12}};
static const struct value_type tuple = {.kind = VALUE_TUPLE, .size = 24, .fields = outer_fields, .n_fields = 3},
                               tuple_two = {.kind = VALUE_TUPLE, .size = 24, .fields = outer_fields, .n_fields = 2},
                               tuple_one = {.kind = VALUE_TUPLE, .size = 24, .fields = outer_fields, .n_fields = 1};
static struct value_field struct_fields[] = {{.name = "a", .type = &s32},
                                             {.name = "b", .type = &chars, .offset = 4},
                                             {.name = "low", .type = &u32, .offset = 8, .bit_size = 3},
                                             {.name = "high", .type = &s32, .offset = 8, .bit_offset = 3, .bit_size = 5},
                                             {.name = "p", .type = &pointer, .offset = 16}};
static const struct value_type structure = {.kind = VALUE_STRUCT, .size = 24, .fields = struct_fields, .n_fields = 5};
static struct value_field record_fields[] = {{.name = "a", .type = &s32}, {.name = "d", .type = &tuple_inner, .offset = 4}};
static const struct value_type record = {.kind = VALUE_RECORD, .size = 12, .fields = record_fields, .n_fields = 2};

static const struct value_type kstack = {.kind = VALUE_KSTACK, .size = 16},
                               kperf = {.kind = VALUE_KSTACK, .size = 16, .parameters = {STACK_PERF}},
                               ktwo = {.kind = VALUE_KSTACK, .size = 16, .parameters = {STACK_BPFTRACE, 2}},
                               kraw = {.kind = VALUE_KSTACK, .size = 16, .parameters = {STACK_RAW}},
                               ustack = {.kind = VALUE_USTACK, .size = 16},
                               uperf = {.kind = VALUE_USTACK, .size = 16, .parameters = {STACK_PERF}},
                               ksym = {.kind = VALUE_KSYM, .size = 8}, usym = {.kind = VALUE_USYM, .size = 16},
                               inet = {.kind = VALUE_INET, .size = 20}, mac = {.kind = VALUE_MAC, .size = 6},
                               username = {.kind = VALUE_USERNAME, .size = 8}, probe = {.kind = VALUE_PROBE_NAME, .size = 8},
                               timestamp = {.kind = VALUE_TIMESTAMP, .size = 16}, error = {.kind = VALUE_STRERROR, .size = 8},
                               signal_type = {.kind = VALUE_SIGNAL_NAME, .size = 8}, syscall_type = {.kind = VALUE_SYSCALL_NAME, .size = 8},
                               cgroup = {.kind = VALUE_CGROUP_PATH, .size = 16};

/* --- names of a run time -------------------------------------------------------------------------------------------------- */

static void kernel_symbol(void *arg, uint64_t address, bool with_offset, struct text *out)
{
    (void)arg;
    if (address >= 0x1000)
        text_addf(out, with_offset ? "vfs_read+%llu" : "vfs_read", (unsigned long long)(address - 0x1000));
}

static void user_symbol(void *arg, uint64_t address, uint32_t pid, uint32_t probe_index, bool with_offset, struct text *out)
{
    (void)arg, (void)pid, (void)probe_index;
    if (address >= 0x1000)
        text_addf(out, with_offset ? "main+%llu" : "main", (unsigned long long)(address - 0x1000));
}

static void user_module(void *arg, uint64_t address, uint32_t pid, uint32_t probe_index, struct text *out)
{
    (void)arg, (void)pid, (void)probe_index;
    if (address >= 0x1000)
        text_adds(out, "/tmp/s");
}

static int stack(void *arg, bool user, const struct value_stack *s, uint64_t *frames, uint32_t most)
{
    static const uint64_t all[] = {0x1005, 0x1010, 0x12};
    (void)arg, (void)user;
    if (s->id == 9)
        return -ENOENT;
    uint32_t n = s->id == 8 ? 0 : most < 3 ? most : 3;
    memcpy(frames, all, n * sizeof *all);
    return (int)n;
}

static void user_name(void *arg, uint32_t uid, struct text *out)
{
    (void)arg;
    text_adds(out, uid ? "nobody" : "root");
}

static const struct print_names names = {
    .kernel_symbol = kernel_symbol, .user_symbol = user_symbol, .user_module = user_module, .stack = stack, .user_name = user_name};

/* --- values --------------------------------------------------------------------------------------------------------------- */

#define U64(...)                                                                                                                           \
    (const void *)(const uint64_t[])                                                                                                       \
    {                                                                                                                                      \
        __VA_ARGS__, 0, 0, 0                                                                                                               \
    }

struct value_case {
    const struct value_type *type;
    const void *bytes;
    const char *text, *json;
};

static const struct value_case value_cases[] = {
    {&s64, U64(5), "5", "5"},                                                /* 0.17 */
    {&s64, U64((uint64_t)-5), "-5", "-5"},                                   /* 0.17 */
    {&u64, U64(UINT64_MAX), "18446744073709551615", "18446744073709551615"}, /* 0.17 */
    {&s8, "\xff", "-1", "-1"},                                               /* 0.17 */
    {&u8, "\xff", "255", "255"},                                             /* 0.17 */
    {&s16, "\xfb\xff", "-5", "-5"},                                          /* 0.17 */
    {&u32, "\xff\xff\xff\xff", "4294967295", "4294967295"},
    {&boolean, "\1", "true", "true"},                 /* docs */
    {&boolean, "\0", "false", "false"},               /* docs */
    {&bools, "\1\0", "[true,false]", "[true,false]"}, /* docs */
    {&enumerated, "\2\0\0\0", "TWO", "2"},            /* docs: no names in JSON */
    {&enumerated, "\xff\xff\xff\xff", "MINUS", "4294967295"},
    {&enumerated, "\3\0\0\0", "3", "3"},                            /* docs */
    {&string16, "abc\0\0\0\0\0\0\0\0\0\0\0\0\0", "abc", "\"abc\""}, /* 0.17 */
    {&string4, "abcd", "abcd", "\"abcd\""},
    {&string4, "a\xff\"\n", "a\xff\"\n", "\"a\xef\xbf\xbd\\\"\\n\""},
    {&cut5, "abcd", "abcd..", "\"abcd..\""}, /* docs: str_trunc_trailer */
    {&cut5, "abc\0", "abc", "\"abc\""},
    {&chars, "abc", "abc", "\"abc\""},                                        /* 0.17 */
    {&buffer, "\5\0\0\0a\1\\b\"zzz", "a\\x01\\b\"", "\"a\\\\x01\\\\b\\\"\""}, /* 0.17 (there JSON is cut wrongly) */
    {&buffer, "\xff\xff\0\0abcdefgh", "abcdefgh", "\"abcdefgh\""},
    {&pointer, U64(0xffff88810ab78000), "0xffff88810ab78000", "18446612686544797696"},               /* docs; JSON: a number */
    {&ints, "\1\0\0\0\2\0\0\0\3\0\0", "[1,2,3]", "[1,2,3]"},                                         /* 0.17 */
    {&pairs, "\5\0\0\0\6\0\0\0\7\0\0\0\x8\0\0", "[[5,6],[7,8]]", "[[5,6],[7,8]]"},                   /* 0.17 */
    {&tuple, "\1\0\0\0\0\0\0\0ab\0\0\2\0\0\0\3\0\0\0\0\0\0", "(1, ab, (2, 3))", "[1,\"ab\",[2,3]]"}, /* 0.17 */
    {&tuple_one, U64(1), "(1,)", "[1]"},
    {&structure,
     "\xff\xff\xff\xff"
     "abc\0"
     "\xed\0\0\0"
     "\0\0\0\0"
     "\x34\x12\0\0\0\0\0",
     "{ .a = -1, .b = abc, .low = 5, .high = -3, .p = 0x1234 }", /* 0.17, but for bit fields, and pointers in hex: docs */
     "{\"a\": -1, \"b\": \"abc\", \"low\": 5, \"high\": -3, \"p\": 4660}"},
    {&record, "\1\0\0\0\5\0\0\0\6\0\0", "{ .a = 1, .d = (5, 6) }", "{\"a\": 1, \"d\": [5,6]}"}, /* docs */
    {&ksym, U64(0x1003), "vfs_read", "\"vfs_read\""},                                           /* 0.17 */
    {&ksym, U64(1), "0x1", "\"0x1\""},                                                          /* 0.17 */
    {&usym, U64(0x1003, 7), "main", "\"main\""},                                                /* 0.17 */
    {&usym, U64(1, 7), "0x1", "\"0x1\""},                                                       /* 0.17 */
    {&kstack, U64(1, 2ull << 32), "\n        vfs_read+5\n        vfs_read+16\n",
     "\"\\n        vfs_read+5\\n        vfs_read+16\\n\""}, /* 0.17 */
    {&kstack, U64(1, 0), "\n        vfs_read+5\n        vfs_read+16\n        0x12\n",
     "\"\\n        vfs_read+5\\n        vfs_read+16\\n        0x12\\n\""},
    {&ktwo, U64(1, 0), "\n        vfs_read+5\n        vfs_read+16\n", "\"\\n        vfs_read+5\\n        vfs_read+16\\n\""},
    {&kperf, U64(1, 2ull << 32), "\n\t1005 vfs_read+5\n\t1010 vfs_read+16\n",
     "\"\\n\\t1005 vfs_read+5\\n\\t1010 vfs_read+16\\n\""}, /* 0.17 */
    {&kraw, U64(1, 1ull << 32), "\n        1005\n", "\"\\n        1005\\n\""},
    {&uperf, U64(1, 0), "\n\t1005 main+5 (/tmp/s)\n\t1010 main+16 (/tmp/s)\n\t12 0x12 ([unknown])\n", /* 0.17 */
     "\"\\n\\t1005 main+5 (/tmp/s)\\n\\t1010 main+16 (/tmp/s)\\n\\t12 0x12 ([unknown])\\n\""},
    {&ustack, U64((uint32_t)-EFAULT), "", "\"\""}, /* 0.17 */
    {&kstack, U64(8), "", "\"\""},
    {&kstack, U64((uint32_t)-EEXIST), "\n        [lost: stack map is full]\n", "\"\\n        [lost: stack map is full]\\n\""},
    {&kstack, U64(9), "\n        [lost: its frames are no longer in the stack map]\n",
     "\"\\n        [lost: its frames are no longer in the stack map]\\n\""},
    {&inet, "\2\0\0\0\x7f\0\0\1\0\0\0\0\0\0\0\0\0\0\0", "127.0.0.1", "\"127.0.0.1\""}, /* 0.17 */
    {&inet, "\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", "::1", "\"::1\""},           /* docs */
    {&mac, "\x05\x04\x03\x02\xab\x02", "05:04:03:02:AB:02", "\"05:04:03:02:AB:02\""},  /* docs */
    {&username, U64(0), "root", "\"root\""},                                           /* 0.17 */
    {&probe, U64(3), "3", "\"3\""},
    {&error, U64(7), "Argument list too long", "\"Argument list too long\""}, /* docs */
    {&signal_type, U64(9), "SIGKILL", "\"SIGKILL\""},
    {&syscall_type, U64(0), "read", "\"read\""},
    {&syscall_type, U64(99999), "99999", "\"99999\""},
    {&timestamp, U64(12, 0), "12", "\"12\""},
    {&cgroup, U64(12, 0), "12", "\"12\""},
};

static void print_values(void **state)
{
    struct text t = {0};
    struct print_style style = {.names = &names, .cut_trailer = "..", .cut_size = 5};
    (void)state;
    for (size_t i = 0; i < sizeof value_cases / sizeof value_cases[0]; i++) {
        const struct value_case *c = &value_cases[i];
        text_clear(&t);
        text_adds(&t, "");
        style.form = PRINT_TEXT;
        print_value(&style, c->type, c->bytes, &t);
        assert_string_equal(t.bytes, c->text);
        text_clear(&t);
        style.form = PRINT_JSON;
        print_value(&style, c->type, c->bytes, &t);
        assert_string_equal(t.bytes, c->json);
    }
    text_clear(&t);
    print_value_event(&style, &s64, U64(5), &t);
    style.form = PRINT_TEXT;
    print_value_event(&style, &s64, U64(5), &t);
    assert_string_equal(t.bytes, "{\"type\": \"value\", \"data\": 5}\n5\n"); /* 0.17 */
    text_free(&t);
}

/* --- maps ----------------------------------------------------------------------------------------------------------------- */

enum { HIST_WORDS = 66, LHIST_WORDS = 12, ROWS_MAX = 6 };
static const struct value_type count = {.kind = VALUE_COUNT, .size = 8}, sum = {.kind = VALUE_SUM, .size = 8, .is_signed = true},
                               usum = {.kind = VALUE_SUM, .size = 8}, min = {.kind = VALUE_MIN, .size = 16, .is_signed = true},
                               max = {.kind = VALUE_MAX, .size = 16, .is_signed = true},
                               avg = {.kind = VALUE_AVG, .size = 16, .is_signed = true},
                               stats = {.kind = VALUE_STATS, .size = 16, .is_signed = true},
                               hist = {.kind = VALUE_HIST, .size = HIST_WORDS * 8},
                               hist2 = {.kind = VALUE_HIST, .size = 253 * 8, .parameters = {2}},
                               lhist = {.kind = VALUE_LHIST, .size = LHIST_WORDS * 8, .parameters = {0, 100, 10}},
                               lodd = {.kind = VALUE_LHIST, .size = 6 * 8, .parameters = {0, 100, 30}},
                               lkilo = {.kind = VALUE_LHIST, .size = 6 * 8, .parameters = {0, 2048, 512}};

#define BAR52 "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@"
#define BAR26 "@@@@@@@@@@@@@@@@@@@@@@@@@@                          "
#define BAR0  "                                                    "

struct map_case {
    const struct value_type *key, *value;
    struct map_row rows[ROWS_MAX];
    size_t count;
    uint32_t cpus;
    uint64_t top, divisor;
    const char *text, *json;
};

static const uint64_t hist_a[HIST_WORDS] = {[3] = 1, [4] = 0, [5] = 2}, hist_b[HIST_WORDS] = {[0] = 1, [1] = 1, [2] = 1},
                      hist_none[HIST_WORDS] = {0}, hist_big[HIST_WORDS] = {[11] = 1, [12] = 2, [64] = 1},
                      hist_fine[253] = {[1] = 1, [5] = 1, [8] = 1, [9] = 3, [13] = 1}, lhist_a[LHIST_WORDS] = {[0] = 1, [2] = 2, [11] = 1},
                      lhist_odd[6] = {[4] = 1}, lhist_kilo[6] = {[2] = 1, [3] = 1, [5] = 1},
                      hist_cpus[2 * HIST_WORDS] = {[3] = 1, [HIST_WORDS + 3] = 2};

static const struct map_case map_cases[] = {
    /* Scalars, keys, order. */
    {NULL, &s64, {{NULL, U64((uint64_t)-5)}}, 1, 1, 0, 0, "@x: -5\n", "{\"type\": \"map\", \"data\": {\"@x\": -5}}\n"}, /* 0.17 */
    {&string4,
     &count,
     {{"b", U64(2)}, {"a", U64(2)}, {"c", U64(1)}},
     3,
     1,
     0,
     0,
     "@x[c]: 1\n@x[a]: 2\n@x[b]: 2\n",
     "{\"type\": \"map\", \"data\": {\"@x\": {\"c\": 1, \"a\": 2, \"b\": 2}}}\n"},
    {&s64,
     &s64,
     {{U64(1), U64((uint64_t)-5)}, {U64(2), U64(7)}, {U64((uint64_t)-3), U64(0)}},
     3,
     1,
     0,
     0,
     "@x[1]: -5\n@x[-3]: 0\n@x[2]: 7\n",
     "{\"type\": \"map\", \"data\": {\"@x\": {\"1\": -5, \"-3\": 0, \"2\": 7}}}\n"}, /* 0.17 */
    {&s64,
     &s64,
     {{U64(1), U64((uint64_t)-5)}, {U64(2), U64(7)}, {U64((uint64_t)-3), U64(0)}},
     3,
     1,
     2,
     3,
     "@x[-3]: 0\n@x[2]: 2\n",
     "{\"type\": \"map\", \"data\": {\"@x\": {\"-3\": 0, \"2\": 2}}}\n"}, /* 0.17 */
    {&s64,
     &string4,
     {{U64(2), "b"}, {U64((uint64_t)-1), "z"}},
     2,
     1,
     0,
     0,
     "@x[-1]: z\n@x[2]: b\n",
     "{\"type\": \"map\", \"data\": {\"@x\": {\"-1\": \"z\", \"2\": \"b\"}}}\n"}, /* 0.17 */
    {&s64,
     &string4,
     {{U64(2), "b"}, {U64((uint64_t)-1), "z"}},
     2,
     1,
     1,
     0,
     "@x[2]: b\n",
     "{\"type\": \"map\", \"data\": {\"@x\": {\"2\": \"b\"}}}\n"}, /* 0.17 */
    {&tuple_two,
     &s64,
     {{"\1\0\0\0\0\0\0\0b\0\0\0", U64(3)}, {"\1\0\0\0\0\0\0\0a\0\0\0", U64(3)}},
     2,
     1,
     0,
     0,
     "@x[1, a]: 3\n@x[1, b]: 3\n",
     "{\"type\": \"map\", \"data\": {\"@x\": {\"1,a\": 3, \"1,b\": 3}}}\n"}, /* 0.17 */
    {&tuple,
     &s64,
     {{"\1\0\0\0\0\0\0\0b\0\0\0\5\0\0\0\6\0\0", U64(3)}},
     1,
     1,
     0,
     0,
     "@x[1, b, (5, 6)]: 3\n",
     "{\"type\": \"map\", \"data\": {\"@x\": {\"1,b,(5, 6)\": 3}}}\n"},
    {&enumerated,
     &enumerated,
     {{"\1\0\0\0", "\2\0\0\0"}},
     1,
     1,
     0,
     0,
     "@x[ONE]: TWO\n",
     "{\"type\": \"map\", \"data\": {\"@x\": {\"1\": 2}}}\n"}, /* docs */
    {&kstack,
     &count,
     {{U64(1, 2ull << 32), U64(1)}},
     1,
     1,
     0,
     0,
     "@x[\n    vfs_read+5\n    vfs_read+16\n]: 1\n", /* 0.17 */
     "{\"type\": \"map\", \"data\": {\"@x\": {\"\\n    vfs_read+5\\n    vfs_read+16\\n\": 1}}}\n"},
    {&s64,
     &kstack,
     {{U64(1), U64((uint32_t)-EFAULT)}},
     1,
     1,
     0,
     0,
     "@x[1]: \n",
     "{\"type\": \"map\", \"data\": {\"@x\": {\"1\": \"\"}}}\n"}, /* 0.17 */
    {&string4, &count, {{0}}, 0, 1, 0, 0, "\n", ""},              /* 0.17 */
    {NULL, &avg, {{0}}, 0, 1, 0, 0, "\n\n", ""},                  /* 0.17 */
    {NULL, &hist, {{0}}, 0, 1, 0, 0, "\n", ""},                   /* 0.17 */
    /* Aggregations over CPUs. */
    {NULL, &count, {{NULL, U64(2, 3)}}, 1, 2, 0, 0, "@x: 5\n", "{\"type\": \"map\", \"data\": {\"@x\": 5}}\n"},
    {NULL, &count, {{NULL, U64(2, 3)}}, 1, 2, 0, 2, "@x: 2\n", "{\"type\": \"map\", \"data\": {\"@x\": 2}}\n"},
    {NULL, &sum, {{NULL, U64(3, (uint64_t)-10)}}, 1, 2, 0, 2, "@x: -3\n", "{\"type\": \"map\", \"data\": {\"@x\": -3}}\n"}, /* 0.17 */
    {NULL,
     &usum,
     {{NULL, U64(UINT64_MAX)}},
     1,
     1,
     0,
     0,
     "@x: 18446744073709551615\n",
     "{\"type\": \"map\", \"data\": {\"@x\": 18446744073709551615}}\n"},
    {NULL, &min, {{NULL, U64(0, 0, (uint64_t)-4, 1, 5, 1)}}, 1, 3, 0, 0, "@x: -4\n", "{\"type\": \"map\", \"data\": {\"@x\": -4}}\n"},
    {NULL, &max, {{NULL, U64(0, 0, (uint64_t)-4, 1)}}, 1, 2, 0, 0, "@x: -4\n", "{\"type\": \"map\", \"data\": {\"@x\": -4}}\n"},
    {NULL, &max, {{NULL, U64(0, 0)}}, 1, 1, 0, 0, "@x: 0\n", "{\"type\": \"map\", \"data\": {\"@x\": 0}}\n"},
    {&string4,
     &avg,
     {{"x", U64(10, 1, (uint64_t)-4, 1)}, {"y", U64(30, 1, 0, 0)}},
     2,
     2,
     0,
     0,
     "@x[x]: 3\n@x[y]: 30\n\n",
     "{\"type\": \"stats\", \"data\": {\"@x\": {\"x\": 3, \"y\": 30}}}\n"}, /* 0.17 */
    {&string4,
     &avg,
     {{"a", U64(10, 1)}, {"b", U64(20, 1)}, {"c", U64(30, 1)}, {"d", U64(40, 1)}},
     4,
     1,
     2,
     10,
     "@x[c]: 3\n@x[d]: 4\n\n",
     "{\"type\": \"stats\", \"data\": {\"@x\": {\"c\": 3, \"d\": 4}}}\n"}, /* docs */
    {NULL, &avg, {{NULL, U64(0, 0)}}, 1, 1, 0, 0, "@x: 0\n\n", "{\"type\": \"stats\", \"data\": {\"@x\": 0}}\n"},
    {NULL,
     &stats,
     {{NULL, U64((uint64_t)-30, 3)}},
     1,
     1,
     0,
     3,
     "@x: count 3, average -10, total -30\n\n", /* 0.17 */
     "{\"type\": \"stats\", \"data\": {\"@x\": {\"count\": 3, \"average\": -10, \"total\": -30}}}\n"},
    {&string4,
     &stats,
     {{"c", U64((uint64_t)-3, 3)}, {"b", U64(3, 1)}, {"a", U64((uint64_t)-5, 1)}},
     3,
     1,
     0,
     0, /* 0.17 */
     "@x[a]: count 1, average -5, total -5\n@x[c]: count 3, average -1, total -3\n@x[b]: count 1, average 3, total 3\n\n",
     "{\"type\": \"stats\", \"data\": {\"@x\": {\"a\": {\"count\": 1, \"average\": -5, \"total\": -5}, \"c\": {\"count\": 3, \"average\": "
     "-1, "
     "\"total\": -3}, \"b\": {\"count\": 1, \"average\": 3, \"total\": 3}}}}\n"},
    {&string4,
     &stats,
     {{"a", U64(10, 1)}, {"b", U64(12, 2)}},
     2,
     1,
     1,
     0, /* 0.17: by average, and top is ignored */
     "@x[b]: count 2, average 6, total 12\n@x[a]: count 1, average 10, total 10\n\n",
     "{\"type\": \"stats\", \"data\": {\"@x\": {\"b\": {\"count\": 2, \"average\": 6, \"total\": 12}, \"a\": {\"count\": 1, "
     "\"average\": 10, \"total\": 10}}}}\n"},
    /* Histograms. */
    {&string4,
     &hist,
     {{"a", hist_a}, {"b", hist_b}},
     2,
     1,
     0,
     0, /* 0.17 */
     "@x[a]: \n[2, 4)                 1 |" BAR26 "|\n[4, 8)                 0 |" BAR0 "|\n[8, 16)                2 |" BAR52
     "|\n\n@x[b]: \n(..., 0)               1 |" BAR52 "|\n[0]                    1 |" BAR52 "|\n[1]                    1 |" BAR52 "|\n\n",
     "{\"type\": \"hist\", \"data\": {\"@x\": {\"a\": [{\"min\": 2, \"max\": 3, \"count\": 1}, {\"min\": 4, \"max\": 7, \"count\": 0}, "
     "{\"min\": 8, \"max\": 15, \"count\": 2}], \"b\": [{\"max\": -1, \"count\": 1}, {\"min\": 0, \"max\": 0, \"count\": 1}, {\"min\": 1, "
     "\"max\": 1, \"count\": 1}]}}}\n"},
    {&string4,
     &hist,
     {{"a", hist_a}, {"b", hist_none}},
     2,
     1,
     1,
     2, /* 0.17 */
     "@x[a]: \n[2, 4)                 0 |" BAR26 "|\n[4, 8)                 0 |" BAR0 "|\n[8, 16)                1 |" BAR52 "|\n\n",
     "{\"type\": \"hist\", \"data\": {\"@x\": {\"a\": [{\"min\": 2, \"max\": 3, \"count\": 0}, {\"min\": 4, \"max\": 7, \"count\": 0}, "
     "{\"min\": 8, \"max\": 15, \"count\": 1}]}}}\n"},
    {NULL, &hist, {{NULL, hist_none}}, 1, 1, 0, 0, "@x: \n\n", "{\"type\": \"hist\", \"data\": {\"@x\": []}}\n"}, /* 0.17 */
    {NULL,
     &hist,
     {{NULL, hist_cpus}},
     1,
     2,
     0,
     0,
     "@x: \n[2, 4)                 3 |" BAR52 "|\n\n",
     "{\"type\": \"hist\", \"data\": {\"@x\": [{\"min\": 2, \"max\": 3, \"count\": 3}]}}\n"},
    {NULL,
     &hist2,
     {{NULL, hist_fine}},
     1,
     1,
     0,
     0, /* docs */
     "@x: \n[0]                    1 |@@@@@@@@@@@@@@@@@                                   |\n[1]                    0 |" BAR0
     "|\n[2]                    0 |" BAR0 "|\n[3]                    0 |" BAR0
     "|\n[4]                    1 |@@@@@@@@@@@@@@@@@                                   |\n[5]                    0 |" BAR0
     "|\n[6]                    0 |" BAR0 "|\n[7]                    1 |@@@@@@@@@@@@@@@@@                                   |\n[8, 10)   "
     "             3 |" BAR52 "|\n[10, 12)               0 |" BAR0 "|\n[12, 14)               0 |" BAR0 "|\n[14, 16)               0 |" BAR0
     "|\n[16, 20)               1 |@@@@@@@@@@@@@@@@@                                   |\n\n",
     "{\"type\": \"hist\", \"data\": {\"@x\": [{\"min\": 0, \"max\": 0, \"count\": 1}, {\"min\": 1, \"max\": 1, \"count\": 0}, {\"min\": "
     "2, "
     "\"max\": 2, \"count\": 0}, {\"min\": 3, \"max\": 3, \"count\": 0}, {\"min\": 4, \"max\": 4, \"count\": 1}, {\"min\": 5, \"max\": 5, "
     "\"count\": 0}, {\"min\": 6, \"max\": 6, \"count\": 0}, {\"min\": 7, \"max\": 7, \"count\": 1}, {\"min\": 8, \"max\": 9, \"count\": "
     "3}, "
     "{\"min\": 10, \"max\": 11, \"count\": 0}, {\"min\": 12, \"max\": 13, \"count\": 0}, {\"min\": 14, \"max\": 15, \"count\": 0}, "
     "{\"min\": 16, "
     "\"max\": 19, \"count\": 1}]}}\n"},
    {NULL,
     &lhist,
     {{NULL, lhist_a}},
     1,
     1,
     0,
     0, /* 0.17 */
     "@x: \n(..., 0)               1 |" BAR26 "|\n[0, 10)                0 |" BAR0 "|\n[10, 20)               2 |" BAR52
     "|\n[20, 30)               0 |" BAR0 "|\n[30, 40)               0 |" BAR0 "|\n[40, 50)               0 |" BAR0
     "|\n[50, 60)               0 |" BAR0 "|\n[60, 70)               0 |" BAR0 "|\n[70, 80)               0 |" BAR0
     "|\n[80, 90)               0 |" BAR0 "|\n[90, 100)              0 |" BAR0 "|\n[100, ...)             1 |" BAR26 "|\n\n",
     "{\"type\": \"hist\", \"data\": {\"@x\": [{\"max\": -1, \"count\": 1}, {\"min\": 0, \"max\": 9, \"count\": 0}, {\"min\": 10, \"max\": "
     "19, "
     "\"count\": 2}, {\"min\": 20, \"max\": 29, \"count\": 0}, {\"min\": 30, \"max\": 39, \"count\": 0}, {\"min\": 40, \"max\": 49, "
     "\"count\": 0}, "
     "{\"min\": 50, \"max\": 59, \"count\": 0}, {\"min\": 60, \"max\": 69, \"count\": 0}, {\"min\": 70, \"max\": 79, \"count\": 0}, "
     "{\"min\": 80, "
     "\"max\": 89, \"count\": 0}, {\"min\": 90, \"max\": 99, \"count\": 0}, {\"min\": 100, \"count\": 1}]}}\n"},
    {NULL,
     &lodd,
     {{NULL, lhist_odd}},
     1,
     1,
     0,
     0,
     "@x: \n[90, 100)              1 |" BAR52 "|\n\n",
     "{\"type\": \"hist\", \"data\": {\"@x\": [{\"min\": 90, \"max\": 99, \"count\": 1}]}}\n"},
    {NULL,
     &lkilo,
     {{NULL, lhist_kilo}},
     1,
     1,
     0,
     0, /* 0.17 */
     "@x: \n[512, 1K)              1 |" BAR52 "|\n[1K, 1536)             1 |" BAR52 "|\n[1536, 2K)             0 |" BAR0
     "|\n[2K, ...)              1 |" BAR52 "|\n\n",
     "{\"type\": \"hist\", \"data\": {\"@x\": [{\"min\": 512, \"max\": 1023, \"count\": 1}, {\"min\": 1024, \"max\": 1535, \"count\": 1}, "
     "{\"min\": 1536, "
     "\"max\": 2047, \"count\": 0}, {\"min\": 2048, \"count\": 1}]}}\n"},
};

static void print_maps(void **state)
{
    struct text t = {0};
    struct print_style style = {.names = &names};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof map_cases / sizeof map_cases[0]; i++) {
        const struct map_case *c = &map_cases[i / 2];
        struct map_row rows[ROWS_MAX];
        memcpy(rows, c->rows, sizeof rows);
        struct map_print map = {"@x", c->key, c->value, rows, c->count, c->cpus, c->top, c->divisor, 0};
        style.form = i % 2 ? PRINT_JSON : PRINT_TEXT;
        text_clear(&t);
        text_adds(&t, "");
        print_map(&style, &map, &t);
        assert_string_equal(t.bytes, i % 2 ? c->json : c->text);
    }
    text_free(&t);
}

/* The first and last lines of what a wide histogram prints. */
static void print_wide_hist(void **state)
{
    struct text t = {0};
    struct map_row row = {NULL, hist_big};
    struct map_print map = {"@", NULL, &hist, &row, 1, 1, 0, 0, 0};
    const struct print_style style = {0};
    (void)state;
    print_map(&style, &map, &t);
    assert_non_null(strstr(t.bytes, "@: \n[512, 1K)              1 |"));
    assert_non_null(strstr(t.bytes, "\n[1K, 2K)               2 |"));
    assert_non_null(strstr(t.bytes, "\n[512K, 1M)             0 |"));
    assert_non_null(strstr(t.bytes, "\n[512G, 1T)             0 |"));
    assert_non_null(strstr(t.bytes, "\n[4E, 8E)               1 |"));
    text_free(&t);
}

/* --- time series ---------------------------------------------------------------------------------------------------------- */

enum { ZIGZAG = 20 };

static void print_series(void **state)
{
    static const char expected[] = /* docs */
        "@:\n"
        "             -5                                                  5\n"
        "hh:mm:ss.ms  |___________________________________________________|\n"
        "00:00:10.100 *                         .                         | -5\n"
        "00:00:10.200 |    *                    .                         | -4\n"
        "00:00:10.300 |         *               .                         | -3\n"
        "00:00:10.400 |                         .                         | -\n"
        "00:00:10.500 |                         *                         | 0\n"
        "00:00:10.600 |                         .    *                    | 1\n"
        "00:00:10.700 |                         .                         * 5\n"
        "             v___________________________________________________v\n"
        "             -5                                                  5\n"
        "\n";
    static const int64_t values[] = {-5, -4, -3, 0, 0, 1, 5};
    struct value_type type = {.kind = VALUE_TSERIES,
                              .size = ZIGZAG * sizeof(struct value_tseries_bucket),
                              .is_signed = true,
                              .parameters = {100000000, ZIGZAG, 0}};
    struct value_tseries_bucket cpus[2][ZIGZAG] = {0};
    (void)state;
    for (uint64_t i = 0; i < 7; i++)
        if (i != 3)
            cpus[i % 2][(101 + i) % ZIGZAG] = (struct value_tseries_bucket){101 + i, {(uint64_t)values[i], 1000 + i}};
    cpus[0][101 % ZIGZAG].sum.total = 77; /* an older value of the same interval */
    cpus[1][101 % ZIGZAG] = (struct value_tseries_bucket){101, {(uint64_t)-5, 2000}};
    cpus[0][0] = (struct value_tseries_bucket){20, {9, 1}}; /* long ago */
    struct map_row row = {NULL, cpus};
    struct map_print map = {"@", NULL, &type, &row, 1, 2, 0, 0, 0};
    struct print_style style = {.boot_to_utc_ns = 86400000000000};
    struct text t = {0};
    setenv("TZ", "UTC", 1);
    tzset();
    print_map(&style, &map, &t);
    assert_string_equal(t.bytes, expected);
    text_clear(&t);
    map.now_epoch = 102;
    style.form = PRINT_JSON;
    print_map(&style, &map, &t);
    assert_string_equal(t.bytes, "{\"type\": \"tseries\", \"data\": {\"@\": [{\"interval_start\": \"00:00:10.100\", \"value\": -5}, "
                                 "{\"interval_start\": \"00:00:10.200\", \"value\": -4}]}}\n");
    text_clear(&t);
    map.now_epoch = 101;
    map.top = (uint64_t)-10;
    map.divisor = 10;
    style.form = PRINT_TEXT;
    print_map(&style, &map, &t);
    assert_string_equal(t.bytes, "@:\n"
                                 "             -10                                                10\n"
                                 "hh:mm:ss.ms  |___________________________________________________|\n"
                                 "00:00:10.100 |            *            .                         | -5\n"
                                 "             v___________________________________________________v\n"
                                 "             -10                                                10\n\n");
    text_free(&t);
}

static void print_events(void **state)
{
    struct text t = {0};
    struct print_style style = {.form = PRINT_JSON};
    (void)state;
    print_event(&style, "printf", "a\n\"\xff", 4, &t);
    style.form = PRINT_TEXT;
    print_event(&style, "printf", "a\n", 2, &t);
    assert_string_equal(t.bytes, "{\"type\": \"printf\", \"data\": \"a\\n\\\"\xef\xbf\xbd\"}\na\n");
    text_free(&t);
}

/* --- words of this machine ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *format;
    uint64_t ns;
    const char *text;
} times[] = {
    {"%H:%M:%S", 86400ull * 1000000000 + 3661000000000, "01:01:01"},
    {"%m/%d/%y", 0, "01/01/70"},
    {"%S.%f", 1999999999, "01.999999"},
    {"%f %%f %%%f", 123000, "000123 %f %000123"}, /* docs */
    {"", 0, ""},
    {"a%", 0, "a%"}, /* 0.17 */
};

static void print_times(void **state)
{
    struct text t = {0};
    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        text_clear(&t);
        text_adds(&t, "");
        name_timestamp(times[i].format, times[i].ns, CLOCK_OF_UTC, &t);
        assert_string_equal(t.bytes, times[i].text);
    }
    struct timespec boot;
    clock_gettime(CLOCK_BOOTTIME, &boot);
    time_t before = time(NULL);
    text_clear(&t);
    name_timestamp("%s", (uint64_t)boot.tv_sec * 1000000000 + (uint64_t)boot.tv_nsec, CLOCK_OF_BOOT, &t);
    assert_in_range((uint64_t)atoll(t.bytes), (uint64_t)before - 1, (uint64_t)before + 1);
    text_free(&t);
}

/* The root of each hierarchy has the inode number 1, and this process' own cgroup is found by its number. */
static void print_cgroup_paths(void **state)
{
    struct text t = {0}, own = {0};
    struct stat st;
    char line[4096] = "", mounted_at[4200];
    (void)state;
    if (getuid() || (stat("/sys/fs/cgroup/unified/cgroup.procs", &st) && stat("/sys/fs/cgroup/cgroup.procs", &st)))
        skip(); /* not root, or no second version */
    name_cgroup_path(1, "uni*", &t);
    assert_string_equal(t.bytes, "unified:/"); /* 0.17 */
    FILE *f = fopen("/proc/self/cgroup", "r");
    while (f && fgets(line, sizeof line, f) && strncmp(line, "0::", 3) != 0)
        ;
    if (f)
        fclose(f);
    line[strcspn(line, "\n")] = '\0';
    bool is_hybrid = access("/sys/fs/cgroup/unified", F_OK) == 0;
    snprintf(mounted_at, sizeof mounted_at, "/sys/fs/cgroup%s%s", is_hybrid ? "/unified" : "", line + 3);
    assert_int_equal(stat(mounted_at, &st), 0);
    text_addf(&own, "unified:%s", line + 3);
    text_clear(&t);
    name_cgroup_path(st.st_ino, "unified", &t);
    assert_string_equal(t.bytes, own.bytes);
    text_clear(&t);
    name_cgroup_path(1ull << 40, NULL, &t);
    name_cgroup_path(1, "nothing", &t);
    assert_int_equal(t.length, 0);
    text_free(&t);
    text_free(&own);
}

static void remember_words(void **state)
{
    struct name_memo m = {0};
    struct text t = {0};
    (void)state;
    text_adds(&t, "");
    assert_false(name_memo_find(&m, 0, 0, &t));
    for (uint64_t i = 0; i < 1000; i++) {
        name_memo_keep(&m, i, (uint32_t)(i % 2), "word", i % 5);
        text_clear(&t);
        text_adds(&t, ">");
        assert_true(name_memo_find(&m, i, (uint32_t)(i % 2), &t));
        assert_int_equal(t.length, 1 + i % 5);
        assert_false(name_memo_find(&m, i, 7, &t));
        assert_false(name_memo_find(&m, i + 1, (uint32_t)(i % 2), &t));
    }
    name_memo_free(&m);
    assert_false(name_memo_find(&m, 999, 1, &t));
    text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(print_values),       cmocka_unit_test(print_maps),
                                       cmocka_unit_test(print_wide_hist),    cmocka_unit_test(print_series),
                                       cmocka_unit_test(print_events),       cmocka_unit_test(print_times),
                                       cmocka_unit_test(print_cgroup_paths), cmocka_unit_test(remember_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
