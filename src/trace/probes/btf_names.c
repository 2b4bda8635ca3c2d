#include "trace/probes/btf_names.h"

#include <bpf/btf.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool btf_names_read(struct btf_names *n, uint32_t kind, const char *prefix)
{
    size_t skip = strlen(prefix);
    *n = (struct btf_names){.btf = btf__load_vmlinux_btf()};
    uint32_t types = n->btf ? btf__type_cnt(n->btf) : 0;
    n->names = types ? malloc(types * sizeof *n->names) : NULL;
    for (uint32_t id = 1; n->names && id < types; id++) {
        const struct btf_type *t = btf__type_by_id(n->btf, id);
        const char *name = btf_kind(t) == kind ? btf__name_by_offset(n->btf, t->name_off) : NULL;
        if (name && !strncmp(name, prefix, skip) && name[skip])
            n->names[n->count++] = name + skip;
    }
    if (n->names && n->count)
        qsort(n->names, n->count, sizeof *n->names, by_name);
    return n->names != NULL;
}

bool btf_names_have(const struct btf_names *n, const char *name)
{
    return n->count && bsearch(&name, n->names, n->count, sizeof *n->names, by_name);
}

void btf_names_free(struct btf_names *n)
{
    free(n->names);
    btf__free(n->btf);
    *n = (struct btf_names){0};
}
