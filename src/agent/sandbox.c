#include "agent/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int sandbox_drop_user(uid_t uid, gid_t gid, struct err *why)
{
    if (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
        return err_set(why, errno, "the worker cannot become user %u: %s; run as root, or with CAP_SETUID and CAP_SETGID", (unsigned)uid,
                       strerror(errno));
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {0};
    if (syscall(SYS_capset, &head, none))
        return err_set(why, errno, "the worker cannot give up its capabilities: %s", strerror(errno));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return err_set(why, errno, "the worker cannot set no_new_privs: %s", strerror(errno));
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    return 0;
}

#define READ_ACCESS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_ACCESS                                                                                                                       \
    (READ_ACCESS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                        \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG)
/* All of the first version of landlock (Linux 5.13): what is handled and not allowed is refused. */
#define ALL_ACCESS                                                                                                                         \
    (WRITE_ACCESS | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |                             \
     LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
enum { ACCESS_REFER = 1 << 13, ACCESS_TRUNCATE = 1 << 14, ABI_REFER = 2, ABI_TRUNCATE = 3 };

static int allow_beneath(int ruleset, int directory, unsigned long long access)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = directory};
    return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

static int allow_path(int ruleset, const char *path, unsigned long long access)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return 0; /* what is not there needs no permission */
    int rc = allow_beneath(ruleset, fd, access);
    close(fd);
    return rc;
}

static bool enter_landlock(int data_fd)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return false;
    unsigned long long extra = (abi >= ABI_REFER ? ACCESS_REFER : 0) | (abi >= ABI_TRUNCATE ? ACCESS_TRUNCATE : 0);
    struct landlock_ruleset_attr attr = {.handled_access_fs = ALL_ACCESS | extra};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (ruleset < 0)
        return false;
    bool done = !allow_beneath(ruleset, data_fd, WRITE_ACCESS | extra) && !allow_path(ruleset, "/proc", READ_ACCESS) &&
                !allow_path(ruleset, "/sys", READ_ACCESS) && !syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
    return done;
}

/* Everything else answers EPERM. */
static const int allowed_calls[] = {
    /* files: landlock and file modes decide which */
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(preadv),
    SCMP_SYS(pwritev),
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(close),
    SCMP_SYS(lseek),
    SCMP_SYS(fstat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(getcwd),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(ftruncate),
    SCMP_SYS(truncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(sync_file_range),
    SCMP_SYS(fadvise64),
    SCMP_SYS(fcntl),
    SCMP_SYS(flock),
    SCMP_SYS(fchmod),
    SCMP_SYS(umask),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(pipe2),
    SCMP_SYS(utimensat),
    SCMP_SYS(copy_file_range),
    SCMP_SYS(sendfile),
    /* memory and threads */
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(mprotect),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_setaffinity),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(tgkill),
    SCMP_SYS(membarrier),
    SCMP_SYS(setpriority),
    SCMP_SYS(getpriority),
    SCMP_SYS(getrusage),
    SCMP_SYS(prlimit64),
    SCMP_SYS(getcpu),
    SCMP_SYS(sched_setscheduler),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_get_priority_max),
    SCMP_SYS(sched_get_priority_min),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(getrandom),
    /* time, signals, waiting */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(eventfd2),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(signalfd4),
    /* the sockets it was given, and those they accept */
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(shutdown),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockopt),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
};

/* BPF commands that work on descriptors handed over: maps and statistics. */
static const unsigned bpf_commands[] = {1 /* MAP_LOOKUP_ELEM */,     2 /* MAP_UPDATE_ELEM */,
                                        3 /* MAP_DELETE_ELEM */,     4 /* MAP_GET_NEXT_KEY */,
                                        15 /* OBJ_GET_INFO_BY_FD */, 21 /* MAP_LOOKUP_AND_DELETE_ELEM */,
                                        24 /* MAP_LOOKUP_BATCH */,   25 /* MAP_LOOKUP_AND_DELETE_BATCH */,
                                        26 /* MAP_UPDATE_BATCH */,   27 /* MAP_DELETE_BATCH */};

enum { CLONE_THREAD_FLAG = 0x10000, IOCTL_FIONREAD = 0x541b, IOCTL_FIONBIO = 0x5421 };

static int add_rules(scmp_filter_ctx filter)
{
    int rc = 0;
    for (size_t i = 0; i < sizeof allowed_calls / sizeof allowed_calls[0]; i++)
        rc |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0);
    for (size_t i = 0; i < sizeof bpf_commands / sizeof bpf_commands[0]; i++)
        rc |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1, SCMP_A0(SCMP_CMP_EQ, bpf_commands[i]));
    /* threads, not processes; glibc falls back from clone3, whose flags seccomp cannot see */
    rc |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD_FLAG, CLONE_THREAD_FLAG));
    rc |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    rc |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, IOCTL_FIONREAD));
    rc |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, IOCTL_FIONBIO));
    /* the name of a thread, nothing else */
    rc |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
    return rc;
}

static bool enter_seccomp(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter)
        return false;
    bool done = !add_rules(filter) && !seccomp_load(filter);
    seccomp_release(filter);
    return done;
}

void sandbox_enter(int data_fd, struct sandbox_report *report)
{
    report->user = true;
    report->landlock = enter_landlock(data_fd);
    report->seccomp = enter_seccomp();
    snprintf(report->why, sizeof report->why, "%s%s",
             report->landlock ? "" : "this kernel has no landlock (CONFIG_SECURITY_LANDLOCK, lsm=landlock); ",
             report->seccomp ? "" : "this kernel refuses seccomp filters; ");
}

static const struct {
    int number;
    const char *name;
    const char *use;
} needed[] = {
    {39, "CAP_BPF", "kernel programs"},        {38, "CAP_PERFMON", "tracing"},
    {21, "CAP_SYS_ADMIN", "BPF statistics"},   {12, "CAP_NET_ADMIN", "socket programs"},
    {19, "CAP_SYS_PTRACE", "/proc/<pid>/exe"}, {2, "CAP_DAC_READ_SEARCH", "files of other users"},
    {5, "CAP_KILL", "ending the worker"},      {6, "CAP_SETGID", "the worker's user"},
    {7, "CAP_SETUID", "the worker's user"},
};

/* From here on CAP_SETUID and CAP_SETGID are still needed: a worker that died is started again. */
int sandbox_trim_broker(struct err *why)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct now[2], keep[2] = {0};
    if (syscall(SYS_capget, &head, now))
        return err_set(why, errno, "capabilities cannot be read: %s", strerror(errno));
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        unsigned bit = 1u << (needed[i].number & 31);
        keep[needed[i].number >> 5].effective |= now[needed[i].number >> 5].effective & bit;
        keep[needed[i].number >> 5].permitted |= now[needed[i].number >> 5].permitted & bit;
    }
    if (syscall(SYS_capset, &head, keep))
        return err_set(why, errno, "capabilities cannot be given up: %s", strerror(errno));
    return 0;
}

bool sandbox_missing_capabilities(char *out, size_t size)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct now[2] = {0};
    syscall(SYS_capget, &head, now);
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!(now[needed[i].number >> 5].effective >> (needed[i].number & 31) & 1) && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s (%s)", used ? ", " : "", needed[i].name, needed[i].use);
    return used > 0;
}
