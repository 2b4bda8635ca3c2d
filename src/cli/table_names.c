#include "cli/table_names.h"

#include "base/names.h"
#include "collectors/collector.h"

#include <stdio.h>

const char *table_name_at(const void *unused, size_t i)
{
    (void)unused;
    for (size_t c = 0; c < n_collectors; i -= collectors[c]->n_tables, c++)
        if (i < collectors[c]->n_tables)
            return collectors[c]->tables[i]->name;
    return NULL;
}

int table_refuse(const struct command *c, const char *name)
{
    struct names names = {table_name_at, NULL};
    struct text t = {0};
    text_addf(&t, "sonde %s: unknown table ", c->name);
    names_add_unknown(&t, names, name);
    text_adds(&t, "; tables: ");
    names_join(&t, names);
    fprintf(stderr, "%s\n", t.bytes ? t.bytes : "sonde: out of memory");
    text_free(&t);
    return EXIT_USAGE;
}
