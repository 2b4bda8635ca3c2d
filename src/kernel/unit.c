#include "kernel/unit.h"

#include "kernel/broker.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct unit_map *unit_map(const struct kernel_unit *unit, const char *name)
{
    for (uint32_t i = 0; unit && i < unit->n_maps; i++)
        if (!strcmp(unit->maps[i].name, name))
            return &unit->maps[i];
    return NULL;
}

int unit_map_fd(const struct kernel_unit *unit, const char *name)
{
    const struct unit_map *m = unit_map(unit, name);
    return m ? m->fd : -1;
}

const struct unit_hook *unit_hook(const struct kernel_unit *unit, const char *name)
{
    for (uint32_t i = 0; unit && i < unit->n_hooks; i++)
        if (!strcmp(unit->hooks[i].name, name))
            return &unit->hooks[i];
    return NULL;
}

int unit_program_stats(int program_fd, uint64_t *runs, uint64_t *ns)
{
    struct bpf_prog_info info = {0};
    __u32 size = sizeof info;
    if (bpf_obj_get_info_by_fd(program_fd, &info, &size))
        return -errno;
    *runs = info.run_cnt;
    *ns = info.run_time_ns;
    return 0;
}

void kernel_unit_free(struct kernel_unit *unit)
{
    if (!unit)
        return;
    for (uint32_t i = 0; i < unit->n_maps; i++)
        close(unit->maps[i].fd);
    for (uint32_t i = 0; i < unit->n_programs; i++)
        close(unit->programs[i].fd);
    free(unit);
}
