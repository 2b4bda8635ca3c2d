/* kernel/wire: requests of the unprivileged half are checked; descriptors cross. kernel/path: names become paths. */
#include "kernel/broker.h"
#include "kernel/path.h"
#include "kernel/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static const struct {
    struct broker_request q;
    bool good;
} requests[] = {
    {{.type = BROKER_LOAD, .collector = 2}, true},
    {{.type = BROKER_LOAD, .collector = 3}, false},
    {{.type = BROKER_ITER, .collector = 0, .program = "scan"}, true},
    {{.type = BROKER_ITER, .collector = 0}, false},
    {{.type = BROKER_ITER, .collector = UINT32_MAX, .program = "scan"}, false},
    {{.type = BROKER_PROC_LINK, .pid = 1, .which = PROC_CWD}, true},
    {{.type = BROKER_PROC_LINK, .pid = 0, .which = PROC_CWD}, false},
    {{.type = BROKER_PROC_LINK, .pid = UINT32_MAX, .which = PROC_EXE}, false},
    {{.type = BROKER_PROC_LINK, .pid = 1, .which = 2}, false},
    {{.type = BROKER_PASSWD}, true},
    {{.type = 0}, false},
    {{.type = BROKER_REQUEST_TYPES}, false},
};

static void requests_are_checked(void **state)
{
    (void)state;
    struct broker_request out;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        assert_int_equal(broker_parse(&requests[i].q, sizeof requests[i].q, 3, &out), requests[i].good);
    struct broker_request q = {.type = BROKER_PASSWD};
    assert_false(broker_parse(&q, sizeof q - 1, 3, &out));
    memset(q.program, 'x', sizeof q.program); /* no NUL */
    assert_false(broker_parse(&q, sizeof q, 3, &out));
}

static void descriptors_cross(void **state)
{
    (void)state;
    int pair[2], pipe_fds[2], got[4];
    size_t n;
    char bytes[8], word[4];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(wire_send(pair[0], "hello", 5, &pipe_fds[1], 1), 0);
    assert_int_equal(wire_receive(pair[1], bytes, sizeof bytes, got, 4, &n), 5);
    assert_int_equal(n, 1);
    assert_int_equal(write(got[0], "abc", 3), 3);
    assert_int_equal(read(pipe_fds[0], word, 3), 3);
    assert_int_equal(wire_send(pair[0], "too long for it", 15, NULL, 0), 0);
    assert_int_equal(wire_receive(pair[1], bytes, sizeof bytes, got, 4, &n), -EMSGSIZE);
    close(pair[0]);
    assert_int_equal(wire_receive(pair[1], bytes, sizeof bytes, got, 4, &n), 0);
    close(pair[1]);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

#define NAMES(s) s, sizeof(s) - 1

static const struct {
    const char *names;
    size_t n;
    const char *path;
} paths[] = {
    {NAMES("env\0bin\0usr\0\0"), "/usr/bin/env"},
    {NAMES("\0"), "/"},
    {NAMES("env\0bin\0"), ".../bin/env"},
    {NAMES("env\0bi"), ".../bi/env"},
    {NAMES(""), "..."},
};

static void names_become_paths(void **state)
{
    (void)state;
    struct text t = {0};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        text_clear(&t);
        path_assemble(paths[i].names, paths[i].n, &t);
        assert_string_equal(t.bytes, paths[i].path);
    }
    text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(requests_are_checked), cmocka_unit_test(descriptors_cross),
                                       cmocka_unit_test(names_become_paths)};
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
