#include "collectors/failures/control.h"

#include "collectors/failures/calls.h"
#include "collectors/failures/words.h"
#include "kernel/unit.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#define CALL_NUMBER(number, ...) number,

/* Whether a hook is left to the programs at system calls. */
static bool left_to_calls(const struct kernel_unit *unit, const char *hook)
{
    const struct unit_hook *h = unit_hook(unit, hook), *calls = unit_hook(unit, "calls");
    return h && calls && h->way >= 0 && !strcmp(h->target, calls->target);
}

static void want(struct failures_control *c, int number)
{
    c->errors[number] = number == EAGAIN ? ERROR_OF_LIMITS : ERROR_WANTED;
}

static void fill_errors(struct failures_control *c, const struct config_section *config)
{
    static const int usual[] = {EACCES,  EPERM,  EIO,    ENOSPC, EDQUOT,     EROFS,         EFBIG,  ENOMEM,
                                ENOBUFS, EMFILE, ENFILE, EAGAIN, EADDRINUSE, EADDRNOTAVAIL, ESTALE, EUCLEAN};
    const char *const *names;
    size_t n = config_list(config, "errors", &names);
    for (size_t i = 0; i < n; i++)
        want(c, failure_error_number(names[i])); /* checked: never 0 */
    for (size_t i = 0; !n && i < sizeof usual / sizeof usual[0]; i++)
        want(c, usual[i]);
}

void failures_control_fill(struct failures_control *c, const struct kernel_unit *unit, const struct config_section *config)
{
    static const uint16_t numbers[] = {0, CHANGE_CALLS(CALL_NUMBER)};
    bool credentials = left_to_calls(unit, "credentials"), modules = left_to_calls(unit, "modules");
    *c = (struct failures_control){.credentials_by_calls = credentials};
    fill_errors(c, config);
    for (unsigned i = 1; i < CHANGE_CALL_COUNT; i++) {
        uint8_t role = change_calls[i].role;
        if ((role == ROLE_CREDENTIALS && !credentials) || (role == ROLE_MODULE && !modules))
            continue;
        c->calls[numbers[i]] = (uint8_t)i;
    }
}

int failures_control_start(const struct collector_ctx *ctx, struct err *why)
{
    int fd = unit_map_fd(ctx->unit, "control");
    if (fd < 0)
        return 0;
    struct failures_control c;
    failures_control_fill(&c, ctx->unit, ctx->config);
    uint32_t zero = 0;
    int rc = bpf_map_update_elem(fd, &zero, &c, BPF_ANY);
    return rc ? err_set(why, -rc, "failures: the kernel programs cannot be started: %s", strerror(-rc)) : 0;
}
