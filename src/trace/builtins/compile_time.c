#include "trace/builtins/entries.h"

const struct builtin builtins_compile_time[] = {
    {0},
};
