#include "kernel/mapped.h"

#include "kernel/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t length(const struct mapped *m)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (m->count * m->stride + page - 1) / page * page;
}

int mapped_open(struct mapped *m, const struct kernel_unit *unit, const char *name, struct err *why)
{
    *m = (struct mapped){0};
    const struct unit_map *map = unit_map(unit, name);
    if (!map)
        return 0;
    struct mapped whole = {.count = map->max_entries, .stride = (map->value_size + 7) & ~(size_t)7};
    void *bytes = mmap(NULL, length(&whole), PROT_READ | PROT_WRITE, MAP_SHARED, map->fd, 0);
    if (bytes == MAP_FAILED)
        return err_set(why, errno, "the map \"%s\" cannot be mapped: %s", name, strerror(errno));
    whole.bytes = bytes;
    *m = whole;
    return 0;
}

void mapped_close(struct mapped *m)
{
    if (m->bytes)
        munmap(m->bytes, length(m));
    *m = (struct mapped){0};
}
