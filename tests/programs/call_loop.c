/* call_loop N [KIND]: makes N system calls and prints nanoseconds a call. KIND is getppid, which does nothing and is taken when it is left
 * out, signal: one that this process ignores, or failure: for want of a descriptor (EMFILE). */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void loop_getppid(long n)
{
    while (n--)
        syscall(SYS_getppid);
}

static void loop_signal(long n)
{
    pid_t own = getpid();
    signal(SIGUSR1, SIG_IGN);
    while (n--)
        kill(own, SIGUSR1);
}

static void loop_failure(long n)
{
    struct rlimit none = {3, 3};
    setrlimit(RLIMIT_NOFILE, &none);
    while (n--)
        if (dup(0) > 3)
            exit(1);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(long n);
    } kinds[] = {{"getppid", loop_getppid}, {"signal", loop_signal}, {"failure", loop_failure}};
    const char *kind = argc == 3 ? argv[2] : "getppid";
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    for (size_t i = 0; n > 0 && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, kind) != 0)
            continue;
        double start = seconds();
        kinds[i].run(n);
        printf("%.1f\n", (seconds() - start) * 1e9 / (double)n);
        return 0;
    }
    fputs("usage: call_loop N [getppid|signal|failure]\n", stderr);
    return 2;
}
