/* System calls that fail, or that change what the process may do, a known number of times: fail_calls KIND N [PATH]
 * Exits with 1, and says where, when a call does not fail as it should. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *path;

static void give_up(const char *what)
{
    perror(what);
    exit(1);
}

static void fails(const char *what, long result, int code)
{
    if (result == -1 && errno == code)
        return;
    fprintf(stderr, "fail_calls: %s returned %ld (%s), which is not %s\n", what, result, strerror(errno), strerror(code));
    exit(1);
}

static void limit(int which, rlim_t value)
{
    struct rlimit r = {value, value};
    if (setrlimit(which, &r))
        give_up("setrlimit");
}

static void denied(long n)
{
    while (n--)
        fails("open", open(path, O_RDONLY), EACCES);
}

static void missing(long n) /* an error that nobody asked for */
{
    while (n--)
        fails("open", open(path, O_RDONLY), ENOENT);
}

static void descriptors(long n)
{
    limit(RLIMIT_NOFILE, 16);
    while (dup(0) >= 0)
        ;
    for (n--; n; n--) /* the first is the one that ended the loop */
        fails("dup", dup(0), EMFILE);
}

/* Fills the file system that the path is on. */
static void full(long n)
{
    static char block[65536];
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    if (fd < 0)
        give_up(path);
    while (write(fd, block, sizeof block) > 0)
        ;
    for (n--; n; n--)
        fails("write", write(fd, block, 1), ENOSPC);
}

static void processes(long n) /* as a user who is not root */
{
    limit(RLIMIT_NPROC, 0);
    while (n--)
        fails("fork", syscall(SYS_fork), EAGAIN);
}

static void try_later(long n) /* EAGAIN that is no lack of anything */
{
    int ends[2];
    char byte;
    if (pipe2(ends, O_NONBLOCK))
        give_up("pipe2");
    while (n--)
        fails("read", read(ends[0], &byte, 1), EAGAIN);
}

static void in_use(long n)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int first = socket(AF_INET, SOCK_STREAM, 0), second = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(first, (void *)&at, size) || getsockname(first, (void *)&at, &size))
        give_up("bind");
    while (n--)
        fails("bind", bind(second, (void *)&at, size), EADDRINUSE);
}

/* By the numbers of 32-bit programs: setuid(0) of one who may not. */
static void compat(long n)
{
    while (n--) {
        long result = 0;
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(213), "b"(0) : "memory"); /* setuid32 */
        errno = (int)-result;
        fails("setuid32", result < 0 ? -1 : result, EPERM);
    }
}

static void print_namespace(void)
{
    char text[64];
    ssize_t k = readlink("/proc/thread-self/ns/uts", text, sizeof text - 1);
    if (k < 0)
        give_up("readlink");
    text[k] = '\0';
    puts(text);
    fflush(stdout);
}

/* Children in UTS namespaces of their own, made by clone3; each prints its own. */
static void clones(long n)
{
    while (n--) {
        struct clone_args args = {.flags = CLONE_NEWUTS, .exit_signal = SIGCHLD};
        long pid = syscall(SYS_clone3, &args, sizeof args);
        if (pid < 0)
            give_up("clone3");
        if (!pid) {
            print_namespace();
            _exit(0);
        }
        waitpid((pid_t)pid, NULL, 0);
    }
}

static void *wait_for_ever(void *unused)
{
    while (pause()) /* always -1 */
        ;
    return unused;
}

/* Sets the user of a process with N threads more: libc does it in each of them. */
static void set_user(long n)
{
    pthread_t t;
    while (n--)
        if (pthread_create(&t, NULL, wait_for_ever, NULL))
            give_up("pthread_create");
    if (setgid(4321) || setuid(4321))
        give_up("setuid");
}

/* To and fro, as file servers do for their clients. */
static void flip_user(long n)
{
    while (n--)
        if (seteuid(4321) || seteuid(0))
            give_up("seteuid");
}

/* Signals to itself: one that is ignored, and one that is blocked and sent twice. */
static void signals(long n)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGUSR1, SIG_IGN);
    kill(getpid(), SIGUSR2);
    kill(getpid(), SIGUSR2);
    while (n--)
        kill(getpid(), SIGUSR1);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(long n);
    } kinds[] = {{"denied", denied},       {"missing", missing},     {"descriptors", descriptors}, {"full", full},
                 {"processes", processes}, {"try_later", try_later}, {"in_use", in_use},           {"compat", compat},
                 {"clones", clones},       {"set_user", set_user},   {"flip_user", flip_user},     {"signals", signals}};
    long n = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    path = argc > 3 ? argv[3] : "";
    for (size_t i = 0; n > 0 && i < sizeof kinds / sizeof kinds[0]; i++)
        if (!strcmp(argv[1], kinds[i].name)) {
            kinds[i].run(n);
            return 0;
        }
    fputs("usage: fail_calls KIND N [PATH]\n", stderr);
    return 2;
}
