/* What an explanation says once the mistake is known: places, last lines, sentences. */
#include "objects/explain_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHOWN_BYTES = 240, /* of a line that is shown */
    SHOWN_LIBBPF = 4,
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The log's own word about an instruction's line, and the object's for what it leaves out. */
static void find_place(const struct evidence *v, int insn, const char *program, struct explain_place *out)
{
    out->insn = insn;
    bool logged = insn >= 0 && log_place(&v->log, insn, out);
    if (logged && out->line) {
        struct explain_place other = *out; /* new kernels tell the file's name without its folder */
        if (object_place(&v->object, program, &other) && other.line == out->line && !strcmp(base_name(other.file), base_name(out->file)))
            *out = other;
        return;
    }
    if (insn >= 0) {
        object_place(&v->object, program, out);
        return;
    }
    struct explain_place start = {.insn = 0}; /* no instruction: the program as a whole */
    if (!v->log.text.end || v->log.insn < 0)
        object_place(&v->object, program, &start);
    start.insn = -1;
    start.text[0] = '\0'; /* the line of the first instruction says nothing */
    *out = start;
}

static void show(struct explanation *e, struct span line)
{
    struct span cut = {line.p, span_length(line) > SHOWN_BYTES ? line.p + SHOWN_BYTES : line.end};
    size_t used = strlen(e->last_lines), room = sizeof e->last_lines - used;
    if (span_length(cut) + 6 > room)
        return;
    snprintf(e->last_lines + used, room, "%.*s%s\n", (int)span_length(cut), cut.p, cut.end < line.end ? " …" : "");
}

/* The source line, the instruction and the words after it. */
static void show_verifier(const struct evidence *v, struct explanation *e)
{
    struct span left = v->log.text, line, source = {0};
    bool passed = v->log.insn < 0;
    while (!passed && log_line_before(&left, &line))
        passed = line.p == v->log.last_insn.p;
    while (v->log.insn >= 0 && !source.p && log_line_before(&left, &line))
        if (log_line_kind(line) == LINE_SOURCE && span_length(line) > 2)
            source = line;
    if (source.p)
        show(e, source);
    if (v->log.insn >= 0)
        show(e, v->log.last_insn);
    for (size_t i = 0; i < v->log.n_words; i++)
        show(e, v->log.words[i]);
    e->from_verifier = e->last_lines[0] != '\0';
}

static void show_libbpf(const struct evidence *v, struct explanation *e)
{
    size_t first = v->n_libbpf > SHOWN_LIBBPF ? v->n_libbpf - SHOWN_LIBBPF : 0;
    for (size_t i = first; i < v->n_libbpf; i++)
        show(e, v->libbpf[i]);
}

static void tell_unknown(const struct evidence *v, struct words *w, struct explanation *e)
{
    bool nothing = !v->log.n_words && !v->n_libbpf;
    const char *name = v->r->error ? err_name(v->r->error) : NULL;
    words_setf(w, "errno", "%s", name ? name : "");
    if (nothing)
        words_write(w, "There is nothing to explain: the text holds no words of the verifier or of libbpf[ (error {errno})].", e->meaning,
                    sizeof e->meaning);
    else
        words_write(w, "Sonde does not know this mistake; its place and the last lines are all that can be told[ (error {errno})].",
                    e->meaning, sizeof e->meaning);
    words_write(w,
                nothing ? "Save what the loader printed, from the program's first instruction to the line that begins with \"processed\"."
                        : "Read the last lines from the end: the line before \"processed\" says what is wrong, the one above it with which "
                          "instruction; "
                          "Documentation/bpf/verifier.rst of the kernel explains the words.",
                e->remedy, sizeof e->remedy);
    e->mistake = "unknown";
}

/* The instruction that a rule names: the first of its words ("insn|loop_insn") that is known; `otherwise` when none is. */
static int instruction(const char *names, const struct words *w, int otherwise)
{
    while (names && *names) {
        char name[24];
        size_t n = strcspn(names, "|");
        snprintf(name, sizeof name, "%.*s", (int)n, names);
        const char *value = words_get(w, name);
        if (*value)
            return atoi(value);
        names += n + (names[n] == '|');
    }
    return otherwise;
}

/* Logs and objects come from anywhere, and what is shown goes to terminals. */
static void make_plain(char *s)
{
    for (; *s; s++)
        if (((unsigned char)*s < ' ' && *s != '\n') || *s == 0x7f)
            *s = ' ';
}

static void make_all_plain(struct explanation *e)
{
    char *const all[] = {e->program, e->section, e->last_lines, e->at.file, e->at.text, e->had.file, e->had.text};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        make_plain(all[i]);
}

void explain_tell(const struct evidence *v, const struct rule *rule, struct words *w, struct explanation *e)
{
    snprintf(e->program, sizeof e->program, "%.63s", words_get(w, "program"));
    snprintf(e->section, sizeof e->section, "%.95s", words_get(w, "section"));
    find_place(v, instruction(rule ? rule->at : NULL, w, v->log.insn), e->program, &e->at);
    int had = instruction(rule ? rule->had : NULL, w, -1);
    if (had >= 0)
        find_place(v, had, e->program, &e->had);
    if (v->log.n_words || v->log.cut)
        show_verifier(v, e);
    else
        show_libbpf(v, e);
    make_all_plain(e);
    if (!rule) {
        tell_unknown(v, w, e);
        return;
    }
    e->known = true;
    e->mistake = rule->mistake.name;
    e->summary = rule->mistake.summary;
    words_write(w, rule->meaning, e->meaning, sizeof e->meaning);
    words_write(w, rule->remedy, e->remedy, sizeof e->remedy);
}
