#include "objects/explain.h"

#include "objects/explain_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIBBPF_TAIL = 1024 * 1024 }; /* bytes from the end of libbpf's lines that are looked at */

static struct span given(const char *bytes, size_t n)
{
    return span_of(bytes ? bytes : "", bytes ? n : 0);
}

/* --- gathering --- */

static void add_libbpf(struct evidence *v, struct span line)
{
    if (span_starts(line, "libbpf: "))
        line.p += 8;
    if (v->n_libbpf < LIBBPF_LINES && line.p < line.end)
        v->libbpf[v->n_libbpf++] = line;
}

/* Takes the lines from the last to the first, leaves out logs between BEGIN and END, and puts them in order. */
static void gather_libbpf(struct evidence *v, struct span text)
{
    struct span line;
    bool inside = false, btf = false;
    if (span_length(text) > LIBBPF_TAIL)
        text.p = text.end - LIBBPF_TAIL;
    while (v->n_libbpf < LIBBPF_LINES && log_line_before(&text, &line)) {
        if (line_has(line, "-- END ")) {
            inside = true;
            btf = line_has(line, "END BTF LOAD LOG");
        } else if (line_has(line, "-- BEGIN ")) {
            inside = false;
        } else if (!inside) {
            enum line_kind kind = log_line_kind(line);
            if (kind == LINE_TRAILER || kind == LINE_WORDS)
                add_libbpf(v, line);
        } else if (btf && line.p < line.end) {
            words_set(&v->words, "btf_words", line); /* the last line of the BTF log says what is wrong with it */
            btf = false;
        }
    }
    for (size_t i = 0; i < v->n_libbpf / 2; i++) {
        struct span other = v->libbpf[v->n_libbpf - 1 - i];
        v->libbpf[v->n_libbpf - 1 - i] = v->libbpf[i];
        v->libbpf[i] = other;
    }
}

static struct span verifier_text(const struct refusal *r)
{
    if (r->step == REFUSED_AT_ATTACH)
        return given(NULL, 0); /* the verifier had accepted it */
    return r->verifier_n ? log_verifier_part(given(r->verifier, r->verifier_n)) : log_verifier_part(given(r->libbpf, r->libbpf_n));
}

/* The program that libbpf speaks of. */
static void find_program(struct evidence *v)
{
    if (v->r->program && *v->r->program) {
        words_setf(&v->words, "program", "%s", v->r->program);
        return;
    }
    struct span text = given(v->r->libbpf, v->r->libbpf_n), line;
    if (span_length(text) > LIBBPF_TAIL)
        text.p = text.end - LIBBPF_TAIL;
    while (log_line_before(&text, &line))
        if (line_has(line, "failed") || line_has(line, "-- BEGIN ") || line_has(line, "missing BPF prog type"))
            if (words_match(&v->words, "prog '{program}': ", line))
                return;
    text = given(v->r->libbpf, v->r->libbpf_n);
    while (log_line_before(&text, &line)) /* the loader's own sentence is the last line */
        if (line.p < line.end) {
            if (!words_match(&v->words, "^{program} cannot be attached to ", line))
                words_match(&v->words, "^{program} is not attached: ", line);
            return;
        }
}

static void find_section(struct evidence *v)
{
    const char *section = v->r->section;
    if (!section || !*section)
        section = object_section(&v->object, words_get(&v->words, "program"));
    if (!section)
        return;
    words_setf(&v->words, "section", "%s", section);
    words_setf(&v->words, "kind", "%s", facts_program_kind(section));
}

static void gather(struct evidence *v, const struct refusal *r)
{
    v->r = r;
    log_read(&v->log, verifier_text(r));
    gather_libbpf(v, given(r->libbpf, r->libbpf_n));
    object_view_read(&v->object, r->object, r->object ? r->object_n : 0);
    find_program(v);
    find_section(v);
    if (r->lacking)
        words_setf(&v->words, "lacking", "%s", r->lacking);
    if (r->kernel)
        words_setf(&v->words, "kernel", "%s", r->kernel);
    if (v->log.cut)
        words_setf(&v->words, "cut", "before its end");
    trace_log(&v->log, &v->words);
}

/* --- judging --- */

/* What the object and the facts of kernels add to the words of a line. */
static void add_facts(const struct evidence *v, struct words *w)
{
    const char *program = words_get(w, "program"), *map_insn = words_get(w, "map_insn"), *offset = words_get(w, "ctx_off");
    char field[168];
    if (!*words_get(w, "map") && *map_insn) {
        const char *map = object_map_at(&v->object, program, atoi(map_insn));
        words_setf(w, "map", "%s", map ? map : "");
    }
    struct explain_map definition;
    btf_map(v->object.btf, words_get(w, "map"), &definition);
    facts_map(&definition, w);
    if (*offset && btf_context_member(v->object.btf, program, (uint32_t)strtoul(offset, NULL, 10), field, sizeof field))
        words_setf(w, "field", "%s", field);
    facts_helper(w);
    facts_guarded(w);
    facts_argument(w);
}

static bool any_libbpf(const struct evidence *v, const char *pattern, struct words *w)
{
    for (size_t i = 0; i < v->n_libbpf; i++)
        if (words_match(w, pattern, v->libbpf[i]))
            return true;
    return false;
}

static bool needs_hold(const char *needs, const struct words *w)
{
    return !needs || (*needs == '!' ? !*words_get(w, needs + 1) : *words_get(w, needs) != '\0');
}

/* Holds what is left of a sign once its line was found (or none is asked for). */
static bool sign_holds(const struct evidence *v, const struct sign *s, struct words *w)
{
    if (s->also && !any_libbpf(v, s->also, w))
        return false;
    trace_words(&v->log, w);
    add_facts(v, w);
    return needs_hold(s->needs, w);
}

static bool sign_applies(const struct evidence *v, const struct sign *s)
{
    bool said = v->log.n_words > 0;
    return (!s->error || s->error == v->r->error) && (!s->step || s->step == v->r->step) && !(s->silent && said) &&
           (s->in == IN_VERIFIER || !said);
}

static bool sign_matches(const struct evidence *v, const struct sign *s, struct words *w)
{
    if (!sign_applies(v, s))
        return false;
    bool verifier = s->in == IN_VERIFIER;
    const struct span *lines = verifier ? v->log.words : v->libbpf;
    size_t n = verifier ? v->log.n_words : v->n_libbpf;
    if (!s->pattern) {
        *w = v->words;
        return sign_holds(v, s, w);
    }
    for (size_t i = 0; i < n; i++) {
        if (!words_match(NULL, s->pattern, lines[i]))
            continue;
        *w = v->words;
        if (words_match(w, s->pattern, lines[i]) && sign_holds(v, s, w))
            return true;
    }
    return false;
}

static const struct rule *judge(const struct evidence *v, struct words *w)
{
    const struct rule *rule;
    for (size_t i = 0; (rule = explain_rule_at(i)); i++)
        for (size_t s = 0; s < RULE_SIGNS; s++) {
            const struct sign *sign = &rule->signs[s];
            if ((sign->pattern || sign->needs || sign->error) && sign_matches(v, sign, w))
                return rule;
        }
    *w = v->words;
    return NULL;
}

void explain(const struct refusal *r, struct explanation *e)
{
    *e = (struct explanation){
        .mistake = "unknown", .summary = "for a reason that sonde does not know", .error = r->error, .at.insn = -1, .had.insn = -1};
    struct evidence *v = calloc(1, sizeof *v);
    struct words *w = calloc(1, sizeof *w);
    if (v && w) {
        gather(v, r);
        const struct rule *rule = judge(v, w);
        explain_tell(v, rule, w, e);
        object_view_free(&v->object);
    }
    free(v);
    free(w);
}

const struct rule *explain_rule_at(size_t i)
{
    if (i < explain_code_rules_n)
        return &explain_code_rules[i];
    i -= explain_code_rules_n;
    return i < explain_load_rules_n ? &explain_load_rules[i] : NULL;
}

const struct explain_mistake *explain_mistake_at(size_t i)
{
    const struct rule *rule = explain_rule_at(i);
    return rule ? &rule->mistake : NULL;
}
