/* spawn_loop N PROGRAM: starts PROGRAM N times, one after the other, and prints starts per second. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int run_once(char *program)
{
    char *argv[] = {program, NULL};
    pid_t pid;
    int status, rc = posix_spawn(&pid, program, NULL, NULL, argv, environ);
    if (rc) {
        fprintf(stderr, "spawn_loop: cannot start %s: %s\n", program, strerror(rc));
        return -1;
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: spawn_loop N PROGRAM\n", stderr);
        return 2;
    }
    long n = strtol(argv[1], NULL, 10);
    double start = seconds();
    for (long i = 0; i < n; i++)
        if (run_once(argv[2]))
            return 1;
    printf("%.0f\n", (double)n / (seconds() - start));
    return 0;
}
