/* Paths as words: made normal, and compared with the prefixes of the configuration. Nothing here looks at a file system. */
#pragma once
#include "base/config.h"
#include "base/text.h"
#include "collectors/file/file.wire.h"

/* Whether an absolute path is normal already: no empty name, no "." or "..", no slash at its end. */
bool path_is_normal(const char *path, size_t n);
/* Appends the absolute path without empty names, "." and "..": "/a/../b//c/." becomes "/b/c". */
void path_normalise(const char *path, size_t n, struct text *out);

/* The options paths and exclude_paths: the longest prefix that fits, by whole names, decides. */
struct path_rule {
    const char *prefix; /* borrowed from the configuration */
    size_t length;      /* without slashes at its end; 0: "/" */
    enum file_verdict verdict;
};

struct path_rules {
    struct path_rule *rules;
    size_t count;
    bool listed; /* there are rules that include: what fits none is left out */
};

/* 0 or -ENOMEM. The configuration must outlive the rules. */
int path_rules_take(struct path_rules *r, const struct config_section *config);
void path_rules_free(struct path_rules *r);
bool path_rules_pass(const struct path_rules *r, const char *path, size_t n);
