/* Files that claim to be BPF objects, and words that name targets. */
#include "objects/btf_check.h"
#include "objects/elf.h"
#include "objects/target.h"

#include <bpf/btf.h>
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- type information: sound as libbpf writes it, then with one number changed ------------------------------------- */

static void *sound_btf(uint32_t *n)
{
    struct btf *btf = btf__new_empty();
    int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
    int array = btf__add_array(btf, number, number, 4);
    int event = btf__add_struct(btf, "event", 20);
    btf__add_field(btf, "pid", number, 0, 0);
    btf__add_field(btf, "numbers", array, 32, 0);
    btf__add_typedef(btf, "event_t", event);
    const void *raw = btf__raw_data(btf, n);
    void *copy = malloc(*n);
    memcpy(copy, raw, *n);
    btf__free(btf);
    return copy;
}

/* Where things are in it: a header of 24 bytes, then int (16), array (24), struct (12 + 2 members of 12), typedef (12). */
enum { TYPES = 24, INT = TYPES, ARRAY = INT + 16, STRUCT = ARRAY + 24, MEMBERS = STRUCT + 12, TYPEDEF = MEMBERS + 24 };

static const struct {
    const char *what;
    size_t at;
    uint32_t value;
    const char *says; /* NULL: still sound */
} changes[] = {
    {"nothing", TYPES, 1, NULL},
    {"another magic", 0, 0x12345678, "header"},
    {"big endian", 0, 0x01009feb, "big endian"},
    {"the types begin beyond the end", 8, 0x10000000, "beyond its end"},
    {"the types are longer than the file", 12, 0x10000000, "beyond its end"},
    {"the names are cut", 20, 3, "names"},
    {"a name beyond the names", INT, 0x1000, "name"},
    {"an unknown kind", INT + 4, 31u << 24, "kind"},
    {"an integer of 3 bytes", INT + 8, 3, "strange size"},
    {"an array of a type that is not there", ARRAY + 12, 99, "not there"},
    {"an array of nothing", ARRAY + 12, 0, "nothing"},
    {"an array that contains itself", ARRAY + 12, 2, "contains itself"},
    {"an array without an end in memory", ARRAY + 20, 0xffffffff, "too large"},
    {"a struct with more members than there are bytes", STRUCT + 4, 4u << 24 | 0xffff, "cut"},
    {"a struct that contains itself", MEMBERS + 4, 3, "contains itself"},
    {"a struct that contains its own typedef", MEMBERS + 4, 4, "contains itself"},
    {"a member outside of its struct", MEMBERS + 8, 4000, "outside"},
    {"a typedef of a type that is not there", TYPEDEF + 8, 5, "not there"},
};

static void test_btf(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct err why = {0};
        uint32_t n;
        char *bytes = sound_btf(&n);
        memcpy(bytes + changes[i].at, &changes[i].value, 4);
        int rc = btf_check(bytes, n, &why);
        if (!changes[i].says)
            assert_int_equal(rc, 0);
        else if (!rc || !strstr(why.text, changes[i].says))
            fail_msg("%s: %d \"%s\"", changes[i].what, rc, why.text);
        free(bytes);
    }
}

static void test_btf_cut(void **state)
{
    (void)state;
    uint32_t n;
    char *bytes = sound_btf(&n);
    for (uint32_t cut = 0; cut < n; cut++) {
        struct err why = {0};
        char *part = malloc(cut ? cut : 1); /* of the exact size: reading past it is seen by the sanitizer */
        memcpy(part, bytes, cut);
        assert_int_not_equal(btf_check(part, cut, &why), 0);
        assert_int_not_equal(why.code, 0);
        free(part);
    }
    free(bytes);
}

/* --- ELF ----------------------------------------------------------------------------------------------------------- */

struct image {
    Elf64_Ehdr head;
    Elf64_Shdr sections[3];
    char names[32];
};

static struct image sound_elf(void)
{
    struct image i = {
        .head = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                 .e_type = ET_REL,
                 .e_machine = 247,
                 .e_version = EV_CURRENT,
                 .e_shoff = offsetof(struct image, sections),
                 .e_shentsize = sizeof(Elf64_Shdr),
                 .e_shnum = 3,
                 .e_shstrndx = 1},
        .names = "\0.names\0code",
    };
    i.sections[1] = (Elf64_Shdr){.sh_name = 1, .sh_type = SHT_STRTAB, .sh_offset = offsetof(struct image, names), .sh_size = 13};
    i.sections[2] = (Elf64_Shdr){.sh_name = 8, .sh_type = SHT_PROGBITS, .sh_offset = offsetof(struct image, names), .sh_size = 8};
    return i;
}

static void test_elf(void **state)
{
    (void)state;
    struct image i = sound_elf();
    struct elf e;
    struct elf_section s;
    struct err why = {0};
    assert_int_equal(elf_open(&e, "x.o", &i, sizeof i, &why), 0);
    assert_true(elf_section_find(&e, "code", &s));
    assert_int_equal(s.n, 8);
    assert_false(elf_section_find(&e, "other", &s));
}

static void refuse_elf(const void *bytes, size_t n, const char *says)
{
    struct elf e;
    struct err why = {0};
    assert_int_not_equal(elf_open(&e, "x.o", bytes, n, &why), 0);
    assert_non_null(strstr(why.text, "x.o"));
    if (!strstr(why.text, says))
        fail_msg("\"%s\" does not say \"%s\"", why.text, says);
}

static void test_elf_damage(void **state)
{
    (void)state;
    struct image i = sound_elf();
    refuse_elf(&i, 0, "empty");
    refuse_elf("#!/bin/sh", 9, "no ELF file");
    for (size_t n = 16; n < offsetof(struct image, names) + 13; n++)
        refuse_elf(&i, n, "damaged");
    i.head.e_ident[EI_DATA] = ELFDATA2MSB;
    refuse_elf(&i, sizeof i, "big endian");
    i = sound_elf();
    i.head.e_machine = EM_X86_64;
    refuse_elf(&i, sizeof i, "x86-64");
    i = sound_elf();
    i.head.e_type = ET_EXEC;
    refuse_elf(&i, sizeof i, "relocatable");
    i = sound_elf();
    i.head.e_shoff = UINT64_MAX - 8;
    refuse_elf(&i, sizeof i, "table of sections");
    i = sound_elf();
    i.sections[2].sh_size = UINT64_MAX - 4;
    refuse_elf(&i, sizeof i, "section 2");
}

/* Names that do not end, or are nowhere, are "". */
static void test_elf_names(void **state)
{
    (void)state;
    struct image i = sound_elf();
    struct elf e;
    struct elf_section s;
    i.sections[2].sh_name = 4000;
    i.sections[1].sh_size = 6; /* ".name" without its end */
    assert_int_equal(elf_open(&e, "x.o", &i, sizeof i, NULL), 0);
    elf_section_at(&e, 1, &s);
    assert_string_equal(s.name, "");
    elf_section_at(&e, 2, &s);
    assert_string_equal(s.name, "");
}

/* --- targets ------------------------------------------------------------------------------------------------------- */

static void test_split(void **state)
{
    (void)state;
    char first[8];
    const char *rest;
    assert_true(target_split("a:b:c", ':', first, sizeof first, &rest));
    assert_string_equal(first, "a");
    assert_string_equal(rest, "b:c");
    assert_true(target_split("abc", ':', first, sizeof first, &rest));
    assert_string_equal(rest, "");
    assert_false(target_split(":b", ':', first, sizeof first, &rest));
    assert_false(target_split("12345678:b", ':', first, sizeof first, &rest));
}

/* Each kind that a section may mean is there, and can be asked for. */
static void test_kinds(void **state)
{
    (void)state;
    static const char *const names[] = {"kprobe", "kretprobe", "kprobe.multi", "ksyscall", "uprobe",     "uretprobe", "usdt",
                                        "tp",     "raw_tp",    "tp_btf",       "fentry",   "fexit",      "fmod_ret",  "lsm",
                                        "iter",   "freplace",  "perf_event",   "xdp",      "tc",         "socket",    "cgroup",
                                        "netns",  "sockmap",   "lirc",         "run",      "struct_ops", "prog_array"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(attach_kind_find(names[i]));
    assert_null(attach_kind_find("kprob"));
    const struct attach_kind *k;
    for (size_t i = 0; (k = attach_kind_at(i)); i++)
        assert_true(k->attach || k->impossible || !strcmp(k->name, "struct_ops"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_btf),       cmocka_unit_test(test_btf_cut), cmocka_unit_test(test_elf),   cmocka_unit_test(test_elf_damage),
        cmocka_unit_test(test_elf_names), cmocka_unit_test(test_split),   cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
