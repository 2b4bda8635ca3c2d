/* Words of a configuration to typed values. Used by config*.c only. */
#pragma once
#include "base/arena.h"
#include "base/config.h"

enum config_level { LEVEL_DEFAULT, LEVEL_FILE, LEVEL_COMMAND_LINE };

struct config_value {
    uint64_t number; /* numbers, durations, sizes, bools; percentages in millionths of a percent */
    const char *text;
    const char **items;
    size_t n_items;
    enum config_level level;
    size_t line; /* of the file being read, 0: not set by it */
};

struct config_section {
    const struct config_section_schema *schema;
    struct config_value *values;
    size_t line; /* of the file being read, 0: not seen */
};

struct config {
    struct arena arena;
    const struct config_schema *schema;
    struct config_section *sections;
};

/* Index of an option, - and _ being one; -1 when there is none. */
int config_option_index(const struct config_section_schema *s, const char *name);
/* Reads `text` as the option's type; what it keeps is in the arena. Words do not name the option. */
int config_value_parse(const struct config_option *o, const char *text, struct arena *arena, struct config_value *out, struct err *why);
/* Adds an item to a list. */
int config_value_add(const struct config_option *o, const char *item, struct arena *arena, struct config_value *out, struct err *why);
