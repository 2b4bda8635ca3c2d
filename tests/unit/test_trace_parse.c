/* The tracing language's parser. The cases are data: tests/data/trace/parse/NAME.cases, read as
 *
 *     script, one or more lines
 *     = the tree, in parentheses, or  > the tree after macros, or  d after names, too (meanings[]), or  e the tree of an expression
 *     ! place: ERROR: words, HINT: words    (in the order said; none expected when there is no such line)
 *     | complaints as they are printed
 *
 * with an empty line behind each case; lines that begin with ## are comments. An expression that was refused is the tree `none`. */
#include "base/arena.h"
#include "trace/front/parse.h"
#include "trace/front/walk.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct one_case {
    char name[64];
    char kind; /* = > d e, or 0 */
    struct text script, tree, complaints, printed;
};

enum { CASES_MAX = 2000 };
static struct one_case cases[CASES_MAX];
static size_t n_cases;

static void add_line(struct text *t, const char *line)
{
    if (t->length)
        text_addc(t, '\n');
    text_adds(t, line);
}

static void read_line(struct one_case *c, const char *line)
{
    if (line[0] && line[1] == ' ' && strchr("=>ed", line[0])) {
        c->kind = line[0];
        add_line(&c->tree, line + 2);
    } else if (!strncmp(line, "! ", 2)) {
        add_line(&c->complaints, line + 2);
    } else if (!strncmp(line, "| ", 2)) {
        add_line(&c->printed, line + 2);
    } else {
        add_line(&c->script, line);
    }
}

static void read_cases(const char *path)
{
    char line[4096];
    FILE *f = fopen(path, "re");
    const char *base = strrchr(path, '/') + 1;
    unsigned number = 0;
    bool open = false;
    if (!f)
        return;
    while (fgets(line, sizeof line, f)) {
        number++;
        line[strcspn(line, "\n")] = '\0';
        if (!strncmp(line, "##", 2))
            continue;
        if (!*line) {
            n_cases += open;
            open = false;
            continue;
        }
        if (n_cases == CASES_MAX)
            break;
        if (!open)
            snprintf(cases[n_cases].name, sizeof cases[n_cases].name, "%.*s:%u", (int)strcspn(base, "."), base, number);
        open = true;
        read_line(&cases[n_cases], line);
    }
    n_cases += open;
    fclose(f);
}

static size_t indent_of(const char *line)
{
    return strspn(line, " ");
}

/* (head child (head child)) of the printed lines from *at on that are as deep as the first; *at goes behind them. */
static void fold(const char **at, struct text *out)
{
    size_t depth = indent_of(*at);
    for (bool first = true; **at && indent_of(*at) == depth; first = false) {
        const char *head = *at + depth;
        size_t n = strcspn(head, "\n");
        *at = head + n + (head[n] == '\n');
        bool has_children = **at && indent_of(*at) > depth;
        text_adds(out, first ? "" : " ");
        text_adds(out, has_children ? "(" : "");
        text_add(out, head, n);
        if (has_children) {
            text_addc(out, ' ');
            fold(at, out);
            text_addc(out, ')');
        }
    }
}

/* Each complaint without the name of the file: "1:2-3: ERROR: …", "HINT: …". */
static void add_complaints(const struct complaints *c, struct text *out)
{
    struct text printed = {0};
    for (const struct complaint *complaint = c->first; complaint; complaint = complaint->next) {
        struct complaints one = {.arena = c->arena, .source = c->source, .first = (struct complaint[]){*complaint}};
        one.first->next = NULL;
        text_clear(&printed);
        complaints_print(&one, &printed);
        printed.bytes[strcspn(printed.bytes, "\n")] = '\0';
        add_line(out, printed.bytes + strlen("stdin:"));
        if (complaint->hint) {
            add_line(out, "HINT: ");
            text_adds(out, complaint->hint);
        }
    }
    text_free(&printed);
}

static const char *bytes_of(const struct text *t)
{
    return t->bytes ? t->bytes : "";
}

static const char *const meanings[][2] = {
    {"RED", "\"\\033[31m\""}, {"TWO", "(1 + 1)"}, {"COND", "pid == TWO"}, {"LOOP", "1 + LOOP"}, {"BAD", "1 +"}, {"BLOCK", "{ TWO }"},
};

static const char *meaning(void *arg, const char *name)
{
    (void)arg;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (!strcmp(meanings[i][0], name))
            return meanings[i][1];
    return NULL;
}

static void parse(const struct one_case *c, struct complaints *complaints, struct text *tree)
{
    static const char *const values[] = {"one", "/bin/two words"};
    const struct script_arguments arguments = {values, 2};
    if (c->kind == 'e') {
        struct node *node = trace_parse_expression(complaints, (struct place){0, (uint32_t)complaints->source->length});
        struct node block = {.kind = NODE_BLOCK, .first = node};
        struct script script = {.probes = (struct probe[]){{.body = &block}}};
        if (node)
            trace_print_tree(&script, tree);
        else
            text_adds(tree, "probe\n block\n  none\n");
        return;
    }
    struct script *script = trace_parse(complaints, &arguments);
    assert_non_null(script);
    if (c->kind == '>' || c->kind == 'd')
        trace_expand_macros(script, complaints);
    if (c->kind == 'd')
        trace_expand_names(script, complaints, meaning, NULL);
    trace_print_tree(script, tree);
}

static void check_case(void **state)
{
    const struct one_case *c = *state;
    struct arena arena = {0};
    struct source source = {.name = "stdin", .text = bytes_of(&c->script), .length = c->script.length};
    struct complaints complaints;
    struct text lines = {0}, tree = {0}, said = {0}, printed = {0};
    complaints_init(&complaints, &arena, &source);
    parse(c, &complaints, &lines);
    const char *at = bytes_of(&lines);
    if (c->kind == 'e')
        at += strlen("probe\n block\n");
    fold(&at, &tree);
    add_complaints(&complaints, &said);
    complaints_print(&complaints, &printed);
    if (c->kind)
        assert_string_equal(bytes_of(&tree), bytes_of(&c->tree));
    if (c->printed.length) {
        printed.bytes[printed.length - 1] = '\0'; /* the last newline */
        assert_string_equal(bytes_of(&printed), bytes_of(&c->printed));
    } else {
        assert_string_equal(bytes_of(&said), bytes_of(&c->complaints));
    }
    text_free(&lines);
    text_free(&tree);
    text_free(&said);
    text_free(&printed);
    arena_free(&arena);
}

/* A script of n times the middle: it must be read or refused, and quickly. */
static size_t errors_of(const char *begin, const char *middle, size_t n, const char *end)
{
    struct arena arena = {0};
    struct text script = {0}, out = {.ceiling = 1 << 20};
    struct complaints c;
    text_adds(&script, begin);
    for (size_t i = 0; i < n; i++)
        text_adds(&script, middle);
    text_adds(&script, end);
    struct source source = {.name = "stdin", .text = script.bytes, .length = script.length};
    complaints_init(&c, &arena, &source);
    struct script *parsed = trace_parse(&c, NULL);
    if (!c.errors)
        trace_expand_macros(parsed, &c);
    trace_print_tree(parsed, &out);
    trace_print_tokens(&c, &out);
    complaints_print(&c, &out);
    text_free(&script);
    text_free(&out);
    arena_free(&arena);
    return c.errors;
}

static void deep_and_long_scripts_end(void **state)
{
    (void)state;
    assert_true(errors_of("BEGIN { ", "$x = 1; ", 20000, "}") == 0);
    assert_true(errors_of("", "#define X 1\n", 20000, "BEGIN {}") == 0);
    assert_true(errors_of("", "kprobe:f { @ = count(); }\n", 5000, "") == 0);
    assert_true(errors_of("BEGIN { $x = ", "1 + ", 300, "1 }") == 0);
    assert_true(errors_of("BEGIN { $x = ", "1 + ", 10000, "1 }") == 1);
    assert_true(errors_of("BEGIN { $x = ", "(", 10000, "") == 1);
    assert_true(errors_of("BEGIN { $x = ", "- ", 10000, "1 }") == 1);
    assert_true(errors_of("BEGIN { $x = ", "(uint8)", 10000, "1 }") == 1);
    assert_true(errors_of("BEGIN { $x = ", "typeof(", 10000, "1 }") == 1);
    assert_true(errors_of("BEGIN { $x = ", "(typeof((", 90, "1") > 0);
    assert_true(errors_of("BEGIN { let $x: ", "(", 10000, "1 }") == 1);
    assert_true(errors_of("BEGIN { $x = $y", "[1]", 10000, " }") == 1);
    assert_true(errors_of("BEGIN { $x = $y", ".a", 10000, " }") == 1);
    assert_true(errors_of("BEGIN { $x = ", "1 ? 2 : ", 10000, "1 }") == 1);
    assert_true(errors_of("BEGIN ", "{", 10000, "}") == 1);
    assert_true(errors_of("BEGIN { ", "if (1) { } else ", 10000, "{ } }") == 1);
    assert_true(errors_of("kprobe:", "{a,b}", 1000, " {}") > 0);
    assert_true(errors_of("", "}", 10000, "") == 10000);
    assert_true(errors_of("", "macro m(a) { a }", 2000, "") == 1);
    assert_true(errors_of("macro m(", "a, ", 2000, "b) { a }") == 1);
    assert_true(errors_of("", "/* ", 10000, "") == 1);
}

static void macros_end(void **state)
{
    (void)state;
    struct text script = {0};
    text_adds(&script, "macro m0(x) { x; x }\n"); /* each doubles the last */
    for (int i = 1; i < 40; i++)
        text_addf(&script, "macro m%d(x) { m%d(x); m%d(x) }\n", i, i - 1, i - 1);
    assert_true(errors_of(script.bytes, "BEGIN { m39(1); }", 1, "") == 1);
    text_free(&script);
    assert_true(errors_of("macro a(x) { b(x) } macro b(x) { a(x) }", "BEGIN { a(1); }", 1, "") == 1);
    assert_true(errors_of("macro a(x) { x } BEGIN { $x = ", "a(", 150, "1") > 0);
}

static void tokens_are_printed(void **state)
{
    (void)state;
    const char text[] = "kprobe:f,uprobe:/bin/x:y /pid/ { @x[1] += $1.0; }";
    const char *const wanted[] = {"1:1\tattach points\t\"kprobe:f,uprobe:/bin/x:y\"\n", "1:27\ta name\t\"pid\"\n", "1:34\ta map\t\"@x\"\n",
                                  "1:40\t+=\t\"+=\"\n", "1:43\ta positional parameter\t\"$1\"\n"};
    struct arena arena = {0};
    struct source source = {.name = "stdin", .text = text, .length = strlen(text)};
    struct complaints c;
    struct text out = {0};
    complaints_init(&c, &arena, &source);
    trace_print_tokens(&c, &out);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_non_null(strstr(out.bytes, wanted[i]));
    text_free(&out);
    arena_free(&arena);
}

/* The examples that the manual has, and our own scripts, read without a complaint. */
static void own_scripts_read(void **state)
{
    (void)state;
    glob_t found;
    assert_int_equal(glob("tests/data/trace/parse/*.bt", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct text script = {0};
        char line[4096];
        FILE *f = fopen(found.gl_pathv[i], "re");
        assert_non_null(f);
        while (fgets(line, sizeof line, f))
            text_adds(&script, line);
        fclose(f);
        assert_int_equal(errors_of("", script.bytes, 1, ""), 0);
        text_free(&script);
    }
    globfree(&found);
}

static void free_cases(void)
{
    for (size_t i = 0; i < n_cases; i++) {
        text_free(&cases[i].script);
        text_free(&cases[i].tree);
        text_free(&cases[i].complaints);
        text_free(&cases[i].printed);
    }
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(deep_and_long_scripts_end),
        cmocka_unit_test(macros_end),
        cmocka_unit_test(tokens_are_printed),
        cmocka_unit_test(own_scripts_read),
    };
    enum { OTHERS = sizeof others / sizeof *others };
    static struct CMUnitTest tests[CASES_MAX + OTHERS];
    glob_t found;
    if (glob("tests/data/trace/parse/*.cases", 0, NULL, &found))
        return 1;
    for (size_t i = 0; i < found.gl_pathc; i++)
        read_cases(found.gl_pathv[i]);
    globfree(&found);
    for (size_t i = 0; i < n_cases; i++)
        tests[i] = (struct CMUnitTest){.name = cases[i].name, .test_func = check_case, .initial_state = &cases[i]};
    memcpy(tests + n_cases, others, sizeof others);
    int failed = _cmocka_run_group_tests("trace_parse", tests, n_cases + OTHERS, NULL, NULL);
    free_cases();
    return failed;
}
