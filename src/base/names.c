#include "base/names.h"

#include <string.h>

enum { NAME_LONGEST = 64, QUOTE_LONGEST = 60 };

bool names_have(struct names names, const char *word)
{
    const char *name;
    for (size_t i = 0; (name = names.at(names.arg, i)); i++)
        if (!strcmp(name, word))
            return true;
    return false;
}

static bool same_letter(char a, char b)
{
    return (a == '_' ? '-' : a) == (b == '_' ? '-' : b);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap neighbours) from a to b, which are at most NAME_LONGEST long. */
static unsigned edits(const char *a, size_t n, const char *b, size_t m)
{
    unsigned rows[3][NAME_LONGEST + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++)
        above[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + !same_letter(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        unsigned *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[m];
}

const char *names_nearest(struct names names, const char *word)
{
    size_t n = strlen(word);
    if (!n || n > NAME_LONGEST)
        return NULL;
    const char *nearest = NULL, *name;
    unsigned best = n < 4 ? 2 : n < 8 ? 3 : 4; /* one edit in short words, three in long ones */
    for (size_t i = 0; (name = names.at(names.arg, i)); i++) {
        size_t m = strlen(name);
        unsigned distance = m <= NAME_LONGEST ? edits(word, n, name, m) : best;
        if (distance < best && distance < m) {
            best = distance;
            nearest = name;
        }
    }
    return nearest;
}

void names_join(struct text *t, struct names names)
{
    const char *name;
    for (size_t i = 0; (name = names.at(names.arg, i)); i++) {
        text_adds(t, i ? ", " : "");
        text_adds(t, name);
    }
}

void names_add_quoted(struct text *t, const char *word)
{
    size_t n = strlen(word), cut = n;
    if (n > QUOTE_LONGEST)
        for (cut = QUOTE_LONGEST; cut && ((unsigned char)word[cut] & 0xc0) == 0x80;)
            cut--; /* not inside a character */
    text_add_json(t, word, cut);
    if (cut < n)
        text_adds(t, "…");
}

void names_add_unknown(struct text *t, struct names names, const char *word)
{
    const char *nearest = names_nearest(names, word);
    names_add_quoted(t, word);
    if (nearest)
        text_addf(t, " (did you mean \"%s\"?)", nearest);
}
