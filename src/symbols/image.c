#include "symbols/image.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAMES_CEILING = 16 * 1024 * 1024, NOTES_CEILING = 1024 * 1024 };

bool image_source_read(const struct image_source *s, uint64_t at, void *to, size_t n)
{
    if (at > s->size || n > s->size - at)
        return false;
    if (s->bytes) {
        memcpy(to, s->bytes + at, n);
        return true;
    }
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(s->fd, (char *)to + done, n - done, (off_t)(at + done));
        if (got <= 0 && !(got < 0 && errno == EINTR))
            return false;
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static int damaged(const char *name, const char *what, struct err *why)
{
    return err_set(why, ENOEXEC, "%s is damaged: %s", name, what);
}

/* --- headers ----------------------------------------------------------------------------------------------------- */

static int check_identity(const struct image_source *s, unsigned char *id, const char *name, struct err *why)
{
    if (!image_source_read(s, 0, id, EI_NIDENT) || memcmp(id, ELFMAG, SELFMAG) != 0)
        return err_set(why, ENOEXEC, "%s is no ELF file (a script, or data?): only programs and shared libraries have symbols", name);
    if (id[EI_DATA] != (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB))
        return err_set(why, ENOEXEC, "%s is for a machine of another byte order", name);
    if (id[EI_CLASS] != ELFCLASS64 && id[EI_CLASS] != ELFCLASS32)
        return damaged(name, "its ELF class is neither 32 nor 64 bits", why);
    return 0;
}

static Elf64_Ehdr widen_header(const Elf32_Ehdr *h)
{
    return (Elf64_Ehdr){
        .e_machine = h->e_machine,
        .e_phoff = h->e_phoff,
        .e_shoff = h->e_shoff,
        .e_phentsize = h->e_phentsize,
        .e_phnum = h->e_phnum,
        .e_shentsize = h->e_shentsize,
        .e_shnum = h->e_shnum,
        .e_shstrndx = h->e_shstrndx,
    };
}

static bool read_header(const struct image *i, Elf64_Ehdr *h)
{
    Elf32_Ehdr narrow;
    if (i->is_64)
        return image_source_read(&i->source, 0, h, sizeof *h);
    if (!image_source_read(&i->source, 0, &narrow, sizeof narrow))
        return false;
    *h = widen_header(&narrow);
    return true;
}

/* --- segments ---------------------------------------------------------------------------------------------------- */

static struct image_segment segment_64(const Elf64_Phdr *p)
{
    return (struct image_segment){p->p_type, p->p_flags, p->p_offset, p->p_vaddr, p->p_filesz, p->p_memsz, p->p_align};
}

static struct image_segment segment_32(const Elf32_Phdr *p)
{
    return (struct image_segment){p->p_type, p->p_flags, p->p_offset, p->p_vaddr, p->p_filesz, p->p_memsz, p->p_align};
}

static bool read_segment(const struct image *i, uint64_t at, struct image_segment *out)
{
    Elf64_Phdr wide;
    Elf32_Phdr narrow;
    if (!image_source_read(&i->source, at, i->is_64 ? (void *)&wide : (void *)&narrow, i->is_64 ? sizeof wide : sizeof narrow))
        return false;
    *out = i->is_64 ? segment_64(&wide) : segment_32(&narrow);
    return true;
}

static int read_segments(struct image *i, const Elf64_Ehdr *h, const char *name, struct err *why)
{
    size_t step = i->is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    if (!h->e_phnum)
        return 0;
    if (h->e_phnum > IMAGE_MAX_SEGMENTS || h->e_phentsize != step || h->e_phoff > i->source.size)
        return damaged(name, "its table of segments is not where it should be", why);
    i->segments = calloc(h->e_phnum, sizeof *i->segments);
    if (!i->segments)
        return err_set(why, ENOMEM, "out of memory");
    for (; i->n_segments < h->e_phnum; i->n_segments++)
        if (!read_segment(i, h->e_phoff + i->n_segments * step, &i->segments[i->n_segments]))
            return damaged(name, "its table of segments lies beyond the end of the file", why);
    return 0;
}

/* --- sections ---------------------------------------------------------------------------------------------------- */

static Elf64_Shdr widen_section(const Elf32_Shdr *s)
{
    return (Elf64_Shdr){s->sh_name, s->sh_type, s->sh_flags, s->sh_addr,      s->sh_offset,
                        s->sh_size, s->sh_link, s->sh_info,  s->sh_addralign, s->sh_entsize};
}

static bool read_section(const struct image *i, uint64_t at, Elf64_Shdr *out)
{
    Elf32_Shdr narrow;
    if (i->is_64)
        return image_source_read(&i->source, at, out, sizeof *out);
    if (!image_source_read(&i->source, at, &narrow, sizeof narrow))
        return false;
    *out = widen_section(&narrow);
    return true;
}

/* Section names: offsets became pointers once their text is there. */
static void name_sections(struct image *i, uint32_t names, const uint32_t *at)
{
    const struct image_section *s = names < i->n_sections ? &i->sections[names] : NULL;
    i->names = s && s->type == SHT_STRTAB ? image_read_section(i, s, NAMES_CEILING) : NULL;
    for (uint32_t n = 0; n < i->n_sections; n++)
        i->sections[n].name = i->names && at[n] < s->size ? i->names + at[n] : "";
}

static int fill_sections(struct image *i, const Elf64_Ehdr *h, uint32_t *names, const char *name, struct err *why)
{
    size_t step = i->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    Elf64_Shdr s;
    for (uint32_t n = 0; n < i->n_sections; n++) {
        if (!read_section(i, h->e_shoff + n * step, &s))
            return damaged(name, "its table of sections lies beyond the end of the file (was it cut while it was copied?)", why);
        names[n] = s.sh_name;
        i->sections[n] =
            (struct image_section){"", s.sh_type, s.sh_link, s.sh_info, s.sh_flags, s.sh_addr, s.sh_offset, s.sh_size, s.sh_entsize};
    }
    return 0;
}

/* With 65280 sections or more their number and that of the names stand in the first section (elf(5), SHN_XINDEX). */
static int count_sections(struct image *i, const Elf64_Ehdr *h, uint32_t *names, const char *name, struct err *why)
{
    Elf64_Shdr first = {0};
    uint64_t n = h->e_shnum;
    *names = h->e_shstrndx;
    if ((!n || *names == SHN_XINDEX) && !read_section(i, h->e_shoff, &first))
        return damaged(name, "its table of sections lies beyond the end of the file (was it cut while it was copied?)", why);
    if (!n)
        n = first.sh_size;
    if (*names == SHN_XINDEX)
        *names = first.sh_link;
    if (n > IMAGE_MAX_SECTIONS)
        return err_set(why, EFBIG, "%s has %llu sections; sonde reads files of up to %d", name, (unsigned long long)n, IMAGE_MAX_SECTIONS);
    i->n_sections = (uint32_t)n;
    return 0;
}

static int read_sections(struct image *i, const Elf64_Ehdr *h, const char *name, struct err *why)
{
    uint32_t names;
    if (!h->e_shoff)
        return 0; /* stripped of them altogether */
    if (h->e_shentsize != (i->is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr)) || h->e_shoff > i->source.size)
        return damaged(name, "its table of sections is not where it should be (was it cut while it was copied?)", why);
    int rc = count_sections(i, h, &names, name, why);
    if (rc || !i->n_sections)
        return rc;
    uint32_t *at = calloc(i->n_sections, sizeof *at);
    i->sections = calloc(i->n_sections, sizeof *i->sections);
    rc = at && i->sections ? fill_sections(i, h, at, name, why) : err_set(why, ENOMEM, "out of memory");
    if (!rc)
        name_sections(i, names, at);
    free(at);
    return rc;
}

const struct image_section *image_section_of_type(const struct image *i, uint32_t type)
{
    for (uint32_t n = 0; n < i->n_sections; n++)
        if (i->sections[n].type == type)
            return &i->sections[n];
    return NULL;
}

const struct image_section *image_section_named(const struct image *i, const char *name)
{
    for (uint32_t n = 0; n < i->n_sections; n++)
        if (!strcmp(i->sections[n].name, name))
            return &i->sections[n];
    return NULL;
}

void *image_read_section(const struct image *i, const struct image_section *s, size_t ceiling)
{
    if (s->type == SHT_NOBITS || s->size > ceiling || s->offset > i->source.size || s->size > i->source.size - s->offset)
        return NULL;
    char *bytes = malloc(s->size + 1);
    if (bytes && !image_source_read(&i->source, s->offset, bytes, s->size)) {
        free(bytes);
        return NULL;
    }
    if (bytes)
        bytes[s->size] = '\0';
    return bytes;
}

/* --- build id ---------------------------------------------------------------------------------------------------- */

static uint64_t aligned(uint64_t n)
{
    return (n + 3) & ~UINT64_C(3);
}

/* A note is a header, a name and a description, each padded to 4 bytes; the build id's name is "GNU". */
static bool find_build_id(struct image *i, const unsigned char *notes, size_t n)
{
    Elf64_Nhdr h;
    for (size_t at = 0; at + sizeof h <= n;) {
        memcpy(&h, notes + at, sizeof h);
        uint64_t name = at + sizeof h, description = name + aligned(h.n_namesz), next = description + aligned(h.n_descsz);
        if (h.n_type == NT_GNU_BUILD_ID && h.n_namesz == sizeof ELF_NOTE_GNU && h.n_descsz <= IMAGE_MAX_BUILD_ID &&
            description + h.n_descsz <= n && !memcmp(notes + name, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU)) {
            i->build_id_size = h.n_descsz;
            memcpy(i->build_id, notes + description, h.n_descsz);
            return true;
        }
        at = next < n ? next : n;
    }
    return false;
}

static bool find_build_id_at(struct image *i, uint64_t offset, uint64_t size)
{
    unsigned char *notes = size <= NOTES_CEILING ? malloc(size + 1) : NULL;
    bool found = notes && image_source_read(&i->source, offset, notes, size) && find_build_id(i, notes, size);
    free(notes);
    return found;
}

static void read_build_id(struct image *i)
{
    for (uint32_t n = 0; n < i->n_sections; n++)
        if (i->sections[n].type == SHT_NOTE && find_build_id_at(i, i->sections[n].offset, i->sections[n].size))
            return;
    for (uint32_t n = 0; n < i->n_segments; n++)
        if (i->segments[n].type == PT_NOTE && find_build_id_at(i, i->segments[n].offset, i->segments[n].file_size))
            return;
}

int image_open(struct image *i, const struct image_source *source, const char *name, struct err *why)
{
    unsigned char id[EI_NIDENT];
    Elf64_Ehdr h;
    *i = (struct image){.source = *source};
    int rc = check_identity(source, id, name, why);
    if (rc)
        return rc;
    i->is_64 = id[EI_CLASS] == ELFCLASS64;
    if (!read_header(i, &h))
        return damaged(name, "it ends within its ELF header", why);
    i->machine = h.e_machine;
    rc = read_segments(i, &h, name, why);
    if (!rc)
        rc = read_sections(i, &h, name, why);
    if (!rc)
        read_build_id(i);
    return rc;
}

void image_close(struct image *i)
{
    free(i->sections);
    free(i->segments);
    free(i->names);
    *i = (struct image){0};
}
