/* What the instructions before the refusal tell by themselves: locks that are held, loops, the helper that is called. */
#include "objects/explain_inside.h"

#include <string.h>

enum {
    LOOP_ROUNDS = 16, /* an instruction met that often on one path is in a loop */
    LONG_LOOP = 2000, /* a loop that long is why a log had no room for its end */
};

static void trace_lock(const struct log_view *v, struct words *w)
{
    struct span left = v->text, line, helper;
    while (log_line_before(&left, &line))
        if (line_call(line, &helper) && (span_is(helper, "bpf_spin_lock") || span_is(helper, "bpf_res_spin_lock"))) {
            words_setf(w, "lock_insn", "%d", log_line_insn(line));
            return;
        }
}

/* A jump back: "12: (ad) if r2 < r1 goto pc-6". */
static bool jumps_back(struct span line)
{
    return log_line_insn(line) >= 0 && line_has(line, " goto pc-");
}

/* How often the last instruction was met, and the jump that leads back to it. */
static void trace_loop(const struct log_view *v, struct words *w)
{
    struct span left = v->text, line;
    unsigned rounds = 0;
    int back = -1;
    if (v->insn < 0)
        return;
    while (log_line_before(&left, &line)) {
        rounds += log_line_insn(line) == v->insn;
        if (back < 0 && jumps_back(line))
            back = log_line_insn(line);
    }
    if (rounds < LOOP_ROUNDS || back < 0)
        return;
    words_setf(w, "loop", "%u", rounds);
    words_setf(w, "loop_insn", "%d", back);
    if (rounds >= LONG_LOOP)
        words_setf(w, "long_loop", "%u", rounds);
}

/* The register through which an instruction reads or writes: "6" of "(7b) *(u64 *)(r6 +0) = r1". */
static void trace_access(const struct log_view *v, struct words *w)
{
    static const char mark[] = " *)(r";
    const char *at = memmem(v->last_insn.p, span_length(v->last_insn), mark, sizeof mark - 1);
    const char *digits = at ? at + sizeof mark - 1 : NULL, *end = digits;
    while (end && end < v->last_insn.end && *end >= '0' && *end <= '9')
        end++;
    if (end > digits)
        words_set(w, "reg", (struct span){digits, end});
}

/* The helper that the last instruction calls, and whether the map it gets has no keys. */
static void trace_helper(const struct log_view *v, struct words *w)
{
    struct span helper;
    if (!line_call(v->last_insn, &helper))
        return;
    words_set(w, "helper", helper);
    struct held h = trace_held(v, "1");
    if (h.value.p && span_starts(h.value, "map_ptr") && line_has(h.value, "ks=0,"))
        words_setf(w, "keyless", "1");
}

void trace_log(const struct log_view *v, struct words *w)
{
    if (v->insn >= 0) {
        trace_access(v, w);
        trace_helper(v, w);
    }
    trace_lock(v, w);
    trace_loop(v, w);
}
