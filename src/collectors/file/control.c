#include "collectors/file/control.h"

#include "collectors/file/calls.h"
#include "kernel/unit.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* One key of the trie: the prefix with what must follow it, a slash or the end of the path. */
static int put_prefix(int fd, const struct path_rule *rule, char follows)
{
    struct file_prefix key = {.bits = (uint32_t)(rule->length + 1) * 8};
    memcpy(key.bytes, rule->prefix, rule->length);
    key.bytes[rule->length] = follows;
    uint32_t verdict = rule->verdict;
    return bpf_map_update_elem(fd, &key, &verdict, BPF_ANY);
}

static int put_paths(int fd, const struct path_rules *rules, struct err *why)
{
    for (size_t i = 0; i < rules->count; i++) {
        int rc = put_prefix(fd, &rules->rules[i], '/');
        if (!rc)
            rc = put_prefix(fd, &rules->rules[i], '\0');
        if (rc)
            return err_set(why, -rc, "file: the path \"%s\" cannot be put into the kernel's filter: %s", rules->rules[i].prefix,
                           strerror(-rc));
    }
    return 0;
}

static int put_comms(int fd, const struct config_section *config, const char *option, uint32_t verdict, struct err *why)
{
    const char *const *items;
    size_t n = config_list(config, option, &items);
    for (size_t i = 0; i < n; i++) {
        char key[16] = {0};
        memcpy(key, items[i], strnlen(items[i], sizeof key - 1));
        int rc = bpf_map_update_elem(fd, key, &verdict, BPF_ANY);
        if (rc)
            return err_set(why, -rc, "file.%s: \"%s\" cannot be put into the kernel's filter: %s", option, items[i], strerror(-rc));
    }
    return 0;
}

#define OP_NUMBER(number, ...) number,
#define IO_NUMBER(number, ...) number,

/* Numbers by index into file_calls. Read and write are left out when the kernel's own functions are watched instead. */
static void fill_calls(struct file_control *c, bool vfs)
{
    static const uint16_t numbers[] = {0, FILE_OP_CALLS(OP_NUMBER, ) FILE_IO_CALLS(IO_NUMBER, )};
    static const uint16_t compat[] = {FILE_COMPAT_CALLS};
    for (unsigned i = 1; i < FILE_CALLS; i++)
        if (file_calls[i].kind == CALL_OP || !vfs || !(file_calls[i].traits & TRAIT_VFS))
            c->call[numbers[i]] = (uint8_t)i;
    for (size_t i = 0; i < sizeof compat / sizeof compat[0]; i++)
        c->call[compat[i]] |= FILE_CALL_COMPAT;
}

int file_control_start(const struct collector_ctx *ctx, const struct path_rules *rules, struct err *why)
{
    int fd = unit_map_fd(ctx->unit, "control"), prefixes = unit_map_fd(ctx->unit, "prefixes"), comms = unit_map_fd(ctx->unit, "comms");
    if (fd < 0 || prefixes < 0 || comms < 0)
        return 0;
    int rc = put_paths(prefixes, rules, why);
    if (!rc)
        rc = put_comms(comms, ctx->config, "comms", VERDICT_INCLUDE, why);
    if (!rc)
        rc = put_comms(comms, ctx->config, "exclude_comms", VERDICT_EXCLUDE, why);
    if (rc)
        return rc;
    struct file_control c = {.pids = {(uint32_t)getpid(), (uint32_t)getppid()}, .ready = 1};
    const struct unit_hook *vfs = unit_hook(ctx->unit, "vfs");
    fill_calls(&c, vfs && vfs->mechanism == BY_FEXIT);
    uint32_t zero = 0;
    rc = bpf_map_update_elem(fd, &zero, &c, BPF_ANY);
    return rc ? err_set(why, -rc, "file: the kernel programs cannot be started: %s", strerror(-rc)) : 0;
}
