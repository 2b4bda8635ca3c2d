/* touch_pages PAGES [FILE [THREADS]]: a child of this program touches so many pages of memory, spread over threads that end then
 * (itself when left out), and each page of FILE, which it dropped from the page cache before: major faults. It says "touched PID",
 * waits for a line or the end of its input, and ends. Then this program prints the child's minor and major faults, as the kernel
 * accounted them to it. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_THREADS = 64 };

static size_t page, pages_each;

static void die(const char *what)
{
    perror(what);
    _exit(1);
}

static volatile char *map(size_t size, int protection, int flags, int fd, int advice)
{
    void *p = mmap(NULL, size, protection, MAP_PRIVATE | flags, fd, 0);
    if (p == MAP_FAILED || madvise(p, size, advice))
        die("mmap");
    return p;
}

static void *touch_memory(void *arg)
{
    volatile char *p = map(pages_each * page, PROT_READ | PROT_WRITE, MAP_ANONYMOUS, -1, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < pages_each; i++)
        p[i * page] = 1;
    return arg;
}

static void touch_in_threads(size_t n)
{
    pthread_t threads[MAX_THREADS];
    for (size_t i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, touch_memory, NULL))
            die("pthread_create");
    for (size_t i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
}

static void touch_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) || fsync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
        die(path);
    size_t size = (size_t)st.st_size;
    const volatile char *p = map(size, PROT_READ, 0, fd, MADV_RANDOM);
    for (size_t at = 0; at < size; at += page)
        (void)p[at];
}

static void touch_all(char **arguments, int n)
{
    char told[32], line[16];
    size_t threads = n > 2 ? strtoul(arguments[2], NULL, 10) : 0;
    page = (size_t)sysconf(_SC_PAGESIZE);
    pages_each = strtoul(arguments[0], NULL, 10) / (threads ? threads : 1);
    if (threads)
        touch_in_threads(threads < MAX_THREADS ? threads : MAX_THREADS);
    else
        touch_memory(NULL);
    if (n > 1)
        touch_file(arguments[1]);
    int length = snprintf(told, sizeof told, "touched %d\n", getpid());
    if (write(1, told, (size_t)length) != length || read(0, line, sizeof line) < 0)
        die("touch_pages");
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 4) {
        fputs("usage: touch_pages PAGES [FILE [THREADS]]\n", stderr);
        return 2;
    }
    pid_t child = fork();
    if (!child) {
        touch_all(argv + 1, argc - 1);
        _exit(0);
    }
    struct rusage used;
    int status;
    if (child < 0 || wait4(child, &status, 0, &used) != child)
        die("touch_pages");
    printf("%ld,%ld\n", used.ru_minflt, used.ru_majflt);
    return 0;
}
