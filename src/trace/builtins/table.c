/* All builtins, in the order of the reference. */
#include "trace/builtins/entries.h"

#include <string.h>

static const struct builtin *const groups[] = {
    builtins_process, builtins_time,    builtins_context, builtins_text,  builtins_aggregate, builtins_map,          builtins_output,
    builtins_symbols, builtins_net,     builtins_task,    builtins_modes, builtins_strings,   builtins_compile_time, builtins_acts,
    builtins_names,   builtins_tseries, builtins_words,   builtins_len,   builtins_glob,      builtins_search,       builtins_pointers};

const struct builtin *builtin_at(size_t i)
{
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++)
        for (const struct builtin *b = groups[g]; b->name; b++)
            if (i-- == 0)
                return b;
    return NULL;
}

const struct builtin *builtin_find(const char *name)
{
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++)
        for (const struct builtin *b = groups[g]; b->name; b++)
            if (!strcmp(b->name, name))
                return b;
    return NULL;
}
