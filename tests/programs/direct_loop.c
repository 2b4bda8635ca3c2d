/* direct_loop N DEVICE: reads 4 KiB past the page cache N times, round the first MiB of DEVICE, in slices of 500, and prints nanoseconds
 * per read of the slice that nine tenths of them were slower than: a device's thread and the reader meet others on their CPUs. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 4096, BLOCKS = 256, SLICE = 500 };

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Nanoseconds per read, 0: it failed. */
static double read_slice(int fd, void *buffer)
{
    double start = now_ns();
    for (long i = 0; i < SLICE; i++)
        if (pread(fd, buffer, BLOCK, i % BLOCKS * BLOCK) != BLOCK)
            return 0;
    return (now_ns() - start) / SLICE;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fputs("usage: direct_loop N DEVICE\n", stderr);
        return 2;
    }
    long slices = strtol(argv[1], NULL, 10) / SLICE;
    slices = slices > 0 ? slices : 1;
    int fd = open(argv[2], O_RDONLY | O_DIRECT);
    void *buffer = aligned_alloc(BLOCK, BLOCK);
    double *ns = calloc((size_t)slices, sizeof *ns);
    if (fd < 0 || !buffer || !ns) {
        perror(argv[2]);
        return 1;
    }
    for (long i = 0; i < slices; i++) {
        ns[i] = read_slice(fd, buffer);
        if (!ns[i]) {
            perror(argv[2]);
            return 1;
        }
    }
    qsort(ns, (size_t)slices, sizeof *ns, compare);
    printf("%.0f\n", ns[slices / 10]);
    return 0;
}
