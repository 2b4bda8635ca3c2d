/* The configuration as typed values with the place they came from. Keys are declared as data; unknown keys and bad values are
 * errors that name file, line and the valid choices.
 *
 * A file is YAML: the keys of the unnamed section at top level, one mapping for each named section:
 *
 *     retention: 24h
 *     file:
 *       min_latency: 10us
 *
 * Values: booleans (yes, no, true, false, on, off), whole numbers, durations (ns, us, ms, s, m, h, d; also 1h30m, 1.5s, 0),
 * sizes (bytes, or K, M, G, T and KiB, MiB, GiB, TiB, all powers of 1024), percentages (1, 0.5, 2%), text, and lists (a YAML
 * sequence or words with commas between them). Anchors, aliases, tags, several documents and repeated keys are refused. */
#pragma once
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A key of the configuration file (and, for the agent's own, an option of the command line). */
enum config_type { CONFIG_BOOL, CONFIG_NUMBER, CONFIG_DURATION, CONFIG_BYTES, CONFIG_TEXT, CONFIG_LIST, CONFIG_PERCENT };

struct config_option {
    const char *name; /* as in the file; the command line writes _ as - */
    enum config_type type;
    const char *fallback;    /* the default, as it would be written in the file; "" for none */
    const char *placeholder; /* "DIR", "24h" in --help; NULL for a bool */
    const char *description;
    /* All of the following may be left out. */
    const char *(*choice)(size_t i); /* text and lists: the i-th valid value, NULL past the last; no function: any value */
    const char *least, *most;        /* numbers, durations, sizes, percentages: limits, written as in the file */
    char letter;                     /* short option of the command line */
    bool command_line_only;          /* not a key of the file */
    bool repeats;                    /* lists of the command line: each --name adds one item, in which commas mean nothing */
};

/* The file is at most CONFIG_FILE_CEILING bytes, one list at most CONFIG_LIST_CEILING items. */
enum { CONFIG_FILE_CEILING = 1024 * 1024, CONFIG_LIST_CEILING = 1024 };

/* A declared set of options. */
struct config_section_schema {
    const char *name; /* "" for the top level of the file */
    const struct config_option *options;
    size_t n_options;
};

struct config_schema {
    const struct config_section_schema *sections;
    size_t n_sections;
};

struct config;
struct config_section; /* checked values of one declared set of options */

/* Values that are the defaults. The schema is borrowed. NULL with words when a default is not a valid value or memory ran out. */
struct config *config_create(const struct config_schema *schema, struct err *why);
void config_destroy(struct config *c); /* NULL is fine */

/* Reads a YAML file. Values that config_set has set stay, whatever the order of calls. 0 or -errno with words. */
int config_load_file(struct config *c, const char *path, struct err *why);
/* The same from memory; `name` stands for the file in words. */
int config_load_bytes(struct config *c, const char *name, const char *bytes, size_t size, struct err *why);
/* Sets one value from the command line: words speak of "--name" ("--section.name" when section is not ""). A name may be
 * written with - for _. -ENOENT: no such option (no words: the caller knows the valid ones better). */
int config_set(struct config *c, const char *section, const char *name, const char *value, struct err *why);

/* NULL when the schema has no section of that name. */
const struct config_section *config_section_of(const struct config *c, const char *name);

/* Getters. Asking for an option that is not declared is a mistake in the program, which ends it. */
bool config_bool(const struct config_section *s, const char *name);
uint64_t config_number(const struct config_section *s, const char *name);  /* numbers as they are, durations in ns, sizes in bytes */
double config_percent(const struct config_section *s, const char *name);   /* 1.0 for 1 % */
const char *config_text(const struct config_section *s, const char *name); /* "" when unset */
size_t config_list(const struct config_section *s, const char *name, const char *const **items);
/* Whether the file or the command line gave a value. */
bool config_is_set(const struct config_section *s, const char *name);
