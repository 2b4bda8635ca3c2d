/* trace/back: random programs run in the kernel and in an interpreter, with and without the optimiser, and must do the same. */
#include "base/arena.h"
#include "base/err.h"
#include "ir_machine.h"
#include "ir_random.h"
#include "trace/back/emit.h"
#include "trace/back/load.h"

#include <bpf/bpf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROGRAMS = 1000, INPUTS = 3, LOG_BYTES = 16 << 20 };

static int tests, failures, map_fd;
static char *verifier_log;

static void report(bool passed, const char *what)
{
    failures += !passed;
    printf("%s %d - %s\n", passed ? "ok" : "not ok", ++tests, what);
}

struct unit {
    struct arena arena;
    struct ir_program main, function, callback;
    struct ir_program *programs[3];
    uint64_t seed;
};

static void write_subprogram(struct unit *u, struct ir_program *p, struct chance *c, uint8_t n_arguments)
{
    ir_init(p, &u->arena, n_arguments == CALLBACK_ARGUMENTS ? "callback" : "function");
    p->is_subprogram = true;
    p->n_arguments = n_arguments;
    struct author author = {.c = c, .p = p, .n_arguments = n_arguments};
    write_program(&author, 3 + chance_below(c, 15));
}

static void unit_write(struct unit *u, uint64_t seed)
{
    struct chance c = {seed};
    *u = (struct unit){.programs = {&u->main, &u->function, &u->callback}, .seed = seed};
    ir_init(&u->main, &u->arena, "entry");
    struct author author = {.c = &c, .p = &u->main, .has_context = true, .calls_functions = true};
    write_program(&author, 5 + chance_below(&c, 70));
    write_subprogram(u, &u->function, &c, SUBPROGRAM_ARGUMENTS);
    write_subprogram(u, &u->callback, &c, CALLBACK_ARGUMENTS);
}

struct outcome {
    uint8_t context[CONTEXT_BYTES], map[MAP_BYTES];
    uint32_t result;
};

static void outcome_start(struct outcome *o, uint64_t seed)
{
    struct chance c = {seed};
    memset(o, 0, sizeof *o);
    for (unsigned k = 0; k < CONTEXT_INPUT; k += 8) {
        int64_t v = random_constant(&c);
        memcpy(o->context + k, &v, sizeof v);
    }
    for (unsigned k = 0; k < MAP_BYTES; k++)
        o->map[k] = (uint8_t)chance_next(&c);
}

static void dump(const struct unit *u, const struct bpf_code *code)
{
    struct text t = {0};
    ir_print(u->programs[0], &t);
    ir_print(u->programs[1], &t);
    ir_print(u->programs[2], &t);
    if (code)
        code_print(code, NULL, &t);
    fprintf(stderr, "%s\n", t.bytes);
    text_free(&t);
}

static int unit_load(struct unit *u, struct bpf_code *code)
{
    struct err why = {0};
    struct code_btf btf;
    struct load_target target = {.name = "trace_back", .is_sleepable = true};
    struct source source = {"random.bt", "a\nb\n  c;\nd", 10};
    if (bpf_emit(&u->arena, u->programs, 3, code, &why) || code_btf_make(&u->arena, code, &source, &btf, &why)) {
        fprintf(stderr, "seed %" PRIu64 ": %s\n", u->seed, why.text);
        return why.code == E2BIG ? -E2BIG : -EINVAL;
    }
    code_relocate(code, (int[]){map_fd});
    int fd = code_load(code, &btf, BPF_PROG_TYPE_SYSCALL, &target, verifier_log, LOG_BYTES, &why);
    if (fd < 0)
        fprintf(stderr, "seed %" PRIu64 ": %s\n", u->seed, why.text);
    if (fd < 0 && getenv("TRACE_BACK_DUMP"))
        fprintf(stderr, "%s\n", verifier_log);
    return fd;
}

static bool run_kernel(int fd, struct outcome *o)
{
    uint32_t key = 0;
    LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = o->context, .ctx_size_in = CONTEXT_BYTES);
    if (bpf_map_update_elem(map_fd, &key, o->map, BPF_ANY) || bpf_prog_test_run_opts(fd, &run) || bpf_map_lookup_elem(map_fd, &key, o->map))
        return false;
    o->result = run.retval;
    return true;
}

static bool run_machine(struct ir_program *const *programs, struct outcome *o)
{
    struct machine m = {.programs = programs, .context = o->context, .map = o->map};
    o->result = (uint32_t)machine_run(&m, 0, (uint64_t[5]){0});
    if (m.fault)
        fprintf(stderr, "%s\n", m.fault);
    return !m.fault;
}

/* What the program does as it was written, for each input. */
static bool expect(const struct unit *u, struct outcome expected[INPUTS])
{
    bool fine = true;
    for (unsigned k = 0; k < INPUTS; k++) {
        outcome_start(&expected[k], u->seed * INPUTS + k);
        fine = run_machine(u->programs, &expected[k]) && fine;
    }
    return fine;
}

static bool compare(const struct unit *u, int fd, const struct outcome expected[INPUTS])
{
    for (unsigned k = 0; k < INPUTS; k++) {
        struct outcome got;
        outcome_start(&got, u->seed * INPUTS + k);
        if (run_kernel(fd, &got) && !memcmp(&got, &expected[k], sizeof got))
            continue;
        fprintf(stderr, "seed %" PRIu64 ", input %u: result %x, not %x\n", u->seed, k, got.result, expected[k].result);
        for (unsigned b = 0; b < CONTEXT_BYTES; b += 8)
            if (memcmp(got.context + b, expected[k].context + b, 8))
                fprintf(stderr, "  context + %u: %016" PRIx64 ", not %016" PRIx64 "\n", b, *(uint64_t *)(void *)(got.context + b),
                        *(const uint64_t *)(const void *)(expected[k].context + b));
        return false;
    }
    return true;
}

/* Whether the kernel does with the code what the interpreter does with the program. Programs too large for the frame are counted. */
static bool same(uint64_t seed, bool optimized, unsigned *too_large)
{
    struct unit u;
    struct bpf_code code = {0};
    struct outcome expected[INPUTS];
    unit_write(&u, seed);
    bool fine = expect(&u, expected);
    for (unsigned k = 0; optimized && k < 3; k++)
        ir_optimize(u.programs[k]);
    int fd = fine ? unit_load(&u, &code) : -EINVAL;
    *too_large += fd == -E2BIG;
    fine = fd == -E2BIG || (fd >= 0 && compare(&u, fd, expected));
    if (!fine && getenv("TRACE_BACK_DUMP"))
        dump(&u, &code);
    if (fd >= 0)
        close(fd);
    arena_free(&u.arena);
    return fine;
}

static void random_programs(bool optimized)
{
    const char *only = getenv("TRACE_BACK_SEED"), *many = getenv("TRACE_BACK_PROGRAMS");
    uint64_t first = only ? strtoull(only, NULL, 0) : 1, n = only ? 1 : many ? strtoull(many, NULL, 0) : PROGRAMS;
    unsigned wrong = 0, too_large = 0;
    for (uint64_t seed = first; seed < first + n && wrong < 5; seed++)
        wrong += !same(seed, optimized, &too_large);
    char what[160];
    snprintf(what, sizeof what,
             "%" PRIu64 " random programs%s do in the kernel what they do in the interpreter (seeds from %" PRIu64 ", %u too large)", n,
             optimized ? ", optimised," : "", first, too_large);
    report(!wrong && too_large < n / 20 + 1, what);
}

int main(void)
{
    if (geteuid() != 0) {
        puts("ok 1 - trace_back # SKIP loading kernel programs takes root");
        return 0;
    }
    map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "trace_back", sizeof(uint32_t), MAP_BYTES, 1, NULL);
    verifier_log = malloc(LOG_BYTES);
    if (map_fd < 0 || !verifier_log) {
        puts("not ok 1 - the map of the test");
        return 1;
    }
    random_programs(false);
    random_programs(true);
    printf("1..%d\n", tests);
    close(map_fd);
    free(verifier_log);
    return failures != 0;
}
