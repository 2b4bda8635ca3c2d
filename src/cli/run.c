/* sonde run: a compiled BPF object, run without user-space code of its own. */
#include "cli/run.h"

#include "agent/options.h"
#include "cli/commands.h"
#include "cli/interrupt.h"

#include <stdio.h>
#include <string.h>

static const char *const formats[] = {"text", "json", "jsonl", "prometheus"};

static const char *format_choice(size_t i)
{
    return i < sizeof formats / sizeof formats[0] ? formats[i] : NULL;
}

static const struct config_option options[] = {
    {"output", CONFIG_TEXT, "text", "FORMAT", "how to write events and maps", .choice = format_choice, .letter = 'o'},
    {"map", CONFIG_LIST, "", "NAME", "only these maps and buffers", .letter = 'm'},
    {"attach", CONFIG_LIST, "", "PROGRAM=KIND:TARGET", "where a program goes, instead of where its section says; =none leaves it out",
     .letter = 'a', .repeats = true},
    {"interface", CONFIG_TEXT, "", "NAME", "the network interface of XDP, tc and socket programs", .letter = 'i'},
    {"cgroup", CONFIG_TEXT, "", "PATH", "the cgroup of cgroup programs"},
    {"pid", CONFIG_NUMBER, "", "PID", "only this process, for uprobes, USDT, perf events and task iterators", .letter = 'p', .least = "1",
     .most = "4194304"},
    {"type", CONFIG_LIST, "", "MAP=STRUCT", "the type of a buffer's records, where it cannot be found", .repeats = true},
    {"set", CONFIG_LIST, "", "NAME=VALUE", "a global variable's value, before the load; also NAME.FIELD and NAME[3]", .letter = 's',
     .repeats = true},
    {"max_entries", CONFIG_LIST, "", "MAP=N", "a map's size: entries, or bytes of a ring buffer", .repeats = true},
    {"value_size", CONFIG_LIST, "", "MAP=BYTES", "the size of a map's values, where its loader would have chosen it", .repeats = true},
    {"show", CONFIG_LIST, "", "FIELD=FORM", "show fields of this name as: ipv4_addr, __be16, duration_ns, timestamp_ns, text …",
     .repeats = true},
    {"as_table", CONFIG_TEXT, "", "NAME", "make events rows of this table of the running agent, instead of printing them", .letter = 't'},
    {"socket", CONFIG_TEXT, AGENT_DEFAULT_SOCKET, "PATH",
     "the agent's socket, for --as-table; SONDE_SOCKET in the environment does the same"},
    {"count", CONFIG_NUMBER, "0", "N", "end after N events; 0: never", .letter = 'n'},
    {"duration", CONFIG_DURATION, "0", "TIME", "end after this time; 0: never"},
    {"interval", CONFIG_DURATION, "0", "TIME", "print the maps this often, too; 0: only in the end"},
    {"metrics", CONFIG_TEXT, "", "ADDRESS:PORT", "serve the maps to Prometheus, at /metrics"},
    {"partial", CONFIG_BOOL, "false", NULL, "leave out programs that are refused, instead of failing"},
    {"check", CONFIG_BOOL, "false", NULL, "load and verify each object without attaching it, and explain what is refused"},
    {"check_attach", CONFIG_BOOL, "false", NULL, "as --check, but attach it, too, and take it away at once"},
    {"explain", CONFIG_BOOL, "false", NULL, "explain a saved log of the verifier or of libbpf instead; FILE.bpf.o tells its source lines"},
};

static enum run_format format_of(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (!strcmp(formats[i], name))
            return (enum run_format)i;
    return RUN_TEXT;
}

static int run(const struct invocation *in)
{
    struct run r = {.in = in, .format = format_of(config_text(in->options, "output"))};
    bool check = config_bool(in->options, "check") || config_bool(in->options, "check_attach");
    r.quiet = config_is_set(in->options, "as_table") && !config_is_set(in->options, "output");
    if (config_bool(in->options, "explain"))
        return run_explain(&r);
    if (in->n_operands > 1 && !check) {
        run_say(&r, "one object at a time; more are for --check, and for --explain LOG FILE.bpf.o");
        return EXIT_USAGE;
    }
    show_init(&r.show, r.format != RUN_TEXT);
    interrupt_catch();
    int code = check ? run_check(&r) : run_set_up(&r);
    if (code == EXIT_OK && !check)
        code = run_loop(&r);
    run_tear_down(&r);
    return code;
}

static const struct example examples[] = {
    {"sonde run opens.bpf.o", "load it, attach its programs as their sections say, print its events and, in the end, its maps"},
    {"sonde run drops.bpf.o -i eth0 -o jsonl | jq .", "an XDP program, whose interface no section can tell"},
    {"sonde run --check *.bpf.o", "whether this kernel takes them, and if not: which line, why, and what to do about it"},
    {"sonde run --explain verifier.log drops.bpf.o", "the same for a log that was saved elsewhere"},
    {"sonde run opens.bpf.o --as-table opens", "its events become rows of the agent's table opens, for SQL, tail and exporters"},
    {"sonde run calls.bpf.o -a on_call=kprobe:vfs_read --duration 10s", "another function than the section says"},
};

const struct command command_run = {
    .name = "run",
    .summary = "run a compiled BPF object and print what it collects",
    .operands = "FILE.bpf.o | --check FILE.bpf.o... | --explain LOG [FILE.bpf.o]",
    .operand = OPERAND_FILE,
    .least_operands = 1,
    .most_operands = 10000,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .details = "Any object that clang -O2 -g -target bpf makes: its own user-space code is not needed. Programs are attached as\n"
               "their sections say. Records of ring buffers and perf event arrays are printed as they come, decoded by their types,\n"
               "and the maps in the end (Ctrl-C). Needs root, or CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN; no agent, unless --as-table\n"
               "is to make the events rows of its store: columns come from the records' types; nothing is printed then without -o.\n"
               "A program that the kernel refuses is explained: the source line, what it means and how such programs are usually\n"
               "fixed.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
