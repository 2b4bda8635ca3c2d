#include "collectors/host/parse.h"

#include <string.h>

bool parse_cpu_line(struct span line, struct cpu_line *out)
{
    struct span name = span_word(&line);
    if (!span_starts(name, "cpu"))
        return false;
    name.p += 3;
    uint64_t cpu;
    bool all = !span_length(name);
    if (!all && (!span_u64(&name, &cpu) || span_length(name) || cpu >= MAX_CPUS))
        return false;
    out->cpu = all ? CPU_ALL : (int)cpu;
    return span_numbers(&line, out->ticks, CPU_TIMES);
}

void parse_stat_line(struct span line, struct stat_counts *counts)
{
    const struct {
        const char *name;
        uint64_t *to;
    } wanted[] = {
        {"ctxt", &counts->context_switches}, {"intr", &counts->interrupts},       {"softirq", &counts->softirqs},
        {"processes", &counts->forks},       {"procs_running", &counts->running}, {"procs_blocked", &counts->blocked},
    };
    struct span name = span_word(&line);
    uint64_t v;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (span_is(name, wanted[i].name) && span_u64(&line, &v))
            *wanted[i].to = v;
}

/* 12.34. Whole numbers divided once: the nearest double to what is written. */
static bool take_decimal(struct span *s, double *v)
{
    uint64_t digits, scale = 1;
    if (!span_u64(s, &digits))
        return false;
    if (s->p < s->end && *s->p == '.')
        for (s->p++; s->p < s->end && *s->p >= '0' && *s->p <= '9' && scale < 1000000; s->p++, scale *= 10)
            digits = digits * 10 + (uint64_t)(*s->p - '0');
    *v = (double)digits / (double)scale;
    return true;
}

/* 0.27 0.10 0.07 1/89 5904 */
bool parse_load(struct span text, struct load *out)
{
    for (int i = 0; i < 3; i++)
        if (!take_decimal(&text, &out->load[i]))
            return false;
    return span_u64(&text, &out->running) && text.p < text.end && *text.p++ == '/' && span_u64(&text, &out->tasks);
}

bool parse_named_value(struct span line, struct span *name, uint64_t *value)
{
    *name = span_word(&line);
    if (span_length(*name) && name->end[-1] == ':')
        name->end--;
    if (!span_length(*name) || !span_u64(&line, value))
        return false;
    if (span_is(span_word(&line), "kB"))
        *value *= 1024;
    return true;
}

/* some avg10=0.44 avg60=0.70 avg300=0.51 total=14215842 */
static bool parse_pressure_line(struct span line, struct pressure *out)
{
    static const char *const names[] = {"avg10=", "avg60=", "avg300="};
    for (int i = 0; i < 3; i++) {
        struct span word = span_word(&line);
        if (!span_starts(word, names[i]))
            return false;
        word.p += strlen(names[i]);
        if (!take_decimal(&word, &out->average[i]))
            return false;
    }
    struct span word = span_word(&line);
    uint64_t us;
    if (!span_starts(word, "total="))
        return false;
    word.p += strlen("total=");
    if (!span_u64(&word, &us))
        return false;
    out->stall_ns = us * 1000;
    return true;
}

void parse_pressure(struct span text, struct pressure out[PRESSURE_KINDS])
{
    static const char *const kinds[PRESSURE_KINDS] = {"some", "full"};
    struct span line;
    memset(out, 0, PRESSURE_KINDS * sizeof *out);
    while (span_line(&text, &line)) {
        struct span kind = span_word(&line);
        for (int i = 0; i < PRESSURE_KINDS; i++)
            if (span_is(kind, kinds[i]))
                out[i].present = parse_pressure_line(line, &out[i]);
    }
}

/* "  eth0:  123 4 …"; old kernels leave no blank after the colon, and an alias holds a colon itself. */
bool parse_net_line(struct span line, struct span *name, uint64_t counts[NET_COUNTS])
{
    const char *colon = span_length(line) ? memrchr(line.p, ':', span_length(line)) : NULL;
    if (!colon)
        return false;
    struct span before = {line.p, colon};
    *name = span_word(&before);
    line.p = colon + 1;
    return span_length(*name) > 0 && span_numbers(&line, counts, NET_COUNTS);
}

bool parse_disk_line(struct span line, struct disk_line *out)
{
    uint64_t numbers[2];
    if (!span_numbers(&line, numbers, 2))
        return false;
    out->name = span_word(&line);
    memset(out->counts, 0, sizeof out->counts);
    for (out->n = 0; out->n < DISK_COUNTS && span_u64(&line, &out->counts[out->n]);)
        out->n++;
    return span_length(out->name) > 0 && out->n >= DISK_COUNTS_MIN;
}

static bool one_of(struct span s, const char *const *names)
{
    for (; *names; names++)
        if (span_is(s, *names))
            return true;
    return false;
}

bool mount_is_real(const struct span_mount *m)
{
    static const char *const without_device[] = {"btrfs", "zfs", "bcachefs", NULL};
    static const char *const images[] = {"squashfs", "iso9660", "erofs", "udf", "cramfs", NULL};
    if (m->major == 0)
        return one_of(m->type, without_device);
    return !one_of(m->type, images) && !span_starts(m->type, "fuse") && !span_starts(m->type, "nfs");
}
