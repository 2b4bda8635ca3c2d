/* Every way of every hook, also those that a better one hides: each is loaded into this kernel and attached.
 * By default the mechanisms that a locked-down kernel refuses may be refused; the guest kernels say what they must do:
 *   WAYS_MUST=all          every mechanism must work
 *   WAYS_LACKING=a,b       ways that begin with these programs cannot work on this kernel; it is a failure when they do */
#include "agent/options.h"
#include "collectors/collector.h"
#include "kernel/load.h"
#include "kernel/plan.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static int tests, failures;

static void report(bool ok, const char *what, const char *detail)
{
    printf("%sok %d - %s\n", ok ? "" : "not ", ++tests, what);
    if (!ok)
        printf("# %s\n", detail);
    failures += !ok;
}

/* Whether a comma-separated list holds the word. */
static bool lists(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = list; p && *p; p += strcspn(p, ","), p += *p == ',')
        if (!strncmp(p, word, n) && (p[n] == '\0' || p[n] == ','))
            return true;
    return false;
}

/* Mounts tracefs where only this process sees it: perf tracepoints are looked up there. */
static void mount_tracefs(void)
{
    if (access("/sys/kernel/tracing/events", R_OK) == 0)
        return;
    if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
        mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL))
        perror("tracefs");
}

/* Mechanisms that lockdown or a missing CONFIG_KPROBES take away, and what a kernel without modules does not have. */
static bool may_be_refused(const struct hook *hook, enum mechanism m)
{
    if (!strcmp(hook->name, "modules") && access("/proc/modules", F_OK) != 0)
        return true;
    const char *must = getenv("WAYS_MUST");
    bool common = m == BY_TP_BTF || m == BY_RAW_TP || m == BY_TRACEPOINT || m == BY_CGROUP || m == BY_ITER;
    return !common && !(must && !strcmp(must, "all"));
}

static void judge(const char *collector, const struct hook *hook, const struct unit_hook *got)
{
    const struct hook_way *way = hook->ways;
    bool taken = got->way == 0;
    char what[256];
    int n = snprintf(what, sizeof what, "%s %s by %s (%s)", collector, hook->name, mechanism_name(way->mechanism), way->programs[0]);
    if (lists(getenv("WAYS_LACKING"), way->programs[0])) {
        snprintf(what + n, sizeof what - (size_t)n, " is not to be had here");
        report(!taken, what, "it works: take it off the list of what this kernel lacks");
    } else if (!taken && may_be_refused(hook, way->mechanism)) {
        printf("ok %d - %s # SKIP %s\n", ++tests, what, got->why);
    } else {
        report(taken, what, got->why);
    }
}

/* Loads the plan with the given way of each hook alone; hooks without so many ways, and ways that have no program of their
 * own, are left out. False when no hook was left. */
static bool try_ways(const struct collector *c, const struct config_section *config, size_t way)
{
    struct hook hooks[UNIT_MAX_HOOKS];
    struct kernel_plan plan = *c->kernel;
    plan.hooks = hooks;
    plan.n_hooks = 0;
    for (size_t i = 0; i < c->kernel->n_hooks && plan.n_hooks < UNIT_MAX_HOOKS; i++) {
        const struct hook *h = &c->kernel->hooks[i];
        if (way >= h->n_ways || h->ways[way].shared)
            continue;
        hooks[plan.n_hooks] = *h;
        hooks[plan.n_hooks].ways = &h->ways[way];
        hooks[plan.n_hooks++].n_ways = 1;
    }
    if (!plan.n_hooks)
        return false;
    struct kernel_unit unit = {0};
    struct err why = {0};
    struct kernel_loaded *k = kernel_load(&plan, config, &unit, &why);
    for (size_t i = 0; i < plan.n_hooks; i++) {
        struct unit_hook got = unit.hooks[i];
        if (!k) {
            got.way = -1;
            if (!got.why[0])
                snprintf(got.why, sizeof got.why, "%.*s", (int)sizeof got.why - 1, why.text);
        }
        judge(c->name, &hooks[i], &got);
    }
    kernel_unload(k);
    return true;
}

int main(void)
{
    if (geteuid() != 0) {
        puts("ok 1 - ways of hooks # SKIP loading kernel programs takes root");
        return 0;
    }
    struct err why = {0};
    struct config *config = config_create(agent_schema(), &why);
    if (!config) {
        report(false, "the configuration's defaults", why.text);
        return 1;
    }
    mount_tracefs();
    kernel_init();
    for (size_t i = 0; i < n_collectors; i++)
        for (size_t way = 0; collectors[i]->kernel && try_ways(collectors[i], config_section_of(config, collectors[i]->name), way);)
            way++;
    config_destroy(config);
    printf("1..%d\n", tests);
    return failures != 0;
}
