#include "trace/builtins/entries.h"

const struct builtin builtins_names[] = {
    {0},
};
