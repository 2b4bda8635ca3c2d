/* collectors/failures: signals, codes, capabilities and states in words; the table of calls; what the options choose. */
#include "base/err.h"
#include "base/signal_name.h"
#include "collectors/failures/calls.h"
#include "collectors/failures/state_text.h"
#include "collectors/failures/words.h"
#include "kernel/syscall_names.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct {
    int number;
    const char *name;
} name_cases[] = {{1, "SIGHUP"},      {9, "SIGKILL"},      {11, "SIGSEGV"},   {31, "SIGSYS"}, {32, "signal 32"},
                  {34, "SIGRTMIN+0"}, {64, "SIGRTMIN+30"}, {65, "signal 65"}, {0, "signal 0"}};

static void signals_have_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof name_cases / sizeof name_cases[0]; i++) {
        char name[SIGNAL_NAME_SIZE];
        signal_name(name_cases[i].number, name);
        assert_string_equal(name, name_cases[i].name);
    }
}

static const struct {
    int number, code;
    const char *word; /* NULL: none */
} code_cases[] = {
    {SIGTERM, 0, "SI_USER"},     {SIGTERM, -6, "SI_TKILL"},   {SIGINT, 0x80, "SI_KERNEL"}, {SIGSEGV, 0x80, "SI_KERNEL"},
    {SIGSEGV, 1, "SEGV_MAPERR"}, {SIGSEGV, 4, "SEGV_PKUERR"}, {SIGSEGV, 11, NULL},         {SIGBUS, 2, "BUS_ADRERR"},
    {SIGFPE, 1, "FPE_INTDIV"},   {SIGILL, 2, "ILL_ILLOPN"},   {SIGTRAP, 1, "TRAP_BRKPT"},  {SIGCHLD, 1, "CLD_EXITED"},
    {SIGIO, 6, "POLL_HUP"},      {SIGSYS, 1, "SYS_SECCOMP"},  {SIGTERM, 1, NULL},          {SIGTERM, -99, NULL},
};

static void codes_have_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof code_cases / sizeof code_cases[0]; i++) {
        const char *word = signal_code_word(code_cases[i].number, code_cases[i].code);
        if (code_cases[i].word)
            assert_string_equal(word, code_cases[i].word);
        else
            assert_null(word);
    }
}

static void results_have_words(void **state)
{
    (void)state;
    assert_string_equal(signal_result_word(0, 0), "delivered");
    assert_string_equal(signal_result_word(0, SIGNAL_BLOCKED | SIGNAL_GROUP), "blocked");
    assert_string_equal(signal_result_word(3, SIGNAL_GROUP), "lost");
    assert_null(signal_result_word(5, 0));
}

static const struct {
    uint16_t call;
    const char *text;
} call_cases[] = {{257, "openat"}, {FAILURE_COMPAT | 5, "i386:5"}, {1000, "#1000"}, {CHANGE_NO_CALL, ""}};

static void calls_have_names(void **state)
{
    (void)state;
    struct text t = {0};
    for (size_t i = 0; i < sizeof call_cases / sizeof call_cases[0]; i++) {
        text_clear(&t);
        failures_add_call(&t, call_cases[i].call);
        assert_string_equal(t.bytes ? t.bytes : "", call_cases[i].text);
    }
    text_free(&t);
}

#define BIT(n) (1ULL << (n))

static const struct {
    uint64_t mask;
    const char *text;
} capability_cases[] = {
    {0, "none"},
    {BIT(0), "cap_chown"},
    {BIT(5) | BIT(10) | BIT(40), "cap_kill,cap_net_bind_service,cap_checkpoint_restore"},
    {BIT(41) - 1, "all"},
    {UINT64_MAX, "all"},
    {(BIT(41) - 1) & ~BIT(24), "all,-cap_sys_resource"},
    {(BIT(41) - 1) & ~(BIT(24) | BIT(21)), "all,-cap_sys_admin,-cap_sys_resource"},
    {BIT(60), "none"}, /* a capability of the future */
};

static void capabilities_have_names(void **state)
{
    (void)state;
    struct text t = {0};
    for (size_t i = 0; i < sizeof capability_cases / sizeof capability_cases[0]; i++) {
        text_clear(&t);
        state_add_capabilities(&t, capability_cases[i].mask);
        assert_string_equal(t.bytes, capability_cases[i].text);
    }
    text_free(&t);
}

static const struct {
    struct task_state state;
    const char *text;
} credential_cases[] = {
    {{.uid = 33, .euid = 33, .suid = 33, .fsuid = 33, .gid = 34, .egid = 34, .sgid = 34, .fsgid = 34, .namespaces = {1}},
     "uid=33 gid=34 caps=none"},
    {{.uid = 1000,
      .gid = 1000,
      .egid = 1000,
      .sgid = 1000,
      .fsgid = 1000,
      .effective = UINT64_MAX,
      .permitted = UINT64_MAX,
      .namespaces = {1}},
     "uid=1000 euid=0 gid=1000 caps=all"},
    {{.uid = 1, .euid = 2, .suid = 3, .fsuid = 4, .permitted = 1, .namespaces = {1}},
     "uid=1 euid=2 suid=3 fsuid=4 gid=0 caps=none permitted=cap_chown"},
    {{.namespaces = {7}}, "uid=0 gid=0 caps=none userns=7"},
    {{.uid = 5}, ""}, /* not known */
};

static void credentials_are_short(void **state)
{
    (void)state;
    struct text t = {0};
    const struct task_state other = {.namespaces = {1}};
    for (size_t i = 0; i < sizeof credential_cases / sizeof credential_cases[0]; i++) {
        text_clear(&t);
        state_add_credentials(&t, &credential_cases[i].state, &other);
        assert_string_equal(t.bytes ? t.bytes : "", credential_cases[i].text);
    }
    text_free(&t);
}

static void namespaces_that_differ_are_named(void **state)
{
    (void)state;
    struct text t = {0};
    const struct task_state a = {.namespaces = {1, 2, 3, 4, 5, 6, 7, 8}}, b = {.namespaces = {1, 2, 30, 4, 5, 6, 7, 80}};
    state_add_namespaces(&t, &a, &b);
    assert_string_equal(t.bytes, "pid=3 time=8");
    text_clear(&t);
    state_add_namespaces(&t, &b, &a);
    assert_string_equal(t.bytes, "pid=30 time=80");
    text_clear(&t);
    state_add_namespaces(&t, &a, &a);
    assert_int_equal(t.length, 0);
    text_free(&t);
}

static void errors_have_numbers(void **state)
{
    (void)state;
    size_t n = 0;
    for (const char *name; (name = failure_error_name(n)); n++) {
        assert_int_equal(failure_error_number(name), failure_error_number(failure_error_name(n)));
        assert_string_equal(err_name(failure_error_number(name)), name);
    }
    assert_true(n > 100);
    assert_int_equal(failure_error_number("ENOSPC"), ENOSPC);
    assert_int_equal(failure_error_number("EWHAT"), 0);
}

#define NUMBER_AND_KIND(number, role, kind, text) {number, kind},

/* The numbers of the table are those of the calls that its kinds are about. */
static void the_table_of_calls_is_right(void **state)
{
    (void)state;
    static const struct {
        int number, kind;
    } table[] = {CHANGE_CALLS(NUMBER_AND_KIND)};
    static const char *const words[CHANGE_KINDS] = {
        [CHANGE_CREDENTIALS] = "set,cap,exec",
        [CHANGE_NAMESPACES] = "unshare,setns",
        [CHANGE_MODULE_LOAD] = "init_module,finit_module",
        [CHANGE_MODULE_FREE] = "delete_module",
        [CHANGE_ROOT] = "chroot,pivot_root",
        [CHANGE_HOSTNAME] = "sethostname",
        [CHANGE_SWAP_ON] = "swapon",
        [CHANGE_SWAP_OFF] = "swapoff",
        [CHANGE_CLOCK] = "settimeofday,clock_settime",
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *name = syscall_name(table[i].number), *list = words[table[i].kind];
        bool fits = false;
        assert_non_null(name);
        for (; *list && !fits; list += strcspn(list, ","), list += *list == ',')
            fits = !strncmp(name, list, strcspn(list, ","));
        assert_true(fits);
        assert_non_null(change_kind_word((uint16_t)table[i].kind));
    }
    assert_null(change_kind_word(CHANGE_KINDS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_have_names),
        cmocka_unit_test(codes_have_words),
        cmocka_unit_test(results_have_words),
        cmocka_unit_test(calls_have_names),
        cmocka_unit_test(capabilities_have_names),
        cmocka_unit_test(credentials_are_short),
        cmocka_unit_test(namespaces_that_differ_are_named),
        cmocka_unit_test(errors_have_numbers),
        cmocka_unit_test(the_table_of_calls_is_right),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
