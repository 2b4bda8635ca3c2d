#include "objects/target.h"

#include "base/names.h"

#include <stdio.h>
#include <string.h>

/* Names of sections, without what follows the slash, and the kind that they mean. A longer name wins. */
static const struct {
    const char *prefix, *kind;
    bool whole; /* nothing follows */
} sections[] = {
    {"kprobe", "kprobe"},
    {"kretprobe", "kretprobe"},
    {"kprobe.multi", "kprobe.multi"},
    {"kretprobe.multi", "kretprobe.multi"},
    {"ksyscall", "ksyscall"},
    {"kretsyscall", "kretsyscall"},
    {"uprobe", "uprobe"},
    {"uprobe.s", "uprobe"},
    {"uretprobe", "uretprobe"},
    {"uretprobe.s", "uretprobe"},
    {"usdt", "usdt"},
    {"tracepoint", "tracepoint"},
    {"tp", "tracepoint"},
    {"raw_tracepoint", "raw_tp"},
    {"raw_tp", "raw_tp"},
    {"raw_tracepoint.w", "raw_tp"},
    {"raw_tp.w", "raw_tp"},
    {"tp_btf", "tp_btf"},
    {"fentry", "fentry"},
    {"fentry.s", "fentry"},
    {"fexit", "fexit"},
    {"fexit.s", "fexit"},
    {"fmod_ret", "fmod_ret"},
    {"fmod_ret.s", "fmod_ret"},
    {"lsm", "lsm"},
    {"lsm.s", "lsm"},
    {"iter", "iter"},
    {"iter.s", "iter"},
    {"tc", "tc"},
    {"tcx", "tc"},
    {"classifier", "tc"},
    {"xdp/devmap", "xdp_devmap", true},
    {"xdp.frags/devmap", "xdp_devmap", true},
    {"xdp/cpumap", "xdp_cpumap", true},
    {"xdp.frags/cpumap", "xdp_cpumap", true},
};

/* Kinds of programs whose section does not tell. */
static const struct {
    enum bpf_prog_type type;
    const char *kind;
} types[] = {
    {BPF_PROG_TYPE_XDP, "xdp"},
    {BPF_PROG_TYPE_SCHED_CLS, "tc"},
    {BPF_PROG_TYPE_SCHED_ACT, "tc"},
    {BPF_PROG_TYPE_SOCKET_FILTER, "socket"},
    {BPF_PROG_TYPE_PERF_EVENT, "perf_event"},
    {BPF_PROG_TYPE_EXT, "freplace"},
    {BPF_PROG_TYPE_CGROUP_SKB, "cgroup"},
    {BPF_PROG_TYPE_CGROUP_SOCK, "cgroup"},
    {BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "cgroup"},
    {BPF_PROG_TYPE_CGROUP_SOCKOPT, "cgroup"},
    {BPF_PROG_TYPE_CGROUP_SYSCTL, "cgroup"},
    {BPF_PROG_TYPE_CGROUP_DEVICE, "cgroup"},
    {BPF_PROG_TYPE_SOCK_OPS, "cgroup"},
    {BPF_PROG_TYPE_LSM, "lsm_cgroup"},
    {BPF_PROG_TYPE_SK_LOOKUP, "netns"},
    {BPF_PROG_TYPE_FLOW_DISSECTOR, "netns"},
    {BPF_PROG_TYPE_SK_MSG, "sockmap"},
    {BPF_PROG_TYPE_SK_SKB, "sockmap"},
    {BPF_PROG_TYPE_LIRC_MODE2, "lirc"},
    {BPF_PROG_TYPE_SYSCALL, "syscall"},
    {BPF_PROG_TYPE_SK_REUSEPORT, "sk_reuseport"},
    {BPF_PROG_TYPE_STRUCT_OPS, "struct_ops"},
    {BPF_PROG_TYPE_LWT_IN, "lwt"},
    {BPF_PROG_TYPE_LWT_OUT, "lwt"},
    {BPF_PROG_TYPE_LWT_XMIT, "lwt"},
    {BPF_PROG_TYPE_LWT_SEG6LOCAL, "lwt"},
};

bool target_split(const char *words, char separator, char *first, size_t size, const char **rest)
{
    const char *end = strchr(words, separator);
    size_t n = end ? (size_t)(end - words) : strlen(words);
    if (rest)
        *rest = end ? end + 1 : words + n;
    if (!n || n >= size)
        return false;
    memcpy(first, words, n);
    first[n] = '\0';
    return true;
}

static bool section_is(const char *section, size_t i, const char **rest)
{
    size_t n = strlen(sections[i].prefix);
    if (strncmp(section, sections[i].prefix, n) != 0 || (section[n] && (sections[i].whole || section[n] != '/')))
        return false;
    *rest = section[n] ? section + n + 1 : "";
    return true;
}

/* By the section's name alone; the longest prefix wins. */
static const struct attach_kind *kind_of_section(const char *section, const char **rest)
{
    const char *prefix = NULL, *kind = NULL, *behind;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        if (section_is(section, i, &behind) && (!prefix || strlen(sections[i].prefix) > strlen(prefix))) {
            prefix = sections[i].prefix;
            kind = sections[i].kind;
            *rest = behind;
        }
    return kind ? attach_kind_find(kind) : NULL;
}

static const struct attach_kind *kind_of_type(enum bpf_prog_type type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == type)
            return attach_kind_find(types[i].kind);
    return NULL;
}

void target_of_section(struct attach_place *p)
{
    const char *section = bpf_program__section_name(p->program), *rest = "";
    p->off = !bpf_program__autoload(p->program);
    p->chosen = false;
    p->target[0] = '\0';
    if (*section == '?')
        section++;
    p->kind = kind_of_section(section, &rest);
    if (p->kind)
        snprintf(p->target, sizeof p->target, "%s", rest);
    else
        p->kind = kind_of_type(bpf_program__type(p->program));
}

static const char *kind_name_at(const void *unused, size_t i)
{
    (void)unused;
    const struct attach_kind *k = attach_kind_at(i);
    return k ? k->name : NULL;
}

static int refuse_kind(const char *word, struct err *why)
{
    const struct names names = {kind_name_at, NULL};
    struct text t = {0};
    text_adds(&t, "unknown kind ");
    names_add_unknown(&t, names, word);
    text_adds(&t, "; kinds: none, ");
    names_join(&t, names);
    int rc = err_set(why, EINVAL, "%s", t.bytes ? t.bytes : "");
    text_free(&t);
    return rc;
}

/* A program of one type cannot be attached as one of another. */
static int check_type(const struct attach_place *p, const struct attach_kind *k, struct err *why)
{
    enum bpf_prog_type is = bpf_program__type(p->program);
    bool fits = is == BPF_PROG_TYPE_UNSPEC || k->type < 0 || (int)is == k->type ||
                (k->type == BPF_PROG_TYPE_SCHED_CLS && is == BPF_PROG_TYPE_SCHED_ACT) ||
                (k->type == BPF_PROG_TYPE_RAW_TRACEPOINT && is == BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE);
    if (fits)
        return 0;
    const char *type = libbpf_bpf_prog_type_str(is);
    return err_set(why, EINVAL, "%s is a program of type %s (its section is %s) and cannot be attached as %s",
                   bpf_program__name(p->program), type ? type : "?", bpf_program__section_name(p->program), k->name);
}

int target_choose(struct attach_place *p, const char *words, struct err *why)
{
    char name[64];
    const char *rest = "";
    p->off = !strcmp(words, "none");
    p->chosen = true;
    if (p->off || !*words)
        return 0;
    bool named = target_split(words, ':', name, sizeof name, &rest);
    const struct attach_kind *k = named ? attach_kind_find(name) : NULL;
    if (!k)
        return refuse_kind(named ? name : words, why);
    if (strlen(rest) >= sizeof p->target)
        return err_set(why, ENAMETOOLONG, "the target has more than %d characters", TARGET_LONGEST - 1);
    int rc = check_type(p, k, why);
    if (rc)
        return rc;
    p->kind = k;
    snprintf(p->target, sizeof p->target, "%s", rest);
    return 0;
}

static const char *option_value(const struct attach_place *p)
{
    const char *option = p->kind->option;
    if (!option || !p->options)
        return NULL;
    return !strcmp(option, "interface") ? p->options->interface : p->options->cgroup;
}

/* Whether the target that is there is whole. */
static bool is_whole(const struct attach_place *p)
{
    const char *name = p->kind->name, *target = p->target;
    if (!p->kind->target || *p->kind->target == '[')
        return true;
    if (!strcmp(name, "tc") && (!strcmp(target, "ingress") || !strcmp(target, "egress")))
        return false;
    if (!strcmp(name, "lsm_cgroup"))
        return p->chosen && *target;
    if (!strcmp(name, "uprobe") || !strcmp(name, "uretprobe"))
        return strchr(target, ':') != NULL;
    return *target;
}

static void say_missing(const struct attach_place *p, char *words, size_t size)
{
    const char *program = bpf_program__name(p->program), *form;
    const struct attach_kind *k = p->kind;
    char option[64] = "", binary[TARGET_LONGEST + 16];
    snprintf(binary, sizeof binary, "BINARY:%s", p->target); /* of uprobe/FUNCTION, only that */
    form = *p->target && !strncmp(k->target, "BINARY:", 7) ? binary : k->target;
    if (k->option)
        snprintf(option, sizeof option, "--%s %s, or ", k->option, !strcmp(k->option, "cgroup") ? "PATH" : "NAME");
    snprintf(words, size, "%s is not attached: its section (%s) does not say %s; give %s--attach %s=%s:%s", program,
             bpf_program__section_name(p->program), k->purpose, option, program, k->name, form);
}

bool target_is_known(const struct attach_place *p, char *words, size_t size)
{
    const char *program = bpf_program__name(p->program);
    if (!p->kind) {
        snprintf(words, size,
                 "%s is not attached: its section's name (%s) does not tell what kind of program it is; give --attach %s=KIND:TARGET, "
                 "such as %s=kprobe:do_unlinkat",
                 program, bpf_program__section_name(p->program), program, program);
        return false;
    }
    if (p->kind->impossible) {
        snprintf(words, size, "%s is not attached: it %s", program, p->kind->impossible);
        return false;
    }
    if (is_whole(p) || option_value(p))
        return true;
    say_missing(p, words, size);
    return false;
}

int target_prepare(const struct attach_place *p, struct err *why)
{
    bpf_program__set_autoload(p->program, !p->off);
    if (p->off || !p->kind)
        return 0;
    if (bpf_program__type(p->program) == BPF_PROG_TYPE_UNSPEC && p->kind->type >= 0)
        bpf_program__set_type(p->program, (enum bpf_prog_type)p->kind->type);
    if (p->chosen && p->kind->attach_type >= 0)
        bpf_program__set_expected_attach_type(p->program, (enum bpf_attach_type)p->kind->attach_type);
    return p->kind->prepare ? p->kind->prepare(p, why) : 0;
}
