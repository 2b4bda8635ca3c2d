/* Dies of a signal at a place that it prints before: crash KIND
 * The line is "IP FILE+OFFSET": the address of the instruction, and what /proc/self/maps says about it. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Each is a function whose first instruction is the one that fails. */
#define PLACE(name, code)                                                                                                                  \
    void name(void);                                                                                                                       \
    __asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name ":\n" code "\n ret\n.size " #name ", . - " #name "\n")
PLACE(write_low, "movl $1, 0x1234");
PLACE(read_low, "movl 0x10, %eax");
PLACE(divide, "idivl zero_word(%rip)");
PLACE(illegal, "ud2");
PLACE(write_constant, "movb $1, constant_word(%rip)");
PLACE(read_argument, "movb (%rdi), %al");
__asm__(".section .rodata\nzero_word: .long 0\nconstant_word: .long 0\n.text\n");

static void print_place(uintptr_t ip)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[4600], file[4200];
    unsigned long start, end, offset;
    while (maps && fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %4199[^\n]", &start, &end, &offset, file) == 4 && ip >= start && ip < end)
            printf("0x%lx %s+0x%lx\n", (unsigned long)ip, file, (unsigned long)ip - start + offset);
    if (maps)
        fclose(maps);
    fflush(stdout);
}

static void run(void (*place)(void))
{
    print_place((uintptr_t)place);
    place();
}

static void run_with(void (*place)(void), void *argument)
{
    print_place((uintptr_t)place);
    ((void (*)(void *))(uintptr_t)place)(argument);
}

/* A page of a file behind the file's end. */
static void bus(void)
{
    char name[] = "/tmp/crash.XXXXXX";
    int fd = mkstemp(name);
    if (fd < 0 || unlink(name))
        exit(2);
    char *at = mmap((void *)0x10000000, 4096, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
    if (at == MAP_FAILED)
        exit(2);
    run_with(read_argument, at + 8);
}

/* Jumps to a page that may not be executed: the instruction lies in no file. */
static void jump(void)
{
    void *at = mmap((void *)0x20000000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (at == MAP_FAILED)
        exit(2);
    puts("0x20000000");
    fflush(stdout);
    ((void (*)(void))at)();
}

static void *thread(void *unused)
{
    (void)unused;
    pthread_setname_np(pthread_self(), "worker-7");
    printf("%ld\n", syscall(SYS_gettid));
    run(write_low);
    return NULL;
}

static void in_thread(void)
{
    pthread_t t;
    if (pthread_create(&t, NULL, thread, NULL))
        exit(2);
    pthread_join(t, NULL);
}

/* A filter that ends the process at getppid. */
static void seccomp(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof code / sizeof code[0], code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
        exit(2);
    syscall(SYS_getppid);
}

/* Handlers that return are no crash; the second time it is. */
static void on_signal(int number)
{
    signal(number, SIG_DFL);
}

static void handled(void)
{
    signal(SIGSEGV, on_signal);
    run(write_low);
}

static void trap(void)
{
    raise(SIGTRAP);
}

int main(int argc, char **argv)
{
    const char *kind = argc == 2 ? argv[1] : "";
    const struct {
        const char *name;
        void (*place)(void);
    } places[] = {{"write", write_low}, {"read", read_low}, {"divide", divide}, {"illegal", illegal}, {"constant", write_constant}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (!strcmp(kind, places[i].name))
            run(places[i].place);
    const struct {
        const char *name;
        void (*step)(void);
    } steps[] = {{"bus", bus},         {"jump", jump},   {"thread", in_thread}, {"seccomp", seccomp},
                 {"handled", handled}, {"abort", abort}, {"trap", trap}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (!strcmp(kind, steps[i].name))
            steps[i].step();
    if (!strcmp(kind, "canonical"))
        run_with(read_argument, (void *)0x8000000000000000);
    fprintf(stderr, "crash: nothing is called \"%s\"\n", kind);
    return 2;
}
