#include "collectors/file/paths.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_dots(const char *name, size_t n)
{
    return n <= 2 && (n == 0 || (name[0] == '.' && name[n - 1] == '.'));
}

/* Length of the name at p, up to the next slash. */
static size_t name_length(const char *p, const char *end)
{
    const char *slash = memchr(p, '/', (size_t)(end - p));
    return (size_t)((slash ? slash : end) - p);
}

bool path_is_normal(const char *path, size_t n)
{
    const char *end = path + n;
    if (!n || *path != '/')
        return false;
    if (n == 1)
        return true;
    for (const char *p = path; p < end;) {
        size_t k = name_length(p + 1, end);
        if (is_dots(p + 1, k))
            return false;
        p += 1 + k;
    }
    return true;
}

static void drop_name(struct text *out, size_t start)
{
    if (out->length == start)
        return;
    while (out->bytes[--out->length] != '/')
        ;
    out->bytes[out->length] = '\0';
}

void path_normalise(const char *path, size_t n, struct text *out)
{
    const char *end = path + n;
    size_t start = out->length;
    for (const char *p = path; p < end;) {
        size_t k = name_length(p, end);
        if (k == 2 && p[0] == '.' && p[1] == '.')
            drop_name(out, start);
        else if (k && !is_dots(p, k)) {
            text_addc(out, '/');
            text_add(out, p, k);
        }
        p += k + (p + k < end);
    }
    if (out->length == start)
        text_addc(out, '/');
}

static struct path_rule rule_of(const char *prefix, enum file_verdict verdict)
{
    size_t n = strlen(prefix);
    while (n && prefix[n - 1] == '/')
        n--;
    return (struct path_rule){prefix, n, verdict};
}

int path_rules_take(struct path_rules *r, const struct config_section *config)
{
    const char *const *in, *const *out;
    size_t n_in = config_list(config, "paths", &in), n_out = config_list(config, "exclude_paths", &out);
    r->listed = n_in > 0;
    r->rules = calloc(n_in + n_out + 1, sizeof *r->rules);
    if (!r->rules)
        return -ENOMEM;
    for (size_t i = 0; i < n_in; i++)
        r->rules[r->count++] = rule_of(in[i], VERDICT_INCLUDE);
    for (size_t i = 0; i < n_out; i++)
        r->rules[r->count++] = rule_of(out[i], VERDICT_EXCLUDE);
    return 0;
}

void path_rules_free(struct path_rules *r)
{
    free(r->rules);
    *r = (struct path_rules){0};
}

static bool fits(const struct path_rule *rule, const char *path, size_t n)
{
    return n >= rule->length && !memcmp(path, rule->prefix, rule->length) && (n == rule->length || path[rule->length] == '/');
}

bool path_rules_pass(const struct path_rules *r, const char *path, size_t n)
{
    const struct path_rule *best = NULL;
    for (size_t i = 0; i < r->count; i++)
        if (fits(&r->rules[i], path, n) && (!best || r->rules[i].length >= best->length))
            best = &r->rules[i];
    return best ? best->verdict == VERDICT_INCLUDE : !r->listed;
}
