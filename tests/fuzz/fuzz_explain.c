/* Explaining any text: the verifier's log, libbpf's lines and the object may hold anything. What comes out is bounded, terminated, and
 * JSON. An input is the lengths of the first two parts (two bytes each, the lowest first), then the three parts. */
#include "objects/explain_inside.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

/* A copy of its own, so that a look beyond its end is seen. */
static char *cut(const uint8_t **data, size_t *left, size_t n)
{
    char *copy = malloc(n ? n : 1);
    expect(copy != NULL);
    memcpy(copy, *data, n);
    *data += n;
    *left -= n;
    return copy;
}

static void check_place(const struct explain_place *p)
{
    expect(memchr(p->file, '\0', sizeof p->file) && memchr(p->text, '\0', sizeof p->text) && p->insn >= -1);
}

static void check(const struct explanation *e)
{
    struct text t = {0};
    expect(e->mistake && e->summary && e->meaning[0] && e->remedy[0]);
    expect(memchr(e->meaning, '\0', sizeof e->meaning) && memchr(e->remedy, '\0', sizeof e->remedy) &&
           memchr(e->last_lines, '\0', sizeof e->last_lines));
    check_place(&e->at);
    check_place(&e->had);
    explain_add_text(&t, e);
    text_clear(&t);
    explain_add_members(&t, e);
    for (size_t i = 0, n; i < t.length; i += n) {
        n = text_utf8_length(t.bytes + i, t.length - i);
        expect(n > 0 && (unsigned char)t.bytes[i] >= ' ');
    }
    text_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4)
        return 0;
    size_t n[2] = {data[0] | (size_t)data[1] << 8, data[2] | (size_t)data[3] << 8}, left = size - 4;
    data += 4;
    n[0] = n[0] < left ? n[0] : left;
    n[1] = n[1] < left - n[0] ? n[1] : left - n[0];
    char *verifier = cut(&data, &left, n[0]), *libbpf = cut(&data, &left, n[1]);
    size_t object_n = left;
    char *object = cut(&data, &left, object_n);
    struct refusal r = {.verifier = verifier,
                        .verifier_n = n[0],
                        .libbpf = libbpf,
                        .libbpf_n = n[1],
                        .object = object,
                        .object_n = object_n,
                        .error = (int)(size % 40),
                        .lacking = size % 3 ? NULL : "CAP_BPF",
                        .kernel = size % 5 ? NULL : "6.1.0"};
    struct explanation e;
    explain(&r, &e);
    check(&e);
    r.step = REFUSED_AT_ATTACH;
    explain(&r, &e);
    check(&e);
    free(verifier);
    free(libbpf);
    free(object);
    return 0;
}
