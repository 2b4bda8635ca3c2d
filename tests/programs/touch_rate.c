/* touch_rate DIR RATE SECONDS: creates RATE files a second in DIR, evenly, each with a name of its own (t0, t1, …),
 * and prints how many it made. Late ones are made up for, so that the rate holds. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void wait_until(const struct timespec *start, long long after_ns)
{
    struct timespec t = {start->tv_sec + after_ns / 1000000000, start->tv_nsec + after_ns % 1000000000};
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        continue;
}

int main(int argc, char **argv)
{
    if (argc != 4 || chdir(argv[1])) {
        fputs("usage: touch_rate DIR RATE SECONDS\n", stderr);
        return 2;
    }
    long rate = strtol(argv[2], NULL, 10), n = rate * strtol(argv[3], NULL, 10);
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (long i = 0; i < n; i++) {
        wait_until(&start, i * (1000000000LL / rate));
        char name[32];
        snprintf(name, sizeof name, "t%ld", i);
        int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
        if (fd < 0) {
            perror(name);
            return 1;
        }
        close(fd);
    }
    printf("%ld\n", n);
    return 0;
}
