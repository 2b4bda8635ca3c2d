/* Mistakes around the code: types, maps, places to attach to, permission. See explain_code_rules.c. Besides the verifier's texts here are
 * those of libbpf (0.8 to 1.5). */
#include "objects/explain_inside.h"

#define V IN_VERIFIER
#define L IN_LIBBPF

const struct rule explain_load_rules[] = {
    /* --- type information --- */
    {
        .mistake = {"btf-misaligned", "a lock, timer or list in a map value is not aligned"},
        .signs = {{V, "^map '{map}' has to have BTF in order to use", .needs = "misaligned"},
                  {V, "^map '{map}' has to have BTF in order to use", .also = "Error loading .BTF into kernel: -14"},
                  {V, "^map '{map}' is not a struct type or {field} is mangled"},
                  {V, "^map '{map}' has no valid bpf_", .needs = "misaligned"},
                  {L, "map '{map}': failed to create: Invalid argument", .needs = "misaligned"}},
        .meaning = "The value of map {map} holds a member that the kernel itself uses at an address that is not aligned[ ({misaligned})], "
                   "so the kernel does not take the map's type information (BTF).",
        .remedy = "Drop `packed` from the struct, or put the bpf_spin_lock, bpf_timer or the like first in it.",
    },
    {
        .mistake = {"btf-refused", "the kernel refuses the object's type information (BTF)"},
        .signs = {{V, "^map '{map}' has to have BTF in order to use", .also = "Error loading .BTF into kernel: -{btf_error}."},
                  {V, "^map '{map}' has to have BTF in order to use", .also = "BTF loading error: -{btf_error}"},
                  {L, "map '{map}': failed to create: Invalid argument", .also = "Error loading .BTF into kernel: -{btf_error}.",
                   .needs = "needs_btf"}},
        .meaning =
            "The kernel does not accept the types that the object describes[ ({btf_words})], and what needs them[, here map {map},] fails.",
        .remedy = "Look at the last line of the BTF log for the type, and simplify it (no types of 4 GiB, no broken names); or compile "
                  "with a clang and link with a libbpf that fit the kernel.",
    },
    {
        .mistake = {"btf-corrupt", "the object's type information (BTF) cannot be read"},
        .signs = {{L, "Error loading ELF section .BTF"},
                  {L, "type information (.BTF) is damaged: {btf_words}"},
                  {L, "Invalid BTF magic"},
                  {L, "BTF type [{id}] is malformed"},
                  {L, "Unsupported BTF_KIND:{type_kind}"}},
        .meaning = "The section .BTF of the object is damaged or of a kind that is not known here[ (type kind {type_kind})|: {btf_words}].",
        .remedy =
            "Compile again with -g and leave the sections alone (strip with llvm-strip -g); use a libbpf that is as new as the clang.",
    },
    {
        .mistake = {"btf-missing", "type information (BTF) is needed and missing"},
        .signs = {{V, "^map '{map}' doesn't have 'struct"},
                  {V, "^map '{map}' has to have BTF in order to use"},
                  {V, "^map '{map}' has no valid bpf_"},
                  {L, "BTF is required, but is missing"}},
        .meaning = "[Map {map} uses something|The object uses something] (a lock, a timer, maps in \".maps\") of which the kernel must "
                   "know the type, and the object has no type information for it.",
        .remedy = "Compile with -g, and give the map `__type(key, …)` and `__type(value, …)` instead of sizes.",
    },
    {
        .mistake = {"btf-target-missing", "the kernel function or tracepoint is not known by that name"},
        .signs = {{L, "failed to find kernel BTF type ID of '{target}'"}, {L, "failed to find BTF type ID of '{target}'"}},
        .meaning = "The kernel's type information has no function or tracepoint {target}: it does not exist here, was inlined, or belongs "
                   "to a module that is not loaded.",
        .remedy = "Look it up with `bpftool btf dump file /sys/kernel/btf/vmlinux | grep {target}`; name another function, or make the "
                  "program optional with SEC(\"?…\").",
    },
    {
        .mistake = {"kernel-btf-missing", "the kernel does not describe its types"},
        .signs = {{L, "failed to find valid kernel BTF"}, {L, "Error loading vmlinux BTF"}},
        .meaning = "/sys/kernel/btf/vmlinux is missing: this kernel was built without CONFIG_DEBUG_INFO_BTF, and programs that depend on "
                   "kernel types cannot be fitted to it.",
        .remedy = "Use a kernel with BTF (all current distributions have it), or give libbpf a BTF file made for this kernel.",
    },
    /* --- maps --- */
    {
        .mistake = {"map-type-missing", "this kernel does not have the map type"},
        .signs = {{L, "map '{map}': failed to create: Invalid argument", .needs = "map_unknown_type"},
                  {L, "map '{map}': failed to create: Invalid argument", .needs = "map_is_new"},
                  {L, "map '{map}': failed to create: Operation not supported", .needs = "map_type"}},
        .meaning = "Map {map} has the type {map_type}, which this kernel does not know[: it came with Linux {since}|].",
        .remedy = "Use an older type (a hash keyed by cgroup or task id instead of local storage, a perf event array instead of a ring "
                  "buffer), or a newer kernel; make the map optional with bpf_map__set_autocreate.",
    },
    {
        .mistake = {"map-flag-missing", "this kernel does not have a flag of the map"},
        .signs = {{L, "map '{map}': failed to create: Invalid argument", .needs = "map_bad_flags"}},
        .meaning = "Map {map} asks for the flags {map_bad_flags} (map_flags), and this kernel does not know them or not for {map_type}.",
        .remedy = "Leave the flag out, or set it at run time with bpf_map__set_map_flags where the kernel has it.",
    },
    {
        .mistake = {"map-attributes", "the kernel refuses the map's sizes or flags"},
        .signs = {{L, "map '{map}': failed to create: Invalid argument"}},
        .meaning = "The kernel refuses to make map {map}[ ({map_type})]: [{map_wrong}|its type, sizes or flags do not go together, or this "
                   "kernel does not have them].",
        .remedy = "[Correct that in the map's definition|Compare key size, value size, max_entries and map_flags with what the map type "
                  "asks for, and the type with the kernel's age (`bpftool feature probe` lists the types it has)].",
    },
    {
        .mistake = {"map-size-missing", "a map's size is left to a loader of its own"},
        .signs = {{L, "the map {map} ({map_type}) has no size:"}, {L, "the map {map} ({map_type}) does not say how deep stacks are:"}},
        .meaning = "Map {map} ({map_type}) has no size in the object: the program's own loader would have chosen it before the load.",
        .remedy = "Say it with --max-entries {map}=NUMBER (--value-size {map}=1016 for stack traces), or write it into the definition: "
                  "__uint(max_entries, 1024).",
    },
    {
        .mistake = {"bpffs-missing", "a map is to be pinned where no BPF file system is"},
        .signs = {{L, "the map {map} is to be pinned at {path}, and no BPF file system"}, {L, "specified path {path} is not on BPF FS"}},
        .meaning = "[Map {map}|A map or program] is to be pinned at {path}, and that is not on a BPF file system.",
        .remedy = "Mount one, `mount -t bpf bpf /sys/fs/bpf`, or leave out `__uint(pinning, LIBBPF_PIN_BY_NAME)` when nobody else has to "
                  "find the map.",
    },
    {
        .mistake = {"map-too-large", "there is no memory for the map"},
        .signs = {{L, "map '{map}': failed to create: Cannot allocate memory"},
                  {L, "map '{map}': failed to create: Argument list too long"}},
        .meaning = "Map {map} is too large: max_entries times the size of an entry (times the number of processors for per-CPU maps) is "
                   "more than there is or than a map may have.",
        .remedy = "Lower max_entries, or use BPF_F_NO_PREALLOC so that memory is taken as entries come.",
    },
    /* --- attaching --- */
    {
        .mistake = {"kprobes-missing", "this kernel has no kprobes"},
        .signs = {{L, "failed to add legacy kprobe event for '{target}+0x{at}': No such file or directory"},
                  {L, "failed to add legacy kprobe event for '{target}': No such file or directory"}},
        .meaning = "This kernel is built without kprobes (or is older than 4.17 and has no function {target}), so no program can be "
                   "attached to a function that way.",
        .remedy = "Use a tracepoint or tp_btf hook near it (`ls /sys/kernel/tracing/events`), or a kernel with CONFIG_KPROBE_EVENTS.",
    },
    {
        .mistake = {"kprobe-target-missing", "the kernel function of a kprobe is not there"},
        .signs = {{L, "failed to create {how} '{target}+0x{at}' perf event: No such file"},
                  {L, "failed to create kprobe '{target}' perf event: {error}"},
                  {L, "failed to create kretprobe '{target}' perf event: {error}"},
                  {L, "failed to add legacy kprobe event for '{target}': {error}"},
                  {L, "failed to attach to kprobe '{target}': {error}"},
                  {L, "failed to attach to kretprobe '{target}': {error}"}},
        .meaning = "This kernel has no function {target} that a kprobe can be put on: it does not exist in this release, was inlined, "
                   "carries a suffix (.isra.0), or must not be probed.",
        .remedy = "Look for it with `grep {target} /proc/kallsyms` and name what is there; prefer a tracepoint, whose names stay; for "
                  "system calls use SEC(\"ksyscall/…\").",
    },
    {
        .mistake = {"tracepoint-missing", "the tracepoint is not there"},
        .signs = {{L, "failed to determine tracepoint '{target}' perf event ID: No such file"},
                  {L, "failed to attach to raw tracepoint '{target}': No such file"},
                  {L, "failed to create tracepoint '{target}' perf event: No such file"}},
        .meaning = "This kernel has no tracepoint {target}: it is misspelt, not in this release, not configured, or in a module that is "
                   "not loaded.",
        .remedy = "Look for it under /sys/kernel/tracing/events (group/name for tracepoints, the bare name for raw_tp); mount tracefs "
                  "there when the folder is empty.",
    },
    {
        .mistake = {"uprobe-target-missing", "the file or function of a uprobe is not there"},
        .signs = {{L, "elf: failed to find symbol '{target}' in '{file}'"},
                  {L, "failed to resolve full path for '{file}'"},
                  {L, "failed to find symbol '{target}'"},
                  {L, "usdt: no USDT notes section"},
                  {L, "failed to create uprobe '{target}' perf event: {error}"}},
        .meaning =
            "[{file} has no function {target}|The program or library {file} is not found|The user-space function or probe is not found].",
        .remedy = "Look with `nm -D FILE` (or `readelf -n FILE` for USDT) for the name; give the full path; stripped programs have only "
                  "their exported names.",
    },
    {
        .mistake = {"section-unknown", "libbpf does not know what kind of program the section means"},
        .signs = {{L, "missing BPF prog type, check ELF section name '{section}'"},
                  {L, "its section's name ({section}) does not tell what kind of program"},
                  {L, "unrecognized ELF section name '{section}'"},
                  {L, "failed to guess program type from ELF section '{section}'"}},
        .meaning = "SEC(\"{section}\") names no kind of program that libbpf knows, so nobody can say how to load it.",
        .remedy =
            "Correct the spelling: kprobe/…, fentry/…, tracepoint/GROUP/NAME, tp_btf/…, raw_tp/…, xdp, tc, iter/…, uprobe/FILE:FUNCTION.",
    },
    {
        .mistake = {"kfunc-missing", "a kernel function that the program calls is not there (kfunc)"},
        .signs = {{L, "extern (func ksym) '{target}': not found in kernel"},
                  {L, "extern (func ksym) '{target}': func_proto"},
                  {V, "kernel btf_id {type_id} is not a function"},
                  {V, "kfunc '{target}' is referenced but"}},
        .meaning = "This kernel does not offer {target} to BPF programs, or with other arguments: the function came with a later release, "
                   "or its module is not loaded.",
        .remedy = "Declare it `__ksym __weak`, ask `if (bpf_ksym_exists({target}))` and have another way; or use a kernel that has it.",
    },
    {
        .mistake = {"extern-missing", "an extern variable is not there on this kernel"},
        .signs = {{L, "extern '{target}' (strong): not resolved"},
                  {L, "extern (var ksym) '{target}': not found"},
                  {L, "extern (kcfg) '{target}':"},
                  {L, "failed to open system Kconfig"}},
        .meaning = "[{target} is|The kernel's options (/proc/config.gz, /boot/config-…) are] not to be found on this machine, and the "
                   "program says that it cannot do without.",
        .remedy = "Declare it `__weak` and handle its being 0, or choose at run time by the existence of types and fields.",
    },
    /* --- permission --- */
    {
        .mistake = {"no-capability", "the process may not load BPF programs"},
        .signs = {{L, "bpf_object__probe_loading():Operation not permitted"},
                  {L, "failed to create: Operation not permitted"},
                  {L, "BPF program load failed: Operation not permitted", .needs = "lacking", .silent = true},
                  {L, "failed to create {how} perf event: Permission denied"},
                  {L, "failed to attach{where}: Operation not permitted", .needs = "lacking"},
                  {L, "failed to determine tracepoint '{target}' perf event ID: Permission denied"},
                  {L, NULL, .needs = "lacking", .error = EPERM, .silent = true}},
        .meaning = "The kernel does not let this process do that: it lacks [{lacking}|a capability, or the container or the kernel "
                   "(kernel.unprivileged_bpf_disabled, lockdown) takes it away].",
        .remedy = "Run as root, or with CAP_BPF and CAP_PERFMON (and CAP_NET_ADMIN for networking programs); in a container grant these "
                  "and a seccomp profile that allows bpf(2).",
    },
    {
        .mistake = {"program-kind-refused", "this system refuses programs of this kind altogether"},
        .signs = {{L, "BPF program load failed: Operation not permitted", .silent = true},
                  {L, "BPF program load failed: Operation not supported", .silent = true}},
        .meaning = "The kernel refused [{kind}|the program] before looking at its instructions: lockdown, a security module, the kernel's "
                   "configuration or a missing capability forbids this kind of program; the message about `ulimit -l` that libbpf prints "
                   "is a guess and does not matter since Linux 5.11.",
        .remedy = "Load with CAP_BPF, CAP_PERFMON and, for fentry, fexit and LSM, on a kernel with CONFIG_DYNAMIC_FTRACE; where the system "
                  "refuses it for good, use tp_btf, a tracepoint or a kprobe instead.",
    },
    /* --- the file: what the loader says of it is the explanation --- */
    {
        .mistake = {"object-unusable", "the file is not an object that can be loaded"},
        .signs = {{L, "{said}", .step = REFUSED_AT_OPEN}},
        .meaning = "The file cannot be used as it is: {said}.",
        .remedy = "Give what `clang -O2 -g -target bpf -c FILE.bpf.c` writes, whole and with its symbols and type information.",
    },
};

const size_t explain_load_rules_n = sizeof explain_load_rules / sizeof explain_load_rules[0];
