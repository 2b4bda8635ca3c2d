/* identity/procfs: its parsers on texts, its readers on processes of this test. */
#include "identity/internal.h"
#include "identity/procfs.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define IN(s)    s, sizeof(s) - 1

static const struct {
    const char *text;
    bool ok;
    struct proc_stat want;
} stats[] = {
    {"1 (init) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 26 1234 5 18446744073709551615 1 1\n",
     true,
     {.pid = 1, .ppid = 0, .state = 'S', .comm = "init", .start_ticks = 26}},
    {"32469 (sh) R 32460 32460 3702 34819 -1 4194304 109 0 1 0 0 0 0 0 20 0 1 0 272327 0 0",
     true,
     {.pid = 32469, .ppid = 32460, .state = 'R', .comm = "sh", .tty_major = 136, .tty_minor = 3, .start_ticks = 272327}},
    {"7 (a) R 1 (b) ) Z 5 7 7 1034 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99 0",
     true,
     {.pid = 7, .ppid = 5, .state = 'Z', .comm = "a) R 1 (b) ", .tty_major = 4, .tty_minor = 10, .start_ticks = 99}},
    {"7 (two\nlines) S 5 7 7 0 -1 0 0 0 0 0 0 0 0 0 -2 -20 1 0 99 0",
     true,
     {.pid = 7, .ppid = 5, .state = 'S', .comm = "two\nlines", .start_ticks = 99}},
    {"7 () S 5 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99", true, {.pid = 7, .ppid = 5, .state = 'S', .comm = "", .start_ticks = 99}},
    {"7 (kworker/u8:3-events_unbound) I 2 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99 0",
     true,
     {.pid = 7, .ppid = 2, .state = 'I', .comm = "kworker/u8:3-ev", .start_ticks = 99}},
    {"7 (x) S 5 7 7 271616019 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99 0",
     true,
     {.pid = 7, .ppid = 5, .state = 'S', .comm = "x", .tty_major = 136, .tty_minor = 66323, .start_ticks = 99}},
    {"", false, {0}},
    {"7", false, {0}},
    {"7 (", false, {0}},
    {"7 (x", false, {0}},
    {"7 (x)", false, {0}},
    {"7 (x) S", false, {0}},
    {"(x) S 1", false, {0}},
    {"7 x) S 5 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99 0", false, {0}},
    {"7 (x) S 5 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0", false, {0}},
    {"7 (x) S 5 7 seven 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99", false, {0}},
};

static void stat_is_parsed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(stats); i++) {
        struct proc_stat st;
        memset(&st, 0x55, sizeof st);
        assert_int_equal(procfs_parse_stat(stats[i].text, strlen(stats[i].text), &st), stats[i].ok);
        if (!stats[i].ok)
            continue;
        const struct proc_stat *want = &stats[i].want;
        assert_int_equal(st.pid, want->pid);
        assert_int_equal(st.ppid, want->ppid);
        assert_int_equal(st.state, want->state);
        assert_string_equal(st.comm, want->comm);
        assert_int_equal(st.tty_major, want->tty_major);
        assert_int_equal(st.tty_minor, want->tty_minor);
        assert_int_equal(st.start_ticks, want->start_ticks);
    }
}

static const struct {
    const char *in;
    size_t n;
    const char *out;
} args[] = {
    {IN(""), NULL},
    {IN("ls\0"), "ls"},
    {IN("ls"), "ls"},
    {IN("sh\0-c\0echo hi\0"), "sh -c 'echo hi'"},
    {IN("grep\0\0file\0"), "grep '' file"},
    {IN("grep\0\0"), "grep ''"},
    {IN("nginx: worker process\0\0\0\0\0\0\0"), "'nginx: worker process'"},
    {IN("printf\0a\nb\0\xff\0"), "printf $'a\\nb' $'\\xff'"},
    {IN("\0\0\0\0"), NULL},
    {IN("\0x\0"), "'' x"},
};

static void args_are_quoted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(args); i++) {
        struct text t = {0};
        procfs_parse_args(args[i].in, args[i].n, &t);
        if (args[i].out)
            assert_string_equal(t.bytes, args[i].out);
        else
            assert_int_equal(t.length, 0);
        text_free(&t);
    }
}

static const struct {
    const char *text, *path;
} cgroups[] = {
    {"0::/\n", "/"},
    {"9:name=systemd:/x\n4:memory:/y\n0::/a/b.scope\n", "/a/b.scope"},
    {"0::/a/b (deleted)\n", "/a/b"},
    {"0::/no/newline", "/no/newline"},
    {"4:memory:/y\n", NULL},
    {"", NULL},
    {"0::\n", NULL},
    {"0::relative\n", NULL},
    {"10::/x\n", NULL},
    {"0::/a-path-that-does-not-fit-into-the-buffer\n", NULL},
};

static void cgroup_is_parsed(void **state)
{
    (void)state;
    char out[32];
    for (size_t i = 0; i < COUNT(cgroups); i++) {
        assert_int_equal(procfs_parse_cgroup(cgroups[i].text, strlen(cgroups[i].text), out, sizeof out), cgroups[i].path != NULL);
        if (cgroups[i].path)
            assert_string_equal(out, cgroups[i].path);
    }
}

static void owner_is_parsed(void **state)
{
    (void)state;
    uint32_t uid, gid;
    static const char good[] = "Name:\tUid:\\n\nUmask:\t0022\nUid:\t1000\t1001\t1002\t1003\nGid:\t7\t8\t9\t10\n";
    assert_true(procfs_parse_owner(IN(good), &uid, &gid));
    assert_int_equal(uid, 1000);
    assert_int_equal(gid, 7);
    assert_false(procfs_parse_owner(IN("Uid:\t1\n"), &uid, &gid));
    assert_false(procfs_parse_owner(IN("Uid:\nGid:\t1\n"), &uid, &gid));
    assert_false(procfs_parse_owner(IN("Uid"), &uid, &gid));
}

static const struct {
    uint32_t major, minor;
    const char *name;
} ttys[] = {
    {0, 0, ""},        {136, 3, "pts/3"},    {136, 66323, "pts/66323"}, {137, 1, "pts/257"}, {4, 1, "tty1"},        {4, 64, "ttyS0"},
    {5, 1, "console"}, {204, 65, "ttyAMA1"}, {229, 0, "hvc0"},          {188, 2, "ttyUSB2"}, {300, 400, "300:400"},
};

static void ttys_have_names(void **state)
{
    (void)state;
    char out[32];
    for (size_t i = 0; i < COUNT(ttys); i++) {
        procfs_tty_name(ttys[i].major, ttys[i].minor, out, sizeof out);
        assert_string_equal(out, ttys[i].name);
    }
}

/* Reads the links itself: the test may, being the owner of what it looks at. */
static int own_link(void *arg, uint32_t pid, enum proc_link which, char *buf, size_t size)
{
    char path[64];
    ++*(int *)arg;
    snprintf(path, sizeof path, "/proc/%u/%s", pid, which == PROC_EXE ? "exe" : "cwd");
    ssize_t n = readlink(path, buf, size);
    return n < 0 ? -errno : (int)n;
}

static void this_process_is_read(void **state)
{
    (void)state;
    struct identity *id = identity_create();
    char exe[4096], cwd[4096], comm[16];
    uint32_t pid = (uint32_t)getpid();
    int64_t ticks = procfs_start_ticks(pid);
    assert_true(ticks > 0);
    struct process *p = identity_add(id, pid, (uint64_t)ticks * TICK_NS + 12345);
    int calls = 0;
    assert_int_equal(procfs_read(id, p, own_link, &calls), 0);
    assert_int_equal(calls, 2);
    assert_int_equal(p->ppid, getppid());
    assert_int_equal(p->uid, getuid());
    assert_int_equal(p->gid, getgid());
    prctl(PR_GET_NAME, comm);
    assert_string_equal(p->comm, comm);
    exe[readlink("/proc/self/exe", exe, sizeof exe - 1)] = '\0';
    assert_string_equal(p->exe, exe);
    assert_int_equal(p->exe_length, strlen(exe));
    assert_string_equal(p->cwd, getcwd(cwd, sizeof cwd));
    assert_non_null(strstr(p->args, "test_procfs"));
    if (id->cgroups.mount)
        assert_string_not_equal(identity_cgroup(id, p->cgroup_id), "");
    assert_true(procfs_alive(pid, p->start_ns));
    assert_false(procfs_alive(pid, p->start_ns + TICK_NS));
    struct process *other = identity_add(id, pid, p->start_ns + TICK_NS); /* not the one that runs */
    assert_int_equal(procfs_read(id, other, own_link, &calls), -ESRCH);
    assert_string_equal(other->comm, "");
    identity_destroy(id);
}

static pid_t start_child(const char *comm)
{
    int ready[2];
    char c;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, comm);
        write(ready[1], "", 1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return child;
}

static bool is_process(void *arg, uint32_t pid)
{
    uint32_t *wanted = arg;
    if (pid == *wanted)
        *wanted = 0;
    return true;
}

static void children_are_found_with_their_parent(void **state)
{
    (void)state;
    struct identity *id = identity_create();
    pid_t child = start_child("x) R 1 (\ny");
    uint32_t wanted = (uint32_t)child;
    assert_int_equal(procfs_each_pid(is_process, &wanted), 0);
    assert_int_equal(wanted, 0);
    assert_true(procfs_scan(id, NULL, NULL) >= 2);
    struct process *p = identity_newest(id, (uint32_t)child), *self = identity_newest(id, (uint32_t)getpid());
    assert_non_null(p);
    assert_string_equal(p->comm, "x) R 1 (\ny");
    assert_int_equal(p->ppid, getpid());
    assert_int_equal(p->parent_key, self->key);
    assert_null(p->exe); /* nobody could read the link */
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(procfs_read(id, p, NULL, NULL), -ESRCH);
    assert_string_equal(p->comm, "x) R 1 (\ny");
    assert_false(procfs_alive((uint32_t)child, p->start_ns));
    assert_int_equal(procfs_start_ticks((uint32_t)child), -ENOENT);
    identity_destroy(id);
}

static int vanishing_link(void *arg, uint32_t pid, enum proc_link which, char *buf, size_t size)
{
    (void)which;
    if (*(pid_t *)arg) {
        kill((pid_t)pid, SIGKILL);
        waitpid((pid_t)pid, NULL, 0);
        *(pid_t *)arg = 0;
    }
    return snprintf(buf, size, "/the/next/owner/of/the/pid");
}

static void links_of_the_next_owner_are_not_taken(void **state)
{
    (void)state;
    struct identity *id = identity_create();
    pid_t child = start_child("vanishing");
    struct process *p = identity_add(id, (uint32_t)child, (uint64_t)procfs_start_ticks((uint32_t)child) * TICK_NS);
    assert_int_equal(procfs_read(id, p, vanishing_link, &child), 0);
    assert_int_equal(child, 0);
    assert_string_equal(p->comm, "vanishing");
    assert_null(p->exe);
    identity_destroy(id);
}

static int deleted_link(void *arg, uint32_t pid, enum proc_link which, char *buf, size_t size)
{
    (void)arg, (void)pid;
    return snprintf(buf, size, which == PROC_EXE ? "/opt/old (deleted)" : "/home");
}

static void a_replaced_program_keeps_its_name(void **state)
{
    (void)state;
    struct identity *id = identity_create();
    uint32_t pid = (uint32_t)getpid();
    struct process *p = identity_add(id, pid, (uint64_t)procfs_start_ticks(pid) * TICK_NS);
    assert_int_equal(procfs_read(id, p, deleted_link, NULL), 0);
    assert_string_equal(p->exe, "/opt/old");
    assert_string_equal(p->cwd, "/home");
    identity_destroy(id);
}

/* In a child that sees a /proc of its own, as a user who may see only its own processes: 0 when it thinks that process alive, 1 when not, 2
 * when it cannot be tried. */
static int look_through(const char *hidepid, uint32_t pid, uint64_t start_ns)
{
    pid_t child = fork();
    if (child == 0) {
        if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("proc", "/proc", "proc", 0, hidepid) ||
            setuid(65534))
            _exit(2);
        _exit(!procfs_alive(pid, start_ns));
    }
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void the_hidden_count_as_alive(void **state)
{
    (void)state;
    uint32_t pid = (uint32_t)getpid();
    uint64_t start_ns = (uint64_t)procfs_start_ticks(pid) * TICK_NS;
    if (look_through("hidepid=0", pid, start_ns) == 2)
        skip(); /* it takes root to mount */
    assert_int_equal(look_through("hidepid=0", pid, start_ns), 0);
    assert_int_equal(look_through("hidepid=0", pid, start_ns + TICK_NS), 1);
    assert_int_equal(look_through("hidepid=1", pid, start_ns), 0);
    assert_int_equal(look_through("hidepid=2", pid, start_ns), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stat_is_parsed),
        cmocka_unit_test(args_are_quoted),
        cmocka_unit_test(cgroup_is_parsed),
        cmocka_unit_test(owner_is_parsed),
        cmocka_unit_test(ttys_have_names),
        cmocka_unit_test(this_process_is_read),
        cmocka_unit_test(children_are_found_with_their_parent),
        cmocka_unit_test(links_of_the_next_owner_are_not_taken),
        cmocka_unit_test(the_hidden_count_as_alive),
        cmocka_unit_test(a_replaced_program_keeps_its_name),
    };
    return cmocka_run_group_tests_name("procfs", tests, NULL, NULL);
}
