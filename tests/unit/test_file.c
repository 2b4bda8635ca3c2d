/* collectors/file: paths as words, flags by name. */
#include "collectors/file/calls.h"
#include "collectors/file/paths.h"
#include "collectors/file/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct {
    const char *in, *out;
} normal_cases[] = {
    {"/", "/"},
    {"//", "/"},
    {"/a", "/a"},
    {"/a/", "/a"},
    {"/a//b", "/a/b"},
    {"/./a/./b/.", "/a/b"},
    {"/a/b/../c", "/a/c"},
    {"/a/b/..", "/a"},
    {"/a/..", "/"},
    {"/..", "/"},
    {"/../../a", "/a"},
    {"/a/../../b", "/b"},
    {"/.a/..b/c..", "/.a/..b/c.."},
    {"/.../x", "/.../x"},
    {"/a/b\nc/\xff", "/a/b\nc/\xff"},
};

static void paths_become_normal(void **state)
{
    (void)state;
    struct text t = {0};
    for (size_t i = 0; i < sizeof normal_cases / sizeof normal_cases[0]; i++) {
        const char *in = normal_cases[i].in, *out = normal_cases[i].out;
        text_clear(&t);
        path_normalise(in, strlen(in), &t);
        assert_string_equal(t.bytes, out);
        assert_int_equal(path_is_normal(in, strlen(in)), !strcmp(in, out));
        assert_true(path_is_normal(out, strlen(out)));
    }
    text_free(&t);
}

/* What is in the text already is no part of the path: ".." does not take it away. */
static void the_beginning_of_the_text_stays(void **state)
{
    (void)state;
    struct text t = {0};
    text_adds(&t, "...");
    path_normalise("/a/../../b", 10, &t);
    assert_string_equal(t.bytes, ".../b");
    text_free(&t);
}

static void relative_paths_are_not_normal(void **state)
{
    (void)state;
    assert_false(path_is_normal("", 0));
    assert_false(path_is_normal("a/b", 3));
}

static const struct {
    const char *path;
    bool passes_listed, passes_excluded;
} rule_cases[] = {
    {"/home", true, true},         {"/home/a", true, true},    {"/homes", false, true},          {"/home/tmp", false, false},
    {"/home/tmp/x", false, false}, {"/home/tmpx", true, true}, {"/home/tmp/keep/y", true, true}, {"/", false, true},
    {"/etc/passwd", false, true},
};

static void the_longest_rule_decides(void **state)
{
    (void)state;
    struct path_rule rules[] = {{"/home/tmp/", 9, VERDICT_EXCLUDE}, {"/home/tmp/keep", 14, VERDICT_INCLUDE}, {"/home", 5, VERDICT_INCLUDE}};
    struct path_rules listed = {rules, 3, true}, excluded = {rules, 2, false};
    for (size_t i = 0; i < sizeof rule_cases / sizeof rule_cases[0]; i++) {
        const char *path = rule_cases[i].path;
        assert_int_equal(path_rules_pass(&listed, path, strlen(path)), rule_cases[i].passes_listed);
        assert_int_equal(path_rules_pass(&excluded, path, strlen(path)), rule_cases[i].passes_excluded);
    }
}

static void the_root_as_a_rule_fits_all(void **state)
{
    (void)state;
    struct path_rule rules[] = {{"/", 0, VERDICT_EXCLUDE}, {"/a", 2, VERDICT_INCLUDE}};
    struct path_rules r = {rules, 2, false};
    assert_false(path_rules_pass(&r, "/", 1));
    assert_false(path_rules_pass(&r, "/b", 2));
    assert_true(path_rules_pass(&r, "/a/b", 4));
}

static const struct {
    uint16_t op;
    uint64_t flags;
    const char *words;
} flag_cases[] = {
    {OP_OPEN, 0, "O_RDONLY"},
    {OP_OPEN, 02000102, "O_RDWR|O_CREAT|O_CLOEXEC"},
    {OP_CREATE, 01101, "O_WRONLY|O_CREAT|O_TRUNC"},
    {OP_OPEN, 04010000, "O_RDONLY|O_SYNC"},
    {OP_OPEN, 010000, "O_RDONLY|O_DSYNC"},
    {OP_OPEN, 020200002, "O_RDWR|O_TMPFILE"},
    {OP_OPEN, 0200000, "O_RDONLY|O_DIRECTORY"},
    {OP_OPEN, 3, "O_ACCMODE"},
    {OP_OPEN, 1ULL << 40, "O_RDONLY|0x10000000000"},
    {OP_UNLINK, 0, ""},
    {OP_RMDIR, 0x200, "AT_REMOVEDIR"},
    {OP_LINK, 0x1400, "AT_SYMLINK_FOLLOW|AT_EMPTY_PATH"},
    {OP_RENAME, 3, "RENAME_NOREPLACE|RENAME_EXCHANGE"},
    {OP_MOUNT, 0x5001, "MS_RDONLY|MS_BIND|MS_REC"},
    {OP_MOUNT, 0xc0ed0001, "MS_RDONLY"},
    {OP_UMOUNT, 10, "MNT_DETACH|UMOUNT_NOFOLLOW"},
    {OP_UMOUNT, 0x80, "0x80"},
};

static void flags_have_names(void **state)
{
    (void)state;
    struct text t = {0};
    for (size_t i = 0; i < sizeof flag_cases / sizeof flag_cases[0]; i++) {
        text_clear(&t);
        text_adds(&t, "");
        file_add_flags(&t, flag_cases[i].op, flag_cases[i].flags);
        assert_string_equal(t.length ? t.bytes : "", flag_cases[i].words);
    }
    text_free(&t);
}

static void errors_have_names(void **state)
{
    (void)state;
    assert_string_equal(file_error_word(2), "ENOENT");
    assert_string_equal(file_error_word(30), "EROFS");
    assert_string_equal(file_error_word(512), "ERESTARTSYS");
    assert_null(file_error_word(4000));
    assert_null(file_error_word(-1));
}

static void every_operation_has_a_word(void **state)
{
    (void)state;
    for (uint16_t op = 0; op < OP_COUNT; op++)
        assert_non_null(file_op_word(op));
    assert_null(file_op_word(OP_COUNT));
}

#define NUMBER_OF(number, ...) number,

/* No system call twice, and none beyond the table of the kernel programs. */
static void calls_are_distinct(void **state)
{
    (void)state;
    static const uint16_t numbers[] = {FILE_OP_CALLS(NUMBER_OF, ) FILE_IO_CALLS(NUMBER_OF, )};
    bool seen[FILE_SYSCALLS] = {false};
    assert_int_equal(sizeof numbers / sizeof numbers[0], FILE_CALLS - 1);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_in_range(numbers[i], 0, FILE_SYSCALLS - 1);
        assert_false(seen[numbers[i]]);
        seen[numbers[i]] = true;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_become_normal),
        cmocka_unit_test(the_beginning_of_the_text_stays),
        cmocka_unit_test(relative_paths_are_not_normal),
        cmocka_unit_test(the_longest_rule_decides),
        cmocka_unit_test(the_root_as_a_rule_fits_all),
        cmocka_unit_test(flags_have_names),
        cmocka_unit_test(errors_have_names),
        cmocka_unit_test(every_operation_has_a_word),
        cmocka_unit_test(calls_are_distinct),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
