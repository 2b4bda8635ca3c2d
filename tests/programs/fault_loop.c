/* fault_loop N: touches N pages of memory that are not there yet, 4096 at a time, and prints nanoseconds a page fault. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 4096 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = CHUNK * page;
    volatile char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (argc != 2 || p == MAP_FAILED) {
        fputs("usage: fault_loop N\n", stderr);
        return 2;
    }
    madvise((void *)p, size, MADV_NOHUGEPAGE);
    long chunks = strtol(argv[1], NULL, 10) / CHUNK;
    double spent = 0;
    for (long i = 0; i < chunks; i++) {
        double start = seconds();
        for (size_t at = 0; at < size; at += page)
            p[at] = 1;
        spent += seconds() - start;
        madvise((void *)p, size, MADV_DONTNEED); /* its time is not the faults' */
    }
    printf("%.1f\n", spent * 1e9 / ((double)chunks * CHUNK));
    return 0;
}
