/* sched_steps CPU MS: runs on that CPU, at the same time, two processes that compute for MS milliseconds of CPU time each; then one that
 * sleeps ten times, and one that waits for its vforked child, which sleeps, MS / 10 each; then one that goes to CPU 0 and back twenty
 * times, if CPU is another. When a process has ended and nobody has waited for it yet, prints what the kernel counted for it:
 * NAME PID ON_CPU_NS RUN_DELAY_NS TIMESLICES VOLUNTARY INVOLUNTARY (/proc/PID/schedstat, /proc/PID/status). */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void sleep_ms(long ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left))
        continue;
}

static int home; /* the CPU */

static void go_to(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set))
        fail("sched_setaffinity");
}

static void compute(long ms)
{
    struct timespec t;
    do {
        for (volatile int i = 0; i < 20000; i++)
            continue;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    } while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < ms);
}

static void sleep_often(long ms)
{
    for (int i = 0; i < 10; i++)
        sleep_ms(ms / 10);
}

static void wait_for_child(long ms)
{
    pid_t child = vfork(); /* until it ends, its parent waits in the kernel */
    if (child == 0) {
        struct timespec t = {ms / 10000, ms / 10 % 1000 * 1000000};
        nanosleep(&t, NULL);
        _exit(0);
    }
    if (child < 0 || waitpid(child, NULL, 0) < 0)
        fail("vfork");
}

static void go_to_and_fro(long ms)
{
    (void)ms;
    for (int i = 0; i < 20 && home; i++) {
        go_to(0);
        go_to(home);
    }
}

static pid_t start(void (*work)(long), long ms)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    work(ms);
    _exit(0);
}

/* The numbers behind a word at the start of a line. */
static long long value_of(FILE *f, const char *word)
{
    char line[256], name[64];
    long long value;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "%63[^:]: %lld", name, &value) == 2 && !__builtin_strcmp(name, word))
            return value;
    return -1;
}

static FILE *open_of(pid_t pid, const char *file)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    FILE *f = fopen(path, "r");
    if (!f)
        fail(path);
    return f;
}

static void report(const char *name, pid_t pid)
{
    siginfo_t info;
    unsigned long long on_cpu_ns, delay_ns, slices;
    if (pid < 0 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
        fail("waitid");
    FILE *f = open_of(pid, "schedstat");
    if (fscanf(f, "%llu %llu %llu", &on_cpu_ns, &delay_ns, &slices) != 3)
        fail("schedstat");
    fclose(f);
    f = open_of(pid, "status");
    long long voluntary = value_of(f, "voluntary_ctxt_switches"), involuntary = value_of(f, "nonvoluntary_ctxt_switches");
    fclose(f);
    printf("%s %d %llu %llu %llu %lld %lld\n", name, pid, on_cpu_ns, delay_ns, slices, voluntary, involuntary);
    waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: sched_steps CPU MS\n", stderr);
        return 2;
    }
    home = atoi(argv[1]);
    long ms = strtol(argv[2], NULL, 10);
    setvbuf(stdout, NULL, _IONBF, 0);
    go_to(home); /* and with it all that it starts: they are never moved */
    pid_t one = start(compute, ms), two = start(compute, ms);
    report("hog", one);
    report("hog", two);
    report("sleeper", start(sleep_often, ms));
    report("waiter", start(wait_for_child, ms));
    report("mover", start(go_to_and_fro, ms));
    return 0;
}
