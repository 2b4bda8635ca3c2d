#include "trace/print/names.h"

static size_t slot_of(uint64_t number, uint32_t kind)
{
    return ((number + kind) * 0x9e3779b97f4a7c15u) >> 58; /* the top 6 bits: 64 slots */
}

bool name_memo_find(const struct name_memo *m, uint64_t number, uint32_t kind, struct text *out)
{
    const struct name_memo_slot *s = &m->slots[slot_of(number, kind)];
    if (!s->is_set || s->number != number || s->kind != kind)
        return false;
    if (s->words.length)
        text_add(out, s->words.bytes, s->words.length);
    return true;
}

void name_memo_keep(struct name_memo *m, uint64_t number, uint32_t kind, const char *words, size_t n)
{
    struct name_memo_slot *s = &m->slots[slot_of(number, kind)];
    text_clear(&s->words);
    text_add(&s->words, words, n);
    s->number = number;
    s->kind = kind;
    s->is_set = s->words.length == n;
}

void name_memo_free(struct name_memo *m)
{
    for (size_t i = 0; i < NAME_MEMO_SLOTS; i++)
        text_free(&m->slots[i].words);
    *m = (struct name_memo){0};
}
