/* What the file collector wants from the kernel, and the ways to get it. */
#include "collectors/file/plan.h"

#include "base/config.h"
#include "collectors/file/file.skel.h"
#include "collectors/file/file.wire.h"

#include <string.h>

static const void *object(size_t *size)
{
    return file_bpf__elf_bytes(size);
}

static const struct hook_way syscall_ways[] = {{BY_TP_BTF, {"enter_tp_btf", "exit_tp_btf"}},
                                               {BY_RAW_TP, {"enter_raw_tp", "exit_raw_tp"}},
                                               {BY_TRACEPOINT, {"enter_tracepoint", "exit_tracepoint"}}};
/* The kernel's own functions are cheaper, since sockets and pipes leave at once, and 32-bit processes come through them too.
 * Kprobes on them would cost more than the system call programs that run anyway. */
static const struct hook_way vfs_ways[] = {{BY_FEXIT, {"read_fentry", "read_fexit", "write_fentry", "write_fexit"}},
                                           {.mechanism = BY_TP_BTF, .shared = "syscalls"}};

#define WAYS(w) w, sizeof(w) / sizeof((w)[0])

static const struct hook hooks[] = {
    {"syscalls", "a system call on a file returned", WAYS(syscall_ways), "the table file_ops will be empty"},
    {"vfs", "a file was read or written", WAYS(vfs_ways), "the table file_io will be empty"},
};

static int check_list(const struct config_section *config, const char *name, bool path, size_t longest, struct err *why)
{
    const char *const *items;
    size_t n = config_list(config, name, &items);
    for (size_t i = 0; i < n; i++) {
        if (strlen(items[i]) > longest)
            return err_set(why, EINVAL, "file.%s: \"%s\" is longer than %zu bytes", name, items[i], longest);
        if (path && items[i][0] != '/')
            return err_set(why, EINVAL, "file.%s: \"%s\" is no absolute path; write it as /%s", name, items[i], items[i]);
    }
    return (int)n;
}

int file_check_options(const struct config_section *config, struct err *why)
{
    static const struct {
        const char *name;
        bool path;
        size_t longest;
    } lists[] = {{"paths", true, FILE_PREFIX_BYTES - 1},
                 {"exclude_paths", true, FILE_PREFIX_BYTES - 1},
                 {"comms", false, 15},
                 {"exclude_comms", false, 15}};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        int n = check_list(config, lists[i].name, lists[i].path, lists[i].longest, why);
        if (n < 0)
            return n;
    }
    return 0;
}

static size_t list_size(const struct config_section *config, const char *name)
{
    const char *const *items;
    return config_list(config, name, &items);
}

static int configure(struct bpf_object *object_, const struct config_section *config, struct err *why)
{
    int rc = file_check_options(config, why);
    if (rc < 0)
        return rc;
    bool listed_paths = list_size(config, "paths"), listed_comms = list_size(config, "comms");
    const struct {
        const char *name;
        bool value;
    } knobs[] = {
        {"only_failures", config_bool(config, "only_failures")},
        {"plain_reads", config_bool(config, "reads")},
        {"paths_listed", listed_paths},
        {"filter_paths", listed_paths || list_size(config, "exclude_paths")},
        {"comms_listed", listed_comms},
        {"filter_comms", listed_comms || list_size(config, "exclude_comms")},
    };
    for (size_t i = 0; rc == 0 && i < sizeof knobs / sizeof knobs[0]; i++)
        rc = kernel_knob(object_, knobs[i].name, &knobs[i].value, sizeof knobs[i].value, why);
    return rc;
}

const struct kernel_plan file_plan = {
    .object = object,
    .hooks = hooks,
    .n_hooks = sizeof hooks / sizeof hooks[0],
    .ring = EVENT_RING_MAP,
    .configure = configure,
};
