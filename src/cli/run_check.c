/* sonde run --check and --explain: whether the kernel takes an object, and what it means when it does not. */
#include "cli/output.h"
#include "cli/run.h"
#include "objects/explain.h"
#include "objects/needs.h"

#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>

/* Sentences about programs that were not attached, one a line. */
struct check {
    struct run *run;
    struct text left_out;
    size_t attached;
    bool again; /* another object has been told of */
};

static bool is_json(const struct run *r)
{
    return r->format == RUN_JSON || r->format == RUN_JSONL;
}

/* {"object":"drops.bpf.o", */
static void begin_json(struct text *t, const struct check *c)
{
    text_adds(t, "{\"object\":");
    text_add_json(t, c->run->object.path, strlen(c->run->object.path));
    text_addc(t, ',');
}

static int tell(const struct check *c, const struct explanation *e)
{
    struct text t = {0};
    if (is_json(c->run)) {
        begin_json(&t, c);
        explain_add_members(&t, e);
        text_adds(&t, "}\n");
    } else {
        text_addf(&t, "%s%s: ", c->again ? "\n" : "", c->run->object.path);
        explain_add_text(&t, e);
    }
    int code = output_text(&t);
    return code == EXIT_OK ? EXIT_FAILED : code;
}

static int refuse(const struct check *c, enum refused_at step, int rc, const char *words)
{
    const struct refused refused = {.step = step, .error = -rc, .words = words};
    struct explanation e;
    explain_object(&c->run->object, &refused, &e);
    return tell(c, &e);
}

static void on_left_out(void *arg, const char *sentence)
{
    struct check *c = arg;
    text_adds(&c->left_out, sentence);
    text_addc(&c->left_out, '\n');
}

static void on_attached(void *arg, const char *program, const char *where)
{
    struct check *c = arg;
    (void)program;
    (void)where;
    c->attached++;
}

static void add_lines_json(struct text *t, const char *lines)
{
    text_addc(t, '[');
    for (const char *p = lines; *p;) {
        size_t n = strcspn(p, "\n");
        text_adds(t, p == lines ? "" : ",");
        text_add_json(t, p, n);
        p += n + (p[n] == '\n');
    }
    text_addc(t, ']');
}

/* What the kernel says of a loaded program. False: it was not loaded. */
static bool program_facts(const struct bpf_program *p, struct bpf_prog_info *info)
{
    uint32_t n = sizeof *info;
    memset(info, 0, sizeof *info);
    return bpf_program__fd(p) >= 0 && bpf_obj_get_info_by_fd(bpf_program__fd(p), info, &n) == 0;
}

static void add_string(struct text *t, const char *name, const char *value)
{
    text_addf(t, "\"%s\":", name);
    text_add_json(t, value, strlen(value));
}

static void add_program_json(struct text *t, const struct bpf_program *p, const struct bpf_prog_info *info)
{
    text_addc(t, '{');
    add_string(t, "name", bpf_program__name(p));
    text_addc(t, ',');
    add_string(t, "section", bpf_program__section_name(p));
    text_addf(t, ",\"instructions\":%u,\"verified\":%u,\"machine_code_bytes\":%u}", info->xlated_prog_len / 8, info->verified_insns,
              info->jited_prog_len);
}

static void add_programs(struct text *t, const struct check *c, bool json)
{
    const struct programs *all = &c->run->programs;
    struct bpf_prog_info info;
    for (size_t i = 0, n = 0; i < all->n; i++) {
        const struct bpf_program *p = all->places[i].program;
        if (!program_facts(p, &info))
            continue;
        if (json) {
            text_adds(t, n++ ? "," : "");
            add_program_json(t, p, &info);
        } else {
            text_addf(t, "  %-24s %-32s %u instructions, %u verified, %u bytes of machine code\n", bpf_program__name(p),
                      bpf_program__section_name(p), info.xlated_prog_len / 8, info.verified_insns, info.jited_prog_len);
        }
    }
}

static int accept(const struct check *c)
{
    struct text t = {0};
    const char *left_out = c->left_out.bytes ? c->left_out.bytes : "";
    if (is_json(c->run)) {
        begin_json(&t, c);
        text_adds(&t, "\"mistake\":null,\"programs\":[");
        add_programs(&t, c, true);
        text_addf(&t, "],\"attached\":%zu,\"not_attached\":", c->attached);
        add_lines_json(&t, left_out);
        text_adds(&t, "}\n");
    } else {
        text_addf(&t, "%s%s: the kernel takes it\n", c->again ? "\n" : "", c->run->object.path);
        add_programs(&t, c, false);
        text_adds(&t, left_out);
    }
    return output_text(&t);
}

/* Of programs that are left out some only need to be told where they go; others are mistakes. */
static int judge_left_out(const struct check *c)
{
    const struct refused refused = {.words = c->left_out.bytes};
    struct explanation e;
    explain_object(&c->run->object, &refused, &e);
    return e.known ? tell(c, &e) : accept(c);
}

/* With --check-attach they are attached for a moment; else only those are told of whose place is not known. */
static int check_places(struct check *c)
{
    const struct programs_listener l = {on_left_out, on_attached, c};
    struct err why = {0};
    int rc = 0;
    if (config_bool(c->run->in->options, "check_attach"))
        rc = programs_attach(&c->run->programs, false, &l, &why);
    else
        programs_tell_missing(&c->run->programs, &l);
    if (rc)
        return refuse(c, REFUSED_AT_ATTACH, rc, why.text);
    return c->left_out.length ? judge_left_out(c) : accept(c);
}

static int check_object(struct check *c, const char *path)
{
    struct run *r = c->run;
    struct err why = {0};
    int rc = object_open(&r->object, path, &why);
    if (rc && !r->object.bytes) {
        run_say(r, why.text);
        return EXIT_FAILED;
    }
    if (rc)
        return refuse(c, REFUSED_AT_OPEN, rc, why.text);
    if (run_choose_targets(r, &why)) {
        run_say(r, why.text);
        return EXIT_USAGE;
    }
    rc = needs_check(&r->object, &why);
    if (!rc)
        rc = programs_prepare(&r->programs, &why);
    if (rc)
        return refuse(c, REFUSED_AT_LOAD, rc, why.text);
    rc = object_load(&r->object);
    return rc ? refuse(c, REFUSED_AT_LOAD, rc, NULL) : check_places(c);
}

int run_check(struct run *r)
{
    int worst = EXIT_OK;
    for (size_t i = 0; i < r->in->n_operands && !output_closed(); i++) {
        struct check c = {.run = r, .again = i > 0};
        int code = check_object(&c, r->in->operands[i]);
        worst = code > worst ? code : worst;
        text_free(&c.left_out);
        programs_close(&r->programs);
        object_close(&r->object);
    }
    return worst;
}

int run_explain(const struct run *r)
{
    struct err why = {0};
    if (r->in->n_operands > 2) {
        run_say(r, "--explain takes one log, and the object that it is about");
        return EXIT_USAGE;
    }
    const char *object = r->in->n_operands > 1 ? r->in->operands[1] : NULL;
    if (explain_file(r->in->operands[0], object, stdout, is_json(r), &why) < 0) {
        run_say(r, why.text);
        return EXIT_FAILED;
    }
    return EXIT_OK;
}
