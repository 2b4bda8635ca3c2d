/* Complaints: kept in the order of finding, printed with the line they speak of. */
#include "trace/front/source.h"

#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void complaints_init(struct complaints *c, struct arena *arena, const struct source *source)
{
    *c = (struct complaints){.arena = arena, .source = source};
    c->last = &c->first;
}

/* In the arena; NULL without memory. */
__attribute__((format(printf, 2, 0))) static const char *format_words(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *words = n < 0 ? NULL : arena_alloc(arena, (size_t)n + 1);
    if (words)
        vsnprintf(words, (size_t)n + 1, format, arguments);
    return words;
}

__attribute__((format(printf, 4, 0))) static void keep(struct complaints *c, enum complaint_kind kind, struct place place,
                                                       const char *format, va_list arguments)
{
    size_t *count = kind == COMPLAINT_ERROR ? &c->errors : &c->warnings;
    struct complaint *complaint = NULL;
    if (c->errors + c->warnings < COMPLAINTS_MAX)
        complaint = arena_alloc(c->arena, sizeof *complaint);
    ++*count;
    if (!complaint)
        return;
    *complaint = (struct complaint){.kind = kind, .place = place, .text = format_words(c->arena, format, arguments)};
    *c->last = complaint;
    c->last = &complaint->next;
}

void complain(struct complaints *c, struct place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    keep(c, COMPLAINT_ERROR, place, format, arguments);
    va_end(arguments);
}

void complain_softly(struct complaints *c, struct place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    keep(c, COMPLAINT_WARNING, place, format, arguments);
    va_end(arguments);
}

void complain_hint(struct complaints *c, const char *format, ...)
{
    if (!c->first || c->errors + c->warnings > COMPLAINTS_MAX)
        return; /* the last one was not kept */
    struct complaint *last = c->first;
    while (last->next)
        last = last->next;
    va_list arguments;
    va_start(arguments, format);
    last->hint = format_words(c->arena, format, arguments);
    va_end(arguments);
}

void source_locate(const struct source *source, uint32_t at, uint32_t *line, uint32_t *column)
{
    size_t end = at < source->length ? at : source->length, start = 0;
    *line = 1;
    for (size_t i = 0; i < end; i++) {
        if (source->text[i] == '\n') {
            ++*line;
            start = i + 1;
        }
    }
    *column = (uint32_t)(end - start) + 1;
}
