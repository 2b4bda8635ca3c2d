/* sonde trace: bpftrace's language. */
#include "base/config.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/trace_tools.h"
#include "trace/probes/list.h"
#include "trace/run/run.h"

#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const formats[] = {"text", "json"};

static const char *format_choice(size_t i)
{
    return i < sizeof formats / sizeof formats[0] ? formats[i] : NULL;
}

static const char *const bufferings[] = {"line", "full", "none"};

static const char *buffering_choice(size_t i)
{
    return i < sizeof bufferings / sizeof bufferings[0] ? bufferings[i] : NULL;
}

static const struct config_option options[] = {
    {"execute", CONFIG_TEXT, "", "PROGRAM", "the program itself, instead of a file", .letter = 'e'},
    {"format", CONFIG_TEXT, "text", "FORMAT", "how to print", .choice = format_choice, .letter = 'f'},
    {"output", CONFIG_TEXT, "", "FILE", "print into this file instead of stdout", .letter = 'o'},
    {"buffering", CONFIG_TEXT, "line", "MODE", "when output is written: line and none at once, full when there is much",
     .choice = buffering_choice, .letter = 'B'},
    {"command", CONFIG_TEXT, "", "COMMAND", "start this command once all is attached, trace its process, and end with it", .letter = 'c'},
    {"pid", CONFIG_NUMBER, "", "PID", "only this process, for probes of user space and events", .letter = 'p', .least = "1",
     .most = "4194304"},
    {"quiet", CONFIG_BOOL, "false", NULL, "no word about what was attached", .letter = 'q'},
    {"verbose", CONFIG_BOOL, "false", NULL, "with -l, the arguments of each probe; else what the verifier says when it refuses",
     .letter = 'v'},
    {"debug", CONFIG_TEXT, "", "PHASE", "print what a phase of the compiler makes, and stop: tokens, ast, ir, bytecode", .letter = 'd'},
    {"list", CONFIG_BOOL, "false", NULL, "list probes: those that match a pattern, those of a script, or all", .letter = 'l'},
    {"list_tools", CONFIG_BOOL, "false", NULL, "list the scripts that come with sonde; each runs by its name: sonde trace execsnoop"},
    {"for", CONFIG_DURATION, "0", "TIME", "end after this time; 0: never"},
    {"dry_run", CONFIG_BOOL, "false", NULL, "compile, load and attach, then end without running anything"},
    {"no_warnings", CONFIG_BOOL, "false", NULL, "errors only"},
    {"unsafe", CONFIG_BOOL, "false", NULL, "allow system() and what else changes the machine"},
};

static int complaints_to_stderr(struct unit *u)
{
    struct text t = {0};
    complaints_print(&u->complaints, &t);
    fwrite(t.bytes ? t.bytes : "", 1, t.length, stderr);
    text_free(&t);
    return u->complaints.errors ? EXIT_FAILED : EXIT_OK;
}

static FILE *open_script(const char *path)
{
    struct text tool = {0};
    FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
    if (!f && tool_find(path, &tool))
        f = fopen(tool.bytes, "re");
    text_free(&tool);
    return f;
}

static bool read_file(const char *path, struct text *out)
{
    FILE *f = open_script(path);
    char block[65536];
    size_t n;
    if (!f)
        return false;
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        text_add(out, block, n);
    bool good = !ferror(f);
    if (f != stdin)
        fclose(f);
    return good;
}

static int print_phase(struct unit *u, const char *phase)
{
    struct text t = {0};
    if (!strcmp(phase, "tokens"))
        trace_print_tokens(&u->complaints, &t);
    else if (unit_check(u) && !strcmp(phase, "ast"))
        trace_print_tree(u->script, &t);
    else if (u->script && !u->complaints.errors && unit_generate(u))
        for (struct instance *i = u->instances; i; i = i->next) {
            for (uint32_t n = 0; n < i->n_programs && !strcmp(phase, "ir"); n++)
                ir_print(i->programs[n], &t);
            if (strcmp(phase, "ir"))
                code_print(&i->code, &u->source, &t);
        }
    fwrite(t.bytes ? t.bytes : "", 1, t.length, stdout);
    text_free(&t);
    return complaints_to_stderr(u);
}

/* The process that probes of user space are for. */
static int find_child(struct unit *u, const struct invocation *in, struct child *child, struct err *why)
{
    const char *command = config_text(in->options, "command");
    pid_t pid = (pid_t)config_number(in->options, "pid");
    if (*command ? child_start(child, command, why) < 0 : pid && child_adopt(child, pid, why) < 0)
        return -why->code;
    u->scope.pid = child->pid;
    u->child = child->is_ours ? child->pid : 0;
    return 0;
}

static int failed(const struct err *why)
{
    fprintf(stderr, "sonde trace: %s\n", why->text);
    return EXIT_FAILED;
}

static int execute(struct unit *u, const struct invocation *in, struct child *child)
{
    struct err why = {0};
    interrupt_catch();
    struct trace_options o = {.form = !strcmp(config_text(in->options, "format"), "json") ? PRINT_JSON : PRINT_TEXT,
                              .out = stdout,
                              .quiet = config_bool(in->options, "quiet"),
                              .verbose = config_bool(in->options, "verbose"),
                              .is_dry = config_bool(in->options, "dry_run"),
                              .in_blocks = !strcmp(config_text(in->options, "buffering"), "full"),
                              .duration_ns = config_number(in->options, "for"),
                              .stop_fd = interrupt_fd()};
    if (find_child(u, in, child, &why) < 0)
        return failed(&why);
    o.child = child->pid ? child : NULL;
    if (!unit_check(u) || !unit_generate(u))
        return complaints_to_stderr(u);
    if (!config_bool(in->options, "no_warnings"))
        complaints_to_stderr(u);
    const char *path = config_text(in->options, "output");
    if (*path && !(o.out = fopen(path, "we"))) {
        err_set(&why, errno, "%s: %s", path, strerror(errno));
        return failed(&why);
    }
    int code = trace_run(u, &o, &why);
    if (o.out != stdout && fclose(o.out) && code >= 0)
        code = err_set(&why, errno, "%s: %s", path, strerror(errno));
    return code >= 0 ? code : failed(&why);
}

/* -l: of a pattern, or of a script. */
static int list(struct unit *u, const struct invocation *in, bool script)
{
    struct text t = {0};
    bool verbose = config_bool(in->options, "verbose");
    u->scope.pid = (pid_t)config_number(in->options, "pid");
    u->types = types_create(&u->arena);
    if (!u->types)
        return EXIT_FAILED;
    if (!script)
        probe_list(in->n_operands ? in->operands[0] : "", verbose, &u->scope, u->types, &u->complaints, &t);
    else if (unit_check(u))
        for (uint32_t i = 0; i < u->n_targets; i++)
            probe_list_target(u->targets[i], verbose, u->types, &t);
    fwrite(t.bytes ? t.bytes : "", 1, t.length, stdout);
    text_free(&t);
    if (script)
        return complaints_to_stderr(u);
    for (const struct complaint *c = u->complaints.first; c; c = c->next) /* no script, no place */
        fprintf(stderr, "sonde trace: %s\n", c->text);
    return u->complaints.errors ? EXIT_FAILED : EXIT_OK;
}

static int list_tools(void)
{
    struct text t = {0};
    bool found = tools_list(&t);
    fwrite(t.bytes ? t.bytes : "", 1, t.length, stdout);
    text_free(&t);
    return found ? EXIT_OK : EXIT_FAILED;
}

static int run(const struct invocation *in)
{
    const char *program = config_text(in->options, "execute");
    struct text text = {0};
    struct unit u;
    struct child child = {.end_fd = -1, .go_fd = -1, .error_fd = -1};
    size_t arguments = 0;
    bool is_pattern = false;
    if (config_bool(in->options, "list_tools"))
        return list_tools();
    if (*program)
        text_adds(&text, program);
    else if (config_bool(in->options, "list") && (!in->n_operands || access(in->operands[0], R_OK)))
        is_pattern = true;
    else if (!in->n_operands || !read_file(in->operands[0], &text)) {
        fprintf(stderr,
                in->n_operands ? "sonde trace: %s is neither a file that can be read nor one of the tools (sonde trace --list-tools)\n"
                               : "sonde trace: give it a file, or a program with -e\n",
                in->n_operands ? in->operands[0] : "");
        return EXIT_USAGE;
    } else
        arguments = 1;
    unit_init(&u, *program || is_pattern ? "stdin" : in->operands[0], text.bytes ? text.bytes : "", text.length);
    u.arguments = (struct script_arguments){in->operands + arguments, in->n_operands - arguments};
    u.settings.unsafe = config_bool(in->options, "unsafe");
    const char *phase = config_text(in->options, "debug");
    int code = config_bool(in->options, "list") ? list(&u, in, !is_pattern) : *phase ? print_phase(&u, phase) : execute(&u, in, &child);
    child_end(&child);
    unit_free(&u);
    text_free(&text);
    return code;
}

static const struct example examples[] = {
    {"sonde trace -e 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }'", "system calls by program, until Ctrl-C"},
    {"sonde trace opens.bt 1000", "a script, $1 being 1000"},
    {"sonde trace tcpconnect", "one of the scripts that come with sonde"},
};

const struct command command_trace = {
    .name = "trace",
    .summary = "run a tracing program in bpftrace's language",
    .operands = "FILE.bt [ARGUMENT...] | -e PROGRAM [ARGUMENT...]",
    .operand = OPERAND_FILE,
    .most_operands = 100,
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .details = "Scripts for bpftrace run as they are. They are compiled here, without LLVM or kernel headers, and loaded in\n"
               "milliseconds. Ctrl-C ends it and prints the maps. docs/trace-language.md is the reference.",
    .examples = examples,
    .n_examples = sizeof examples / sizeof examples[0],
    .run = run,
};
