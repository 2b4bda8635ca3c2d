#include "trace/probes/functions.h"

#include "trace/probes/providers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTIONS_MAX = 1 << 20 };

static void add(struct kernel_functions *f, const char *name, size_t n, const char *module, size_t module_n)
{
    if ((f->count & (f->count - 1)) == 0) { /* room is a power of two */
        struct kernel_function *more = realloc(f->list, (f->count ? 2 * f->count : 1) * sizeof *more);
        if (!more)
            return;
        f->list = more;
    }
    const char *copy = arena_copy(&f->arena, name, n);
    const char *of = module_n ? arena_copy(&f->arena, module, module_n) : "";
    if (copy && of && f->count < FUNCTIONS_MAX)
        f->list[f->count++] = (struct kernel_function){.name = copy, .module = of};
}

/* What is behind a name: " [module]" or "\t[module]". */
static void add_named(struct kernel_functions *f, const char *name)
{
    size_t n = strcspn(name, " \t\n");
    const char *open = strchr(name + n, '[');
    add(f, name, n, open ? open + 1 : "", open ? strcspn(open + 1, "]\n") : 0);
}

/* Names that the compiler and the linker make, and stubs that are no functions of their own. */
static bool is_made(const char *name)
{
    static const char *const beginnings[] = {"__pfx_",          "__cfi_",       "__SCT__",      "__SCK__",      "__ksymtab",
                                             "__kstrtab",       "__traceiter_", "__bpf_trace_", "__probestub_", "bpf_prog_",
                                             "bpf_trampoline_", "__crc_",       "__initcall_",  "__setup_"};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (!strncmp(name, beginnings[i], strlen(beginnings[i])))
            return true;
    return strpbrk(name, "$.") && strcspn(name, "$.") < strcspn(name, " \t\n");
}

static bool read_filter(struct kernel_functions *f)
{
    char line[1024];
    const char *root = tracefs_path();
    snprintf(line, sizeof line, "%s/available_filter_functions", root ? root : "/sys/kernel/tracing");
    FILE *in = fopen(line, "re");
    while (in && fgets(line, sizeof line, in))
        if (strncmp(line, "__ftrace_invalid_address__", 26) != 0)
            add_named(f, line);
    if (in)
        fclose(in);
    return f->count > 0;
}

/* "ffffffff81000000 T name\t[module]" */
static void read_kallsyms(struct kernel_functions *f)
{
    char line[1024];
    FILE *in = fopen("/proc/kallsyms", "re");
    while (in && fgets(line, sizeof line, in)) {
        const char *kind = strchr(line, ' ');
        if (kind && (kind[1] == 't' || kind[1] == 'T') && kind[2] == ' ' && !is_made(kind + 3))
            add_named(f, kind + 3);
    }
    if (in)
        fclose(in);
}

static int by_name(const void *a, const void *b)
{
    const struct kernel_function *x = a;
    const struct kernel_function *y = b;
    int r = strcmp(x->name, y->name);
    return r ? r : strcmp(x->module, y->module);
}

struct kernel_functions *kernel_functions_read(void)
{
    struct kernel_functions *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->source = "available_filter_functions";
    if (!read_filter(f)) {
        f->source = "/proc/kallsyms";
        read_kallsyms(f);
    }
    if (f->count)
        qsort(f->list, f->count, sizeof *f->list, by_name);
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        bool same = kept && !strcmp(f->list[kept - 1].name, f->list[i].name) && !strcmp(f->list[kept - 1].module, f->list[i].module);
        if (same)
            f->list[kept - 1].doubtful = true;
        else
            f->list[kept++] = f->list[i];
    }
    f->count = kept;
    return f;
}

bool kernel_functions_have(const struct kernel_functions *f, const char *name)
{
    size_t low = 0;
    size_t high = f->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int r = strcmp(f->list[middle].name, name);
        if (!r)
            return true;
        if (r < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

void kernel_functions_free(struct kernel_functions *f)
{
    if (!f)
        return;
    free(f->list);
    arena_free(&f->arena);
    free(f);
}
