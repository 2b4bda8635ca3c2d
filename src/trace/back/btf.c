/* Types of the functions, and which line each instruction comes from. Formats: include/uapi/linux/btf.h, bpf.h. */
#include "base/arena.h"
#include "base/err.h"
#include "trace/back/emit.h"
#include "trace/back/source_lines.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>

enum { COLUMN_BITS = 10, COLUMN_MAX = 1023, LINE_MAX_NUMBER = (1 << 22) - 1, TEXT_MAX = 200, NAME_BYTES = 64 };

struct making {
    struct btf *btf;
    struct arena *arena;
    const struct bpf_code *code;
    const struct source *source;
    struct code_btf *out;
    int32_t type_int, type_u64, type_pointer;
    int error; /* of libbpf: the first */
};

/* Keeps the first error. */
static int32_t checked(struct making *m, int id)
{
    if (id < 0 && !m->error)
        m->error = id;
    return id;
}

/* Letters, digits and underscores: what the kernel takes as a name. */
static void clean_name(const char *name, char clean[NAME_BYTES])
{
    size_t n = 0;
    for (; name[n] && n + 1 < NAME_BYTES; n++) {
        char c = name[n];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9' && n) || c == '_';
        clean[n] = fine ? c : '_';
    }
    if (!n)
        clean[n++] = '_';
    clean[n] = '\0';
}

static void add_types(struct making *m)
{
    m->type_int = checked(m, btf__add_int(m->btf, "int", 4, BTF_INT_SIGNED));
    m->type_u64 = checked(m, btf__add_int(m->btf, "unsigned long long", 8, 0));
    m->type_pointer = checked(m, btf__add_ptr(m->btf, 0));
}

static void add_function(struct making *m, uint32_t n)
{
    const struct bpf_function *f = &m->code->functions[n];
    char name[NAME_BYTES];
    clean_name(f->name, name);
    int32_t proto = checked(m, btf__add_func_proto(m->btf, n ? m->type_u64 : m->type_int));
    if (!n)
        checked(m, btf__add_func_param(m->btf, "ctx", m->type_pointer));
    for (uint8_t k = 0; n && k < f->n_arguments; k++) {
        char argument[8];
        snprintf(argument, sizeof argument, "a%d", k);
        checked(m, btf__add_func_param(m->btf, argument, m->type_u64));
    }
    int32_t id = checked(m, btf__add_func(m->btf, name, n ? BTF_FUNC_STATIC : BTF_FUNC_GLOBAL, proto));
    m->out->functions[m->out->n_functions++] = (struct bpf_func_info){.insn_off = f->at, .type_id = (uint32_t)id};
}

static uint32_t add_text(struct making *m, const char *bytes, uint32_t n)
{
    char text[TEXT_MAX + 1];
    if (n > TEXT_MAX)
        n = TEXT_MAX;
    memcpy(text, bytes, n);
    text[n] = '\0';
    return (uint32_t)checked(m, btf__add_str(m->btf, text));
}

static int add_lines(struct making *m)
{
    struct source_lines lines;
    if (source_lines_find(m->arena, m->source, &lines))
        return -ENOMEM;
    uint32_t file = add_text(m, m->source->name, (uint32_t)strnlen(m->source->name, TEXT_MAX)), number = 0, text = 0;
    for (uint32_t k = 0; k < m->code->n_lines && !m->error; k++) {
        const struct bpf_line *at = &m->code->lines[k];
        struct source_line line = source_line_at(&lines, at->source_at);
        if (line.number != number)
            text = add_text(m, line.text, line.length);
        number = line.number;
        uint32_t column = line.column < COLUMN_MAX ? line.column : COLUMN_MAX, shown = number < LINE_MAX_NUMBER ? number : LINE_MAX_NUMBER;
        m->out->lines[m->out->n_lines++] = (struct bpf_line_info){at->at, file, text, shown << COLUMN_BITS | column};
    }
    return 0;
}

static int fill(struct making *m)
{
    struct code_btf *out = m->out;
    out->functions = arena_alloc(m->arena, (m->code->n_functions + 1) * sizeof *out->functions);
    out->lines = arena_alloc(m->arena, (m->code->n_lines + 1) * sizeof *out->lines);
    if (!out->functions || !out->lines)
        return -ENOMEM;
    add_types(m);
    for (uint32_t n = 0; n < m->code->n_functions; n++)
        add_function(m, n);
    int e = add_lines(m);
    uint32_t size = 0;
    const void *raw = e || m->error ? NULL : btf__raw_data(m->btf, &size);
    if (!raw)
        return e ? e : m->error ? m->error : -ENOMEM;
    out->btf = arena_copy(m->arena, raw, size);
    out->btf_size = size;
    return out->btf ? 0 : -ENOMEM;
}

int code_btf_make(struct arena *arena, const struct bpf_code *code, const struct source *source, struct code_btf *out, struct err *why)
{
    *out = (struct code_btf){0};
    struct making m = {.btf = btf__new_empty(), .arena = arena, .code = code, .source = source, .out = out};
    int e = m.btf ? fill(&m) : -ENOMEM;
    btf__free(m.btf);
    return e ? err_set(why, -e, "the debug information of %s cannot be made: %s", code->functions[0].name,
                       err_name(-e) ? err_name(-e) : "unknown")
             : 0;
}
