/* . */
#include "trace/builtins/entries.h"

const struct builtin builtins_tseries[] = {
    {0},
};
