#include "collectors/failures/crashes.h"

#include "base/clock.h"
#include "base/signal_name.h"
#include "base/text.h"
#include "collectors/failures/failures.h"
#include "collectors/failures/words.h"
#include "collectors/sink.h"
#include "identity/identity.h"
#include "kernel/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GRACE_NS = 2000000000 }; /* a process that ended so long ago has no end record on its way */

static void set_hex(struct batch *b, size_t column, uint64_t value)
{
    char word[32];
    int n = snprintf(word, sizeof word, "0x%llx", (unsigned long long)value);
    batch_set_text(b, column, word, (size_t)n);
}

static void set_location(struct batch *b, const struct failures_crash *e)
{
    struct text t = {0};
    size_t names = e->h.size - offsetof(struct failures_crash, text);
    if (!(e->marks & CRASH_HAS_FILE) || !names)
        return;
    path_assemble(e->text, names, &t);
    text_addf(&t, "+0x%llx", (unsigned long long)e->file_offset);
    if (!t.full)
        batch_set_text(b, CRASH_LOCATION, t.bytes, t.length);
    text_free(&t);
}

static void set_fault(struct batch *b, const struct failures_crash *e)
{
    set_hex(b, CRASH_IP, e->ip);
    if (e->marks & CRASH_HAS_ADDRESS)
        set_hex(b, CRASH_ADDRESS, e->address);
    if (e->marks & CRASH_HAS_ACCESS)
        batch_set_static(b, CRASH_ACCESS,
                         e->page_fault & PAGE_FAULT_FETCH   ? "execute"
                         : e->page_fault & PAGE_FAULT_WRITE ? "write"
                                                            : "read");
}

/* `end` NULL: not seen. */
static void add_row(struct collector_ctx *ctx, const struct failures_crash *e, const struct failures_crash_end *end)
{
    struct batch *b = sink_row(ctx->sink, &table_crashes);
    if (!b)
        return;
    char name[SIGNAL_NAME_SIZE];
    signal_name(e->number, name);
    const char *code = signal_code_word(e->number, e->code);
    batch_set_time(b, CRASH_TIME, clock_boot_to_utc((int64_t)e->h.boot_ns));
    identity_fill_named(ctx->identity, b, CRASH_PID, e->h.pid, e->h.start_ns, e->comm);
    batch_set_u32(b, CRASH_TID, e->h.tid);
    batch_set_text(b, CRASH_THREAD, e->thread, strnlen(e->thread, sizeof e->thread));
    batch_set_text(b, CRASH_SIGNAL, name, strlen(name));
    batch_set_static(b, CRASH_CODE, code ? code : "unknown");
    set_fault(b, e);
    set_location(b, e);
    if (!end)
        return;
    batch_set_bool(b, CRASH_CORE, end->core_dumped);
    batch_set_i64(b, CRASH_DYING, (int64_t)(end->h.boot_ns - e->h.boot_ns));
}

static void tell(struct collector_ctx *ctx, struct crash_list *list, size_t i, const struct failures_crash_end *end)
{
    struct failures_crash *e = list->pending[i];
    add_row(ctx, e, end);
    list->count--;
    memmove(&list->pending[i], &list->pending[i + 1], (list->count - i) * sizeof list->pending[0]);
    free(e);
}

void crash_take(struct collector_ctx *ctx, struct crash_list *list, const struct failures_crash *e)
{
    struct failures_crash *copy = e->marks & CRASH_NO_END ? NULL : malloc(e->h.size);
    if (!copy) {
        add_row(ctx, e, NULL);
        return;
    }
    if (list->count == CRASHES_PENDING)
        tell(ctx, list, 0, NULL);
    memcpy(copy, e, e->h.size);
    list->pending[list->count++] = copy;
}

void crash_take_end(struct collector_ctx *ctx, struct crash_list *list, const struct failures_crash_end *e)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct event_header *h = &list->pending[i]->h;
        if (h->tid == e->h.tid && h->pid == e->h.pid && h->start_ns == e->h.start_ns) {
            tell(ctx, list, i, e);
            return;
        }
    }
}

void crash_expire(struct collector_ctx *ctx, struct crash_list *list, int64_t now_boot_ns)
{
    for (size_t i = list->count; i-- > 0;) {
        const struct event_header *h = &list->pending[i]->h;
        const struct process *p = identity_find(ctx->identity, h->pid, h->start_ns);
        if (p && p->exit_boot_ns && p->exit_boot_ns < now_boot_ns - GRACE_NS)
            tell(ctx, list, i, NULL);
    }
}

void crash_flush(struct collector_ctx *ctx, struct crash_list *list)
{
    while (list->count)
        tell(ctx, list, 0, NULL);
}
