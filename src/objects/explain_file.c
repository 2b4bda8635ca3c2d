#include "base/span.h"
#include "objects/explain.h"

#include <errno.h>
#include <string.h>

static int read_all(const char *path, struct text *t, struct err *why)
{
    FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
    if (!f)
        return err_set(why, errno, "%s cannot be read: %s", path, strerror(errno));
    char bytes[65536];
    size_t n;
    while (!t->full && (n = fread(bytes, 1, sizeof bytes, f)) > 0)
        text_add(t, bytes, n);
    int failed = ferror(f) ? errno : 0;
    if (f != stdin)
        fclose(f);
    if (failed)
        return err_set(why, failed, "%s cannot be read: %s", path, strerror(failed));
    if (t->full)
        return err_set(why, EFBIG, "%s is larger than %d MiB; its last megabytes are enough (tail -c 16M)", path,
                       TEXT_CEILING / 1024 / 1024);
    return 0;
}

/* "Apr 01 10:41:53 host loader[10491]: 7: (79) …": what a journal puts before each line is cut off. */
static struct span without_journal(struct span line)
{
    enum { LONGEST = 120 };
    size_t n = span_length(line) < LONGEST ? span_length(line) : LONGEST;
    const char *end = memmem(line.p, n, "]: ", 3);
    const char *digit = end;
    while (digit && digit > line.p && digit[-1] >= '0' && digit[-1] <= '9')
        digit--;
    if (digit && digit < end && digit > line.p && digit[-1] == '[')
        line.p = end + 3;
    return line;
}

static void strip_journal(const struct text *log, struct text *out)
{
    struct span left = span_of(log->bytes, log->length), line;
    while (span_line(&left, &line)) {
        struct span rest = without_journal(line);
        text_add(out, rest.p, span_length(rest));
        text_addc(out, '\n');
    }
}

/* What a saved log is made of: libbpf's lines and the verifier's log among them, or that log alone. */
static void explain_saved(const struct text *log, const struct text *object, struct text *out, bool json)
{
    struct refusal r = {
        .libbpf = log->bytes,
        .libbpf_n = log->length,
        .object = object->bytes,
        .object_n = object->length,
    };
    struct explanation e;
    struct text stripped = {0};
    explain(&r, &e);
    if (!e.known && log->length) {
        strip_journal(log, &stripped);
        r.libbpf = stripped.bytes;
        r.libbpf_n = stripped.length;
        explain(&r, &e);
    }
    text_free(&stripped);
    if (json) {
        text_addc(out, '{');
        explain_add_members(out, &e);
        text_adds(out, "}\n");
    } else {
        explain_add_text(out, &e);
    }
}

int explain_file(const char *path, const char *object, FILE *out, bool json, struct err *why)
{
    struct text log = {0}, image = {0}, said = {0};
    int rc = read_all(path, &log, why);
    if (rc == 0 && object)
        rc = read_all(object, &image, why);
    if (rc == 0) {
        explain_saved(&log, &image, &said, json);
        if (said.full || fwrite(said.bytes, 1, said.length, out) != said.length)
            rc = err_set(why, EIO, "the explanation cannot be written");
    }
    text_free(&log);
    text_free(&image);
    text_free(&said);
    return rc;
}
