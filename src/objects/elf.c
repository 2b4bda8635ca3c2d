#include "objects/elf.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#ifndef EM_BPF
#define EM_BPF 247
#endif

static const char *machine_name(unsigned machine)
{
    switch (machine) {
    case EM_X86_64: return "x86-64";
    case EM_386: return "32-bit x86";
    case EM_AARCH64: return "ARM64";
    case EM_ARM: return "ARM";
    case EM_RISCV: return "RISC-V";
    default: return "another machine";
    }
}

static int check_identity(const char *name, const unsigned char *b, size_t n, struct err *why)
{
    if (!n)
        return err_set(why, ENOEXEC, "%s is empty", name);
    if (n < EI_NIDENT || memcmp(b, ELFMAG, SELFMAG) != 0)
        return err_set(why, ENOEXEC,
                       "%s is not a compiled BPF object (it is no ELF file); make one with: clang -O2 -g -target bpf -c FILE.bpf.c", name);
    if (b[EI_DATA] == ELFDATA2MSB)
        return err_set(
            why, ENOEXEC,
            "%s is big endian and this machine is little endian; compile it with: clang -O2 -g -target bpfel (or -target bpf, here)", name);
    if (b[EI_CLASS] != ELFCLASS64 || b[EI_DATA] != ELFDATA2LSB || b[EI_VERSION] != EV_CURRENT)
        return err_set(why, ENOEXEC, "%s is not a compiled BPF object: its ELF header is not that of a 64-bit, little-endian file", name);
    return 0;
}

static int check_header(const char *name, const Elf64_Ehdr *h, struct err *why)
{
    if (h->e_machine != EM_BPF && h->e_machine != EM_NONE)
        return err_set(why, ENOEXEC, "%s is code for %s, not for BPF; compile it with: clang -O2 -g -target bpf -c FILE.bpf.c", name,
                       machine_name(h->e_machine));
    if (h->e_type != ET_REL)
        return err_set(why, ENOEXEC, "%s is not a relocatable BPF object; give what clang -target bpf -c writes", name);
    if (!h->e_shoff || !h->e_shnum || h->e_shentsize != sizeof(Elf64_Shdr))
        return err_set(why, ENOEXEC, "%s has no table of sections: it is damaged, or stripped of all that a loader needs", name);
    return 0;
}

static void read_header(const struct elf *e, uint32_t i, Elf64_Shdr *h)
{
    memcpy(h, e->bytes + e->headers + (uint64_t)i * sizeof *h, sizeof *h);
}

static bool inside(const struct elf *e, const Elf64_Shdr *h)
{
    return h->sh_type == SHT_NOBITS || h->sh_type == SHT_NULL || (h->sh_offset <= e->n && h->sh_size <= e->n - h->sh_offset);
}

static int check_sections(const struct elf *e, const char *name, struct err *why)
{
    for (uint32_t i = 0; i < e->n_sections; i++) {
        Elf64_Shdr h;
        read_header(e, i, &h);
        if (!inside(e, &h))
            return err_set(why, ENOEXEC, "%s is damaged: its section %u lies beyond the end of the file (was it cut while it was copied?)",
                           name, i);
        if (h.sh_type == SHT_NOBITS && h.sh_size > UINT32_MAX)
            return err_set(why, ENOEXEC, "%s is damaged: its section %u claims to have %llu bytes", name, i, (unsigned long long)h.sh_size);
    }
    return 0;
}

int elf_open(struct elf *e, const char *name, const void *bytes, size_t n, struct err *why)
{
    *e = (struct elf){.bytes = bytes, .n = n};
    int rc = check_identity(name, bytes, n, why);
    if (rc)
        return rc;
    Elf64_Ehdr h;
    if (n < sizeof h)
        return err_set(why, ENOEXEC, "%s is damaged: it ends within its ELF header", name);
    memcpy(&h, bytes, sizeof h);
    rc = check_header(name, &h, why);
    if (rc)
        return rc;
    if (h.e_shoff > n || (uint64_t)h.e_shnum * sizeof(Elf64_Shdr) > n - h.e_shoff || h.e_shstrndx >= h.e_shnum)
        return err_set(why, ENOEXEC,
                       "%s is damaged: its table of sections lies beyond the end of the file (was it cut while it was copied?)", name);
    e->n_sections = h.e_shnum;
    e->names = h.e_shstrndx;
    e->headers = h.e_shoff;
    return check_sections(e, name, why);
}

/* A string of a string section, "" when it does not end within. */
static const char *string_at(const struct elf *e, uint32_t section, uint64_t at)
{
    Elf64_Shdr h;
    if (section >= e->n_sections)
        return "";
    read_header(e, section, &h);
    if (h.sh_type != SHT_STRTAB || at >= h.sh_size)
        return "";
    const char *s = (const char *)e->bytes + h.sh_offset + at;
    return memchr(s, '\0', h.sh_size - at) ? s : "";
}

void elf_section_at(const struct elf *e, uint32_t i, struct elf_section *s)
{
    Elf64_Shdr h;
    read_header(e, i, &h);
    bool none = h.sh_type == SHT_NOBITS || h.sh_type == SHT_NULL;
    *s = (struct elf_section){
        .index = i,
        .type = h.sh_type,
        .link = h.sh_link,
        .info = h.sh_info,
        .flags = h.sh_flags,
        .name = string_at(e, e->names, h.sh_name),
        .bytes = none ? e->bytes : e->bytes + h.sh_offset,
        .n = none ? 0 : h.sh_size,
    };
}

bool elf_section_find(const struct elf *e, const char *name, struct elf_section *s)
{
    for (uint32_t i = 0; i < e->n_sections; i++) {
        elf_section_at(e, i, s);
        if (!strcmp(s->name, name))
            return true;
    }
    return false;
}

bool elf_symbols_find(const struct elf *e, struct elf_section *symbols)
{
    for (uint32_t i = 0; i < e->n_sections; i++) {
        elf_section_at(e, i, symbols);
        if (symbols->type == SHT_SYMTAB)
            return true;
    }
    return false;
}

bool elf_symbol_at(const struct elf *e, const struct elf_section *symbols, size_t i, struct elf_symbol *out)
{
    Elf64_Sym s;
    if (i >= symbols->n / sizeof s)
        return false;
    memcpy(&s, symbols->bytes + i * sizeof s, sizeof s);
    *out = (struct elf_symbol){string_at(e, symbols->link, s.st_name), ELF64_ST_TYPE(s.st_info), s.st_shndx, s.st_value, s.st_size};
    return true;
}
