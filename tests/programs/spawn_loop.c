/* spawn_loop N PROGRAM [posix_spawn]: starts PROGRAM N times, one after the other, and prints starts per second. By fork and
 * execve, or by glibc's posix_spawn, which makes about 130 system calls a start (it looks at every signal's action). */
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static pid_t start_by_fork(char *program)
{
    char *argv[] = {program, NULL};
    pid_t pid = fork();
    if (pid == 0) {
        execve(program, argv, environ);
        _exit(127);
    }
    return pid;
}

static pid_t start_by_spawn(char *program)
{
    char *argv[] = {program, NULL};
    pid_t pid;
    return posix_spawn(&pid, program, NULL, NULL, argv, environ) ? -1 : pid;
}

static int run_once(char *program, bool spawn)
{
    int status;
    pid_t pid = spawn ? start_by_spawn(program) : start_by_fork(program);
    if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    fprintf(stderr, "spawn_loop: %s did not run\n", program);
    return -1;
}

int main(int argc, char **argv)
{
    if (argc != 3 && argc != 4) {
        fputs("usage: spawn_loop N PROGRAM [posix_spawn]\n", stderr);
        return 2;
    }
    long n = strtol(argv[1], NULL, 10);
    double start = seconds();
    for (long i = 0; i < n; i++)
        if (run_once(argv[2], argc == 4))
            return 1;
    printf("%.0f\n", (double)n / (seconds() - start));
    return 0;
}
