#include "collectors/process/process.h"

#include "base/log.h"
#include "collectors/process/decode.h"
#include "collectors/process/plan.h"
#include "collectors/process/process.wire.h"
#include "identity/procfs.h"
#include "kernel/broker.h"
#include "kernel/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SWEEP_A_SECOND = 16 }; /* processes looked at again each second, should an exit event have been lost */

static int ask_link(void *broker, uint32_t pid, enum proc_link which, char *buf, size_t size)
{
    return broker_proc_link(broker, pid, which, buf, size);
}

/* Takes the records of the kernel's iterator: processes with their exact start times. */
static void scan_kernel(struct collector_ctx *ctx)
{
    struct err why = {0};
    int fd = broker_open_iter(ctx->broker, ctx->index, "scan_tasks", &why);
    if (fd < 0) {
        log_debug("process: %s", why.text);
        return;
    }
    struct process_fork records[128];
    size_t have = 0;
    ssize_t n;
    while ((n = read(fd, (char *)records + have, sizeof records - have)) > 0 || (n < 0 && errno == EAGAIN)) {
        have += n > 0 ? (size_t)n : 0;
        size_t whole = have / sizeof records[0];
        for (size_t i = 0; i < whole; i++)
            process_take_fork(ctx, &records[i], sizeof records[i]);
        have -= whole * sizeof records[0];
        memmove(records, &records[whole], have);
    }
    close(fd);
}

static int process_open(struct collector_ctx *ctx, struct err *why)
{
    struct process_state *s = calloc(1, sizeof *s);
    if (!s)
        return err_set(why, ENOMEM, "out of memory");
    ctx->state = s;
    const struct unit_hook *scan = unit_hook(ctx->unit, "scan");
    if (scan && scan->way >= 0)
        scan_kernel(ctx);
    int found = procfs_scan(ctx->identity, ask_link, ctx->broker);
    if (found < 0)
        log_warn("process: /proc cannot be read (%s); processes older than the agent will have no names", strerror(-found));
    return 0;
}

static void process_tick(struct collector_ctx *ctx, int64_t now_boot_ns)
{
    identity_sweep(ctx->identity, procfs_alive, now_boot_ns, SWEEP_A_SECOND);
}

static void process_close(struct collector_ctx *ctx)
{
    struct process_state *s = ctx->state;
    if (!s)
        return;
    text_free(&s->text);
    free(s);
    ctx->state = NULL;
}

static const struct table *const tables[] = {&table_execs, &table_exits};

const struct collector collector_process = {
    .name = "process",
    .summary = "programs started and processes ended, and the process tree that names all other rows",
    .tables = tables,
    .n_tables = sizeof tables / sizeof tables[0],
    .kernel = &process_plan,
    .open = process_open,
    .record = process_take_record,
    .tick = process_tick,
    .close = process_close,
};
