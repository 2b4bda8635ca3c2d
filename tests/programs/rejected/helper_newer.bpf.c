/* mistake: helper-missing
 * since 6.2: helper-argument (bpf_cgrp_storage_get came with it) */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

static void *(*cgrp_storage_get)(void *map, void *cgroup, void *value, __u64 flags) = (void *)210;

SEC("raw_tp/sys_enter")
int call_it(void *ctx)
{
    return cgrp_storage_get(ctx, 0, 0, 0) != 0; /* at */
}

char LICENSE[] SEC("license") = "GPL";
