/* Names for the addresses that are met: of the kernel, and of the processes whose stacks they are. */
#include "base/clock.h"
#include "cli/run.h"
#include "objects/stacks.h"

#include <stdlib.h>

enum { LEARN_NS = 1000 * 1000 * 1000 };

struct run_symbols {
    struct run *run;
    struct symbols_kernel *kernel;
    struct symbols_files *files;
    struct symbols_processes *processes;
    struct stacks *stacks; /* NULL: the object has no stack map */
    bool stacks_tried, told;
    int64_t learned_ns;
};

/* That the kernel's addresses have no names is told once, with the reason. */
static bool find_in_kernel(struct run_symbols *s, uint64_t address, struct symbol *out)
{
    struct err why = {0};
    if (symbols_kernel_load(s->kernel, &why)) {
        if (!s->told)
            run_say(s->run, why.text);
        s->told = true;
        return false;
    }
    return symbols_kernel_find(s->kernel, address, out);
}

static bool find(struct run_symbols *s, uint32_t pid, uint64_t address, struct symbol *out)
{
    if (address >> 63)
        return find_in_kernel(s, address, out);
    return pid && symbols_process_find(s->processes, pid, 0, address, out);
}

/* The function of a call is that of the instruction before the one that it returns to. */
static bool name_address(void *arg, const struct code_address *at, char *buf, size_t size)
{
    struct symbol symbol;
    if (!find(arg, at->pid, at->address - at->returned, &symbol))
        return false;
    symbol.offset += at->returned;
    symbol_print(&symbol, buf, size);
    return true;
}

static void see(void *arg, uint32_t pid)
{
    const struct run_symbols *s = arg;
    symbols_process_see(s->processes, pid, 0);
}

static size_t stack_frames(void *arg, const char *field, uint32_t id, uint64_t *frames, size_t room)
{
    const struct run_symbols *s = ((struct run *)arg)->symbols;
    return s->stacks ? stacks_frames(s->stacks, field, id, frames, room) : 0;
}

/* The maps say whose the stacks are. */
static void learn(struct run *r, bool now)
{
    struct run_symbols *s = r->symbols;
    if (!s->stacks_tried)
        s->stacks = stacks_create(&r->object);
    s->stacks_tried = true;
    if (!s->stacks || (!now && s->learned_ns && clock_mono_ns() - s->learned_ns < LEARN_NS))
        return;
    stacks_learn(s->stacks, &r->show.values, see, s);
    s->learned_ns = clock_mono_ns();
}

static uint32_t stack_pid(void *arg, const char *map, uint32_t id)
{
    const struct run_symbols *s = ((struct run *)arg)->symbols;
    return s->stacks ? stacks_pid(s->stacks, map, id) : 0;
}

void run_learn_stacks(struct run *r, bool now)
{
    if (r->symbols)
        learn(r, now);
}

void run_name_addresses(struct run *r)
{
    struct run_symbols *s = calloc(1, sizeof *s);
    if (!s)
        return;
    r->symbols = s;
    s->run = r;
    s->kernel = symbols_kernel_create();
    s->files = symbols_files_create(0);
    s->processes = s->files ? symbols_processes_create(s->files) : NULL;
    if (!s->kernel || !s->processes) {
        run_forget_names(r);
        return;
    }
    r->show.values.symbol = name_address;
    r->show.values.symbol_arg = s;
    r->show.values.stack = stack_frames;
    r->show.values.stack_pid = stack_pid;
    r->show.values.stack_arg = r;
}

void run_forget_names(struct run *r)
{
    struct run_symbols *s = r->symbols;
    if (!s)
        return;
    stacks_destroy(s->stacks);
    symbols_processes_destroy(s->processes);
    symbols_files_destroy(s->files);
    symbols_kernel_destroy(s->kernel);
    free(s);
    r->symbols = NULL;
}
