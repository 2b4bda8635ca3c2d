#include "trace/back/load.h"

#include "base/err.h"
#include "trace/back/refusal.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOG_BYTES = 4 << 20, LOG_FULL = 2, LOG_LAST_PATH = 1, ATTEMPTS = 5 };

struct load {
    const struct bpf_code *code;
    const struct code_btf *btf;
    enum bpf_prog_type type;
    const struct load_target *target;
};

static int load_once(const struct load *l, int btf_fd, char *log, size_t log_size, uint32_t level)
{
    struct bpf_prog_load_opts options = {.sz = sizeof options, .attempts = ATTEMPTS};
    options.expected_attach_type = l->target->expected_attach_type;
    options.attach_btf_id = l->target->attach_btf_id;
    options.attach_btf_obj_fd = (uint32_t)l->target->attach_btf_obj_fd;
    options.prog_flags = l->target->is_sleepable ? BPF_F_SLEEPABLE : 0;
    if (level) {
        options.log_level = level;
        options.log_buf = log;
        options.log_size = (uint32_t)log_size;
        log[0] = '\0';
    }
    if (btf_fd >= 0) {
        options.prog_btf_fd = (uint32_t)btf_fd;
        options.func_info = l->btf->functions;
        options.func_info_cnt = l->btf->n_functions;
        options.func_info_rec_size = sizeof *l->btf->functions;
        options.line_info = l->btf->lines;
        options.line_info_cnt = l->btf->n_lines;
        options.line_info_rec_size = sizeof *l->btf->lines;
    }
    return bpf_prog_load(l->type, l->target->name, "GPL", l->code->insns, l->code->count, &options);
}

/* Once more, for the reason. A log that does not fit is cut by new kernels and refused by old ones: these are asked for the last path
 * alone. */
static void explain(const struct load *l, int btf_fd, int error, char *log, size_t log_size, struct err *why)
{
    int fd = load_once(l, btf_fd, log, log_size, LOG_FULL);
    if (fd == -ENOSPC)
        fd = load_once(l, btf_fd, log, log_size, LOG_LAST_PATH);
    if (fd >= 0)
        close(fd);
    refusal_explain(log, -error, l->code->functions[0].name, why);
}

static int load_or_explain(const struct load *l, char *log, size_t log_size, struct err *why)
{
    int btf_fd = l->btf ? bpf_btf_load(l->btf->btf, l->btf->btf_size, NULL) : -1;
    int fd = load_once(l, btf_fd, NULL, 0, 0);
    if (fd < 0 && fd != -E2BIG && btf_fd >= 0) {
        int without = load_once(l, -1, NULL, 0, 0);
        fd = without >= 0 ? without : fd;
    }
    if (fd == -E2BIG) /* a log of a million steps says nothing */
        err_set(why, E2BIG,
                "the kernel's verifier gives up on %s: its paths are too many or too long; make loops shorter or conditions fewer",
                l->code->functions[0].name);
    else if (fd < 0)
        explain(l, btf_fd, fd, log, log_size, why);
    if (btf_fd >= 0)
        close(btf_fd);
    return fd;
}

int code_load(const struct bpf_code *code, const struct code_btf *btf, enum bpf_prog_type type, const struct load_target *target, char *log,
              size_t log_size, struct err *why)
{
    struct load l = {code, btf, type, target};
    char *own = log && log_size ? NULL : malloc(LOG_BYTES);
    if (!own && !(log && log_size))
        return err_set(why, ENOMEM, "there is no memory left to load %s", code->functions[0].name);
    int fd = load_or_explain(&l, own ? own : log, own ? LOG_BYTES : log_size, why);
    free(own);
    return fd;
}
