#include "base/human.h"
#include "cli/live.h"

#include <stdlib.h>
#include <string.h>

static struct live_cell *begin_cell(struct live_rows *r, double number)
{
    if (r->n == r->size) {
        struct live_cell *more = realloc(r->cells, (2 * r->size + 256) * sizeof *more);
        if (!more) {
            r->room.full = true;
            return NULL;
        }
        r->cells = more;
        r->size = 2 * r->size + 256;
    }
    struct live_cell *c = &r->cells[r->n++];
    *c = (struct live_cell){.start = r->room.length, .number = number};
    return c;
}

static void end_cell(struct live_rows *r, struct live_cell *c)
{
    if (c)
        c->length = r->room.length - c->start;
}

void live_words(struct live_rows *r, const char *words, double number)
{
    struct live_cell *c = begin_cell(r, number);
    text_adds(&r->room, words ? words : "");
    end_cell(r, c);
}

void live_text(struct live_rows *r, const char *s)
{
    live_words(r, s, 0);
}

void live_count(struct live_rows *r, uint64_t n)
{
    struct live_cell *c = begin_cell(r, (double)n);
    human_count(&r->room, n);
    end_cell(r, c);
}

void live_real(struct live_rows *r, double v, int decimals)
{
    struct live_cell *c = begin_cell(r, v);
    text_addf(&r->room, "%.*f", decimals, v);
    end_cell(r, c);
}

void live_bytes(struct live_rows *r, double bytes)
{
    struct live_cell *c = begin_cell(r, bytes);
    human_bytes(&r->room, bytes > 0 ? (uint64_t)bytes : 0);
    end_cell(r, c);
}

void live_duration(struct live_rows *r, uint64_t ns)
{
    struct live_cell *c = begin_cell(r, (double)ns);
    human_duration(&r->room, ns);
    end_cell(r, c);
}
