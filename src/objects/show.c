#include "objects/show.h"

#include "base/clock.h"

#include <string.h>

void show_init(struct show *s, bool json)
{
    *s = (struct show){.json = json};
    s->values.mono_to_utc_ns = clock_utc_ns() - clock_mono_ns();
    s->values.boot_to_utc_ns = clock_utc_ns() - clock_boot_ns();
}

void show_time_of_day(struct text *out, int64_t utc_ns)
{
    int64_t ms = utc_ns / NS_PER_MS % (24 * 3600 * 1000);
    text_addf(out, "%02d:%02d:%02d.%03d", (int)(ms / 3600000), (int)(ms / 60000 % 60), (int)(ms / 1000 % 60), (int)(ms % 1000));
}

static void add_string(struct text *out, const char *name, const char *value)
{
    text_addf(out, ",\"%s\":", name);
    text_add_json(out, value, strlen(value));
}

static void begin_json(struct text *out, const char *kind, int64_t utc_ns)
{
    text_addf(out, "{\"kind\":\"%s\",\"time\":\"", kind);
    text_add_time(out, utc_ns);
    text_addc(out, '"');
}

static void event_json(struct text *out, const struct show *s, const struct stream_event *e, int64_t utc_ns)
{
    begin_json(out, "event", utc_ns);
    add_string(out, "map", e->buffer->map->name);
    if (e->type)
        add_string(out, "type", e->type->name);
    else
        text_adds(out, ",\"type\":null");
    text_adds(out, ",\"data\":");
    if (e->type)
        typed_add_json(out, e->type->btf, e->type->type, e->bytes, e->n, &s->values);
    else
        typed_add_json_hex(out, e->bytes, e->n);
    text_addc(out, '}');
}

void show_event(struct text *out, const struct show *s, const struct stream_event *e, int64_t utc_ns)
{
    if (s->json) {
        event_json(out, s, e, utc_ns);
        return;
    }
    show_time_of_day(out, utc_ns);
    text_adds(out, "  ");
    if (s->name_maps)
        text_addf(out, "%s  ", e->buffer->map->name);
    if (e->type && e->buffer->types.n > 1)
        text_addf(out, "%s  ", e->type->name);
    if (e->type)
        typed_add_text(out, e->type->btf, e->type->type, e->bytes, e->n, &s->values);
    else
        text_addf(out, "%zu bytes", e->n);
    text_addc(out, '\n');
    if (!e->type)
        typed_add_hexdump(out, e->bytes, e->n, "  ");
}

void show_lost(struct text *out, const struct stream_buffer *b, uint64_t count, int64_t utc_ns)
{
    begin_json(out, "lost", utc_ns);
    add_string(out, "map", b->map->name);
    text_addf(out, ",\"count\":%llu}", (unsigned long long)count);
}

/* What programs write goes to a terminal: no control character but those that end lines and columns. */
static void add_plain(struct text *out, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        text_addc(out, ((unsigned char)bytes[i] < ' ' && bytes[i] != '\n' && bytes[i] != '\t') || bytes[i] == 127 ? '?' : bytes[i]);
}

/* Cuts the last word off, with the blanks around it. */
static void drop_word(const char *line, size_t *n)
{
    while (*n && line[*n - 1] == ' ')
        --*n;
    while (*n && line[*n - 1] != ' ')
        --*n;
    while (*n && line[*n - 1] == ' ')
        --*n;
}

/* "            cat-1234    [001] d..31  3326.197334: bpf_trace_printk: text": the task's name may have blanks, the rest has none. */
bool show_print(struct text *out, const struct show *s, const char *line, size_t n, int64_t utc_ns)
{
    static const char mark[] = ": bpf_trace_printk: ";
    const char *at = memmem(line, n, mark, sizeof mark - 1);
    if (!at)
        return false;
    size_t task = (size_t)(at - line);
    const char *words = at + sizeof mark - 1;
    for (int i = 0; i < 3; i++) /* time, flags, CPU */
        drop_word(line, &task);
    n -= (size_t)(words - line);
    while (task && *line == ' ') {
        line++;
        task--;
    }
    if (!s->json) {
        show_time_of_day(out, utc_ns);
        text_adds(out, "  ");
        add_plain(out, line, task);
        text_adds(out, "  ");
        add_plain(out, words, n);
        text_addc(out, '\n');
        return true;
    }
    begin_json(out, "print", utc_ns);
    text_adds(out, ",\"task\":");
    text_add_json(out, line, task);
    text_adds(out, ",\"text\":");
    text_add_json(out, words, n);
    text_addc(out, '}');
    return true;
}

void show_iter(struct text *out, const struct show *s, const char *program, const char *bytes, size_t n)
{
    if (!s->json) {
        add_plain(out, bytes, n);
        if (n && bytes[n - 1] != '\n')
            text_addc(out, '\n');
        return;
    }
    text_adds(out, "{\"kind\":\"iter\"");
    add_string(out, "program", program);
    text_adds(out, ",\"text\":");
    text_add_json(out, bytes, n);
    text_addc(out, '}');
}
