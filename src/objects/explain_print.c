#include "base/err.h"
#include "objects/explain.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 96 };

/* Breaks a sentence between words; each line is indented. */
static void add_wrapped(struct text *t, const char *indent, const char *sentence)
{
    size_t column = 0;
    while (*sentence) {
        size_t word = strcspn(sentence, " ");
        if (column > 0 && column + 1 + word > WIDTH) {
            text_addc(t, '\n');
            column = 0;
        }
        text_adds(t, column == 0 ? indent : " ");
        column += column == 0 ? strlen(indent) : 1;
        text_add(t, sentence, word);
        column += word;
        sentence += word;
        sentence += strspn(sentence, " ");
    }
    text_addc(t, '\n');
}

static void add_place(struct text *t, const char *what, const struct explain_place *p)
{
    if (!p->line && !p->text[0] && p->insn < 0)
        return;
    text_adds(t, what);
    if (p->line)
        text_addf(t, "%s:%u", p->file, p->line);
    else if (p->insn >= 0)
        text_addf(t, "instruction %d", p->insn);
    if (p->line && p->insn >= 0)
        text_addf(t, " (instruction %d)", p->insn);
    text_addc(t, '\n');
    if (p->text[0])
        text_addf(t, "        %s\n", p->text);
}

static void add_lines(struct text *t, const char *lines)
{
    while (*lines) {
        size_t n = strcspn(lines, "\n");
        text_addf(t, "    %.*s\n", (int)n, lines);
        lines += n + (lines[n] == '\n');
    }
}

void explain_add_text(struct text *t, const struct explanation *e)
{
    if (e->program[0])
        text_adds(t, e->program);
    else
        text_adds(t, "the object");
    if (e->section[0])
        text_addf(t, " (%s)", e->section);
    text_addf(t, " was refused: %s\n", e->summary);
    add_place(t, "  at    ", &e->at);
    add_place(t, "  from  ", &e->had);
    text_adds(t, "\nwhat it means\n");
    add_wrapped(t, "    ", e->meaning);
    text_adds(t, "\nhow to fix it\n");
    add_wrapped(t, "    ", e->remedy);
    if (e->last_lines[0]) {
        text_addf(t, "\nwhat %s said last\n", e->from_verifier ? "the verifier" : "the loader");
        add_lines(t, e->last_lines);
    }
}

/* --- JSON --- */

static void add_string(struct text *t, const char *s)
{
    if (s && *s)
        text_add_json(t, s, strlen(s));
    else
        text_adds(t, "null");
}

static void add_member(struct text *t, const char *name, const char *value)
{
    text_addf(t, ",\"%s\":", name);
    add_string(t, value);
}

static void add_json_place(struct text *t, const char *name, const struct explain_place *p)
{
    text_addf(t, ",\"%s\":", name);
    if (!p->line && !p->text[0] && p->insn < 0) {
        text_adds(t, "null");
        return;
    }
    text_adds(t, "{\"file\":");
    add_string(t, p->file);
    text_adds(t, ",\"line\":");
    p->line ? text_addf(t, "%u", p->line) : text_adds(t, "null");
    add_member(t, "source", p->text);
    text_adds(t, ",\"instruction\":");
    p->insn >= 0 ? text_addf(t, "%d", p->insn) : text_adds(t, "null");
    text_addc(t, '}');
}

void explain_add_members(struct text *t, const struct explanation *e)
{
    text_adds(t, "\"mistake\":");
    add_string(t, e->mistake);
    text_addf(t, ",\"known\":%s", e->known ? "true" : "false");
    add_member(t, "summary", e->summary);
    add_member(t, "program", e->program);
    add_member(t, "section", e->section);
    add_member(t, "error", e->error ? err_name(e->error) : NULL);
    add_json_place(t, "at", &e->at);
    add_json_place(t, "from", &e->had);
    add_member(t, "meaning", e->meaning);
    add_member(t, "remedy", e->remedy);
    add_member(t, "said_by", !e->last_lines[0] ? NULL : e->from_verifier ? "verifier" : "loader");
    text_adds(t, ",\"last_lines\":[");
    for (const char *p = e->last_lines; *p;) {
        size_t n = strcspn(p, "\n");
        text_adds(t, p == e->last_lines ? "" : ",");
        text_add_json(t, p, n);
        p += n + (p[n] == '\n');
    }
    text_addc(t, ']');
}
