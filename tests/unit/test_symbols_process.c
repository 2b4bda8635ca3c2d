/* symbols/: addresses of processes that this test starts, with files that it builds, deletes and replaces. */
#include "base/clock.h"
#include "symbols/maps.h"
#include "symbols/perf_map.h"
#include "symbols/process.h"
#include "symbols_build.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

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

static const char *name_at(pid_t pid, uint64_t address)
{
    static char words[256];
    struct symbol s;
    snprintf(words, sizeof words, "nothing");
    if (symbols_process_find(processes, (uint32_t)pid, 0, address, &s))
        symbol_print(&s, words, sizeof words);
    return words;
}

static uint64_t address_of(pid_t pid, const char *name)
{
    struct symbols_process_place place = {0};
    symbols_process_lookup(processes, (uint32_t)pid, 0, name, &place, 1);
    return place.address;
}

/* What changes in a process is seen when its turn comes again. */
static void becomes(pid_t pid, uint64_t address, const char *want)
{
    int64_t end = clock_mono_ns() + 20 * INT64_C(1000000000);
    while (strcmp(name_at(pid, address), want) != 0 && clock_mono_ns() < end)
        usleep(10000);
    assert_string_equal(name_at(pid, address), want);
}

/* A program of the test that waits until its input ends. */
struct child {
    pid_t pid;
    int input, output;
};

static struct child start(const char *program, const char *argument)
{
    int in[2], out[2];
    char path[256], ready;
    snprintf(path, sizeof path, "%s/%s", dir, program);
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(in[0], 0);
        dup2(out[1], 1);
        execl(path, path, argument, NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    assert_int_equal(read(out[0], &ready, 1), 1);
    return (struct child){pid, in[1], out[0]};
}

static void step(const struct child *c)
{
    char ready;
    assert_int_equal(write(c->input, "x", 1), 1);
    assert_int_equal(read(c->output, &ready, 1), 1);
}

static void end(const struct child *c)
{
    close(c->input);
    waitpid(c->pid, NULL, 0);
    close(c->output);
}

static const char waiter[] = "#include <unistd.h>\n#include <dlfcn.h>\n"
                             "int marker = 1; int zeros[64];\n"
                             "void landmark(void) { }\n"
                             "int main(int n, char **v) { char c; write(1, \"r\", 1);\n"
                             "while (read(0, &c, 1) == 1) { if (n > 1 && v[1][0] == '/') dlopen(v[1], RTLD_NOW);\n"
                             "else if (n > 1) execl(\"./second\", \"second\", (char *)0); write(1, \"r\", 1); } return 0; }\n";

static int build(void **state)
{
    if (make_folder(state))
        return -1;
    write_file("waiter.c", waiter);
    write_file("second.c", "#include <unistd.h>\nvoid other_place(void) { }\n"
                           "int main(void) { char c; write(1, \"r\", 1); while (read(0, &c, 1) == 1) write(1, \"r\", 1); return 0; }\n");
    write_file("late.c", "int late_function(int x) { return x * 7; }\n");
    return !run("gcc -w -o waiter waiter.c && gcc -w -no-pie -o second second.c && gcc -shared -fPIC -o late.so late.c");
}

static void this_process_is_known(void **state)
{
    (void)state;
    struct symbols_process_place place;
    uint64_t on_stack = (uintptr_t)&place;
    assert_string_equal(name_at(getpid(), (uintptr_t)this_process_is_known), "this_process_is_known (test_symbols_process)");
    assert_string_equal(name_at(getpid(), (uintptr_t)dlsym(RTLD_DEFAULT, "hcreate")), "hcreate (libc.so.6)");
    assert_string_equal(name_at(getpid(), on_stack), "nothing");
    assert_string_equal(name_at(getpid(), 0), "nothing");
    assert_string_equal(name_at(getpid(), UINT64_MAX), "nothing");
    assert_int_equal(address_of(getpid(), "this_process_is_known"), (uintptr_t)this_process_is_known);
    assert_int_equal(address_of(getpid(), "libc.so.6:hcreate"), (uintptr_t)dlsym(RTLD_DEFAULT, "hcreate"));
    assert_int_equal(address_of(getpid(), "libc.so.6:this_process_is_known"), 0);
    assert_int_equal(address_of(getpid(), "processes"), (uintptr_t)&processes); /* zeros, which the file does not have */
}

static void the_vdso_is_read_from_memory(void **state)
{
    (void)state;
    uint64_t begin = getauxval(AT_SYSINFO_EHDR), at = begin;
    char want[] = "clock_gettime [vdso]";
    if (!begin)
        skip();
    for (;
         at < begin + 8192 && strcmp(name_at(getpid(), at), want) != 0 && strcmp(name_at(getpid(), at), "__vdso_clock_gettime [vdso]") != 0;
         at++)
        continue;
    assert_true(at < begin + 8192);
}

static void a_process_that_ended_is_remembered(void **state)
{
    (void)state;
    struct child c = start("waiter", NULL);
    uint64_t at = address_of(c.pid, "landmark");
    assert_true(at);
    assert_int_equal(address_of(c.pid, "zeros") - address_of(c.pid, "marker") < 4096, 1);
    end(&c);
    assert_string_equal(name_at(c.pid, at), "landmark (waiter)");
    usleep(SYMBOLS_PROCESS_RECHECK_NS / 1000); /* until its end is noticed */
    assert_string_equal(name_at(c.pid, at + 1), "landmark+0x1 (waiter)");
    assert_false(symbols_process_see(processes, (uint32_t)c.pid, 0));
    struct symbol s;
    assert_false(symbols_process_find(processes, (uint32_t)c.pid, UINT64_C(1000000000000000), at, &s)); /* one that began at another time */
    c = start("waiter", NULL);
    at = address_of(getpid(), "main"); /* nothing was seen of it */
    end(&c);
    assert_string_equal(name_at(c.pid, at), "nothing");
}

static void what_is_mapped_later_is_found(void **state)
{
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s/late.so", dir);
    struct child c = start("waiter", path);
    assert_int_equal(address_of(c.pid, "late_function"), 0);
    step(&c);
    symbols_process_forget(processes, (uint32_t)c.pid);
    uint64_t at = address_of(c.pid, "late_function");
    assert_true(at);
    assert_string_equal(name_at(c.pid, at), "late_function (late.so)");
    struct symbols_processes *others = symbols_processes_create(files), *mine = processes;
    end(&c);
    c = start("waiter", path); /* without forgetting: an address that is nowhere makes the maps be read again */
    processes = others;
    uint64_t main_at = address_of(c.pid, "main");
    step(&c);
    assert_string_equal(name_at(c.pid, main_at), "main (waiter)");
    FILE *f = NULL;
    char line[512];
    snprintf(line, sizeof line, "/proc/%d/maps", (int)c.pid);
    f = fopen(line, "re");
    uint64_t begin = 0;
    while (f && fgets(line, sizeof line, f))
        if (strstr(line, "late.so") && strstr(line, "r-xp"))
            begin = strtoull(line, NULL, 16);
    fclose(f);
    assert_true(begin);
    becomes(c.pid, begin + (at & 0xfff), "late_function (late.so)");
    processes = mine;
    symbols_processes_destroy(others);
    end(&c);
}

static void another_program_is_noticed(void **state)
{
    (void)state;
    char before[256];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(dir), 0);
    struct child c = start("waiter", "exec");
    assert_int_equal(chdir(before), 0);
    assert_true(address_of(c.pid, "landmark"));
    struct symbols_elf_place place;
    char path[256];
    snprintf(path, sizeof path, "%s/second", dir);
    struct symbols_elf *second = symbols_files_open(files, 0, path, NULL);
    assert_int_equal(symbols_elf_lookup(second, "other_place", &place, 1), 1);
    uint64_t at = place.address; /* not moved: -no-pie */
    step(&c);
    becomes(c.pid, at, "other_place (second)");
    assert_int_equal(address_of(c.pid, "landmark"), 0);
    end(&c);
}

static void deleted_and_replaced_files_are_still_read(void **state)
{
    (void)state;
    assert_true(run("cp waiter gone && cp waiter changed"));
    struct child gone = start("gone", NULL), changed = start("changed", NULL);
    assert_true(run("rm gone && cp second new && mv new changed"));
    char words[64];
    snprintf(words, sizeof words, "/proc/%d/map_files", (int)gone.pid);
    uint64_t at = address_of(gone.pid, "landmark");
    if (!at && access(words, X_OK)) {
        end(&gone);
        end(&changed);
        skip(); /* not privileged */
    }
    assert_string_equal(name_at(gone.pid, at), "landmark (gone)");
    at = address_of(changed.pid, "landmark");
    assert_string_equal(name_at(changed.pid, at), "landmark (changed)");
    assert_int_equal(address_of(changed.pid, "other_place"), 0);
    end(&gone);
    end(&changed);
}

/* As in a container: the path means another file, or none, outside. */
static void files_of_other_mount_namespaces_are_read(void **state)
{
    (void)state;
    char script[256], path[256];
    if (!run("unshare -m true"))
        skip();
    write_file("contained",
               "#!/bin/sh\nexec unshare -m sh -c 'mkdir -p \"$0/inside\" && mount -t tmpfs none \"$0/inside\" && cp \"$0/waiter\" "
               "\"$0/inside/app\" && exec \"$0/inside/app\"' \"$(dirname \"$0\")\"\n");
    snprintf(script, sizeof script, "%s/contained", dir);
    assert_int_equal(chmod(script, 0755), 0);
    struct child c = start("contained", NULL);
    snprintf(path, sizeof path, "%s/inside/app", dir);
    assert_int_equal(access(path, F_OK), -1);
    assert_string_equal(name_at(c.pid, address_of(c.pid, "landmark")), "landmark (app)");
    struct symbols_elf_place place;
    struct symbols_elf *e = symbols_files_open(files, (uint32_t)c.pid, path, NULL);
    assert_non_null(e);
    assert_int_equal(symbols_elf_lookup(e, "landmark", &place, 1), 1);
    end(&c);
}

/* --- code that was made at run time ------------------------------------------------------------------------------ */

static void generated_functions_are_named_by_their_maker(void **state)
{
    (void)state;
    char path[64];
    unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(code != MAP_FAILED);
    snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fprintf(f, "%" PRIxPTR " 20 first function\n%" PRIxPTR " 10 second\n%" PRIxPTR " 8 in place of it\nno line\n", (uintptr_t)code,
            (uintptr_t)code + 32, (uintptr_t)code + 32);
    fclose(f);
    becomes(getpid(), (uintptr_t)code + 4, "first function+0x4 [jit]");
    assert_string_equal(name_at(getpid(), (uintptr_t)code + 34), "in place of it+0x2 [jit]");
    assert_string_equal(name_at(getpid(), (uintptr_t)code + 42), "second+0xa [jit]");
    assert_string_equal(name_at(getpid(), (uintptr_t)code + 100), "nothing");
    unlink(path);
    munmap(code, 4096);
}

static void a_map_of_another_user_is_not_believed(void **state)
{
    (void)state;
    char path[64];
    if (geteuid())
        skip();
    struct child c = start("waiter", NULL);
    snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)c.pid);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "1000 10 f\n", 10), 10);
    struct perf_map *m = perf_map_read((unsigned)c.pid);
    assert_non_null(m);
    perf_map_destroy(m);
    assert_int_equal(fchown(fd, 65534, 65534), 0);
    close(fd);
    assert_null(perf_map_read((unsigned)c.pid));
    unlink(path);
    end(&c);
}

/* --- lines of maps ----------------------------------------------------------------------------------------------- */

static const struct {
    const char *line;
    bool ok;
    uint64_t start, end, offset, inode;
    bool executable, deleted;
    const char *path;
} lines[] = {
    {"55d0-55e0 r-xp 00001000 fe:01 1234                       /usr/bin/bash", true, 0x55d0, 0x55e0, 0x1000, 1234, true, false,
     "/usr/bin/bash"},
    {"7f00-7f01 rw-p 00000000 00:00 0 ", true, 0x7f00, 0x7f01, 0, 0, false, false, ""},
    {"7f00-7f01 r-xp 00000000 00:01 77 /memfd:a b (deleted)", true, 0x7f00, 0x7f01, 0, 77, true, true, "/memfd:a b"},
    {"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]", true, 0xffffffffff600000, 0xffffffffff601000, 0, 0, true, false,
     "[vsyscall]"},
    {"", false},
    {"55d0", false},
    {"55d0-55d0 r-xp 0 fe:01 1 /x", false},
    {"55e0-55d0 r-xp 0 fe:01 1 /x", false},
    {"55d0-55e0 r-xp 0 fe01 1 /x", false},
    {"55d0-55e0 r-xp 0 fe:01", false},
    {"55d0-55e0 r-x 0 fe:01 1 /x", false},
    {"x-55e0 r-xp 0 fe:01 1 /x", false},
    {"11112222333344445-55e0 r-xp 0 fe:01 1 /x", false},
};

static void lines_of_maps_are_parsed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct maps_line l;
        assert_int_equal(maps_parse(span_of(lines[i].line, strlen(lines[i].line)), &l), lines[i].ok);
        if (!lines[i].ok)
            continue;
        assert_int_equal(l.start, lines[i].start);
        assert_int_equal(l.end, lines[i].end);
        assert_int_equal(l.offset, lines[i].offset);
        assert_int_equal(l.inode, lines[i].inode);
        assert_int_equal(l.executable, lines[i].executable);
        assert_int_equal(l.deleted, lines[i].deleted);
        assert_true(span_is(l.path, lines[i].path));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(this_process_is_known, open_all, close_all),
        cmocka_unit_test_setup_teardown(the_vdso_is_read_from_memory, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_process_that_ended_is_remembered, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_is_mapped_later_is_found, open_all, close_all),
        cmocka_unit_test_setup_teardown(another_program_is_noticed, open_all, close_all),
        cmocka_unit_test_setup_teardown(deleted_and_replaced_files_are_still_read, open_all, close_all),
        cmocka_unit_test_setup_teardown(files_of_other_mount_namespaces_are_read, open_all, close_all),
        cmocka_unit_test_setup_teardown(generated_functions_are_named_by_their_maker, open_all, close_all),
        cmocka_unit_test(a_map_of_another_user_is_not_believed),
        cmocka_unit_test(lines_of_maps_are_parsed),
    };
    return cmocka_run_group_tests(tests, build, remove_folder);
}
