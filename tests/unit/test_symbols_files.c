/* symbols/: tables of programs and libraries that this test builds, of the running kernel, and of processes that it starts. */
#include "symbols/files.h"
#include "symbols/kernel.h"
#include "symbols/process.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char dir[] = "/tmp/sonde-symbols-XXXXXX";

/* Runs a command in the test's folder. */
static bool run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool run(const char *format, ...)
{
    char command[4096], whole[8192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    snprintf(whole, sizeof whole, "cd %s && { %s ; } >log 2>&1", dir, command);
    return system(whole) == 0;
}

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

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
                              "void no_size(void); void after(void);\n"
                              "__asm__(\".text\\n.globl no_size\\n.type no_size,@function\\nno_size: nop\\nnop\\nnop\\nret\\n\"\n"
                              "        \".globl after\\n.type after,@function\\nafter: ret\\n.size after,.-after\\n\");\n";

static void a_library_has_its_functions(void **state)
{
    (void)state;
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

/* --- processes --------------------------------------------------------------------------------------------------- */

static struct symbols_files *files;
static struct symbols_processes *processes;

static int open_all(void **state)
{
    (void)state;
    files = symbols_files_create(0);
    processes = symbols_processes_create(files);
    return !files || !processes;
}

static int close_all(void **state)
{
    (void)state;
    symbols_processes_destroy(processes);
    symbols_files_destroy(files);
    return 0;
}

static void assert_process_name(uint32_t pid, const void *address, const char *want)
{
    struct symbol s;
    char words[256] = "nothing";
    if (symbols_process_find(processes, pid, 0, (uintptr_t)address, &s))
        symbol_print(&s, words, sizeof words);
    assert_string_equal(words, want);
}

static void this_process_is_known(void **state)
{
    (void)state;
    uint32_t pid = (uint32_t)getpid();
    struct symbols_process_place place;
    assert_process_name(pid, (const void *)(uintptr_t)this_process_is_known, "this_process_is_known (test_symbols_files)");
    assert_process_name(pid, (const char *)dlsym(RTLD_DEFAULT, "qsort"), "qsort (libc.so.6)");
    assert_process_name(pid, &place, "nothing"); /* the stack */
    assert_int_equal(symbols_process_lookup(processes, pid, 0, "this_process_is_known", &place, 1), 1);
    assert_int_equal(place.address, (uintptr_t)this_process_is_known);
    assert_true(symbols_process_lookup(processes, pid, 0, "libc.so.6:qsort", &place, 1) >= 1);
    assert_int_equal(place.address, (uintptr_t)dlsym(RTLD_DEFAULT, "qsort"));
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    write_file("plain.c", library);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return !run("rm -rf %s", dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_library_has_its_functions), cmocka_unit_test(functions_of_others_are_stubs),
        cmocka_unit_test(a_kernel_list_is_read),       cmocka_unit_test(hidden_addresses_are_explained),
        cmocka_unit_test(the_running_kernel_is_known), cmocka_unit_test_setup_teardown(this_process_is_known, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
