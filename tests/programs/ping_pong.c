/* ping_pong N [CPU]: two processes on one CPU hand a byte to and fro through pipes N times; prints nanoseconds a context switch.
 * Each handing over is one switch: the one that writes goes on to read, and sleeps. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set)) {
        perror("sched_setaffinity");
        exit(1);
    }
}

static void hand(int to)
{
    if (write(to, "x", 1) != 1)
        exit(1);
}

static void take(int from)
{
    char byte;
    if (read(from, &byte, 1) != 1)
        exit(1);
}

int main(int argc, char **argv)
{
    int there[2], back[2];
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    if (argc > 3 || n <= 0 || pipe(there) || pipe(back)) {
        fputs("usage: ping_pong N [CPU]\n", stderr);
        return 2;
    }
    pin(argc > 2 ? atoi(argv[2]) : sched_getcpu());
    pid_t child = fork();
    if (child == 0) {
        for (long i = 0; i < n; i++) {
            take(there[0]);
            hand(back[1]);
        }
        return 0;
    }
    double start = now_ns();
    for (long i = 0; i < n; i++) {
        hand(there[1]);
        take(back[0]);
    }
    printf("%.1f\n", (now_ns() - start) / (2 * (double)n));
    return child < 0 || waitpid(child, NULL, 0) < 0;
}
