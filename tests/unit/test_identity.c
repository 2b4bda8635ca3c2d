/* identity: the process tree across pid reuse and expiry, users, cgroups, containers, and the columns of a row. */
#include "base/clock.h"
#include "identity/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SECOND   1000000000LL

static int start(void **state)
{
    *state = identity_create();
    return *state ? 0 : -1;
}

static int finish(void **state)
{
    identity_destroy(*state);
    return 0;
}

static void keys_name_processes(void **state)
{
    (void)state;
    assert_int_equal(identity_key(42, 1000), identity_key(42, 1000));
    assert_int_not_equal(identity_key(42, 1000), identity_key(42, 1001));
    assert_int_not_equal(identity_key(42, 1000), identity_key(43, 1000));
    assert_int_not_equal(identity_key(0, 0), 0);
}

static void a_new_process_has_no_facts(void **state)
{
    struct process *p = identity_add(*state, 42, 1001);
    assert_int_equal(p->pid, 42);
    assert_int_equal(p->start_ns, 1001);
    assert_int_equal(p->key, identity_key(42, 1001));
    assert_int_equal(p->uid, UINT32_MAX);
    assert_null(p->exe);
    assert_ptr_equal(identity_add(*state, 42, 1001), p);
    assert_int_equal(identity_count(*state), 1);
    assert_null(identity_find(*state, 42, 1002));
    assert_null(identity_find(*state, 43, 1001));
}

static void reused_pids_stay_apart(void **state)
{
    struct process *first = identity_add(*state, 42, 11 * SECOND + 1), *second = identity_add(*state, 42, 12 * SECOND + 1);
    assert_ptr_not_equal(first, second);
    assert_ptr_equal(identity_find(*state, 42, 11 * SECOND + 1), first);
    assert_ptr_equal(identity_find(*state, 42, 12 * SECOND + 1), second);
    assert_ptr_equal(identity_newest(*state, 42), second);
    assert_int_equal(first->exit_boot_ns, 12 * SECOND + 1); /* its exit was never seen */
    assert_int_equal(identity_count(*state), 1);
    struct process *late = identity_add(*state, 42, 10 * SECOND + 1); /* decoded late: it cannot be alive */
    assert_ptr_equal(identity_newest(*state, 42), second);
    assert_int_equal(late->exit_boot_ns, 11 * SECOND + 1);
    identity_exit(*state, late, 10 * SECOND + 500); /* the true time comes after all */
    assert_int_equal(late->exit_boot_ns, 10 * SECOND + 500);
    assert_int_equal(identity_count(*state), 1);
}

static void whole_ticks_match_exact_times(void **state)
{
    struct process *exact = identity_add(*state, 42, 1234567890), *ticks = identity_add(*state, 43, 1230000000);
    assert_ptr_equal(identity_find(*state, 42, 1230000000), exact);
    assert_ptr_equal(identity_add(*state, 43, 1234567890), ticks);
    assert_null(identity_find(*state, 42, 1230000001));
    assert_null(identity_find(*state, 43, 1240000000));
}

static void exited_are_remembered_for_a_while(void **state)
{
    struct process *p = identity_add(*state, 42, 1001);
    identity_set_text(&p->exe, &p->exe_length, "/bin/true", 9);
    identity_set_text(&p->args, &p->args_length, "true -x", 7);
    identity_exit(*state, p, 5 * SECOND);
    assert_int_equal(identity_count(*state), 0);
    identity_expire(*state, 6 * SECOND);
    assert_string_equal(p->args, "true -x");
    identity_expire(*state, 35 * SECOND);
    assert_ptr_equal(identity_find(*state, 42, 1001), p);
    assert_string_equal(p->exe, "/bin/true");
    assert_null(p->args);
    identity_expire(*state, 35 * SECOND + 1);
    assert_null(identity_find(*state, 42, 1001));
    assert_null(identity_newest(*state, 42));
}

static void the_oldest_are_forgotten_first(void **state)
{
    enum { MORE = 1000 };
    for (uint32_t i = 1; i <= MAX_EXITED + MORE; i++)
        identity_exit(*state, identity_add(*state, i % 5000, i), SECOND + i);
    identity_expire(*state, 2 * SECOND);
    assert_null(identity_find(*state, MORE % 5000, MORE));
    assert_non_null(identity_find(*state, (MORE + 1) % 5000, MORE + 1));
    assert_non_null(identity_find(*state, (MAX_EXITED + MORE) % 5000, MAX_EXITED + MORE));
    identity_expire(*state, 60 * SECOND);
    for (uint32_t i = 0; i < 5000; i++)
        assert_null(identity_newest(*state, i));
}

static void there_is_a_ceiling(void **state)
{
    for (uint32_t i = 1; i <= MAX_PROCESSES; i++)
        assert_non_null(identity_add(*state, i, i));
    assert_null(identity_add(*state, MAX_PROCESSES + 1, 1));
    assert_int_equal(identity_refused(*state), 1);
    assert_int_equal(identity_count(*state), MAX_PROCESSES);
}

static bool odd_are_alive(uint32_t pid, uint64_t start_ns)
{
    (void)start_ns;
    return pid % 2;
}

static void a_sweep_ends_those_that_are_gone(void **state)
{
    for (uint32_t i = 1; i <= 100; i++)
        identity_add(*state, i, i);
    identity_sweep(*state, odd_are_alive, SECOND, 30);
    size_t after_some = identity_count(*state);
    assert_true(after_some < 100 && after_some >= 70);
    for (int i = 0; i < 8; i++)
        identity_sweep(*state, odd_are_alive, SECOND, 30);
    assert_int_equal(identity_count(*state), 50);
    assert_int_equal(identity_newest(*state, 4)->exit_boot_ns, SECOND);
    assert_int_equal(identity_newest(*state, 5)->exit_boot_ns, 0);
}

static void texts_are_replaced_and_bounded(void **state)
{
    (void)state;
    char *slot = NULL, *big = malloc(MAX_TEXT_BYTES + 10);
    uint32_t length;
    identity_set_text(&slot, &length, "abc", 3);
    assert_string_equal(slot, "abc");
    identity_set_text(&slot, &length, "", 0);
    assert_string_equal(slot, "");
    assert_int_equal(length, 0);
    memset(big, 'x', MAX_TEXT_BYTES + 10);
    identity_set_text(&slot, &length, big, MAX_TEXT_BYTES + 10);
    assert_int_equal(length, MAX_TEXT_BYTES);
    identity_set_text(&slot, &length, NULL, 0);
    assert_null(slot);
    assert_int_equal(length, 0);
    free(big);
}

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
                             "toor:x:0:0::/:/bin/sh\n"
                             "# a comment\n"
                             "no-colon\n"
                             ":x:5:5::/:/bin/sh\n"
                             "negative:x:-1:0::/:/bin/sh\n"
                             "nobody-minus-one:x:4294967295:0::/:/bin/sh\n"
                             "huge:x:99999999999999999999:0::/:/bin/sh\n"
                             "words:x:12ab:0::/:/bin/sh\n"
                             "empty:x::0::/:/bin/sh\n"
                             "short:x:7\n"
                             "big:x:4294967294:0::/:/bin/sh\n"
                             "last:x:1000:1000:no newline:/home/last:/bin/sh";

static const struct {
    uint32_t uid;
    const char *name;
} users[] = {{0, "root"}, {1000, "last"}, {4294967294, "big"}, {5, ""}, {7, ""}, {12, ""}, {UINT32_MAX, ""}};

static int memory_file(const char *bytes, size_t n)
{
    int fd = memfd_create("passwd", MFD_CLOEXEC);
    assert_int_equal(write(fd, bytes, n), n);
    return fd;
}

static void users_have_names(void **state)
{
    int fd = memory_file(passwd, sizeof passwd - 1);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(identity_load_users(*state, fd), 0);
        for (size_t i = 0; i < COUNT(users); i++)
            assert_string_equal(identity_user(*state, users[i].uid), users[i].name);
    }
    close(fd);
    fd = memory_file("only:x:1:1:::\n", 14);
    assert_int_equal(identity_load_users(*state, fd), 0);
    assert_string_equal(identity_user(*state, 0), "");
    assert_string_equal(identity_user(*state, 1), "only");
    close(fd);
    assert_int_equal(identity_load_users(*state, fd), -EBADF);
    assert_string_equal(identity_user(*state, 1), "only");
}

#define A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define B "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

static const struct {
    const char *path, *container;
} containers[] = {
    {"/", ""},
    {"", ""},
    {"/user.slice/user-1000.slice/session-1.scope", ""},
    {"/system.slice/docker.service", ""},
    {"/docker/" A, A},
    {"/system.slice/docker-" A ".scope", A},
    {"/kubepods/burstable/pod6ae4e8cf-1b2c-4a3d-9e8f-001122334455/" A, A},
    {"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod6ae4e8cf.slice/cri-containerd-" A ".scope", A},
    {"/kubepods.slice/kubepods-pod1.slice/crio-" A ".scope", A},
    {"/kubepods.slice/kubepods-pod1.slice/crio-" A ".scope/container", A},
    {"/kubepods/pod1/crio-" A "/container", A},
    {"/kubepods.slice/kubepods-pod1.slice/crio-conmon-" A ".scope", ""},
    {"/machine.slice/libpod-" A ".scope", A},
    {"/machine.slice/libpod-" A ".scope/container/init.scope", A},
    {"/libpod_parent/libpod-" A, A},
    {"/libpod_parent/libpod-conmon-" A, ""},
    {"/machine.slice/libpod-conmon-" A ".scope", ""},
    {"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" A ".scope", A},
    {"/system.slice/nerdctl-" A ".scope", A},
    {"/kubelet-kubepods-besteffort-pod1.slice:cri-containerd:" A, A},
    {"/docker/" A "/docker/" B, B},
    {"/system.slice/docker-" A ".scope/libpod_parent/libpod-" B, B},
    {"/docker/" A "/libpod_parent/libpod-conmon-" B, A},
    {"/docker/" A "/system.slice/nginx.service", A},
    {"/docker/" A "0", ""},
    {"/docker/x" A, ""},
    {"/docker/0123456789abcdef", ""},
    {"/docker/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", ""},
    {"/system.slice/x-" A ".service", ""},
};

static void paths_name_containers(void **state)
{
    (void)state;
    char id[65];
    for (size_t i = 0; i < COUNT(containers); i++) {
        identity_parse_container(containers[i].path, id);
        assert_string_equal(id, containers[i].container);
    }
}

static const struct {
    const char *text, *mount;
} mounts[] = {
    {"", NULL},
    {"25 1 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n", "/sys/fs/cgroup"},
    {"30 25 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 none rw",
     "/sys/fs/cgroup/unified"},
    {"25 1 0:22 / /my\\040cgroups\\134x rw a:1 b:2 - cgroup2 x rw\n", "/my cgroups\\x"},
    {"25 1 0:22 / /cgroup2 rw - tmpfs cgroup2 rw\n", NULL},
    {"25 1 0:22 / /x rw - cgroup2", "/x"},
    {"25 1 0:22 / /x rw cgroup2\n\n - cgroup2\n", NULL},
    {"25 1 0:22 / /a-mount-point-that-does-not-fit-into-the-buffer-at-all rw - cgroup2 x rw\n", NULL},
};

static void mounts_are_found(void **state)
{
    (void)state;
    char out[32];
    for (size_t i = 0; i < COUNT(mounts); i++) {
        assert_int_equal(cgroups_parse_mount(mounts[i].text, strlen(mounts[i].text), out, sizeof out), mounts[i].mount != NULL);
        if (mounts[i].mount)
            assert_string_equal(out, mounts[i].mount);
    }
}

static void cgroups_come_and_go(void **state)
{
    struct identity *id = *state;
    uint64_t mine = 1ULL << 60;
    identity_cgroup_add(id, mine, "/docker/" A);
    assert_string_equal(identity_cgroup(id, mine), "/docker/" A);
    assert_string_equal(identity_container(id, mine), A);
    identity_cgroup_remove(id, mine);
    assert_string_equal(identity_container(id, mine), A); /* remembered */
    for (uint64_t i = 1; i < MAX_CGROUPS_GONE; i++) {
        identity_cgroup_add(id, mine + i, "/x");
        identity_cgroup_remove(id, mine + i);
    }
    assert_string_equal(identity_container(id, mine), A);
    identity_cgroup_add(id, mine + MAX_CGROUPS_GONE, "/x");
    identity_cgroup_remove(id, mine + MAX_CGROUPS_GONE);
    assert_string_equal(identity_container(id, mine), "");
    assert_string_equal(identity_cgroup(id, mine + MAX_CGROUPS_GONE), "/x");
}

static void a_missing_cgroup_is_looked_for_once(void **state)
{
    struct identity *id = *state;
    uint64_t unknown = 1ULL << 61;
    id->cgroups.scanned_mono_ns = clock_mono_ns() - 2 * SECOND; /* as if started two seconds ago */
    uint32_t scans = id->cgroups.scans;
    assert_string_equal(identity_cgroup(id, unknown), "");
    if (!id->cgroups.mount)
        return; /* nothing to look at on this host */
    assert_int_equal(id->cgroups.scans, scans + 1);
    assert_string_equal(identity_cgroup(id, unknown + 1), ""); /* too soon */
    id->cgroups.scanned_mono_ns -= 2 * SECOND;
    assert_string_equal(identity_cgroup(id, unknown), ""); /* known to be unknown */
    assert_int_equal(id->cgroups.scans, scans + 1);
    assert_string_equal(identity_cgroup(id, cgroups_id_of(&id->cgroups, "/")), "/");
}

enum { C_TIME, PROCESS_COLUMNS(C) };
static const struct column columns[] = {[C_TIME] = COLUMN_TIME("when"), COLUMNS_PROCESS(C)};
static const struct table table = TABLE("rows", "rows of processes", columns);

static void expect_text(const struct batch *b, size_t column, uint32_t row, const char *want)
{
    assert_int_equal(batch_is_valid(b, column, row), want != NULL);
    if (!want)
        return;
    assert_int_equal(b->columns[column].text[row].n, strlen(want));
    assert_memory_equal(b->columns[column].text[row].p, want, strlen(want));
}

static void add_row(struct identity *id, struct batch *b, const struct process *p)
{
    batch_add_row(b);
    identity_fill(id, b, C_PID, p, p->pid, p->start_ns);
}

static struct process *add_shell(struct identity *id)
{
    int fd = memory_file(passwd, sizeof passwd - 1);
    identity_load_users(id, fd);
    close(fd);
    identity_cgroup_add(id, 1ULL << 60, "/docker/" A);
    struct process *p = identity_add(id, 42, 1001);
    strcpy(p->comm, "fifteen-letters");
    identity_set_text(&p->exe, &p->exe_length, "/bin/sh", 7);
    p->uid = 1000;
    p->cgroup_id = 1ULL << 60;
    return p;
}

static void rows_name_their_process(void **state)
{
    struct batch_pool *pool = batch_pool_create(&table, 1);
    struct batch *b = batch_take(pool);
    struct process *p = add_shell(*state);
    add_row(*state, b, p);
    add_row(*state, b, p);
    for (uint32_t row = 0; row < 2; row++) {
        assert_int_equal(b->columns[C_PID].u32[row], 42);
        assert_int_equal(b->columns[C_PROCESS_KEY].u64[row], p->key);
        assert_int_equal(b->columns[C_UID].u32[row], 1000);
        expect_text(b, C_COMM, row, "fifteen-letters");
        expect_text(b, C_EXE, row, "/bin/sh");
        expect_text(b, C_USER, row, "last");
        expect_text(b, C_CONTAINER, row, A);
    }
    assert_ptr_equal(b->columns[C_EXE].text[0].p, b->columns[C_EXE].text[1].p); /* copied once */
    memcpy(p->exe, "/bin/ls", 7); /* an exec, then a change of user and of cgroup: no row may show what was */
    add_row(*state, b, p);
    expect_text(b, C_EXE, 2, "/bin/ls");
    expect_text(b, C_EXE, 1, "/bin/sh");
    p->uid = 0;
    p->cgroup_id = 0;
    strcpy(p->comm, "ls");
    add_row(*state, b, p);
    expect_text(b, C_USER, 3, "root");
    expect_text(b, C_CONTAINER, 3, NULL);
    expect_text(b, C_COMM, 3, "ls");
    memcpy(p->exe, "/bin/\xff\xfe", 7); /* no UTF-8 */
    add_row(*state, b, p);
    add_row(*state, b, p);
    expect_text(b, C_EXE, 5, "/bin/\\xff\\xfe");
    assert_ptr_equal(b->columns[C_EXE].text[4].p, b->columns[C_EXE].text[5].p); /* copied once, too */
    batch_drop(b);
    batch_pool_destroy(pool);
}

static void recycled_batches_get_new_strings(void **state)
{
    struct batch_pool *pool = batch_pool_create(&table, 1);
    struct process *p = add_shell(*state);
    struct batch *first = batch_take(pool);
    add_row(*state, first, p);
    batch_drop(first);
    struct batch *again = batch_take(pool);
    assert_ptr_equal(again, first); /* the pool recycled it */
    batch_add_row(again);
    batch_set_text(again, C_EXE, "something that lies where the strings were", 42);
    add_row(*state, again, p);
    expect_text(again, C_EXE, 1, "/bin/sh");
    expect_text(again, C_CONTAINER, 1, A);
    batch_drop(again);
    batch_pool_destroy(pool);
}

static void what_is_unknown_is_null(void **state)
{
    struct batch_pool *pool = batch_pool_create(&table, 1);
    struct batch *b = batch_take(pool);
    struct process *p = identity_add(*state, 42, 1001);
    add_row(*state, b, p);
    batch_add_row(b);
    identity_fill(*state, b, C_PID, NULL, 43, 1002);
    batch_add_row(b);
    identity_fill(*state, b, C_PID, NULL, 44, 0);
    for (uint32_t row = 0; row < 3; row++)
        for (size_t c = C_COMM; c <= C_CONTAINER; c++)
            assert_false(batch_is_valid(b, c, row));
    assert_int_equal(b->columns[C_PID].u32[1], 43);
    assert_int_equal(b->columns[C_PROCESS_KEY].u64[1], identity_key(43, 1002));
    assert_false(batch_is_valid(b, C_PROCESS_KEY, 2));
    batch_drop(b);
    batch_pool_destroy(pool);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_name_processes),
        TEST(a_new_process_has_no_facts),
        TEST(reused_pids_stay_apart),
        TEST(whole_ticks_match_exact_times),
        TEST(exited_are_remembered_for_a_while),
        TEST(the_oldest_are_forgotten_first),
        TEST(there_is_a_ceiling),
        TEST(a_sweep_ends_those_that_are_gone),
        TEST(texts_are_replaced_and_bounded),
        TEST(users_have_names),
        TEST(paths_name_containers),
        TEST(mounts_are_found),
        TEST(cgroups_come_and_go),
        TEST(a_missing_cgroup_is_looked_for_once),
        TEST(rows_name_their_process),
        TEST(recycled_batches_get_new_strings),
        TEST(what_is_unknown_is_null),
    };
    return cmocka_run_group_tests_name("identity", tests, NULL, NULL);
}
