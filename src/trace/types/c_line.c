/* Lines of the preprocessor: constants are kept, conditions decided, #include lines passed over. */
#include "trace/types/c_inside.h"

#include <ctype.h>
#include <string.h>

struct line {
    const char *text; /* without comments and continuations; in the arena */
    uint32_t at, length;
};

/* Reads to the end of the line; what a backslash continues belongs to it. */
static struct line read_line(struct c_reader *r)
{
    struct text words = {.ceiling = 1 << 16};
    struct line line = {.at = r->base + r->at};
    while (r->at < r->end && r->text[r->at] != '\n') {
        char c = r->text[r->at], next = r->end - r->at > 1 ? r->text[r->at + 1] : '\0';
        if (c == '\\' && (next == '\n' || next == '\r')) {
            r->at += next == '\r' && r->end - r->at > 2 ? 3 : 2;
            text_addc(&words, ' ');
        } else if (c == '/' && next == '/') {
            while (r->at < r->end && r->text[r->at] != '\n')
                r->at++;
        } else if (c == '/' && next == '*') {
            r->at += 2;
            while (r->end - r->at > 1 && !(r->text[r->at] == '*' && r->text[r->at + 1] == '/'))
                r->at++;
            r->at = r->end - r->at > 2 ? r->at + 2 : r->end;
            text_addc(&words, ' ');
        } else {
            text_addc(&words, c ? c : ' ');
            r->at++;
        }
    }
    while (words.length && isspace((unsigned char)words.bytes[words.length - 1]))
        words.bytes[--words.length] = '\0';
    line.length = r->base + r->at - line.at;
    line.text = arena_copy(r->t->arena, words.bytes ? words.bytes : "", words.length);
    text_free(&words);
    return line;
}

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " \t\r");
}

/* Cuts a name off; "" when there is none. */
static const char *take_name(struct c_reader *r, const char **s)
{
    *s = skip_blanks(*s);
    size_t n = 0;
    while (isalnum((unsigned char)(*s)[n]) || (*s)[n] == '_')
        n++;
    const char *name = arena_copy(r->t->arena, *s, n);
    *s += n;
    return name ? name : "";
}

static void warn(const struct c_reader *r, const struct line *line, const char *words)
{
    if (r->c)
        complain_softly(r->c, (struct place){line->at, line->length}, "%s", words);
}

static void define(struct c_reader *r, const struct line *line, const char *rest)
{
    const char *name = take_name(r, &rest);
    if (!*name)
        warn(r, line, "#define wants a name");
    else if (*rest == '(')
        warn(r, line, "#define with parameters is passed over: write a macro of the language (macro name(a) { … }) instead");
    else
        constant_add_macro(r->t, name, skip_blanks(rest));
}

static bool is_defined(struct c_reader *r, const char *rest)
{
    const char *name = take_name(r, &rest);
    return (strcmp(name, "BPFTRACE_HAVE_BTF") == 0 && kernel_has_btf(r->t)) || constant_is_macro(r->t, name);
}

static bool holds(struct c_reader *r, const char *word, const char *rest)
{
    int64_t value = 0;
    if (strcmp(word, "ifdef") == 0)
        return is_defined(r, rest);
    if (strcmp(word, "ifndef") == 0)
        return !is_defined(r, rest);
    return c_evaluate(r->t, rest, &value) && value;
}

/* #if, #ifdef, #ifndef, #elif, #else, #endif. False: another word. */
static bool condition(struct c_reader *r, const char *word, const char *rest, const struct line *line)
{
    bool opens = strcmp(word, "if") == 0 || strcmp(word, "ifdef") == 0 || strcmp(word, "ifndef") == 0;
    bool again = strcmp(word, "elif") == 0 || strcmp(word, "else") == 0, ends = strcmp(word, "endif") == 0;
    if (!opens && !again && !ends)
        return false;
    if (opens && r->conditions < C_CONDITIONS_MAX) {
        bool yes = !r->inactive && holds(r, word, rest);
        r->taken[r->conditions++] = yes;
        r->inactive += r->inactive || !yes;
    } else if (opens || !r->conditions) {
        warn(r, line, opens ? "#if is nested too deeply and passed over" : "no #if is open here");
    } else if (ends) {
        r->conditions--;
        r->inactive -= r->inactive > 0;
    } else if (r->inactive <= 1) { /* the outermost that does not hold, or one that holds */
        bool yes = !r->taken[r->conditions - 1] && (*word == 'e' && word[2] == 's' ? true : holds(r, "if", rest));
        r->taken[r->conditions - 1] = r->taken[r->conditions - 1] || yes;
        r->inactive = !yes;
    }
    return true;
}

static void directive(struct c_reader *r)
{
    struct line line = read_line(r);
    const char *rest = line.text ? line.text : "";
    const char *word = take_name(r, &rest);
    rest = skip_blanks(rest);
    if (condition(r, word, rest, &line) || r->inactive)
        return;
    if (strcmp(word, "define") == 0)
        define(r, &line, rest);
    else if (strcmp(word, "undef") == 0)
        constant_remove(r->t, take_name(r, &rest));
    else if (strcmp(word, "include") == 0) {
        if (!kernel_has_btf(r->t))
            warn(r, &line, "#include is passed over: no header is read, and this kernel has no BTF; define what the script needs");
    } else if (strcmp(word, "pragma") == 0 && strncmp(rest, "pack", 4) == 0)
        warn(r, &line, "#pragma pack is passed over: write __attribute__((packed)) behind the struct");
    else if (strcmp(word, "error") == 0 && r->c)
        complain(r->c, (struct place){line.at, line.length}, "the script says: %s", rest);
}

/* What a condition excludes, to the next line of the preprocessor that ends it. */
void c_skip_excluded(struct c_reader *r)
{
    while (r->inactive && r->at < r->end) {
        if (r->text[r->at] == '\n')
            r->line_start = true;
        else if (r->line_start && r->text[r->at] == '#') {
            r->at++;
            r->line_start = false;
            directive(r);
            continue;
        } else if (!isspace((unsigned char)r->text[r->at]))
            r->line_start = false;
        r->at++;
    }
}

void c_line(struct c_reader *r)
{
    directive(r);
    c_skip_excluded(r);
}
