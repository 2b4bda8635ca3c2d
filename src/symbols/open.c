#include "symbols/open.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FLAGS = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK };

int open_below(int root, const char *path)
{
    struct open_how how = {.flags = FLAGS, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    while (*path == '/')
        path++;
    int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd < 0 && errno == ENOSYS) /* before Linux 5.6 */
        fd = openat(root, path, FLAGS);
    return fd;
}

int open_root(unsigned pid)
{
    char path[64] = "/";
    if (pid)
        snprintf(path, sizeof path, "/proc/%u/root", pid);
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}
