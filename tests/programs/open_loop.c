/* open_loop N FILE: opens and closes FILE N times and prints nanoseconds per pair. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: open_loop N FILE\n", stderr);
        return 2;
    }
    long n = strtol(argv[1], NULL, 10);
    double start = now_ns();
    for (long i = 0; i < n; i++) {
        int fd = open(argv[2], O_RDONLY);
        if (fd < 0) {
            perror(argv[2]);
            return 1;
        }
        close(fd);
    }
    printf("%.0f\n", (now_ns() - start) / (double)n);
    return 0;
}
