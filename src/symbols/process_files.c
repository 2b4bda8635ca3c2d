/* The files of a process, as it has them. */
#include "symbols/open.h"
#include "symbols/process_inside.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VDSO_CEILING = 256 * 1024 };

static int open_map_file(const struct process *p, const struct module *m)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, p->pid, m->start, m->end);
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* A file by its path is the mapped one when it has its inode. (Its device is not compared: that of a btrfs or overlay file is another one
 * in maps than for stat.) */
static int open_by_path(int root, const struct module *m)
{
    struct stat st;
    int fd = root >= 0 ? open_below(root, m->path) : -1;
    if (fd < 0 || (!fstat(fd, &st) && st.st_ino == m->inode))
        return fd;
    close(fd);
    return -1;
}

static struct symbols_elf *open_file(const struct process *p, struct module *m, struct symbols_files *files)
{
    struct symbols_elf *elf = NULL;
    int roots[3] = {-1, -1, -1}, fd = -1;
    size_t n = 0;
    if (!p->ended && (roots[0] = open_root(p->pid)) >= 0)
        n++;
    roots[n] = open_root(0);
    if (!p->ended)
        fd = open_map_file(p, m);
    for (size_t i = 0; fd < 0 && roots[i] >= 0; i++)
        fd = open_by_path(roots[i], m);
    m->opened = fd >= 0 && symbols_files_key(fd, &m->key);
    if (m->opened)
        elf = symbols_files_get(files, fd, m->path, roots, NULL);
    if (fd >= 0)
        close(fd);
    for (size_t i = 0; roots[i] >= 0; i++)
        close(roots[i]);
    return elf;
}

static struct symbols_elf *read_vdso(const struct process *p, struct module *m, struct symbols_files *files)
{
    char path[64];
    struct symbols_elf *elf = NULL;
    size_t n = m->end - m->start;
    snprintf(path, sizeof path, "/proc/%u/mem", p->pid);
    int fd = p->ended || n > VDSO_CEILING ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    void *bytes = fd >= 0 ? malloc(n) : NULL;
    if (bytes && pread(fd, bytes, n, (off_t)m->start) == (ssize_t)n) {
        m->opened = true;
        elf = symbols_files_get_memory(files, bytes, n, "[vdso]", &m->key);
    }
    free(bytes);
    if (fd >= 0)
        close(fd);
    return elf;
}

struct symbols_elf *process_module_elf(const struct process *p, struct module *m, struct symbols_files *files)
{
    struct symbols_elf *elf = NULL;
    if (m->kind == MODULE_GENERATED || m->failed || (m->opened && symbols_files_known(files, &m->key, &elf)))
        return elf;
    m->opened = false;
    elf = m->kind == MODULE_VDSO ? read_vdso(p, m, files) : open_file(p, m, files);
    m->failed = !m->opened;
    return elf;
}
