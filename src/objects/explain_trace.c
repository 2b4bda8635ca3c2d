/* What the lines before the refusal tell: the verifier writes behind an instruction what the registers hold after it. */
#include "objects/explain_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool line_has(struct span in, const char *what)
{
    return memmem(in.p, span_length(in), what, strlen(what)) != NULL;
}

/* What the line says that a register holds: "map_value(map=counts,ks=4,vs=8)". */
static bool register_in(struct span line, const char *number, struct span *out)
{
    char name[8];
    int n = snprintf(name, sizeof name, "R%.3s", number);
    for (const char *p = line.p; (p = memmem(p, (size_t)(line.end - p), name, (size_t)n)); p++) {
        const char *q = p + n;
        while (q < line.end && (*q == '_' || (*q >= 'a' && *q <= 'z'))) /* R1_w= */
            q++;
        if (q == line.end || *q != '=' || (p > line.p && p[-1] != ' '))
            continue;
        const char *end = q + 1;
        for (int depth = 0; end < line.end && (depth > 0 || *end != ' '); end++)
            depth += (*end == '(') - (*end == ')');
        *out = (struct span){q + 1, end};
        return true;
    }
    return false;
}

/* "counts" of "map_value(map=counts,ks=4,vs=8)": since 6.2. */
static void set_member(struct words *w, const char *word, struct span held, const char *key)
{
    const char *at = memmem(held.p, span_length(held), key, strlen(key));
    if (!at)
        return;
    at += strlen(key);
    const char *end = at;
    while (end < held.end && *end != ',' && *end != ')' && *end != ' ')
        end++;
    words_set(w, word, (struct span){at, end});
}

/* The helper that a line calls: "bpf_map_lookup_elem". */
bool line_call(struct span line, struct span *helper)
{
    static const char mark[] = "(85) call ";
    const char *at = memmem(line.p, span_length(line), mark, sizeof mark - 1);
    if (!at)
        return false;
    at += sizeof mark - 1;
    const char *end = at;
    while (end < line.end && *end != '#' && *end != ' ' && *end != '(')
        end++;
    *helper = (struct span){at, end};
    return end > at && *at != 'p' && !span_is(*helper, "unknown"); /* "pc+8" is a function of the program */
}

static bool is_release(struct span helper)
{
    static const char *const parts[] = {"release", "submit", "discard", "_put", "drop", "_delete"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (line_has(helper, parts[i]))
            return true;
    return false;
}

struct held trace_held(const struct log_view *v, const char *number)
{
    struct held h = {0};
    struct span left = v->text, line, helper;
    while (log_line_before(&left, &line)) {
        if (register_in(line, number, &h.value))
            break;
        if (line.p == v->last_insn.p || !line_call(line, &helper))
            continue;
        h.last_call = helper;
        if (is_release(helper))
            h.release = helper;
    }
    return h;
}

static void trace_register(const struct log_view *v, struct words *w)
{
    if (!*words_get(w, "reg"))
        return;
    struct held h = trace_held(v, words_get(w, "reg"));
    if (!h.value.p)
        return;
    struct span type = h.value;
    const char *open = memchr(type.p, '(', span_length(type));
    type.end = open ? open : type.end;
    words_set(w, "regtype", type);
    if (span_starts(type, "pkt"))
        words_setf(w, "is_packet", "1");
    set_member(w, "map", h.value, "map=");
    set_member(w, "held_id", h.value, "(id=");
    if (line_has(h.value, "ref_obj_id=") && h.release.p)
        words_set(w, "released_by", h.release);
    if (span_starts(type, "pkt") && h.last_call.p)
        words_set(w, "moved_by", h.last_call);
}

/* Whether the line speaks of the value of that id as one that may be NULL: "R0=map_value_or_null(id=1,". */
static bool null_in(struct span line, const char *id)
{
    static const char mark[] = "_or_null";
    for (const char *p = line.p; (p = memmem(p, (size_t)(line.end - p), mark, sizeof mark - 1)); p++) {
        struct span name = {p, line.end};
        const char *open = memchr(p, '(', span_length(name));
        struct span rest = {open ? open : line.end, line.end};
        size_t n = strlen(id);
        if (span_starts(rest, "(id=") && span_length(rest) > 4 + n && !memcmp(rest.p + 4, id, n) && strchr(",)", rest.p[4 + n]))
            return true;
    }
    return false;
}

/* The map that a call gets: the last address that was loaded into R1 or R2 before it. */
static void trace_call_map(const struct log_view *v, int call, struct words *w)
{
    enum { NEAR = 24 };
    struct span left = v->text, line, held;
    while (log_line_before(&left, &line))
        if (log_line_insn(line) == call)
            break;
    for (int i = 0; i < NEAR && log_line_before(&left, &line); i++) {
        if (!line_has(line, "(18) r1 = ") && !line_has(line, "(18) r2 = "))
            continue;
        words_setf(w, "map_insn", "%d", log_line_insn(line));
        if (register_in(line, line_has(line, "(18) r1 = ") ? "1" : "2", &held))
            set_member(w, "map", held, "map=");
        return;
    }
}

/* Where a value that may be NULL came from: the first instruction behind which its id stands; before 5.18 registers have lines of their
 * own, and it is the call above the first of them. */
static void trace_null(const struct log_view *v, struct words *w)
{
    struct span left = v->text, line, helper, source = {0};
    const char *id = words_get(w, "held_id");
    int origin = -1;
    bool below = false; /* a line of registers below has the id */
    if (!*id)
        return;
    while (log_line_before(&left, &line)) {
        int insn = log_line_insn(line);
        bool here = null_in(line, id), call = insn >= 0 && line_call(line, &helper);
        if (insn >= 0 && (here || (below && call))) {
            origin = insn;
            source = call ? helper : (struct span){0};
        }
        below = (here && insn < 0) || (below && !call);
    }
    if (origin < 0)
        return;
    words_setf(w, "null_insn", "%d", origin);
    if (!source.p)
        return;
    words_set(w, "source", source);
    if (line_has(source, "map_lookup"))
        trace_call_map(v, origin, w);
}

static void trace_reference(const struct log_view *v, struct words *w)
{
    struct span line, helper;
    const char *alloc = words_get(w, "alloc");
    if (!*alloc || !log_insn_line(v, atoi(alloc), &line) || !line_call(line, &helper))
        return;
    words_set(w, "alloc_helper", helper);
    if (!line_has(helper, "ringbuf"))
        return;
    words_set(w, "ringbuf", helper);
    trace_call_map(v, atoi(alloc), w);
}

/* "off=-520": beyond what a frame may have. */
static void trace_depth(struct words *w)
{
    const char *off = words_get(w, "off");
    if (*off && atoi(off) < -512)
        words_setf(w, "deep", "%d", -atoi(off));
}

/* What the verifier says of ranges, in plain numbers: "value (0x2a; 0x0)" (bits that are set; bits that are not known),
 * "smin=42 smax=42", "(0x0; 0x1)", "[0, 1]". */
static void trace_range(struct words *w, const char *word)
{
    long long low, high;
    unsigned long long bits, unknown;
    const char *s = words_get(w, word);
    if (sscanf(s, "value (0x%llx; 0x%llx)", &bits, &unknown) == 2 || sscanf(s, "(0x%llx; 0x%llx)", &bits, &unknown) == 2) {
        low = (long long)bits;
        high = (long long)(bits | unknown);
    } else if (sscanf(s, "smin=%lld smax=%lld", &low, &high) != 2 && sscanf(s, "[%lld, %lld]", &low, &high) != 2) {
        return;
    }
    if (low == high)
        words_setf(w, word, "%lld", low);
    else
        words_setf(w, word, low + 1 == high ? "%lld or %lld" : "%lld to %lld", low, high);
}

void trace_words(const struct log_view *v, struct words *w)
{
    trace_register(v, w);
    trace_null(v, w);
    trace_reference(v, w);
    trace_depth(w);
    trace_range(w, "value");
    trace_range(w, "range");
}
