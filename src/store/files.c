/* The few file operations of the store. */
#include "inside.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *path_join(const char *dir, const char *name)
{
    char *path;
    return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

static int sync_at(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = fsync(fd) ? -errno : 0;
    close(fd);
    return rc;
}

int file_sync(const char *path)
{
    return sync_at(path, O_RDONLY);
}

int dir_sync(const char *path)
{
    return sync_at(path, O_RDONLY | O_DIRECTORY);
}

int dir_make(const char *path, struct err *why)
{
    if (mkdir(path, 0750) && errno != EEXIST) {
        int code = errno;
        return err_set(why, code, "cannot make the directory %s: %s", path, strerror(code));
    }
    return 0;
}

uint64_t file_bytes(const char *path)
{
    struct stat st;
    return stat(path, &st) ? 0 : (uint64_t)st.st_blocks * 512;
}

uint64_t dir_bytes(const char *path)
{
    uint64_t sum = 0;
    DIR *d = opendir(path);
    if (!d)
        return 0;
    for (struct dirent *e; (e = readdir(d));) {
        struct stat st;
        if (!fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode))
            sum += (uint64_t)st.st_blocks * 512;
    }
    closedir(d);
    return sum;
}

unsigned dir_empty(const char *path)
{
    unsigned removed = 0;
    DIR *d = opendir(path);
    if (!d)
        return 0;
    for (struct dirent *e; (e = readdir(d));)
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && !unlinkat(dirfd(d), e->d_name, 0))
            removed++;
    closedir(d);
    return removed;
}
