/* trace/back: what can be said of the code without random programs: its words, its limits, far jumps, refusals. */
#include "base/arena.h"
#include "base/err.h"
#include "trace/back/emit.h"
#include "trace/back/load.h"
#include "trace/back/refusal.h"

#include <bpf/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static struct arena arena;
static const char script[] = "BEGIN {\n  @x = 1;\n  @y = pid;\n}\n";
static const struct source source = {"my.bt", script, sizeof script - 1};

static int emit(struct ir_program *p, struct bpf_code *code, struct err *why)
{
    return bpf_emit(&arena, (struct ir_program *[]){p}, 1, code, why);
}

static int load(const struct bpf_code *code, struct err *why)
{
    struct code_btf btf;
    struct load_target target = {.name = "trace_code"};
    assert_int_equal(code_btf_make(&arena, code, &source, &btf, why), 0);
    return code_load(code, &btf, BPF_PROG_TYPE_SOCKET_FILTER, &target, NULL, 0, why);
}

static uint32_t run(int fd)
{
    char packet[64] = {0};
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof packet);
    assert_int_equal(bpf_prog_test_run_opts(fd, &options), 0);
    close(fd);
    return options.retval;
}

/* loads `if pid is not 0 goto end` over n stores. */
static void write_far(struct ir_program *p, uint32_t n)
{
    ir_init(p, &arena, "far");
    ir_label end = ir_new_label(p);
    ir_reg result = ir_move(p, ir_const(1)), slot = ir_register(p), now = ir_call(p, BPF_FUNC_ktime_get_ns, NULL, 0);
    ir_add(p, (struct ir_instruction){.op = IR_SLOT, .to = slot, .slot = ir_new_slot(p, 8)});
    ir_jump_if(p, IR_NE, ir_of(now), ir_const(0), end);
    for (uint32_t k = 0; k < n; k++)
        ir_store(p, 8, slot, 0, ir_const(k));
    ir_assign(p, result, ir_const(2));
    ir_place_label(p, end);
    ir_return(p, ir_of(result));
}

static void a_far_jump_arrives(void **state)
{
    (void)state;
    if (geteuid())
        skip();
    static const uint32_t lengths[] = {10, 29990, 30010, 32766, 32767, 32768, 40000, 70000};
    for (size_t k = 0; k < sizeof lengths / sizeof *lengths; k++) {
        struct ir_program p;
        struct bpf_code code;
        struct err why = {0};
        write_far(&p, lengths[k]);
        assert_int_equal(emit(&p, &code, &why), 0);
        int fd = load(&code, &why);
        if (fd < 0)
            fail_msg("%u stores: %s", lengths[k], why.text);
        assert_int_equal(run(fd), 1);
    }
}

static void a_frame_that_is_too_large_is_told(void **state)
{
    (void)state;
    struct ir_program p;
    struct bpf_code code;
    struct err why = {0};
    ir_init(&p, &arena, "large");
    ir_reg slot = ir_register(&p);
    ir_add(&p, (struct ir_instruction){.op = IR_SLOT, .to = slot, .slot = ir_new_slot(&p, 520)});
    ir_zero(&p, slot, 0, 520);
    ir_return(&p, ir_const(0));
    assert_int_equal(emit(&p, &code, &why), -E2BIG);
    assert_non_null(strstr(why.text, "large needs more than the 512 bytes of stack"));
}

static void add_call(struct ir_program *p, const char *name, uint32_t callee)
{
    ir_init(p, &arena, name);
    p->is_subprogram = callee != 1;
    ir_reg to = ir_register(p), slot = ir_register(p);
    ir_add(p, (struct ir_instruction){.op = IR_SLOT, .to = slot, .slot = ir_new_slot(p, 200)});
    ir_zero(p, slot, 0, 200);
    if (callee)
        ir_add(p, (struct ir_instruction){.op = IR_CALL_FUNCTION, .index = callee, .to = to});
    ir_return(p, ir_const(3));
}

static void frames_of_a_chain_add_up(void **state)
{
    (void)state;
    struct ir_program p[4];
    struct ir_program *programs[] = {&p[0], &p[1], &p[2], &p[3]};
    struct bpf_code code;
    struct err why = {0};
    add_call(&p[0], "first", 1);
    add_call(&p[1], "second", 2);
    add_call(&p[2], "third", 0);
    add_call(&p[3], "alone", 0);
    assert_int_equal(bpf_emit(&arena, programs, 4, &code, &why), -E2BIG);
    assert_non_null(strstr(why.text, "up to third"));
    err_clear(&why);
    add_call(&p[1], "second", 0);
    assert_int_equal(bpf_emit(&arena, programs, 4, &code, &why), 0);
    assert_int_equal(code.n_functions, 2); /* what nobody calls is left out */
    assert_int_equal(code.stack_bytes, 200);
    add_call(&p[1], "second", 2);
    add_call(&p[2], "third", 1);
    assert_int_not_equal(bpf_emit(&arena, programs, 4, &code, &why), 0);
}

static void the_code_in_words(void **state)
{
    (void)state;
    struct ir_program p;
    struct bpf_code code;
    struct err why = {0};
    struct text words = {0};
    ir_init(&p, &arena, "words");
    p.at = 10;
    ir_label end = ir_new_label(&p);
    ir_reg context = ir_register(&p), map = ir_register(&p), slot = ir_register(&p);
    ir_add(&p, (struct ir_instruction){.op = IR_CONTEXT, .to = context});
    ir_add(&p, (struct ir_instruction){.op = IR_MAP, .to = map, .index = 7});
    ir_add(&p, (struct ir_instruction){.op = IR_SLOT, .to = slot, .slot = ir_new_slot(&p, 4)});
    ir_store(&p, 4, slot, 0, ir_const(5));
    ir_reg found = ir_call(&p, BPF_FUNC_map_lookup_elem, (struct ir_value[]){ir_of(map), ir_of(slot)}, 2);
    p.at = 20;
    ir_jump_if(&p, IR_EQ, ir_of(found), ir_const(0), end);
    ir_add(&p, (struct ir_instruction){.op = IR_ATOMIC_ADD, .size = 8, .a = ir_of(found), .b = ir_of(ir_load(&p, 4, false, context, 16))});
    ir_place_label(&p, end);
    ir_return(&p, ir_const(0));
    ir_optimize(&p);
    assert_int_equal(emit(&p, &code, &why), 0);
    code_print(&code, &source, &words);
    assert_string_equal(words.bytes, "words:\n"
                                     "; @x = 1; @ my.bt:2\n"
                                     "   0: (bf) r6 = r1\n"
                                     "   1: (62) *(u32 *)(r10 -8) = 5\n"
                                     "   2: (18) r1 = map[7]\n"
                                     "   4: (bf) r2 = r10\n"
                                     "   5: (07) r2 += -8\n"
                                     "   6: (85) call 1\n"
                                     "; @y = pid; @ my.bt:3\n"
                                     "   7: (15) if r0 == 0 goto pc+2\n"
                                     "   8: (61) r6 = *(u32 *)(r6 +16)\n"
                                     "   9: (db) lock *(u64 *)(r0 +0) += r6\n"
                                     "  10: (b7) r0 = 0\n"
                                     "  11: (95) exit\n");
    text_free(&words);
}

/* What the kernel says of a wrong program names the script's line: the BTF and the line info are good. */
static void a_refusal_names_the_line(void **state)
{
    (void)state;
    if (geteuid())
        skip();
    struct ir_program p;
    struct bpf_code code;
    struct err why = {0};
    ir_init(&p, &arena, "wrong");
    p.at = 11;
    ir_reg a = ir_move(&p, ir_const(1));
    p.at = 22;
    ir_return(&p, ir_of(ir_load(&p, 8, false, a, 0)));
    assert_int_equal(emit(&p, &code, &why), 0);
    int fd = load(&code, &why);
    assert_int_equal(fd, -EACCES);
    assert_non_null(strstr(why.text, "refuses wrong, which is a bug of sonde"));
    assert_non_null(strstr(why.text, "invalid mem access"));
    assert_non_null(strstr(why.text, "`@y = pid;"));
}

static void a_log_in_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *log, *words;
    } cases[] = {
        {"", "the kernel does not load p: EINVAL"},
        {"\n\n", "the kernel does not load p: EINVAL"},
        {"; a = 1\n0: r1 = 1\n; b = 2\nR1 bad\nprocessed 3 insns (limit 1)\n", ": R1 bad (EINVAL), at the line `b = 2`"},
        {"fd 3 is bad\n", "please report it: fd 3 is bad (EINVAL)"},
        {"; ", "the kernel does not load p: EINVAL"},
        {"x", "please report it: x (EINVAL)"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        struct err why = {0};
        assert_int_equal(refusal_explain(cases[k].log, EINVAL, "p", &why), -EINVAL);
        if (!strstr(why.text, cases[k].words))
            fail_msg("%s", why.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_far_jump_arrives),       cmocka_unit_test(a_frame_that_is_too_large_is_told),
        cmocka_unit_test(frames_of_a_chain_add_up), cmocka_unit_test(the_code_in_words),
        cmocka_unit_test(a_refusal_names_the_line), cmocka_unit_test(a_log_in_a_sentence),
    };
    int failed = cmocka_run_group_tests_name("trace_code", tests, NULL, NULL);
    arena_free(&arena);
    return failed;
}
