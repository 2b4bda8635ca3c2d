/* Operations on files, one of each kind, in the empty folder that is named: file_steps DIR STEPS
 * STEPS is a name in steps[]. The test knows what rows each must give. Exits with 1, and says where, when a step does not do what
 * it should. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(x)                                                                                                                            \
    do {                                                                                                                                   \
        if ((long)(x) == -1) {                                                                                                             \
            perror(#x);                                                                                                                    \
            exit(1);                                                                                                                       \
        }                                                                                                                                  \
    } while (0)
#define FAILS(code, x)                                                                                                                     \
    do {                                                                                                                                   \
        errno = 0;                                                                                                                         \
        if ((long)(x) != -1 || errno != (code)) {                                                                                          \
            perror(#x " should fail with " #code ", but");                                                                                 \
            exit(1);                                                                                                                       \
        }                                                                                                                                  \
    } while (0)

static int openat2(int dirfd, const char *path, struct open_how *how)
{
    return (int)syscall(SYS_openat2, dirfd, path, how, sizeof *how);
}

/* Every operation by a relative path, by the plain calls. */
static void plain(void)
{
    int fd;
    MUST(fd = (int)syscall(SYS_creat, "a", 0640));
    MUST(close(fd));
    MUST(fd = (int)syscall(SYS_open, "a", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    MUST(close(fd));
    MUST(truncate("a", 5));
    MUST(syscall(SYS_chmod, "a", 0604));
    MUST(syscall(SYS_chown, "a", 12, 34));
    MUST(syscall(SYS_lchown, "a", -1, 56));
    MUST(syscall(SYS_link, "a", "b"));
    MUST(syscall(SYS_symlink, "../to/nowhere", "c"));
    MUST(syscall(SYS_rename, "b", "d"));
    MUST(syscall(SYS_mkdir, "e", 0755));
    MUST(syscall(SYS_mknod, "f", S_IFIFO | 0600, 0));
    MUST(syscall(SYS_unlink, "f"));
    MUST(syscall(SYS_rmdir, "e"));
}

/* The calls that take a folder's descriptor, from another working directory. */
static void at(void)
{
    int dir, fd;
    MUST(dir = open(".", O_RDONLY | O_DIRECTORY));
    MUST(chdir("/usr"));
    MUST(fd = openat(dir, "a", O_WRONLY | O_CREAT | O_EXCL, 0600));
    MUST(fchmod(fd, 0611));
    MUST(fchown(fd, 7, -1));
    MUST(ftruncate(fd, 1LL << 33));
    MUST(close(fd));
    struct open_how how = {.flags = O_RDWR | O_NOFOLLOW, .resolve = RESOLVE_BENEATH};
    MUST(fd = openat2(dir, "./a", &how));
    MUST(close(fd));
    MUST(mkdirat(dir, "sub//", 0700));
    MUST(linkat(dir, "a", dir, "sub/../b", AT_SYMLINK_FOLLOW));
    MUST(symlinkat("/x", dir, "c"));
    MUST(syscall(SYS_renameat2, dir, "a", dir, "sub", RENAME_EXCHANGE));
    MUST(renameat(dir, "b", dir, "a/./b"));
    MUST(mknodat(dir, "n", S_IFREG | 0640, 0));
    MUST(fchmodat(dir, "n", 0600, 0));
    MUST(fchownat(dir, "c", 1, 2, AT_SYMLINK_NOFOLLOW));
    MUST(fchownat(dir, "", 0, 0, AT_EMPTY_PATH));
    MUST(unlinkat(dir, "a/b", 0));
    MUST(unlinkat(dir, "a", AT_REMOVEDIR));
}

static void failing(void)
{
    FAILS(ENOENT, open("missing/x", O_RDONLY));
    FAILS(EEXIST, mkdir("/", 0700));
    FAILS(ENOENT, unlink("missing"));
    FAILS(EBADF, openat(1000, "lost", O_RDONLY));
    FAILS(EFAULT, unlink((char *)1));
    FAILS(ENOENT, open("", O_RDONLY));
    FAILS(EISDIR, open(".", O_WRONLY));
    FAILS(ENOENT, mount("/dev/none", "./missing", "ext4", MS_RDONLY | MS_NOSUID, NULL));
    FAILS(EINVAL, umount2(".", MNT_DETACH));
    FAILS(ENOTDIR, rmdir("/etc/passwd"));
    FAILS(EACCES, setuid(65534) ? -1 : open("/etc/shadow", O_RDWR));
}

static void read_only(void)
{
    MUST(mkdir("m", 0700));
    MUST(mount("none", "m", "tmpfs", MS_RDONLY, NULL));
    FAILS(EROFS, open("m/x", O_WRONLY | O_CREAT, 0600));
    MUST(umount2("m", MNT_DETACH));
}

/* Names that are no text: a newline, bytes that are not UTF-8. */
static void names(void)
{
    int fd;
    MUST(fd = open("new\nline", O_WRONLY | O_CREAT, 0600));
    MUST(close(fd));
    MUST(fd = open("\xff\xfe", O_WRONLY | O_CREAT, 0600));
    MUST(close(fd));
    MUST(fd = open("gr\xc3\xbc\xc3\x9f", O_WRONLY | O_CREAT, 0600));
    MUST(close(fd));
}

/* A path of 4095 bytes, and a folder so deep that its path is longer than any path may be. */
static void longest(void)
{
    char path[PATH_MAX], name[256];
    memset(path, '/', sizeof path);
    memcpy(path + sizeof path - 5, "none", 5);
    FAILS(ENOENT, open(path, O_RDONLY));
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    FAILS(ENAMETOOLONG, open(path, O_RDONLY));
    memset(name, 'd', 200);
    name[200] = '\0';
    for (int i = 0; i < 25; i++) {
        MUST(mkdir(name, 0700));
        MUST(chdir(name));
    }
    FAILS(ENOENT, open("deep-none", O_RDONLY));
}

static void gone(void)
{
    MUST(mkdir("gone", 0700));
    MUST(chdir("gone"));
    MUST(rmdir("../gone"));
    FAILS(ENOENT, open("x", O_WRONLY | O_CREAT, 0600));
}

static void jail(void)
{
    int fd;
    MUST(mkdir("jail", 0700));
    MUST(mkdir("jail/in", 0700));
    MUST(chroot("jail"));
    MUST(chdir("/in"));
    MUST(fd = open("x", O_WRONLY | O_CREAT, 0600));
    MUST(close(fd));
    MUST(fd = open("../../../y", O_WRONLY | O_CREAT, 0600));
    MUST(close(fd));
}

/* 1000 bytes by each kind of read and of write; a pipe, which does not count. */
static void bytes(void)
{
    static char buffer[1000];
    struct iovec v[2] = {{buffer, 400}, {buffer, 600}};
    int a, b, p[2], status;
    pid_t child; /* which has not read a library's head */
    MUST(child = fork());
    if (child) {
        MUST(waitpid(child, &status, 0));
        exit(status != 0);
    }
    MUST(a = open("a", O_RDWR | O_CREAT, 0600));
    MUST(b = open("b", O_RDWR | O_CREAT, 0600));
    MUST(pipe(p));
    MUST(write(a, buffer, 1000));
    MUST(pwrite(a, buffer, 1000, 1000));
    MUST(writev(a, v, 2));
    MUST(pwritev(a, v, 2, 2000));
    MUST(syscall(SYS_pwritev2, a, v, 2, 3000L, 0L, 0));
    MUST(lseek(a, 0, SEEK_SET));
    MUST(read(a, buffer, 1000));
    MUST(pread(a, buffer, 1000, 0));
    MUST(readv(a, v, 2));
    MUST(preadv(a, v, 2, 0));
    MUST(syscall(SYS_preadv2, a, v, 2, 0L, 0L, 0));
    off_t from = 0;
    MUST(sendfile(b, a, &from, 1000));
    MUST(copy_file_range(a, &from, b, NULL, 1000, 0));
    MUST(write(p[1], buffer, 1000));
    MUST(read(p[0], buffer, 1000));
    MUST(fsync(a));
    MUST(fdatasync(b));
    FAILS(EBADF, write(open("a", O_RDONLY), buffer, 1));
}

/* mkdir by the 32-bit gate, which 64-bit programs have too; the path must lie below 4 GiB. */
static void compat(void)
{
#ifdef __x86_64__
    static const char name[] = "compat";
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(39L), "b"((long)name), "c"(0700L) : "memory", "r8", "r9", "r10", "r11");
    if (result != 0 && result != -EFAULT && result != -ENOSYS)
        exit(1);
#endif
}

/* Opens and closes the file "loop" N times (FILE_STEPS_N). */
static void loop(void)
{
    const char *n = getenv("FILE_STEPS_N");
    int fd;
    MUST(fd = open("loop", O_WRONLY | O_CREAT, 0600));
    MUST(close(fd));
    for (long i = n ? atol(n) : 1000; i > 0; i--) {
        MUST(fd = open("loop", O_RDONLY));
        close(fd);
    }
}

static const struct {
    const char *name;
    void (*run)(void);
} steps[] = {{"plain", plain}, {"at", at},     {"failing", failing}, {"read_only", read_only}, {"names", names}, {"longest", longest},
             {"gone", gone},   {"jail", jail}, {"bytes", bytes},     {"compat", compat},       {"loop", loop}};

int main(int argc, char **argv)
{
    if (argc != 3 || chdir(argv[1]))
        return 2;
    umask(022);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (strcmp(steps[i].name, argv[2]))
            continue;
        steps[i].run();
        return 0;
    }
    return 2;
}
