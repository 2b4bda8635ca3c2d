#include "trace/builtins/entries.h"

const struct builtin builtins_acts[] = {
    {0},
};
