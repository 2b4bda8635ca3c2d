/* symbols/: tables of programs and libraries that this test builds and of the running kernel. */
#include "symbols/demangle.h"
#include "symbols/files.h"
#include "symbols/kernel.h"
#include "symbols_build.h"

#include <sys/stat.h>

static struct symbols_elf *open_elf(const char *name, const int *roots)
{
    char path[256];
    struct err why = {0};
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    struct symbols_elf *e = symbols_elf_create(fd, name, roots, &why);
    close(fd);
    if (!e)
        print_error("%s\n", why.text);
    assert_non_null(e);
    return e;
}

/* The one place of a name. */
static struct symbols_elf_place place_of(struct symbols_elf *e, const char *name)
{
    struct symbols_elf_place places[8];
    size_t n = symbols_elf_lookup(e, name, places, COUNT(places));
    if (n != 1)
        print_error("%s: %zu places\n", name, n);
    assert_int_equal(n, 1);
    return places[0];
}

static void assert_name(struct symbols_elf *e, uint64_t address, const char *want)
{
    struct symbol s;
    struct text t = {0};
    if (symbols_elf_find(e, address, &s))
        symbol_add_name(&t, &s);
    assert_string_equal(t.bytes ? t.bytes : "nothing", want);
    text_free(&t);
}

static const char library[] = "#include <stdlib.h>\n"
                              "int counter, table[4] = {1};\n"
                              "__attribute__((noinline)) static int hidden(int x) { return x * 3 + rand(); }\n"
                              "__attribute__((noinline)) int shown(int x) { return hidden(x) + counter + table[1]; }\n"
                              "int alias_of_shown(int) __attribute__((alias(\"shown\")));\n"
                              "int __shown(int) __attribute__((alias(\"shown\")));\n"
                              "static int plain_way(int x) { return x; }\n"
                              "static void *choose(void) { return plain_way; }\n"
                              "int chosen(int) __attribute__((ifunc(\"choose\")));\n"
                              "void no_size(void); void after(void);\n"
                              "__asm__(\".text\\n.globl no_size\\n.type no_size,@function\\nno_size: nop\\nnop\\nnop\\nret\\n\"\n"
                              "        \".globl after\\n.type after,@function\\nafter: ret\\n.size after,.-after\\n\");\n";

static void a_library_has_its_functions(void **state)
{
    (void)state;
    write_file("plain.c", library);
    assert_true(run("gcc -O1 -shared -fPIC -Wl,-z,lazy -o plain.so plain.c"));
    struct symbols_elf *e = open_elf("plain.so", NULL);
    assert_string_equal(symbols_elf_source(e), "symtab");
    assert_int_equal(strlen(symbols_elf_build_id(e)), 40);
    struct symbols_elf_place shown = place_of(e, "shown"), hidden = place_of(e, "hidden"), counter = place_of(e, "counter");
    assert_true(shown.is_function && shown.size && hidden.is_function && !counter.is_function);
    assert_name(e, shown.address, "shown"); /* of three names the plainest */
    assert_name(e, shown.address + 2, "shown+0x2");
    assert_name(e, hidden.address + 1, "hidden+0x1");
    assert_name(e, counter.address, "counter");
    assert_int_equal(place_of(e, "alias_of_shown").address, shown.address);
    assert_int_equal(place_of(e, "__shown").offset, shown.offset);
    assert_name(e, place_of(e, "no_size").address + 3, "no_size+0x3"); /* up to the next */
    assert_name(e, place_of(e, "after").address, "after");
    assert_true(place_of(e, "chosen").is_resolver && place_of(e, "chosen").is_function && !shown.is_resolver);
    assert_name(e, 0, "nothing");
    assert_name(e, UINT64_MAX, "nothing");
    assert_int_equal(symbols_elf_lookup(e, "nowhere", NULL, 0), 0);
    assert_int_equal(symbols_elf_lookup(e, "", NULL, 0), 0);
    uint64_t address;
    assert_true(symbols_elf_address(e, shown.offset, &address));
    assert_int_equal(address, shown.address);
    assert_int_equal(counter.offset, UINT64_MAX); /* zeros are not in the file */
    symbols_elf_destroy(e);
}

static void functions_of_others_are_stubs(void **state)
{
    (void)state;
    char line[256];
    uint64_t address = 0;
    FILE *f = NULL;
    if (run("objdump -d plain.so >code")) {
        char path[256];
        snprintf(path, sizeof path, "%s/code", dir);
        f = fopen(path, "re");
    }
    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        if (strstr(line, "<rand@plt>:"))
            address = strtoull(line, NULL, 16);
    fclose(f);
    assert_true(address);
    struct symbols_elf *e = open_elf("plain.so", NULL);
    assert_name(e, address, "rand@plt");
    assert_int_equal(symbols_elf_lookup(e, "rand", NULL, 0), 0); /* it is not there */
    symbols_elf_destroy(e);
}

/* A whole program of each kind: main is found, and its place in the file has the code that the memory would have. */
static void programs_of_every_kind_are_read(void **state)
{
    (void)state;
    static const char *const kinds[] = {
        "-pie -fPIE", "-no-pie", "-static", "-static-pie -fPIE", "-pie -fPIE -Wl,-z,noseparate-code", "-pie -fPIE -Wl,--build-id=none"};
    write_file("main.c", "int other(void) { return 4711; }\nint main(void) { return other(); }\n");
    for (size_t i = 0; i < COUNT(kinds); i++) {
        assert_true(run("gcc -O0 %s -o program main.c", kinds[i]));
        struct symbols_elf *e = open_elf("program", NULL);
        struct symbols_elf_place other = place_of(e, "other");
        unsigned char code[64];
        char path[64];
        snprintf(path, sizeof path, "%s/program", dir);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_int_equal(pread(fd, code, sizeof code, (off_t)other.offset), sizeof code);
        close(fd);
        assert_non_null(memmem(code, other.size, "\x67\x12\0\0", 4)); /* 4711 */
        assert_name(e, other.address + 1, "other+0x1");
        assert_int_equal(strlen(symbols_elf_build_id(e)), strstr(kinds[i], "none") ? 0 : 40);
        symbols_elf_destroy(e);
    }
}

static void programs_of_32_bits_are_read(void **state)
{
    (void)state;
    write_file("small.c", "int other(void) { return 4711; }\n");
    if (!run("gcc -m32 -O1 -shared -fPIC -nostdlib -o small.so small.c"))
        skip();
    struct symbols_elf *e = open_elf("small.so", NULL);
    struct symbols_elf_place other = place_of(e, "other");
    assert_true(other.is_function && other.offset != UINT64_MAX);
    assert_name(e, other.address + 1, "other+0x1");
    symbols_elf_destroy(e);
}

/* What distributions do with symbols: none left but those for the linker; packed into the file; put into a file of its own. */
static void stripped_libraries_are_read(void **state)
{
    (void)state;
    write_file("plain.c", library);
    assert_true(run("gcc -O1 -shared -fPIC -o plain.so plain.c && strip -o bare.so plain.so"));
    struct symbols_elf *plain = open_elf("plain.so", NULL), *bare = open_elf("bare.so", NULL);
    struct symbols_elf_place hidden = place_of(plain, "hidden"), shown = place_of(plain, "shown");
    assert_string_equal(symbols_elf_source(bare), "dynsym");
    assert_name(bare, shown.address, "shown");
    assert_name(bare, hidden.address, "nothing");
    symbols_elf_destroy(bare);

    assert_true(
        run("objcopy --only-keep-debug plain.so mini && objcopy -S --remove-section .comment mini mini.none 2>/dev/null; "
            "objcopy --strip-debug plain.so mini && xz -kf mini && objcopy --add-section .gnu_debugdata=mini.xz bare.so packed.so"));
    struct symbols_elf *packed = open_elf("packed.so", NULL);
    assert_string_equal(symbols_elf_source(packed), "dynsym and .gnu_debugdata");
    assert_name(packed, hidden.address + 1, "hidden+0x1");
    symbols_elf_destroy(packed);

    const char *id = symbols_elf_build_id(plain);
    assert_true(run("mkdir -p usr/lib/debug/.build-id/%.2s && objcopy --only-keep-debug plain.so usr/lib/debug/.build-id/%.2s/%s.debug", id,
                    id, id + 2));
    int roots[] = {open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), -1};
    struct symbols_elf *debugged = open_elf("bare.so", roots);
    assert_string_equal(symbols_elf_source(debugged), "debug file");
    assert_name(debugged, hidden.address + 1, "hidden+0x1");
    assert_int_equal(place_of(debugged, "hidden").offset, hidden.offset);
    symbols_elf_destroy(debugged);
    assert_true(run("gcc -O2 -shared -fPIC -o other.so plain.c && objcopy --only-keep-debug other.so usr/lib/debug/.build-id/%.2s/%s.debug",
                    id, id + 2)); /* of another build */
    debugged = open_elf("bare.so", roots);
    assert_string_equal(symbols_elf_source(debugged), "dynsym");
    symbols_elf_destroy(debugged);
    close(roots[0]);
    symbols_elf_destroy(plain);
}

static void names_of_cpp_are_found_as_written(void **state)
{
    (void)state;
    struct symbols_elf_place places[4];
    write_file("names.cc", "#include <vector>\nnamespace shop { struct Till { int sum(int); int sum(std::vector<int> &); Till(); };\n"
                           "Till::Till() {} int Till::sum(int x) { return x; } int Till::sum(std::vector<int> &x) { return x[0]; } }\n");
    assert_true(run("g++ -O1 -shared -fPIC -o names.so names.cc"));
    struct symbols_elf *e = open_elf("names.so", NULL);
    struct symbols_elf_place sum = place_of(e, "_ZN4shop4Till3sumEi");
    assert_int_equal(symbols_elf_lookup(e, "shop::Till::sum", places, 4), 2);
    assert_int_equal(place_of(e, "shop::Till::sum(int)").offset, sum.offset);
    assert_int_equal(symbols_elf_lookup(e, "shop::Till::Till", places, 4), 1); /* two names, one code */
    assert_int_equal(symbols_elf_lookup(e, "Till::sum", places, 4), 0);
    assert_name(e, sum.address + 1, "shop::Till::sum(int)+0x1");
    assert_name(e, sum.address + 1, "shop::Till::sum(int)+0x1"); /* as it was kept */
    symbols_elf_destroy(e);
}

static bool count_place(void *arg, const struct symbols_elf_place *place)
{
    size_t *n = arg;
    return place->name && ++*n < 3;
}

static void a_walk_can_be_ended(void **state)
{
    (void)state;
    struct symbols_elf *e = open_elf("plain.so", NULL);
    size_t n = 0;
    symbols_elf_each(e, count_place, &n);
    assert_int_equal(n, 3);
    assert_true(symbols_elf_count(e) > 3);
    symbols_elf_destroy(e);
}

/* --- files, each read once --------------------------------------------------------------------------------------- */

static void files_are_kept_and_forgotten(void **state)
{
    (void)state;
    char path[64];
    struct err why = {0};
    struct symbols_files *few = symbols_files_create(1); /* room for one */
    assert_true(run("cp plain.so twin.so && ln -f plain.so same.so && echo '#!/bin/sh' >script && mkfifo pipe"));
    snprintf(path, sizeof path, "%s/plain.so", dir);
    struct symbols_files *all = symbols_files_create(0);
    struct symbols_elf *e = symbols_files_open(all, 0, path, &why);
    assert_non_null(e);
    snprintf(path, sizeof path, "%s/same.so", dir);
    assert_ptr_equal(symbols_files_open(all, 0, path, &why), e);
    assert_int_equal(symbols_files_count(all), 1);
    assert_non_null(symbols_files_open(few, 0, path, &why));
    snprintf(path, sizeof path, "%s/twin.so", dir);
    assert_ptr_not_equal(symbols_files_open(all, 0, path, &why), e);
    assert_int_equal(symbols_files_count(all), 2);
    assert_non_null(symbols_files_open(few, 0, path, &why));
    assert_int_equal(symbols_files_count(few), 1);
    for (int again = 0; again < 2; again++) { /* a failure is kept, too */
        err_clear(&why);
        snprintf(path, sizeof path, "%s/script", dir);
        assert_null(symbols_files_open(all, 0, path, &why));
        assert_non_null(strstr(why.text, "is no ELF file"));
    }
    assert_int_equal(symbols_files_count(all), 3);
    err_clear(&why);
    snprintf(path, sizeof path, "%s/pipe", dir);
    assert_null(symbols_files_open(all, 0, path, &why)); /* and nobody waits for its other end */
    assert_non_null(strstr(why.text, "no regular file"));
    err_clear(&why);
    assert_null(symbols_files_open(all, 0, "/nowhere/at/all", &why));
    assert_non_null(strstr(why.text, "No such file"));
    symbols_files_destroy(all);
    symbols_files_destroy(few);
}

/* A file that is cut anywhere is refused or read in part, and nothing worse. */
static void cut_files_are_survived(void **state)
{
    (void)state;
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "%s/plain.so", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(fstat(fd, &st), 0);
    unsigned char *bytes = malloc((size_t)st.st_size);
    assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
    close(fd);
    for (size_t n = 0; n < (size_t)st.st_size; n += n < 128 ? 1 : 97) {
        struct err why = {0};
        unsigned char *part = malloc(n + 1);
        memcpy(part, bytes, n);
        struct symbols_elf *e = symbols_elf_create_memory(part, n, "part", &why);
        assert_true(e || why.text[0]);
        symbols_elf_destroy(e);
        free(part);
    }
    free(bytes);
}

/* --- demangling -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *mangled, *want;
} names[] = {
    {"main", "main"},
    {"_Z", "_Z"},
    {"_Zgarbage", "_Zgarbage"},
    {"_ZN4shop4Till3sumEi", "shop::Till::sum(int)"},
    {"_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector<int, std::allocator<int> >::push_back(int&&)"},
    {"_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"},
    {"_ZN66_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..ops..drop..Drop$GT$4drop17h0123456789abcdefE",
     "<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop"},
    {"_RNvCs1234_7mycrate3foo", "mycrate::foo"},
    {"_RNvMs_NtCs1_7mycrate3modNtB4_3Bar3baz", "<mycrate::mod::Bar>::baz"},
    {"_RNvXs_C7mycrateNtC7mycrate3BarNtC4core4Drop4drop", "<mycrate::Bar as core::Drop>::drop"},
    {"_RINvC7mycrate3fooljE", "mycrate::foo::<i32, usize>"},
    {"_RINvC7mycrate3fooRShTebEE", "mycrate::foo::<&[u8], (str, bool)>"},
    {"_RINvC7mycrate3fooAhj8_Fmm_EuE", "_RINvC7mycrate3fooAhj8_Fmm_EuE"},
    {"_RINvC7mycrate3fooAhj8_E", "mycrate::foo::<[u8; 8]>"},
    {"_RINvC7mycrate3fooKb1_Kln2a_E", "mycrate::foo::<true, -42>"},
    {"_RINvC7mycrate3fooDNtC4core4Sendp4ItemhEL_FUKChEuE", "mycrate::foo::<dyn core::Send<Item = u8>, unsafe extern \"C\" fn(u8)>"},
    {"_RNCNvC7mycrate3foo0B3_", "mycrate::foo::{closure#0}"},
    {"_RNCNvC7mycrate3foos_0", "mycrate::foo::{closure#1}"},
    {"_RNvC7mycrate3foo.llvm.123", "mycrate::foo"},
    {"_RNvCs6GmmlP4bgsG_1r4main", "r::main"},
    {"_RB_", "_RB_"},
    {"_RNvB_3foo", "_RNvB_3foo"},
    {"_RNvC9999999mycrate3foo", "_RNvC9999999mycrate3foo"},
    {"_ZN3std2rt10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE", "std::rt::lang_start::{{closure}}"},
};

static void names_are_demangled(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        struct text t = {0};
        demangle_add(&t, names[i].mangled, strlen(names[i].mangled));
        assert_string_equal(t.bytes, names[i].want);
        text_free(&t);
    }
}

/* Each type refers twice to the one before: the readable form would have more than 2^60 bytes. */
static void names_that_explode_are_left_alone(void **state)
{
    (void)state;
    struct text name = {0}, t = {0};
    text_adds(&name, "_Z1f4pairIiiE");
    for (int i = 0; i < 60; i++) {
        if (!i)
            text_adds(&name, "S_IS0_S0_E");
        else if (i < 36)
            text_addf(&name, "S_IS%c_S%c_E", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i], "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i]);
        else
            text_addf(&name, "S_IS1%c_S1%c_E", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i - 36],
                      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i - 36]);
    }
    demangle_add(&t, name.bytes, name.length);
    assert_string_equal(t.bytes, name.bytes);
    text_free(&t);
    text_free(&name);
}

/* --- the kernel -------------------------------------------------------------------------------------------------- */

static const char kallsyms[] = "0000000000001000 A cpu_number\n"
                               "ffffffff81000000 T _text\n"
                               "ffffffff81000000 T startup_64\n"
                               "ffffffff81000100 t helper\n"
                               "ffffffff81000100 T __wide_name\n"
                               "ffffffff81000200 t twin\n"
                               "ffffffff81000300 T vfs_read\n"
                               "ffffffff81000400 t twin\n"
                               "ffffffff82000000 D jiffies\n"
                               "ffffffffc0001000 t twin\t[loop]\n"
                               "ffffffffc0001100 t loop_open\t[loop]\n"
                               "no line\n";

static const struct {
    uint64_t address;
    const char *want;
} kernel_names[] = {
    {0xffffffff81000000, "startup_64"},  {0xffffffff81000105, "__wide_name+0x5"},
    {0xffffffff81000300, "vfs_read"},    {0xffffffff81000310, "vfs_read+0x10"},
    {0xffffffff82000004, "jiffies+0x4"}, {0xffffffffc0001104, "loop_open+0x4 [loop]"},
    {0xffffffffc0001000, "twin [loop]"}, {0xffffffffc0201100, "nothing"},
    {0xffffffff80ffffff, "nothing"},     {0x1000, "nothing"},
};

static void a_kernel_list_is_read(void **state)
{
    (void)state;
    char path[64];
    struct symbols_kernel_place places[4];
    struct symbols_kernel *k = symbols_kernel_create();
    write_file("kallsyms", kallsyms);
    snprintf(path, sizeof path, "%s/kallsyms", dir);
    assert_int_equal(symbols_kernel_load_file(k, path, NULL), 0);
    for (size_t i = 0; i < COUNT(kernel_names); i++) {
        struct symbol s;
        char words[64] = "nothing";
        if (symbols_kernel_find(k, kernel_names[i].address, &s))
            symbol_print(&s, words, sizeof words);
        assert_string_equal(words, kernel_names[i].want);
    }
    assert_int_equal(symbols_kernel_lookup(k, "twin", places, 4), 3);
    assert_int_equal(symbols_kernel_lookup(k, "loop:twin", places, 4), 1);
    assert_int_equal(places[0].address, 0xffffffffc0001000);
    assert_string_equal(places[0].module, "loop");
    assert_int_equal(symbols_kernel_lookup(k, "vmlinux:twin", places, 4), 2);
    assert_int_equal(symbols_kernel_lookup(k, "jiffies", places, 4), 1);
    assert_false(places[0].is_function);
    assert_int_equal(symbols_kernel_lookup(k, "twi", places, 4), 0);
    symbols_kernel_destroy(k);
}

static void hidden_addresses_are_explained(void **state)
{
    (void)state;
    char path[64];
    struct err why = {0};
    struct symbols_kernel *k = symbols_kernel_create();
    write_file("hidden", "0000000000000000 T _text\n0000000000000000 t helper\t[loop]\n");
    snprintf(path, sizeof path, "%s/hidden", dir);
    assert_int_equal(symbols_kernel_load_file(k, path, &why), -EACCES);
    assert_non_null(strstr(why.text, "CAP_SYSLOG"));
    assert_non_null(strstr(why.text, "kernel.kptr_restrict"));
    symbols_kernel_destroy(k);
}

/* Each function of the running kernel is found by its name and again by its address, in less than 10 MB. */
static void the_running_kernel_is_known(void **state)
{
    (void)state;
    struct symbols_kernel *k = symbols_kernel_create();
    struct symbols_kernel_place place;
    struct symbol s;
    struct err why = {0};
    if (symbols_kernel_load(k, &why) == -EACCES) {
        print_message("%s\n", why.text);
        symbols_kernel_destroy(k);
        skip();
    }
    assert_int_equal(symbols_kernel_lookup(k, "vfs_read", &place, 1), 1);
    assert_true(symbols_kernel_find(k, place.address + 4, &s));
    assert_string_equal(s.name, "vfs_read");
    assert_null(s.module);
    assert_int_equal(s.offset, 4);
    assert_true(symbols_kernel_bytes(k) < 10 * 1000 * 1000);
    symbols_kernel_destroy(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_library_has_its_functions),
        cmocka_unit_test(functions_of_others_are_stubs),
        cmocka_unit_test(programs_of_every_kind_are_read),
        cmocka_unit_test(programs_of_32_bits_are_read),
        cmocka_unit_test(stripped_libraries_are_read),
        cmocka_unit_test(names_of_cpp_are_found_as_written),
        cmocka_unit_test(a_walk_can_be_ended),
        cmocka_unit_test(files_are_kept_and_forgotten),
        cmocka_unit_test(cut_files_are_survived),
        cmocka_unit_test(names_are_demangled),
        cmocka_unit_test(names_that_explode_are_left_alone),
        cmocka_unit_test(a_kernel_list_is_read),
        cmocka_unit_test(hidden_addresses_are_explained),
        cmocka_unit_test(the_running_kernel_is_known),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
