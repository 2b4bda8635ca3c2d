/* Attaching to programs and libraries, and to events of the CPU. */
#include "objects/attach.h"

#include "symbols/files.h"

#include <bpf/bpf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int refuse_binary(const char *binary, const char *name, int error, struct err *why)
{
    if (error == ENOENT && (!strchr(binary, '/') || access(binary, F_OK) == 0))
        return err_set(why, error, "%s has no %s that the kernel could find: stripped, misspelt, or another file of that name", binary,
                       name);
    return err_set(why, error, "%s: %s", binary, strerror(error));
}

/* What libbpf does not find: names of C++ and Rust as people write them, and functions that only an installed debug file tells of.
 * The function's place in the file; 0 or -errno with words. */
static int find_function(const char *binary, const char *name, size_t *offset, struct err *why)
{
    struct symbols_elf_place places[2];
    struct symbols_files *files = symbols_files_create(0);
    struct symbols_elf *elf = files ? symbols_files_open(files, 0, binary, why) : NULL;
    size_t n = elf ? symbols_elf_lookup(elf, name, places, 2) : 0;
    bool found = n && places[0].is_function && places[0].offset != UINT64_MAX;
    int rc = 0;
    if (!elf)
        rc = -(why->code ? why->code : ENOMEM);
    else if (found && n > 1 && places[1].is_function)
        rc = err_set(why, EINVAL, "%s has several functions %s; give one with its parameters, as in %s(int), or its mangled name", binary,
                     name, name);
    else if (found)
        *offset = places[0].offset;
    else
        rc = err_set(why, ENOENT, "%s has no function %s (its symbols are from: %s)", binary, name, symbols_elf_source(elf));
    symbols_files_destroy(files);
    return rc;
}

int attach_uprobe(const struct attach_place *p, struct attachment *a, struct err *why)
{
    char binary[300], function[200];
    const char *rest, *offset;
    char *end = NULL;
    size_t at = 0;
    LIBBPF_OPTS(bpf_uprobe_opts, opts, .retprobe = !strcmp(p->kind->name, "uretprobe"));
    if (!target_split(p->target, ':', binary, sizeof binary, &rest) || !target_split(rest, '+', function, sizeof function, &offset))
        return err_set(why, EINVAL, "the target is not BINARY:FUNCTION or BINARY:FUNCTION+OFFSET");
    if (*offset)
        at = strtoul(offset, &end, 0);
    if (!strncmp(function, "0x", 2))
        at += strtoul(function, &end, 16);
    else
        opts.func_name = function;
    if (end && *end)
        return err_set(why, EINVAL, "\"%.40s\" is not an offset in bytes", *offset ? offset : function);
    a->link = bpf_program__attach_uprobe_opts(p->program, p->options->pid, binary, at, &opts);
    if (!a->link && errno == ENOENT && opts.func_name && strchr(binary, '/') && access(binary, F_OK) == 0) {
        size_t begin = 0;
        int rc = find_function(binary, function, &begin, why);
        if (rc)
            return rc;
        opts.func_name = NULL;
        a->link = bpf_program__attach_uprobe_opts(p->program, p->options->pid, binary, begin + at, &opts);
    }
    return a->link ? 0 : refuse_binary(binary, function, errno, why);
}

int attach_usdt(const struct attach_place *p, struct attachment *a, struct err *why)
{
    char binary[300], provider[100];
    const char *rest, *name;
    if (!target_split(p->target, ':', binary, sizeof binary, &rest) || !target_split(rest, ':', provider, sizeof provider, &name) || !*name)
        return err_set(why, EINVAL, "the target is not BINARY:PROVIDER:NAME");
    a->link = bpf_program__attach_usdt(p->program, p->options->pid, binary, provider, name, NULL);
    if (!a->link && errno == ESRCH && !bpf_object__find_map_by_name(p->object, "__bpf_usdt_specs"))
        return err_set(why, ESRCH, "the object does not know static probes; its source has to include <bpf/usdt.bpf.h>");
    return a->link ? 0 : refuse_binary(binary, name, errno, why);
}

static const struct perf_name {
    const char *name;
    uint32_t type;
    uint64_t config;
} perf_names[] = {
    {"cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK},
    {"task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},
    {"page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
    {"minor-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN},
    {"major-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ},
    {"context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
    {"cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS},
    {"alignment-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_ALIGNMENT_FAULTS},
    {"emulation-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_EMULATION_FAULTS},
    {"cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
    {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
    {"cache-references", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES},
    {"cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
    {"branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS},
    {"branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES},
    {"bus-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BUS_CYCLES},
    {"ref-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES},
};

/* "cpu-clock", "cpu-clock:99hz", "page-faults:1" */
static int parse_perf_event(const char *target, struct perf_event_attr *attr, struct err *why)
{
    char name[64];
    const char *rest;
    char *end = NULL;
    const struct perf_name *found = NULL;
    bool named = target_split(target, ':', name, sizeof name, &rest);
    for (size_t i = 0; named && i < sizeof perf_names / sizeof perf_names[0]; i++)
        if (!strcmp(perf_names[i].name, name))
            found = &perf_names[i];
    if (!found)
        return err_set(
            why, EINVAL,
            "unknown event; events: cpu-clock, task-clock, page-faults, minor-faults, major-faults, context-switches, "
            "cpu-migrations, cycles, instructions, cache-references, cache-misses, branches, branch-misses, bus-cycles, ref-cycles");
    *attr = (struct perf_event_attr){.type = found->type, .config = found->config, .size = sizeof *attr, .freq = 1, .sample_freq = 99};
    if (!*rest)
        return 0;
    attr->sample_freq = strtoull(rest, &end, 10);
    attr->freq = !strcmp(end, "hz");
    if (!attr->sample_freq || (*end && !attr->freq))
        return err_set(why, EINVAL, "\"%.20s\" is neither a count (1000) nor how often a second (99hz)", rest);
    return 0;
}

static int open_perf_event(struct perf_event_attr *attr, int pid, int cpu)
{
    return (int)syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

/* libbpf has one descriptor a link, and we want one a CPU: the program is set on each. */
static int set_program(struct attachment *a, const struct bpf_program *program, int fd, struct err *why)
{
    int rc = attachment_keep(a, fd, why);
    if (rc)
        return rc;
    if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, bpf_program__fd(program)) || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
        return err_set(why, errno, "%s", strerror(errno));
    return 0;
}

int attach_perf_event(const struct attach_place *p, struct attachment *a, struct err *why)
{
    struct perf_event_attr attr;
    int rc = parse_perf_event(p->target, &attr, why), error = 0;
    int cpus = p->options->pid >= 0 ? 1 : libbpf_num_possible_cpus();
    for (int cpu = 0; !rc && cpu < cpus; cpu++) {
        int fd = open_perf_event(&attr, p->options->pid, p->options->pid >= 0 ? -1 : cpu);
        if (fd >= 0)
            rc = set_program(a, p->program, fd, why);
        else if (errno != ENODEV) /* that CPU is offline */
            error = errno;
    }
    if (rc || a->n_fds)
        return rc;
    if (error == ENOENT || error == EOPNOTSUPP)
        return err_set(why, error,
                       "this machine does not offer that event (virtual machines often have no hardware counters); cpu-clock:99hz may do");
    return err_set(why, error ? error : ENODEV, "%s", strerror(error ? error : ENODEV));
}
