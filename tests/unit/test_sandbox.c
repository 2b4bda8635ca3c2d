/* agent/sandbox: a process that entered it can do its work and nothing else. Each case runs in a child of its own. */
#include "agent/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { TEST_UID = 60850, NO_SUPPORT = 77 };

static char directory[] = "/tmp/sonde-sandbox.XXXXXX";

static int errno_of(long rc)
{
    return rc < 0 ? errno : 0;
}

static int read_shadow(void)
{
    return errno_of(open("/etc/shadow", O_RDONLY));
}

static int read_passwd(void) /* readable by all: landlock must refuse it */
{
    return errno_of(open("/etc/passwd", O_RDONLY));
}

static int run_program(void)
{
    char *argv[] = {"/bin/true", NULL}, *env[] = {NULL};
    return errno_of(execve(argv[0], argv, env));
}

static int open_internet_socket(void)
{
    return errno_of(socket(AF_INET, SOCK_STREAM, 0));
}

static int open_unix_socket(void)
{
    return errno_of(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int make_process(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return errno_of(pid);
}

static int trace_parent(void)
{
    return errno_of(ptrace(PTRACE_ATTACH, getppid(), 0, 0));
}

static int write_tmp(void)
{
    return errno_of(open("/tmp/sonde-sandbox-escape", O_CREAT | O_WRONLY, 0600));
}

static int become_root(void)
{
    return errno_of(setuid(0));
}

static int write_data(void)
{
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    if (fd < 0)
        return errno;
    bool done = write(fd, "x", 1) == 1 && !fsync(fd) && !rename("file", "other") && !unlink("other");
    return done ? 0 : errno;
}

static int read_proc(void)
{
    return errno_of(open("/proc/self/stat", O_RDONLY));
}

static void *nothing(void *arg)
{
    return arg;
}

static int make_thread(void)
{
    pthread_t thread;
    int rc = pthread_create(&thread, NULL, nothing, NULL);
    return rc ? rc : pthread_join(thread, NULL);
}

static const struct {
    const char *what;
    int (*act)(void);
    int expected; /* errno, 0: allowed */
} cases[] = {
    {"/etc/shadow cannot be opened", read_shadow, EACCES},
    {"nor /etc/passwd", read_passwd, EACCES},
    {"no program can be run", run_program, EPERM},
    {"no network socket can be opened", open_internet_socket, EPERM},
    {"nor a unix socket", open_unix_socket, EPERM},
    {"no process can be made", make_process, EPERM},
    {"no process can be traced", trace_parent, EPERM},
    {"nothing can be written elsewhere", write_tmp, EACCES},
    {"root cannot be regained", become_root, EPERM},
    {"files of the data directory can be written", write_data, 0},
    {"/proc can be read", read_proc, 0},
    {"threads can be made", make_thread, 0},
};

/* The child's exit code is the errno of the act. */
static int in_sandbox(int (*act)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        struct err why = {0};
        struct sandbox_report report = {0};
        int fd = open(directory, O_RDONLY | O_DIRECTORY);
        if (fd < 0 || fchdir(fd) || sandbox_drop_user(TEST_UID, TEST_UID, &why))
            _exit(NO_SUPPORT);
        sandbox_enter(fd, &report);
        _exit(report.landlock && report.seccomp ? act() : NO_SUPPORT);
    }
    int status;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void each_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int got = in_sandbox(cases[i].act);
        if (got != cases[i].expected)
            fail_msg("%s: expected %s, got %d (%s)", cases[i].what, strerror(cases[i].expected), got, strerror(got));
    }
}

static int make_directory(void **state)
{
    (void)state;
    return !mkdtemp(directory) || chown(directory, TEST_UID, TEST_UID);
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_case)};
    return cmocka_run_group_tests_name("sandbox", tests, make_directory, remove_directory);
}
