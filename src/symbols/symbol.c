#include "symbols/symbol.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Names come from files that anybody may have written: what would move a terminal's cursor is shown as a question mark. */
static void add_printable(struct text *out, const char *words)
{
    for (const char *p = words; *p; p++)
        text_addc(out, (unsigned char)*p < ' ' || *p == 127 ? '?' : *p);
}

void symbol_add_name(struct text *out, const struct symbol *s)
{
    if (!s->name) {
        text_addf(out, "0x%" PRIx64, s->offset);
        return;
    }
    add_printable(out, s->name);
    if (s->offset)
        text_addf(out, "+0x%" PRIx64, s->offset);
}

void symbol_add_text(struct text *out, const struct symbol *s)
{
    symbol_add_name(out, s);
    if (!s->module)
        return;
    const char *slash = strrchr(s->module, '/');
    bool bracketed = *s->module == '[';
    text_adds(out, bracketed ? " " : s->is_kernel ? " [" : " (");
    add_printable(out, slash ? slash + 1 : s->module);
    text_adds(out, bracketed ? "" : s->is_kernel ? "]" : ")");
}

void symbol_print(const struct symbol *s, char *buf, size_t size)
{
    struct text words = {.ceiling = 64 * 1024};
    symbol_add_text(&words, s);
    const char *all = words.bytes ? words.bytes : "?";
    size_t name = s->name ? strlen(s->name) : 0, excess = words.length >= size ? words.length - size + 1 + sizeof "…" : 0;
    if (!excess || excess >= name)
        snprintf(buf, size, "%s", all);
    else
        snprintf(buf, size, "%.*s…%s", (int)text_utf8_prefix(all, name - excess), all, all + name);
    buf[text_utf8_prefix(buf, strlen(buf))] = '\0'; /* not cut within a character */
    text_free(&words);
}
