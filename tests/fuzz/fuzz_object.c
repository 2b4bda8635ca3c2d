/* Whatever a file says that claims to be a BPF object: its sections lie within it, and its code is followed to an end. */
#include "objects/code.h"
#include "objects/elf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void check_sections(const struct elf *e)
{
    for (uint32_t i = 0; i < e->n_sections; i++) {
        struct elf_section s;
        elf_section_at(e, i, &s);
        expect(s.bytes >= e->bytes && s.bytes + s.n <= e->bytes + e->n);
        expect(strlen(s.name) < e->n);
    }
}

static void check_code(const struct elf *e)
{
    struct code *c = code_read(e);
    for (size_t i = 0; c && i < c->n_records; i++) {
        expect(c->records[i].size >= -1 && strlen(c->records[i].map) < e->n);
        expect(c->records[i].source != RECORD_MAP || c->records[i].origin);
    }
    for (size_t i = 0; c && i < c->n_maps; i++)
        code_map_uses(c, c->maps[i].name);
    code_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct elf e;
    struct err why = {0};
    char *bytes = malloc(size ? size : 1);
    if (!bytes)
        return 0;
    memcpy(bytes, data, size);
    if (!elf_open(&e, "object", bytes, size, &why)) {
        check_sections(&e);
        check_code(&e);
    }
    free(bytes);
    return 0;
}
