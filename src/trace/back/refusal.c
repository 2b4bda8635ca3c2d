#include "trace/back/refusal.h"

#include "base/err.h"

#include <stdbool.h>
#include <string.h>

struct line {
    const char *text;
    int length;
};

static bool starts_with(struct line l, const char *word)
{
    size_t n = strlen(word);
    return (size_t)l.length >= n && !memcmp(l.text, word, n);
}

/* The lines that count up what was done come behind the reason. */
static bool is_summary(struct line l)
{
    static const char *const starts[] = {"processed ", "verification time", "stack depth", "max_states", "mark_precise",
                                         "-- END",     "cur state",         "old state"};
    for (size_t k = 0; k < sizeof starts / sizeof *starts; k++)
        if (starts_with(l, starts[k]))
            return true;
    return l.length == 0;
}

/* The reason is the last line; the script's line the last comment before it. */
static void read_log(const char *log, struct line *reason, struct line *source)
{
    for (const char *at = log; *at;) {
        const char *end = strchrnul(at, '\n');
        struct line l = {at, (int)(end - at)};
        if (starts_with(l, "; "))
            *source = (struct line){l.text + 2, l.length - 2};
        else if (!is_summary(l))
            *reason = l;
        at = *end ? end + 1 : end;
    }
}

int refusal_explain(const char *log, int error, const char *program, struct err *why)
{
    struct line reason = {0}, source = {0};
    read_log(log, &reason, &source);
    const char *name = err_name(error) ? err_name(error) : "unknown error";
    if (strstr(log, "infinite loop detected") || strstr(log, "jumps is too complex") || strstr(log, "back-edge"))
        return err_set(why, error,
                       "the kernel's verifier sees no end of a loop of %s (%s): give it a bound that is a constant: while ($i < 100), for "
                       "($i : 0..$n)",
                       program, name);
    if (!reason.length)
        return err_set(why, error, "the kernel does not load %s: %s", program, name);
    if (!source.length)
        return err_set(why, error, "the kernel's verifier refuses %s, which is a bug of sonde, please report it: %.*s (%s)", program,
                       reason.length, reason.text, name);
    return err_set(why, error, "the kernel's verifier refuses %s, which is a bug of sonde, please report it: %.*s (%s), at the line `%.*s`",
                   program, reason.length > 200 ? 200 : reason.length, reason.text, name, source.length > 200 ? 200 : source.length,
                   source.text);
}
