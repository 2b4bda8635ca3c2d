/* The line information of an object: which source line each instruction belongs to, by section (Documentation/bpf/btf.rst, .BTF.ext). */
#include "objects/explain_inside.h"

#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdio.h>
#include <string.h>

enum { LINE_RECORD = 16, INSN_BYTES = sizeof(struct bpf_insn) };

static uint32_t read_u32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Header of .BTF.ext: magic, version, flags, its length, then offset and length of functions and of lines. */
void lines_find(struct object_view *o, const struct elf_section *ext)
{
    enum { HEADER = 24 };
    uint16_t magic;
    if (ext->n < HEADER)
        return;
    memcpy(&magic, ext->bytes, sizeof magic);
    size_t header = read_u32(ext->bytes + 4), offset = read_u32(ext->bytes + 16), length = read_u32(ext->bytes + 20);
    if (magic != BTF_MAGIC || header > ext->n || offset > ext->n - header || length > ext->n - header - offset || length < 4)
        return;
    o->lines = ext->bytes + header + offset;
    o->lines_size = length;
}

static const char *line_string(const struct object_view *o, uint32_t offset)
{
    const char *s = btf__str_by_offset(o->btf, offset);
    return s ? s : "";
}

struct line_record {
    uint32_t offset, file, text, line; /* offset: bytes in the section */
};

/* Calls back with each record of the section; stops when that returns false. */
static void each_line(const struct object_view *o, const char *section, bool (*see)(void *arg, const struct line_record *r), void *arg)
{
    size_t record = o->lines_size >= 4 ? read_u32(o->lines) : 0;
    if (record < LINE_RECORD || record > 4096)
        return;
    for (size_t at = 4; at + 8 <= o->lines_size;) {
        bool wanted = !strcmp(line_string(o, read_u32(o->lines + at)), section);
        size_t n = read_u32(o->lines + at + 4);
        at += 8;
        if (n > (o->lines_size - at) / record)
            return;
        for (size_t i = 0; wanted && i < n; i++) {
            const uint8_t *p = o->lines + at + i * record;
            struct line_record r = {read_u32(p), read_u32(p + 4), read_u32(p + 8), read_u32(p + 12) >> 10};
            if (!see(arg, &r))
                return;
        }
        at += n * record;
    }
}

static struct span line_text(const struct object_view *o, const struct line_record *r)
{
    const char *s = line_string(o, r->text);
    struct span text = {s, s + strlen(s)};
    while (text.p < text.end && (*text.p == ' ' || *text.p == '\t'))
        text.p++;
    while (text.end > text.p && (text.end[-1] == ' ' || text.end[-1] == '\t'))
        text.end--;
    return text;
}

struct line_search {
    const struct object_view *o;
    struct line_record found;
    bool any, ambiguous;
    uint32_t from, to; /* bytes in the section */
    const char *text;  /* NULL: any */
};

/* The last record at or before an instruction; lines that the compiler made itself have number 0 or no text. */
static bool see_instruction(void *arg, const struct line_record *r)
{
    struct line_search *s = arg;
    struct span text = line_text(s->o, r);
    if (r->offset >= s->from && r->offset <= s->to && r->line > 0 && text.p < text.end && (!s->any || r->offset >= s->found.offset)) {
        s->found = *r;
        s->any = true;
    }
    return true;
}

static bool see_text(void *arg, const struct line_record *r)
{
    struct line_search *s = arg;
    struct span text = line_text(s->o, r);
    if (!*s->text || !span_is(text, s->text))
        return true;
    s->ambiguous |= s->any && r->line != s->found.line;
    s->found = *r;
    s->any = true;
    return true;
}

static void take(const struct object_view *o, const struct line_record *r, struct explain_place *out)
{
    struct span text = line_text(o, r);
    size_t n = span_length(text) < sizeof out->text ? span_length(text) : sizeof out->text - 1;
    memcpy(out->text, text.p, n);
    out->text[n] = '\0';
    out->line = r->line;
    snprintf(out->file, sizeof out->file, "%s", line_string(o, r->file));
}

/* Looks for the one line with that text where the program's code can be: in its own section and in that of functions. */
static bool place_by_text(const struct object_view *o, const char *section, struct explain_place *out)
{
    struct line_search s = {.o = o, .text = out->text};
    each_line(o, section, see_text, &s);
    each_line(o, ".text", see_text, &s);
    if (!s.any || s.ambiguous)
        return false;
    take(o, &s.found, out);
    return true;
}

bool object_place(const struct object_view *o, const char *program, struct explain_place *out)
{
    struct code_place at;
    const char *section = object_section(o, program);
    if (!section || !o->lines)
        return false;
    if (object_locate(o, program, out->insn, &at)) {
        struct line_search s = {.o = o, .from = at.function * INSN_BYTES, .to = at.insn * INSN_BYTES};
        struct elf_section code;
        elf_section_at(&o->elf, at.section, &code);
        each_line(o, code.name, see_instruction, &s);
        if (s.any && (!out->text[0] || span_is(line_text(o, &s.found), out->text))) {
            take(o, &s.found, out);
            return true;
        }
    }
    return out->text[0] && place_by_text(o, section, out);
}
