/* Attaching a loaded program to its targets. Descriptors hold the attachment; the kernel detaches when they are closed. */
#include "trace/probes/attach.h"

#include "base/err.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int probe_keep_fd(struct attachment *a, int fd)
{
    if (a->n_fds == a->room) {
        size_t room = a->room ? 2 * a->room : 16;
        int *more = realloc(a->fds, room * sizeof *more);
        if (!more) {
            close(fd);
            return -ENOMEM;
        }
        a->fds = more;
        a->room = room;
    }
    a->fds[a->n_fds++] = fd;
    return 0;
}

/* --- detaching ------------------------------------------------------------------------------------------------------------- */

enum { CLOSERS = 32, FEW = 8 };

struct closer {
    pthread_t thread;
    struct attachment *of;
    size_t first, step;
};

static void *close_some(void *arg)
{
    const struct closer *c = arg;
    for (size_t i = c->first; i < c->of->n_fds; i += c->step)
        close(c->of->fds[i]);
    return NULL;
}

void probe_detach(struct attachment *a)
{
    struct closer closers[CLOSERS];
    size_t n = a->n_fds <= FEW ? 1 : CLOSERS;
    bool started[CLOSERS] = {false};
    for (size_t i = 0; i < n; i++)
        closers[i] = (struct closer){.of = a, .first = i, .step = n};
    for (size_t i = 1; i < n; i++)
        started[i] = !pthread_create(&closers[i].thread, NULL, close_some, &closers[i]);
    close_some(&closers[0]);
    for (size_t i = 1; i < n; i++)
        if (started[i])
            pthread_join(closers[i].thread, NULL);
        else
            close_some(&closers[i]);
    free(a->fds);
    *a = (struct attachment){0};
}

/* --- attaching ------------------------------------------------------------------------------------------------------------- */

static int attach_raw(struct attachment *a, const struct target *t, int program_fd, struct err *why)
{
    int link = bpf_raw_tracepoint_open(t->way == ATTACH_RAW_TRACEPOINT ? t->raw ? t->raw : t->what : NULL, program_fd);
    if (link < 0)
        return err_set(why, -link, "%s: the kernel refuses to attach: %s", t->name, strerror(-link));
    return probe_keep_fd(a, link);
}

/* The kernel runs the program for each object while its file is read; it writes nothing there, and what it has to say is in the ring. */
static int run_iterator(struct attachment *a, const struct target *t, int program_fd, struct err *why)
{
    char block[4096];
    ssize_t n;
    int link = bpf_link_create(program_fd, 0, BPF_TRACE_ITER, NULL);
    int file = link >= 0 ? bpf_iter_create(link) : link;
    if (link >= 0 && probe_keep_fd(a, link) < 0)
        file = -ENOMEM;
    if (file < 0)
        return err_set(why, -file, "%s: the kernel refuses the iterator: %s", t->name, strerror(-file));
    do
        n = read(file, block, sizeof block);
    while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
    close(file);
    return 0;
}

static int attach_one(struct attachment *a, const struct target *t, int program_fd, const struct probe_scope *scope, struct err *why)
{
    switch (t->way) {
    case ATTACH_TRACEPOINT: return attach_perf_tracepoint(a, t, program_fd, why);
    case ATTACH_KPROBE: return attach_kernel_function(a, t, program_fd, why);
    case ATTACH_UPROBE: return attach_user_function(a, t, program_fd, scope, why);
    case ATTACH_PERF_EVENT: return attach_counter(a, t, program_fd, scope, why);
    case ATTACH_RAW_TRACEPOINT:
    case ATTACH_TP_BTF:
    case ATTACH_TRAMPOLINE: return attach_raw(a, t, program_fd, why);
    case ATTACH_ITER: return run_iterator(a, t, program_fd, why);
    default: return 0; /* run by us */
    }
}

int probe_attach(struct attachment *a, struct target *const *targets, uint32_t n, int program_fd, const struct probe_scope *scope,
                 struct err *why)
{
    int attached = 0;
    int r = 0;
    if (targets[0]->way == ATTACH_KPROBE_MULTI)
        r = attached = attach_kernel_functions(a, targets, n, program_fd, why);
    else if (targets[0]->way == ATTACH_UPROBE_MULTI)
        r = attached = attach_user_functions(a, targets, n, program_fd, scope, why);
    else if (targets[0]->syscall) /* one program sees all of them */
        r = attach_raw(a, targets[0], program_fd, why);
    else
        for (uint32_t i = 0; i < n; i++) {
            r = attach_one(a, targets[i], program_fd, scope, why);
            if (r < 0 && !targets[i]->of_wildcard)
                return r;
            attached += r >= 0;
        }
    if (attached > 0)
        err_clear(why);
    return attached > 0 ? attached : r < 0 ? r : (int)n;
}
