#include "objects/object.h"

#include "base/log.h"
#include "objects/btf_check.h"
#include "objects/dwarf.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LOG_BYTES = 16 * 1024 * 1024, /* kernels before 6.4 keep the head of a log that does not fit, and the reason is at its end */
    LINES_CEILING = 1024 * 1024,
};

static struct text *lines; /* where libbpf's words go */

static int on_libbpf(enum libbpf_print_level level, const char *format, va_list ap)
{
    char line[4096];
    vsnprintf(line, sizeof line, format, ap);
    if (level != LIBBPF_DEBUG && lines)
        text_adds(lines, line);
    line[strcspn(line, "\n")] = '\0';
    log_debug("%s", line);
    return 0;
}

static int read_all(int fd, const char *path, size_t n, char *to, struct err *why)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = read(fd, to + done, n - done);
        if (got <= 0)
            return err_set(why, got ? errno : EIO, "%s cannot be read: %s", path, got ? strerror(errno) : "it became shorter");
        done += (size_t)got;
    }
    return 0;
}

static int read_open_file(struct object *o, int fd, struct err *why)
{
    struct stat st;
    if (fstat(fd, &st))
        return err_set(why, errno, "%s cannot be read: %s", o->path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return err_set(why, EISDIR, "%s is a folder; give a compiled BPF object, such as FILE.bpf.o", o->path);
    if (!S_ISREG(st.st_mode))
        return err_set(why, EINVAL, "%s is not a regular file; give a compiled BPF object, such as FILE.bpf.o", o->path);
    if (st.st_size > OBJECT_FILE_CEILING)
        return err_set(why, EFBIG, "%s has %lld bytes; an object may have %d", o->path, (long long)st.st_size, OBJECT_FILE_CEILING);
    o->n = (size_t)st.st_size;
    o->bytes = malloc(o->n + 1);
    if (!o->bytes)
        return err_set(why, ENOMEM, "out of memory");
    return read_all(fd, o->path, o->n, o->bytes, why);
}

static int read_file(struct object *o, struct err *why)
{
    int fd = open(o->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_set(why, errno, "%s cannot be opened: %s", o->path, strerror(errno));
    int rc = read_open_file(o, fd, why);
    close(fd);
    return rc;
}

/* The type information must be sound before anybody walks it. */
static int check_btf(const struct object *o, struct err *why)
{
    struct elf_section s, maps;
    if (!elf_section_find(&o->elf, ".BTF", &s) || !s.n)
        return !elf_section_find(&o->elf, ".maps", &maps)
                   ? 0
                   : err_set(why, ENODATA, "%s has no type information (.BTF), which libbpf needs to find its maps; compile it with -g",
                             o->path);
    int rc = btf_check(s.bytes, s.n, why);
    return rc ? err_prefix(why, "%s", o->path) : 0;
}

static bool has_code(const struct object *o)
{
    struct elf_section s;
    for (uint32_t i = 0; i < o->elf.n_sections; i++) {
        elf_section_at(&o->elf, i, &s);
        if (s.flags & 4 /* SHF_EXECINSTR */ && s.n)
            return true;
    }
    return false;
}

static void list_maps(struct object *o)
{
    struct bpf_map *m;
    bpf_object__for_each_map(m, o->bpf)
    {
        if (o->n_maps == OBJECT_MAX_MAPS)
            break;
        o->maps[o->n_maps++] = (struct object_map){
            .map = m,
            .name = bpf_map__name(m),
            .key_type = bpf_map__btf_key_type_id(m),
            .value_type = bpf_map__btf_value_type_id(m),
            .uses = code_map_uses(o->code, bpf_map__name(m)),
        };
    }
}

/* The last thing that libbpf said, without its prefix. */
static const char *last_line(const struct object *o)
{
    static char line[512];
    const char *start = o->lines.bytes, *end = start ? start + o->lines.length : NULL;
    if (!start || !o->lines.length)
        return "no reason given";
    end -= end[-1] == '\n';
    const char *from = memrchr(start, '\n', (size_t)(end - start));
    from = from ? from + 1 : start;
    if (!strncmp(from, "libbpf: ", 8))
        from += 8;
    snprintf(line, sizeof line, "%.*s", (int)(end - from < 500 ? end - from : 500), from);
    return line;
}

static int open_bpf(struct object *o, struct err *why)
{
    LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = o->name);
    o->bpf = bpf_object__open_mem(o->bytes, o->n, &opts);
    if (!o->bpf)
        return err_set(why, errno, "%s cannot be used: %s", o->path, last_line(o));
    o->btf = bpf_object__btf(o->bpf);
    struct bpf_program *p;
    bpf_object__for_each_program(p, o->bpf)
    {
        bpf_program__set_log_buf(p, o->log, LOG_BYTES);
    }
    list_maps(o);
    return 0;
}

/* "some/where/open.bpf.o" → "open": libbpf puts it before the names of the global variables' maps. */
static void name_object(struct object *o)
{
    const char *slash = strrchr(o->path, '/'), *base = slash ? slash + 1 : o->path;
    snprintf(o->name, sizeof o->name, "%.*s", (int)strcspn(base, "."), base);
    for (char *p = o->name; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9')))
            *p = '_';
}

int object_open(struct object *o, const char *path, struct err *why)
{
    *o = (struct object){.path = path, .lines.ceiling = LINES_CEILING};
    lines = &o->lines;
    libbpf_set_print(on_libbpf);
    name_object(o);
    int rc = read_file(o, why);
    if (!rc)
        rc = elf_open(&o->elf, path, o->bytes, o->n, why);
    if (rc)
        return rc;
    if (!has_code(o))
        return err_set(why, ENOEXEC, "%s holds no program: none of its sections has code", path);
    rc = check_btf(o, why);
    if (rc)
        return rc;
    o->code = code_read(&o->elf);
    o->log = calloc(1, LOG_BYTES);
    if (!o->code || !o->log)
        return err_set(why, ENOMEM, "out of memory");
    return open_bpf(o, why);
}

int object_load(struct object *o)
{
    text_clear(&o->lines);
    int rc = bpf_object__load(o->bpf);
    return rc < 0 ? rc : 0;
}

void object_close(struct object *o)
{
    bpf_object__close(o->bpf);
    lines = NULL;
    dwarf_close(o->dwarf);
    btf__free(o->kernel_btf);
    code_free(o->code);
    text_free(&o->lines);
    free(o->log);
    free(o->bytes);
    *o = (struct object){0};
}

const struct object_map *object_map(const struct object *o, const char *name)
{
    for (size_t i = 0; i < o->n_maps; i++)
        if (!strcmp(o->maps[i].name, name))
            return &o->maps[i];
    return NULL;
}

struct bpf_program *object_program(const struct object *o, const char *name)
{
    return bpf_object__find_program_by_name(o->bpf, name);
}

struct dwarf *object_dwarf(struct object *o)
{
    if (!o->dwarf_tried)
        o->dwarf = dwarf_open(o->bytes, o->n);
    o->dwarf_tried = true;
    return o->dwarf;
}
