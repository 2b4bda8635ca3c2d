/* objects/explain: the verifier's and libbpf's words of three kernels, and texts that are cut, indented, older or no logs at all. */
#include "objects/explain_inside.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* --- words --- */

static void patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *line, *word, *value; /* value NULL: no match */
    } cases[] = {
        {"^R{reg} !read_ok", "R5 !read_ok", "reg", "5"},
        {"^R{reg} !read_ok", "R5 read_ok", "reg", NULL},
        {"^R{reg} !read_ok", "the R5 !read_ok", "reg", NULL},
        {"R{reg} !read_ok", "the R5 !read_ok", "reg", "5"},
        {"off={off} size={size}", "off=-520 size=8", "off", "-520"},
        {"off={off} size={size}", "off=-520 size=8", "size", "8"},
        {"off={off} size={size}", "off=-520 size=", "off", NULL}, /* nothing is set by half a match */
        {"'{type}_or_null", "R0 invalid mem access 'map_value_or_null'", "type", "map_value"},
        {"{n} missing", "3 missing", "n", "3"},
        {"{n} missing", " missing", "n", NULL},
        {"map '{map}'", "map ''", "map", NULL},
        {"plain", "very plain words", "plain", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct words w = {0};
        bool matched = words_match(&w, cases[i].pattern, span_of(cases[i].line, strlen(cases[i].line)));
        assert_int_equal(matched, cases[i].value != NULL);
        assert_string_equal(words_get(&w, cases[i].word), cases[i].value ? cases[i].value : "");
    }
}

static void sentences(void **state)
{
    (void)state;
    static const struct {
        const char *sentence, *out;
    } cases[] = {
        {"{map} is full", "counts is full"},
        {"[{map}|a map] is full", "counts is full"},
        {"[{nothing}|a map] is full", "a map is full"},
        {"full[ ({nothing})]", "full"},
        {"[a {nothing}|b {nothing}|c] d", "c d"},
        {"[outer[ {nothing}] and {map}|never]", "outer and counts"},
        {"[outer[ {nothing}|, inner {map}] and {nothing}|second]", "second"},
        {"{one byte} and {two byte}", "1 byte and 2 bytes"},
        {"struct key key = {{};", "struct key key = {};"},
        {"char LICENSE{[{] SEC", "char LICENSE[] SEC"},
        {"a | b", "a | b"},
        {"open [", "open "},
        {"open {map", "open counts"},
    };
    struct words w = {0};
    char out[64];
    words_setf(&w, "map", "counts");
    words_setf(&w, "one", "1");
    words_setf(&w, "two", "2");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        words_write(&w, cases[i].sentence, out, sizeof out);
        assert_string_equal(out, cases[i].out);
    }
    words_write(&w, "a sentence that is much too long for the room that it is given, which is sixty-three bytes and no more", out,
                sizeof out);
    assert_int_equal(strlen(out), sizeof out - 1);
}

/* Every sentence of the table is whole: brackets are paired, and with no word known it still says something. */
static void table(void **state)
{
    (void)state;
    const struct rule *rule;
    const struct words none = {0};
    char out[640];
    for (size_t i = 0; (rule = explain_rule_at(i)); i++) {
        const char *both[] = {rule->meaning, rule->remedy};
        assert_true(rule->signs[0].pattern || rule->signs[0].needs);
        for (size_t j = 0; j < 2; j++) {
            int depth = 0;
            for (const char *p = both[j]; *p; p++) {
                if (*p == '{' && p[1] && strchr("{[]", p[1]))
                    p++; /* the character itself */
                else
                    depth += (*p == '[') - (*p == ']');
                assert_in_range(depth, 0, 3);
            }
            assert_int_equal(depth, 0);
            words_write(&none, both[j], out, sizeof out);
            assert_in_range(strlen(out), 30, sizeof out - 2);
        }
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(explain_rule_at(j)->mistake.name, rule->mistake.name);
    }
}

/* --- single lines --- */

static void kinds(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum line_kind kind;
    } cases[] = {
        {"", LINE_EMPTY},
        {"; return *count;", LINE_SOURCE},
        {"7: (79) r1 = *(u64 *)(r0 +0)", LINE_INSN},
        {"\t7: (79) r1 = *(u64 *)(r0 +0)", LINE_INSN},
        {"9: <invalid CO-RE relocation>", LINE_INSN},
        {"7: R0=scalar() R10=fp0", LINE_STATE},
        {"from 5 to 7: R0=scalar()", LINE_STATE},
        {" R0=map_value(id=0,off=0,ks=4,vs=8,imm=0) R10=fp0", LINE_STATE},
        {"R0_w=scalar()", LINE_STATE},
        {"frame1: R1=ctx()", LINE_STATE},
        {"frame pointer is read only", LINE_WORDS},
        {"R0 invalid mem access 'scalar'", LINE_WORDS},
        {"R1 type=scalar expected=fp", LINE_WORDS},
        {"processed 7 insns (limit 1000000)", LINE_TRAILER},
        {"libbpf: failed to load object 'x'", LINE_TRAILER},
        {"arg#0 reference type('UNKNOWN ') size cannot be determined: -22", LINE_NOISE},
        {"arg#0 expected pointer to map value", LINE_WORDS},
        {"7: an unusual beginning", LINE_STATE},
        {"99999999999999999999: (79)", LINE_WORDS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(log_line_kind(span_of(cases[i].line, strlen(cases[i].line))), cases[i].kind);
}

/* --- whole texts --- */

struct text_case {
    const char *name, *verifier, *libbpf;
    int error;
    enum refused_at step;
    const char *lacking, *mistake, *part; /* part: of the meaning */
};

#define INSN "0: (79) r1 = *(u64 *)(r0 +0)\n"
#define END  "processed 1 insns (limit 1000000)\n"

static const struct text_case texts[] = {
    {"nothing at all", "", "", 0, 0, NULL, "unknown", "nothing to explain"},
    {"an error alone", "", "", EINVAL, REFUSED_AT_LOAD, NULL, "unknown", "EINVAL"},
    {"a mistake that nobody knows", INSN "the moon is full\n" END, "", EINVAL, REFUSED_AT_LOAD, NULL, "unknown", "does not know"},
    {"a kernel before 5.18",
     "0: (85) call bpf_map_lookup_elem#1\n R0_w=map_value_or_null(id=1,off=0,ks=4,vs=8,imm=0)\n1: (79) r1 = *(u64 *)(r0 +0)\nR0 invalid "
     "mem access "
     "'map_value_or_null'\n" END,
     "", 13, 0, NULL, "null-check-missing", "may return NULL"},
    {"a scalar was called inv", INSN "R0 invalid mem access 'inv'\n" END, "", 13, 0, NULL, "pointer-not-verified", "R0"},
    {"loops before 5.3", "back-edge from insn 9 to 4\n" END, "", EINVAL, 0, NULL, "loop-unbounded", "instruction 9"},
    {"too many instructions, said by errno alone", "", "libbpf: prog 'p': BPF program load failed: Argument list too long\n", E2BIG,
     REFUSED_AT_LOAD, NULL, "too-many-instructions", "million"},
    {"cilium/ebpf indents and appends",
     "load program: permission denied:\n\t7: (79) r1 = *(u64 *)(r0 +0)\n\tR0 invalid mem access 'map_value_or_null' (12 line(s) omitted)\n",
     "", 13, 0, NULL, "null-check-missing", "R0"},
    {"others speak after the log's end",
     "0: (79) r1 = *(u64 *)(r0 +0)\nR5 !read_ok\n" END "\n2024/08/05 14:10:43 Dump err: error loading BPF program: permission denied\n", "",
     0, 0, NULL, "register-uninitialised", "R5"},
    {"a negative index before 5.3",
     "5: (bf) r6 = r2 ; R6=map_value(id=0,off=0,ks=4,vs=8,imm=0)\n112: (71) r1 = *(u8 *)(r6 +1)\nR6 min value is negative "
     "(-9223372036854775808), either use unsigned index or do a if "
     "(index >=0) check.\n" END,
     "", 13, 0, NULL, "array-out-of-bounds", "index"},
    {"no room for the log, said by another loader", "", "bpf: Failed to load program: No space left on device\n", 0, 0, NULL, "log-cut-off",
     "buffer"},
    {"carriage returns", "0: (79) r1 = *(u64 *)(r0 +0)\r\nR0 invalid mem access 'scalar'\r\n" END, "", 13, 0, NULL, "pointer-not-verified",
     ""},
    {"cut off in a line", "; sum += i;\n7: (79) r4 = *(u64 *)(r3 +0)\n8: (bf) r5 = r2      ; R2=0 R5=", "", ENOSPC, REFUSED_AT_LOAD, NULL,
     "log-cut-off", "buffer"},
    {"no capability", "", "libbpf: prog 'p': BPF program load failed: Operation not permitted\n", EPERM, REFUSED_AT_LOAD, "CAP_PERFMON",
     "no-capability", "CAP_PERFMON"},
    {"all capabilities", "", "libbpf: prog 'p': BPF program load failed: Operation not permitted\n", EPERM, REFUSED_AT_LOAD, "",
     "program-kind-refused", "lockdown"},
    {"BTF noise is not the reason", INSN "R5 !read_ok\n" END, "libbpf: Error loading .BTF into kernel: -22. BTF is optional, ignoring.\n",
     13, REFUSED_AT_LOAD, "", "register-uninitialised", "R5"},
    {"an attach after a verifier that was content", END,
     "libbpf: prog 'p': failed to create kprobe 'f+0x0' perf event: No such file or directory\n", ENOENT, REFUSED_AT_ATTACH, "",
     "kprobe-target-missing", "no function f "},
    {"what a program says of packets it also says of maps",
     "5: (bf) r1 = r2 ; R1=pkt(id=1,r=0)\n6: (71) r3 = *(u8 *)(r1 +0)\nR1 min value is negative, either use unsigned index or do a if "
     "(index >=0) check.\n" END,
     "", 13, 0, NULL, "packet-out-of-bounds", "packet"},
    {"words of the compiler", "",
     "x.c:3:5: error: Looks like the BPF stack limit of 512 bytes is exceeded. Please move large on stack variables into BPF per-cpu array "
     "map.\n",
     0, 0, NULL, "stack-too-large", "512"},
    {"an old libbpf leaves the poison", "1: (85) call unknown#195896080\ninvalid func unknown#195896080\n" END, "", EINVAL, 0, NULL,
     "core-field-missing", "kernel"},
    {"a lock of another kind", INSN "BPF_EXIT instruction in main prog cannot be used inside bpf_rcu_read_lock-ed region\n" END, "", EINVAL,
     0, NULL, "critical-section-open", ""},
};

/* Kernels before 6.4 keep the head of a log: a loop without end leaves its first rounds. */
static void logs_that_are_cut(void **state)
{
    (void)state;
    static const struct {
        unsigned rounds;
        const char *mistake, *part;
    } cases[] = {{3, "log-cut-off", "buffer"}, {100, "log-cut-off", "a loop 101 times"}, {3000, "loop-unbounded", "3001 rounds"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text log = {0};
        struct explanation e;
        for (unsigned round = 0; round < cases[i].rounds; round++)
            text_adds(
                &log,
                "; sum += i;\n7: (79) r4 = *(u64 *)(r3 +0)          ; R4=scalar()\n8: (ad) if r2 < r1 goto pc-2 7: R1=scalar(umin=2)\n");
        text_adds(&log, "; sum += i;\n7: (79) r4 = *(u64 *)(r3 ");
        const struct refusal r = {.error = ENOSPC, .step = REFUSED_AT_LOAD, .verifier = log.bytes, .verifier_n = log.length};
        explain(&r, &e);
        if (strcmp(e.mistake, cases[i].mistake) != 0 || !strstr(e.meaning, cases[i].part))
            fail_msg("%u rounds: %s: %s", cases[i].rounds, e.mistake, e.meaning);
        text_free(&log);
    }
}

static void whole_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct text_case *c = &texts[i];
        const struct refusal r = {.step = c->step,
                                  .error = c->error,
                                  .verifier = c->verifier,
                                  .verifier_n = strlen(c->verifier),
                                  .libbpf = c->libbpf,
                                  .libbpf_n = strlen(c->libbpf),
                                  .lacking = c->lacking};
        struct explanation e;
        explain(&r, &e);
        if (strcmp(e.mistake, c->mistake) != 0 || !strstr(e.meaning, c->part))
            fail_msg("%s: %s: %s", c->name, e.mistake, e.meaning);
        assert_int_equal(e.known, strcmp(c->mistake, "unknown") != 0);
        assert_true(e.remedy[0] != '\0');
    }
}

/* Before 5.18 what registers hold stands on lines of its own. */
static void origin_in_old_logs(void **state)
{
    (void)state;
    static const char log[] =
        "; count = bpf_map_lookup_elem(&counts, &key);\n14: (18) r1 = 0xffff8ccab456d400\n16: (85) call bpf_map_lookup_elem#1\n"
        " R0_w=map_value_or_null(id=3,off=0,ks=4,vs=8,imm=0) R10=fp0\n17: (bf) r7 = r0\n"
        " R0_w=map_value_or_null(id=3,off=0,ks=4,vs=8,imm=0) R7_w=map_value_or_null(id=3,off=0,ks=4,vs=8,imm=0) R10=fp0\n"
        "; *count += 1;\n18: (79) r1 = *(u64 *)(r7 +0)\nR7 invalid mem access 'map_value_or_null'\n" END;
    const struct refusal r = {.verifier = log, .verifier_n = sizeof log - 1};
    struct explanation e;
    explain(&r, &e);
    assert_string_equal(e.mistake, "null-check-missing");
    assert_int_equal(e.had.insn, 16);
    assert_string_equal(e.had.text, "count = bpf_map_lookup_elem(&counts, &key);");
    assert_non_null(strstr(e.meaning, "bpf_map_lookup_elem may return NULL"));
}

/* --- logs that were saved on three kernels --- */

static struct text read_file(const char *path)
{
    struct text t = {0};
    char bytes[65536];
    FILE *f = fopen(path, "re");
    if (!f)
        fail_msg("%s cannot be read", path);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
        text_add(&t, bytes, n);
    fclose(f);
    return t;
}

static void number(char *out, size_t size, long n, long none)
{
    snprintf(out, size, n == none ? "-" : "%ld", n);
}

/* One line of tests/data/verifier/expected: kernel, name, mistake, the instructions and the source line, "-" for what the log does not
 * tell. */
static void check_saved(const char *kernel, const char *name, const char *expected)
{
    char path[256], got[256], at[24], from[24], line[24];
    snprintf(path, sizeof path, "tests/data/verifier/%s/%s.log", kernel, name);
    struct text log = read_file(path);
    const struct refusal r = {.libbpf = log.bytes, .libbpf_n = log.length};
    struct explanation e;
    explain(&r, &e);
    number(at, sizeof at, e.at.insn, -1);
    number(line, sizeof line, e.at.line, 0);
    number(from, sizeof from, e.had.insn, -1);
    snprintf(got, sizeof got, "%s %s %s %s", e.mistake, at, line, from);
    if (strcmp(got, expected) != 0)
        fail_msg("%s: expected %s, got %s", path, expected, got);
    assert_true(e.last_lines[0] != '\0');
    text_free(&log);
}

static void saved_logs(void **state)
{
    (void)state;
    struct text list = read_file("tests/data/verifier/expected");
    struct span left = span_of(list.bytes, list.length), line;
    size_t n = 0;
    while (span_line(&left, &line)) {
        char row[256], kernel[16], name[64];
        int used = 0;
        snprintf(row, sizeof row, "%.*s", (int)span_length(line), line.p);
        assert_int_equal(sscanf(row, "%15s %63s %n", kernel, name, &used), 2);
        check_saved(kernel, name, row + used);
        n++;
    }
    assert_in_range(n, 180, 1000);
    text_free(&list);
}

/* --- source lines from the object --- */

static struct text built(const char *name)
{
    char path[512];
    const char *build = getenv("BUILD");
    snprintf(path, sizeof path, "%s/programs/rejected/%s.bpf.o", build ? build : "build", name);
    return read_file(path);
}

/* The number of the line of a source that ends with a mark. */
static unsigned marked(const char *name, const char *mark)
{
    char path[256];
    unsigned n = 0;
    snprintf(path, sizeof path, "tests/programs/rejected/%s.bpf.c", name);
    struct text t = read_file(path);
    struct span left = span_of(t.bytes, t.length), line;
    while (span_line(&left, &line)) {
        n++;
        if (memmem(line.p, span_length(line), mark, strlen(mark)))
            break;
    }
    text_free(&t);
    return n;
}

/* Instructions of a function that is called, in a log without any source line: found through the object's layout. */
static void lines_of_called_functions(void **state)
{
    (void)state;
    static const char log[] =
        "libbpf: prog 'count_calls': -- BEGIN PROG LOAD LOG --\n"
        "15: (85) call bpf_map_lookup_elem#1   ; frame1: R0=map_value_or_null(id=1,off=0,ks=4,vs=8,imm=0)\n"
        "16: (79) r0 = *(u64 *)(r0 +0)\nR0 invalid mem access 'map_value_or_null'\nprocessed 8 insns\n-- END PROG LOAD LOG --\n";
    struct text object = built("subprogram_null");
    const struct refusal r = {.libbpf = log, .libbpf_n = sizeof log - 1, .object = object.bytes, .object_n = object.length};
    struct explanation e;
    explain(&r, &e);
    assert_int_equal(e.at.line, marked("subprogram_null", "/* at */"));
    assert_int_equal(e.had.line, marked("subprogram_null", "/* from */"));
    assert_string_equal(e.section, "raw_tp/sys_enter");
    assert_non_null(strstr(e.at.file, "subprogram_null.bpf.c"));
    text_free(&object);
}

/* The same text may be on many lines: it names a line only when it is on one. */
static void lines_by_text(void **state)
{
    (void)state;
    struct text object = built("subprogram_null");
    struct object_view o;
    object_view_read(&o, object.bytes, object.length);
    struct explain_place place = {.insn = -1, .text = "return v * v + bpf_ktime_get_ns();"};
    assert_true(object_place(&o, "count_calls", &place));
    assert_true(place.line > 0);
    struct explain_place absent = {.insn = -1, .text = "return 12345;"};
    assert_false(object_place(&o, "count_calls", &absent));
    assert_false(object_place(&o, "another_program", &place));
    object_view_free(&o);
    text_free(&object);
}

/* A map that is refused is told apart by its definition, and by the kernel's age when that is known. */
static void maps(void **state)
{
    (void)state;
    static const struct {
        const char *object, *map, *kernel, *mistake;
    } cases[] = {
        {"map_type_unknown", "oracle", NULL, "map-type-missing"},
        {"map_flag_unknown", "counts", NULL, "map-flag-missing"},
        {"map_size", "counts", NULL, "map-attributes"},
        {"map_type_newer", "per_cgroup", "6.1.0-28", "map-type-missing"},
        {"map_type_newer", "per_cgroup", "6.18.4", "map-attributes"},
        {"map_type_newer", "per_cgroup", NULL, "map-type-missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[128];
        struct text object = built(cases[i].object);
        snprintf(line, sizeof line, "libbpf: map '%s': failed to create: Invalid argument(-22)\n", cases[i].map);
        const struct refusal r = {
            .libbpf = line, .libbpf_n = strlen(line), .kernel = cases[i].kernel, .object = object.bytes, .object_n = object.length};
        struct explanation e;
        explain(&r, &e);
        assert_string_equal(e.mistake, cases[i].mistake);
        text_free(&object);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns),
        cmocka_unit_test(sentences),
        cmocka_unit_test(table),
        cmocka_unit_test(kinds),
        cmocka_unit_test(whole_texts),
        cmocka_unit_test(logs_that_are_cut),
        cmocka_unit_test(origin_in_old_logs),
        cmocka_unit_test(saved_logs),
        cmocka_unit_test(lines_of_called_functions),
        cmocka_unit_test(lines_by_text),
        cmocka_unit_test(maps),
    };
    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
