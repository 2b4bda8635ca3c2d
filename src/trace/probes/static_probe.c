#include "trace/probes/static_probe.h"

#include <elf.h>
#include <string.h>

enum { NOTE_TYPE = 3, SECTIONS_MAX = 65536, SEGMENTS_MAX = 4096 };

struct file {
    const unsigned char *bytes;
    size_t n;
    Elf64_Ehdr head;
};

/* Whether `size` bytes from `at` on are in the file. */
static bool has(const struct file *f, uint64_t at, uint64_t size)
{
    return at <= f->n && size <= f->n - at;
}

static bool section(const struct file *f, uint32_t i, Elf64_Shdr *s)
{
    uint64_t at = f->head.e_shoff + (uint64_t)i * sizeof *s;
    if (i >= f->head.e_shnum || f->head.e_shentsize != sizeof *s || at < f->head.e_shoff || !has(f, at, sizeof *s))
        return false;
    memcpy(s, f->bytes + at, sizeof *s);
    return true;
}

/* A string that ends before `end`; NULL. */
static const char *string(const struct file *f, uint64_t at, uint64_t end)
{
    if (end > f->n || at >= end || !memchr(f->bytes + at, 0, end - at))
        return NULL;
    return (const char *)f->bytes + at;
}

static bool section_named(const struct file *f, const char *name, Elf64_Shdr *out)
{
    Elf64_Shdr names;
    if (!section(f, f->head.e_shstrndx, &names) || !has(f, names.sh_offset, names.sh_size))
        return false;
    for (uint32_t i = 0; i < SECTIONS_MAX && section(f, i, out); i++) {
        const char *own = out->sh_name < names.sh_size ? string(f, names.sh_offset + out->sh_name, names.sh_offset + names.sh_size) : NULL;
        if (own && !strcmp(own, name))
            return true;
    }
    return false;
}

/* An address as an offset in the file; false: it is not loaded from there. */
static bool offset_of(const struct file *f, uint64_t address, uint64_t *offset)
{
    for (uint32_t i = 0; i < f->head.e_phnum && i < SEGMENTS_MAX; i++) {
        Elf64_Phdr p;
        uint64_t at = f->head.e_phoff + (uint64_t)i * sizeof p;
        if (f->head.e_phentsize != sizeof p || at < f->head.e_phoff || !has(f, at, sizeof p))
            return false;
        memcpy(&p, f->bytes + at, sizeof p);
        if (p.p_type != PT_LOAD || address < p.p_vaddr || address - p.p_vaddr >= p.p_filesz)
            continue;
        *offset = address - p.p_vaddr + p.p_offset;
        return *offset < f->n;
    }
    return false;
}

/* A note's content: address, base address when it was linked, address of the semaphore; then three strings. */
static bool read_note(const struct file *f, uint64_t at, uint64_t end, uint64_t base, struct static_probe *out)
{
    uint64_t words[3];
    if (end - at < sizeof words)
        return false;
    memcpy(words, f->bytes + at, sizeof words);
    *out = (struct static_probe){.provider = string(f, at + sizeof words, end)};
    out->name =
        out->provider ? string(f, (uint64_t)((const unsigned char *)out->provider - f->bytes) + strlen(out->provider) + 1, end) : NULL;
    out->arguments = out->name ? string(f, (uint64_t)((const unsigned char *)out->name - f->bytes) + strlen(out->name) + 1, end) : NULL;
    uint64_t moved = base ? base - words[1] : 0; /* by prelink */
    if (!out->arguments || !offset_of(f, words[0] + moved, &out->offset))
        return false;
    if (words[2] && !offset_of(f, words[2] + moved, &out->counter))
        out->counter = 0;
    return true;
}

static uint64_t round4(uint64_t n)
{
    return (n + 3) & ~3ULL;
}

static void each_note(const struct file *f, const Elf64_Shdr *notes, uint64_t base, bool (*fn)(void *arg, const struct static_probe *probe),
                      void *arg)
{
    uint64_t end = notes->sh_offset + notes->sh_size;
    Elf64_Nhdr head;
    for (uint64_t at = notes->sh_offset; end - at >= sizeof head && at < end;) {
        memcpy(&head, f->bytes + at, sizeof head);
        uint64_t name = at + sizeof head;
        uint64_t content = name + round4(head.n_namesz);
        uint64_t next = content + round4(head.n_descsz);
        if (next > round4(end) || content + head.n_descsz > end)
            return;
        bool ours = head.n_type == NOTE_TYPE && head.n_namesz == 8 && !memcmp(f->bytes + name, "stapsdt", 8);
        struct static_probe probe;
        if (ours && read_note(f, content, content + head.n_descsz, base, &probe) && !fn(arg, &probe))
            return;
        at = next;
    }
}

bool static_probes_each(const void *bytes, size_t n, bool (*fn)(void *arg, const struct static_probe *probe), void *arg)
{
    struct file f = {.bytes = bytes, .n = n};
    Elf64_Shdr notes;
    Elf64_Shdr base;
    if (n < sizeof f.head)
        return false;
    memcpy(&f.head, bytes, sizeof f.head);
    if (memcmp(f.head.e_ident, ELFMAG, SELFMAG) != 0 || f.head.e_ident[EI_CLASS] != ELFCLASS64)
        return false;
    uint64_t linked = section_named(&f, ".stapsdt.base", &base) ? base.sh_addr : 0;
    if (section_named(&f, ".note.stapsdt", &notes) && notes.sh_type == SHT_NOTE && has(&f, notes.sh_offset, notes.sh_size))
        each_note(&f, &notes, linked, fn, arg);
    return true;
}
