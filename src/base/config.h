/* The configuration as typed values with the place they came from. Keys are declared as data; unknown keys and bad values are
 * errors that name file, line and the valid choices. */
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A key of the configuration file (and, for the agent's own, an option of the command line). */
enum config_type { CONFIG_BOOL, CONFIG_NUMBER, CONFIG_DURATION, CONFIG_BYTES, CONFIG_TEXT, CONFIG_LIST };

struct config_option {
    const char *name; /* as in the file; the command line writes _ as - */
    enum config_type type;
    const char *fallback; /* the default, as it would be written in the file; "" for none */
    const char *placeholder; /* "DIR", "24h" in --help; NULL for a bool */
    const char *description;
};

struct config_section; /* checked values of one declared set of options */

bool config_bool(const struct config_section *s, const char *name);
uint64_t config_number(const struct config_section *s, const char *name); /* numbers as they are, durations in ns, sizes in bytes */
const char *config_text(const struct config_section *s, const char *name); /* "" when unset */
size_t config_list(const struct config_section *s, const char *name, const char *const **items);
