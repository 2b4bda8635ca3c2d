#include "agent/banner.h"

#include "base/clock.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* "exec exit by tp_btf": the hooks of one mechanism; -1: those without any. */
static bool add_mechanism(struct text *t, const struct kernel_unit *u, int mechanism, const char *separator)
{
    bool any = false;
    for (uint32_t i = 0; i < u->n_hooks; i++) {
        if (u->hooks[i].mechanism != mechanism)
            continue;
        text_addf(t, "%s%s", any ? " " : separator, u->hooks[i].name);
        any = true;
    }
    if (any)
        text_addf(t, " %s%s", mechanism < 0 ? "MISSING" : "by ", mechanism < 0 ? "" : mechanism_name((enum mechanism)mechanism));
    return any;
}

static void add_hooks(struct text *t, const struct pipeline_collector *c)
{
    if (!c->unit) {
        text_adds(t, c->collector->kernel ? "no kernel part" : "/proc and /sys");
        return;
    }
    bool any = false;
    for (int m = -1; m < MECHANISM_COUNT; m++)
        any |= add_mechanism(t, c->unit, m, any ? ", " : "");
}

static void add_collector(struct text *t, const struct pipeline_collector *c)
{
    if (c->state == COLLECTOR_OFF || (!c->collector->kernel && !c->collector->tick))
        return;
    text_addf(t, "  %-12s  ", c->collector->name);
    add_hooks(t, c);
    if (c->state != COLLECTOR_RUNNING)
        text_addf(t, "\n                %s: %s", c->state == COLLECTOR_FAILED ? "FAILED" : "DEGRADED", c->why);
    text_addc(t, '\n');
}

/* How to ask, with the socket as a shell needs it and about a table that is being filled. */
static void add_questions(struct text *t, const struct agent_config *c)
{
    struct text flag = {0};
    text_adds(&flag, "");
    if (strcmp(c->socket, AGENT_DEFAULT_SOCKET)) {
        text_adds(&flag, " --socket ");
        text_add_shell(&flag, c->socket, strlen(c->socket));
    }
    bool execs = agent_config_wants(c, "process");
    text_addf(t, "  ask           sonde query%s '%s'\n", flag.length ? flag.bytes : "",
              execs ? "SELECT time, comm, args FROM execs ORDER BY time DESC LIMIT 10" : "SHOW TABLES");
    if (execs)
        text_addf(t, "                sonde tail%s execs\n", flag.length ? flag.bytes : "");
    text_addf(t, "                sonde status%s      sonde tables\n", flag.length ? flag.bytes : "");
    text_free(&flag);
}

void banner_print(const struct worker_start *start, struct pipeline *p, const struct sandbox_report *sandbox, int64_t took_ns)
{
    const struct agent_config *c = start->config;
    struct text t = {0};
    struct utsname u;
    size_t n;
    uname(&u);
    const struct pipeline_collector *list = pipeline_collectors(p, &n);
    text_addf(&t, "sonde %s watches this host (Linux %s), ready after %ld ms\n", SONDE_VERSION, u.release, (long)(took_ns / NS_PER_MS));
    for (size_t i = 0; i < n; i++)
        add_collector(&t, &list[i]);
    const char *unit = c->max_disk_bytes < 1u << 30 ? "MiB" : "GiB";
    double size = (double)c->max_disk_bytes / (c->max_disk_bytes < 1u << 30 ? 1 << 20 : 1 << 30);
    text_addf(&t, "  data          %s, kept %.4g h or %.4g %s, whichever ends first\n", c->data, (double)c->retention_ns / NS_PER_S / 3600,
              size, unit);
    if (c->split)
        text_addf(&t, "  halves        broker pid %d (root), worker pid %d (user %s%s%s)\n", (int)start->broker_pid, (int)getpid(), c->user,
                  sandbox->landlock ? ", landlock" : "", sandbox->seccomp ? ", seccomp" : "");
    else
        text_adds(&t, "  halves        one process, NOT SANDBOXED (--no-split is for debugging)\n");
    if (sandbox->why[0])
        text_addf(&t, "  note          %s\n", sandbox->why);
    add_questions(&t, c);
    if (c->listen_size)
        text_addf(&t, "  HTTP          http://%s; clients send the token in %s/token\n",
                  config_text(config_section_of(c->config, ""), "listen"), c->data);
    text_adds(&t, "  Ctrl-C ends it\n");
    ssize_t written = write(STDERR_FILENO, t.bytes, t.length);
    (void)written;
    text_free(&t);
}
