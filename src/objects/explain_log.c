/* The verifier's log, read from its end: what is wrong stands in the last lines, after the instruction that was refused.
 * Source of the format: kernel/bpf/verifier.c and log.c of Linux 5.4 to 6.18 (levels 1 and 2). */
#include "objects/explain_inside.h"

#include <string.h>

enum { LOG_TAIL = 8 * 1024 * 1024 }; /* bytes from the end that are looked at */

static const char begin_mark[] = "BEGIN PROG LOAD LOG", end_mark[] = "END PROG LOAD LOG";

static struct span trimmed(struct span s)
{
    while (s.p < s.end && strchr(" \t\r", *s.p))
        s.p++;
    while (s.end > s.p && strchr(" \t\r", s.end[-1]))
        s.end--;
    return s;
}

bool log_line_before(struct span *text, struct span *line)
{
    if (text->p == text->end)
        return false;
    const char *end = text->end - (text->end[-1] == '\n');
    const char *newline = end > text->p ? memrchr(text->p, '\n', (size_t)(end - text->p)) : NULL;
    const char *start = newline ? newline + 1 : text->p;
    *line = trimmed((struct span){start, end});
    text->end = start;
    return true;
}

/* "7: " in front; the rest of the line is left. */
static bool cut_number(struct span *line, int *number)
{
    uint64_t v;
    struct span rest = *line;
    if (rest.p == rest.end || *rest.p < '0' || *rest.p > '9' || !span_u64(&rest, &v) || v > 10 * 1000 * 1000)
        return false;
    if (!span_starts(rest, ":"))
        return false;
    rest.p++;
    *line = trimmed(rest);
    *number = (int)v;
    return true;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

int log_line_insn(struct span line)
{
    int insn;
    if (!cut_number(&line, &insn))
        return -1;
    if (span_length(line) >= 4 && line.p[0] == '(' && is_hex(line.p[1]) && is_hex(line.p[2]) && line.p[3] == ')')
        return insn;
    return span_starts(line, "<invalid ") || span_starts(line, "failed to resolve CO-RE") ? insn : -1;
}

static bool starts_with_any(struct span line, const char *const *prefixes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (span_starts(line, prefixes[i]))
            return true;
    return false;
}

#define STARTS(line, list) starts_with_any(line, list, sizeof(list) / sizeof((list)[0]))

/* "R1=…", "R1_w=…", "frame1: …": what registers hold. */
static bool is_registers(struct span line)
{
    if (span_starts(line, "frame") && span_length(line) > 6 && line.p[5] >= '0' && line.p[5] <= '9')
        return true;
    if (span_length(line) < 3 || line.p[0] != 'R' || line.p[1] < '0' || line.p[1] > '9')
        return false;
    const char *p = line.p + 2;
    while (p < line.end && ((*p >= '0' && *p <= '9') || *p == '_' || (*p >= 'a' && *p <= 'z')))
        p++;
    return p < line.end && *p == '=';
}

/* Said of the arguments of programs that are accepted all the same. */
static bool is_noise(struct span line)
{
    static const char mark[] = "size cannot be determined";
    return span_starts(line, "reg type unsupported for arg#") ||
           (span_starts(line, "arg#") && memmem(line.p, span_length(line), mark, sizeof mark - 1));
}

enum line_kind log_line_kind(struct span line)
{
    static const char *const trailers[] = {"processed ", "verification time", "stack depth ", "insns_processed", "-- END", "max_states_per",
                                           "libbpf: ",   "Error: ",           "## ",          "-- BEGIN"};
    static const char *const states[] = {
        "from ",   "cur state:", "old state:",  "last_idx ",    "regs=",        "parent ",    "mark_precise:",
        "caller:", "callee:",    "returning ",  "to caller at", "propagating ", "Live regs ", "func#",
        "stack=",  "safe",       "Validating ", "Func#",        "subprog#",     "live:"};
    line = trimmed(line);
    if (line.p == line.end)
        return LINE_EMPTY;
    if (*line.p == ';')
        return LINE_SOURCE;
    int insn = log_line_insn(line);
    if (insn >= 0)
        return LINE_INSN;
    struct span rest = line;
    if (cut_number(&rest, &insn) || is_registers(line) || STARTS(line, states))
        return LINE_STATE;
    if (STARTS(line, trailers))
        return LINE_TRAILER;
    return is_noise(line) ? LINE_NOISE : LINE_WORDS;
}

static void add_words(struct log_view *v, struct span line)
{
    size_t keep = v->n_words < LOG_WORDS ? v->n_words : LOG_WORDS - 1; /* the first of them are the more telling ones */
    memmove(v->words + 1, v->words, keep * sizeof v->words[0]);
    v->words[0] = line;
    v->n_words = keep + 1;
}

void log_read(struct log_view *v, struct span verifier)
{
    *v = (struct log_view){.text = verifier, .insn = -1};
    if (span_length(verifier) > LOG_TAIL)
        v->text.p = verifier.end - LOG_TAIL;
    struct span left = v->text, line;
    while (log_line_before(&left, &line)) {
        enum line_kind kind = log_line_kind(line);
        if (kind == LINE_INSN) {
            v->last_insn = line;
            v->insn = log_line_insn(line);
            break;
        }
        if (kind == LINE_TRAILER && span_starts(line, "processed ")) {
            v->ended = true;
            v->n_words = 0; /* what came after the log's end was said by others */
        }
        if (kind == LINE_WORDS)
            add_words(v, line);
    }
    /* Cut off in the middle of a line: the remains of an instruction or of registers are no words. */
    v->cut = v->insn >= 0 && !v->ended && v->text.end > v->text.p && v->text.end[-1] != '\n';
    if (v->cut)
        v->n_words = 0;
}

static bool looks_like_log(struct span text)
{
    struct span line;
    for (size_t i = 0; i < 100000 && log_line_before(&text, &line); i++)
        if (log_line_insn(line) >= 0 || span_starts(line, "processed "))
            return true;
    return false;
}

/* The start of the line that `at` is in. */
static const char *line_start(struct span text, const char *at)
{
    const char *newline = at > text.p ? memrchr(text.p, '\n', (size_t)(at - text.p)) : NULL;
    return newline ? newline + 1 : text.p;
}

struct span log_verifier_part(struct span text)
{
    struct span found = {text.end, text.end}, rest = text;
    for (const char *at; (at = memmem(rest.p, span_length(rest), begin_mark, sizeof begin_mark - 1));) {
        const char *newline = memchr(at, '\n', (size_t)(text.end - at));
        found.p = newline ? newline + 1 : text.end;
        const char *end = memmem(found.p, (size_t)(text.end - found.p), end_mark, sizeof end_mark - 1);
        found.end = end ? line_start(text, end) : text.end;
        rest.p = found.end;
        if (!end)
            break;
    }
    if (found.p < found.end)
        return found;
    return looks_like_log(text) ? text : (struct span){text.end, text.end};
}

bool log_insn_line(const struct log_view *v, int insn, struct span *line)
{
    struct span left = v->text;
    while (log_line_before(&left, line))
        if (log_line_insn(*line) == insn)
            return true;
    return false;
}

/* " @ file.c:12" at the end of a source line, since 6.9. */
static struct span cut_file(struct span source, struct explain_place *out)
{
    const char *at = NULL;
    for (struct span rest = source; (rest.p = memmem(rest.p, span_length(rest), " @ ", 3)); rest.p++)
        at = rest.p;
    const char *colon = at ? memrchr(at, ':', (size_t)(source.end - at)) : NULL;
    if (!colon || colon + 1 == source.end)
        return source;
    struct span number = {colon + 1, source.end};
    uint64_t line;
    if (!span_u64(&number, &line) || number.p != number.end || line > UINT32_MAX)
        return source;
    size_t n = (size_t)(colon - (at + 3));
    if (n >= sizeof out->file)
        n = sizeof out->file - 1;
    memcpy(out->file, at + 3, n);
    out->file[n] = '\0';
    out->line = (unsigned)line;
    return (struct span){source.p, at};
}

/* False for what the compiler made itself ("; " and "; @ file.c:0"). */
static bool read_source(struct span line, struct explain_place *out)
{
    struct explain_place place = {.insn = out->insn};
    struct span text = trimmed(cut_file((struct span){line.p + 1, line.end}, &place));
    size_t n = span_length(text);
    if (n == 0)
        return false;
    n = n >= sizeof place.text ? sizeof place.text - 1 : n;
    memcpy(place.text, text.p, n);
    *out = place;
    return true;
}

bool log_place(const struct log_view *v, int insn, struct explain_place *out)
{
    struct span left = v->text, line;
    bool passed = false;
    out->insn = insn;
    while (log_line_before(&left, &line)) {
        passed |= log_line_insn(line) == insn;
        if (passed && line.p < line.end && *line.p == ';' && read_source(line, out))
            return true;
    }
    return false;
}
