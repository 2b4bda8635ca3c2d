/* usdt: static probes of programs and libraries. */
#include "trace/probes/binary.h"
#include "trace/probes/static_probe.h"

#include "base/arena.h"
#include "base/names.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NEAR_MAX = 512, NAME_BYTES = 512 };

struct search {
    struct expansion *e;
    const struct binary *binary;
    const char *provider, *name;
    const char *seen[NEAR_MAX]; /* names, for the near one */
    size_t n_seen;
};

static bool take(void *arg, const struct static_probe *p)
{
    struct search *s = arg;
    char what[NAME_BYTES];
    struct arena *a = s->e->complaints->arena;
    if (s->n_seen < NEAR_MAX)
        s->seen[s->n_seen++] = arena_copy(a, p->name, strlen(p->name));
    if (fnmatch(s->provider, p->provider, 0) || fnmatch(s->name, p->name, 0))
        return true;
    snprintf(what, sizeof what, "%s:%s", p->provider, p->name);
    struct target *t = expansion_add(s->e, ATTACH_UPROBE, s->binary->name, what);
    if (!t)
        return false;
    t->path = s->binary->path;
    t->offset = p->offset;
    t->counter = p->counter;
    t->arguments = arena_copy(a, p->arguments, strlen(p->arguments));
    return true;
}

static void search_file(struct search *s)
{
    struct stat st;
    int fd = open(s->binary->path, O_RDONLY | O_CLOEXEC);
    void *bytes = fd >= 0 && !fstat(fd, &st) && st.st_size > 0 ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (bytes != MAP_FAILED) {
        static_probes_each(bytes, (size_t)st.st_size, take, s);
        munmap(bytes, (size_t)st.st_size);
    }
    if (fd >= 0)
        close(fd);
}

static const char *seen_at(const void *arg, size_t i)
{
    const struct search *s = arg;
    return i < s->n_seen ? s->seen[i] : NULL;
}

void expand_usdt(struct expansion *e)
{
    bool split = e->point->n_parts > 3;
    struct search s = {.e = e, .provider = split ? expansion_part(e, 1) : "*", .name = expansion_part(e, split ? 2 : 1)};
    if (!*s.provider)
        s.provider = "*";
    struct binary *first = binary_find(e, expansion_part(e, 0));
    for (s.binary = first; s.binary; s.binary = s.binary->next)
        search_file(&s);
    if (!first || e->first)
        return;
    if (!s.n_seen)
        missing(e, "%s has no static probes (no .note.stapsdt)", first->next ? expansion_part(e, 0) : first->name);
    else
        missing(e, "%s has no static probe %s%s%s", first->next ? expansion_part(e, 0) : first->name, split ? s.provider : "",
                split ? ":" : "", s.name);
    const char *near = names_nearest((struct names){seen_at, &s}, s.name);
    if (near)
        missing_hint(e, "did you mean %s?", near);
}
