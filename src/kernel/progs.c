#include "kernel/progs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_info(int fd, struct bpf_prog_info *info)
{
    uint32_t size = sizeof *info;
    return bpf_obj_get_info_by_fd(fd, info, &size) ? -errno : 0;
}

/* The name of the function that the program begins with; bpf_prog_info.name is cut after 15 characters. */
static bool name_from_btf(int fd, const struct bpf_prog_info *first, char out[PROG_NAME])
{
    struct bpf_func_info function = {0};
    struct bpf_prog_info info = {
        .nr_func_info = 1, .func_info_rec_size = sizeof function, .func_info = (uintptr_t)&function}; /* asks for the first record only */
    if (!first->btf_id || !first->nr_func_info || read_info(fd, &info))
        return false;
    struct btf *btf = btf__load_from_kernel_by_id(first->btf_id);
    const struct btf_type *t = btf ? btf__type_by_id(btf, function.type_id) : NULL;
    const char *name = t ? btf__name_by_offset(btf, t->name_off) : NULL;
    bool found = name && *name && !strncmp(name, first->name, strlen(first->name));
    if (found)
        snprintf(out, PROG_NAME, "%s", name);
    btf__free(btf);
    return found;
}

static void describe(struct prog_info *p, int fd, const struct bpf_prog_info *info)
{
    const char *type = libbpf_bpf_prog_type_str(info->type);
    *p = (struct prog_info){.id = info->id,
                            .runs = info->run_cnt,
                            .run_ns = info->run_time_ns,
                            .loaded_boot_ns = info->load_time,
                            .uid = info->created_by_uid,
                            .instructions = info->xlated_prog_len / 8,
                            .jited_bytes = info->jited_prog_len,
                            .n_maps = info->nr_map_ids};
    if (type)
        snprintf(p->type, sizeof p->type, "%s", type);
    else
        snprintf(p->type, sizeof p->type, "%u", info->type);
    if (!name_from_btf(fd, info, p->name))
        snprintf(p->name, sizeof p->name, "%.16s", info->name);
    for (size_t i = 0; i < sizeof info->tag; i++)
        snprintf(p->tag + 2 * i, 3, "%02x", info->tag[i]);
}

static int refused(int code, struct err *why)
{
    if (code == EPERM)
        return err_set(why, EPERM, "listing the BPF programs of the system needs the capability CAP_SYS_ADMIN; run it as root");
    return err_set(why, code, "the BPF programs of the system cannot be listed: %s", strerror(code));
}

int progs_read(struct prog_info **out, size_t *n, struct err *why)
{
    struct prog_info *progs = NULL;
    size_t count = 0, size = 0;
    for (uint32_t id = 0;;) {
        struct bpf_prog_info info = {0};
        if (bpf_prog_get_next_id(id, &id)) {
            if (errno == ENOENT)
                break;
            free(progs);
            return refused(errno, why);
        }
        int fd = bpf_prog_get_fd_by_id(id);
        if (fd < 0 && errno == ENOENT)
            continue;
        if (count == size) {
            struct prog_info *more = realloc(progs, (size = 2 * size + 64) * sizeof *progs);
            if (!more) {
                free(progs);
                return err_set(why, ENOMEM, "out of memory");
            }
            progs = more;
        }
        if (fd < 0) {
            free(progs);
            return refused(errno, why);
        }
        if (!read_info(fd, &info))
            describe(&progs[count++], fd, &info);
        close(fd);
    }
    *out = progs;
    *n = count;
    return 0;
}

void progs_count(struct prog_info *progs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct bpf_prog_info info = {0};
        int fd = bpf_prog_get_fd_by_id(progs[i].id);
        if (fd < 0)
            continue;
        if (!read_info(fd, &info)) {
            progs[i].runs = info.run_cnt;
            progs[i].run_ns = info.run_time_ns;
        }
        close(fd);
    }
}
