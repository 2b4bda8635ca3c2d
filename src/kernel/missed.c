#include "kernel/missed.h"

#include "kernel/unit.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>

void missed_read(const struct kernel_unit *unit, uint64_t *seen, size_t n, void (*fn)(void *arg, size_t reason, uint64_t count), void *arg)
{
    int fd = unit_map_fd(unit, "missed"), cpus = libbpf_num_possible_cpus();
    uint64_t *counts = fd < 0 || cpus < 1 ? NULL : calloc((size_t)cpus, sizeof *counts);
    for (uint32_t i = 0; counts && i < n; i++) {
        uint64_t sum = 0;
        if (bpf_map_lookup_elem(fd, &i, counts))
            continue;
        for (int cpu = 0; cpu < cpus; cpu++)
            sum += counts[cpu];
        if (sum > seen[i])
            fn(arg, i, sum - seen[i]);
        seen[i] = sum;
    }
    free(counts);
}
