#include "symbols/kernel.h"

#include "base/span.h"
#include "symbols/strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REACH = 1024 * 1024, MODULES = 4096 };

/* 16 bytes: there are many. */
struct entry {
    uint64_t address;
    uint32_t name; /* in the strings */
    uint32_t module : 30, local : 1, function : 1;
};

struct symbols_kernel {
    struct entry *entries; /* by address, then the better name first */
    uint32_t *by_name;     /* made when a name is first looked up */
    size_t n, size;
    struct strings strings;
    uint32_t modules[MODULES]; /* names; the first is the kernel itself */
    uint32_t n_modules;
    bool loaded;
    struct err failed;
};

struct symbols_kernel *symbols_kernel_create(void)
{
    return calloc(1, sizeof(struct symbols_kernel));
}

void symbols_kernel_refresh(struct symbols_kernel *k)
{
    free(k->entries);
    free(k->by_name);
    strings_free(&k->strings);
    *k = (struct symbols_kernel){0};
}

void symbols_kernel_destroy(struct symbols_kernel *k)
{
    if (!k)
        return;
    symbols_kernel_refresh(k);
    free(k);
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

/* Lines of a module stand together. */
static uint32_t module_index(struct symbols_kernel *k, struct span name)
{
    if (!span_length(name))
        return 0;
    for (uint32_t i = k->n_modules; i-- > 1;)
        if (span_is(name, strings_at(&k->strings, k->modules[i])))
            return i;
    if (k->n_modules == MODULES)
        return 0;
    k->modules[k->n_modules] = strings_add(&k->strings, name.p, span_length(name));
    return k->n_modules++;
}

static bool grow(struct symbols_kernel *k)
{
    if (k->n < k->size)
        return true;
    size_t size = k->size ? k->size + k->size / 2 : 65536;
    struct entry *more = size <= SYMBOLS_KERNEL_CEILING ? realloc(k->entries, size * sizeof *more) : NULL;
    if (!more)
        return false;
    k->entries = more;
    k->size = size;
    return true;
}

static bool hex(struct span word, uint64_t *v)
{
    *v = 0;
    for (const char *p = word.p; p < word.end; p++) {
        int digit = *p >= '0' && *p <= '9' ? *p - '0' : *p >= 'a' && *p <= 'f' ? *p - 'a' + 10 : -1;
        if (digit < 0 || *v >> 60)
            return false;
        *v = *v << 4 | (unsigned)digit;
    }
    return span_length(word) > 0;
}

/* "ffffffff81000000 T _stext", "ffffffffc0001000 t do_it	[module]". Upper case: global. False: no more can be kept. */
static bool read_line(struct symbols_kernel *k, struct span line, bool *any)
{
    struct span address = span_word(&line), type = span_word(&line), name = span_word(&line), module = span_word(&line);
    uint64_t at;
    if (!hex(address, &at) || span_length(type) != 1 || !span_length(name))
        return true;
    *any = true;
    if (!at)
        return true;
    if (span_length(module) > 2 && *module.p == '[')
        module = (struct span){module.p + 1, module.end - 1};
    if (!grow(k))
        return false;
    bool function = strchr("tTwW", *type.p);
    k->entries[k->n++] = (struct entry){
        .address = at,
        .name = strings_add(&k->strings, name.p, span_length(name)),
        .module = module_index(k, module),
        .local = *type.p >= 'a' && *type.p != 'w',
        .function = function,
    };
    return !k->strings.failed;
}

static int compare_names(const char *a, const char *b, bool a_local, bool b_local)
{
    return a_local != b_local ? a_local - b_local : strings_compare_names(a, b);
}

static int by_address(const void *a, const void *b, void *arg)
{
    const struct entry *x = a, *y = b;
    const struct symbols_kernel *k = arg;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    if (x->function != y->function)
        return y->function - x->function;
    return compare_names(strings_at(&k->strings, x->name), strings_at(&k->strings, y->name), x->local, y->local);
}

static void read_lines(struct symbols_kernel *k, FILE *f, bool *any)
{
    char line[1024];
    while (fgets(line, sizeof line, f))
        if (!read_line(k, span_of(line, strcspn(line, "\n")), any))
            break;
}

static int load(struct symbols_kernel *k, const char *path, struct err *why)
{
    bool any = false;
    FILE *f = fopen(path, "re");
    if (!f)
        return err_set(why, errno, "%s cannot be read, so kernel addresses have no names: %s", path, strerror(errno));
    strings_init(&k->strings, SYMBOLS_KERNEL_NAMES_CEILING);
    k->n_modules = 1;
    read_lines(k, f, &any);
    fclose(f);
    if (k->n) {
        qsort_r(k->entries, k->n, sizeof *k->entries, by_address, k);
        return 0;
    }
    if (any)
        return err_set(why, EACCES,
                       "the kernel hides its addresses (%s has only zeros): run with CAP_SYSLOG, or as root, and with "
                       "kernel.kptr_restrict at most 1 (sysctl -w kernel.kptr_restrict=1)",
                       path);
    return err_set(why, ENOENT, "%s has no symbols: the kernel was built without CONFIG_KALLSYMS, or /proc is not mounted", path);
}

int symbols_kernel_load_file(struct symbols_kernel *k, const char *path, struct err *why)
{
    if (!k->loaded) {
        int rc = load(k, path, &k->failed);
        if (rc) { /* nothing half read is kept but the reason */
            struct err failed = k->failed;
            symbols_kernel_refresh(k);
            k->failed = failed;
        }
        k->loaded = true;
    }
    return k->failed.code ? err_set(why, k->failed.code, "%s", k->failed.text) : 0;
}

int symbols_kernel_load(struct symbols_kernel *k, struct err *why)
{
    return symbols_kernel_load_file(k, "/proc/kallsyms", why);
}

/* --- looking up -------------------------------------------------------------------------------------------------- */

/* The first entry behind the address. */
static size_t upper_bound(const struct symbols_kernel *k, uint64_t address)
{
    size_t low = 0, high = k->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (k->entries[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const char *module_of(const struct symbols_kernel *k, const struct entry *e)
{
    return e->module ? strings_at(&k->strings, k->modules[e->module]) : NULL;
}

bool symbols_kernel_find(struct symbols_kernel *k, uint64_t address, struct symbol *out)
{
    if (!(address >> 63) || symbols_kernel_load(k, NULL))
        return false;
    size_t i = upper_bound(k, address);
    if (!i || address - k->entries[i - 1].address >= REACH)
        return false;
    while (i > 1 && k->entries[i - 2].address == k->entries[i - 1].address)
        i--;
    const struct entry *e = &k->entries[i - 1];
    *out = (struct symbol){strings_at(&k->strings, e->name), module_of(k, e), address - e->address, true};
    return true;
}

static int by_name(const void *a, const void *b, void *arg)
{
    const struct symbols_kernel *k = arg;
    const struct entry *x = &k->entries[*(const uint32_t *)a], *y = &k->entries[*(const uint32_t *)b];
    int order = strcmp(strings_at(&k->strings, x->name), strings_at(&k->strings, y->name));
    if (!order)
        order = y->function - x->function;
    return order ? order : (x > y) - (x < y);
}

static bool index_names(struct symbols_kernel *k)
{
    if (k->by_name)
        return true;
    k->by_name = malloc(k->n * sizeof *k->by_name);
    if (!k->by_name)
        return false;
    for (size_t i = 0; i < k->n; i++)
        k->by_name[i] = (uint32_t)i;
    qsort_r(k->by_name, k->n, sizeof *k->by_name, by_name, k);
    return true;
}

static const struct entry *entry_by_name(const struct symbols_kernel *k, size_t i)
{
    return &k->entries[k->by_name[i]];
}

static size_t first_of_name(const struct symbols_kernel *k, const char *name)
{
    size_t low = 0, high = k->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(strings_at(&k->strings, entry_by_name(k, middle)->name), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_module(const struct symbols_kernel *k, const struct entry *e, struct span wanted)
{
    return !wanted.p || span_is(wanted, e->module ? module_of(k, e) : "vmlinux");
}

size_t symbols_kernel_lookup(struct symbols_kernel *k, const char *name, struct symbols_kernel_place *out, size_t room)
{
    const char *colon = strchr(name, ':');
    struct span module = {0};
    size_t n = 0;
    if (symbols_kernel_load(k, NULL) || !index_names(k))
        return 0;
    if (colon) {
        module = span_of(name, (size_t)(colon - name));
        name = colon + 1;
    }
    for (size_t i = first_of_name(k, name); i < k->n; i++) {
        const struct entry *e = entry_by_name(k, i);
        if (strcmp(strings_at(&k->strings, e->name), name) != 0)
            break;
        if (!is_module(k, e, module))
            continue;
        if (n < room)
            out[n] = (struct symbols_kernel_place){e->address, module_of(k, e), e->function};
        n++;
    }
    return n;
}

size_t symbols_kernel_bytes(const struct symbols_kernel *k)
{
    return k->size * sizeof *k->entries + (k->by_name ? k->n * sizeof *k->by_name : 0) + k->strings.size;
}
