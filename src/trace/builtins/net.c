/* Addresses. */
#include "trace/builtins/entries.h"

const struct builtin builtins_net[] = {
    {0},
};
