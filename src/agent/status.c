#include "agent/status.h"

#include "base/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STATUS_LOSSES = 64, STATUS_TABLES = STORE_TABLES_MAX };
static const int64_t sample_interval_ns = 5LL * NS_PER_S;

void status_init(struct status *s, const struct worker_start *start, struct sink *sink, struct store *store, struct inbox *inbox,
                 const struct sandbox_report *sandbox)
{
    s->inbox = inbox;
    s->start = start;
    s->sink = sink;
    s->store = store;
    s->sandbox = sandbox;
    s->began_boot_ns = clock_boot_ns();
    pthread_mutex_init(&s->lock, NULL);
}

void status_set_pipeline(struct status *s, struct pipeline *p)
{
    atomic_store(&s->pipeline, p);
}

void status_free(struct status *s)
{
    if (s->start)
        pthread_mutex_destroy(&s->lock);
}

/* A file of /proc/<pid>, NUL-terminated; false when it cannot be read. */
static bool read_proc(pid_t pid, const char *name, char *line, size_t size)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, line, size - 1);
    if (fd >= 0)
        close(fd);
    line[n > 0 ? n : 0] = '\0';
    return n > 0;
}

static uint64_t rss_of(pid_t pid)
{
    char line[128];
    unsigned long size, resident;
    if (!read_proc(pid, "statm", line, sizeof line) || sscanf(line, "%lu %lu", &size, &resident) != 2)
        return 0;
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* User and system time of a process; 0 when it cannot be read. */
static int64_t cpu_of(pid_t pid)
{
    char line[1024];
    unsigned long user, system;
    const char *after = read_proc(pid, "stat", line, sizeof line) ? strrchr(line, ')') : NULL;
    if (!after || sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        return 0;
    return (int64_t)(user + system) * (NS_PER_S / sysconf(_SC_CLK_TCK));
}

static double kernel_cpu(struct pipeline *p)
{
    double sum = 0;
    size_t n;
    const struct pipeline_collector *c = p ? pipeline_collectors(p, &n) : NULL;
    for (size_t i = 0; c && i < n; i++)
        for (uint32_t j = 0; c[i].unit && j < c[i].unit->n_programs; j++)
            sum += c[i].costs[j].cpu_percent;
    return sum;
}

static double percent(int64_t part, int64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

void status_tick(struct status *s, int64_t now_boot_ns)
{
    bool young = now_boot_ns - s->began_boot_ns < sample_interval_ns; /* a first figure soon */
    if (s->sampled_ns && !young && now_boot_ns - s->sampled_ns < sample_interval_ns)
        return;
    int64_t worker = clock_cpu_ns(), broker = s->start->config->split ? cpu_of(s->start->broker_pid) : 0;
    uint64_t rows = sink_rows_all(s->sink);
    pthread_mutex_lock(&s->lock);
    int64_t interval = now_boot_ns - s->sampled_ns;
    if (s->sampled_ns) {
        s->cpu_percent = percent(worker - s->worker_cpu_ns + broker - s->broker_cpu_ns, interval);
        s->rows_per_s = (double)(rows - s->rows) * NS_PER_S / (double)interval;
    }
    s->kernel_cpu_percent = kernel_cpu(atomic_load(&s->pipeline));
    s->worker_rss_bytes = rss_of(getpid());
    s->broker_rss_bytes = s->start->config->split ? rss_of(s->start->broker_pid) : 0;
    s->worker_cpu_ns = worker;
    s->broker_cpu_ns = broker;
    s->rows = rows;
    s->sampled_ns = now_boot_ns;
    pthread_mutex_unlock(&s->lock);
}

uint64_t status_worker_rss(struct status *s)
{
    pthread_mutex_lock(&s->lock);
    uint64_t bytes = s->worker_rss_bytes;
    pthread_mutex_unlock(&s->lock);
    return bytes;
}

static void add_string(struct text *t, const char *key, const char *value)
{
    text_addf(t, "\"%s\":", key);
    if (value && *value)
        text_add_json(t, value, strlen(value));
    else
        text_adds(t, "null");
}

static void add_time(struct text *t, const char *key, int64_t utc_ns)
{
    text_addf(t, "\"%s\":", key);
    if (!utc_ns) {
        text_adds(t, "null");
        return;
    }
    text_addc(t, '"');
    text_add_time(t, utc_ns);
    text_addc(t, '"');
}

static const char *const state_names[] = {"off", "running", "degraded", "failed"};

/* Losses whose place begins with the collector's name: its ring, its maps, its decoder. */
static uint64_t lost_of(struct status *s, const char *collector)
{
    struct sink_lost losses[STATUS_LOSSES];
    size_t n = sink_losses(s->sink, losses, STATUS_LOSSES), length = strlen(collector);
    uint64_t sum = 0;
    for (size_t i = 0; i < n && i < STATUS_LOSSES; i++)
        if (!strncmp(losses[i].place, collector, length) && (losses[i].place[length] == ' ' || !losses[i].place[length]))
            sum += losses[i].count;
    return sum;
}

static void add_collectors(struct status *s, struct text *t, const struct pipeline_collector *c, size_t n)
{
    text_adds(t, "\"collectors\":[");
    for (size_t i = 0; i < n; i++) {
        text_addf(t, "%s{\"name\":\"%s\",\"state\":\"%s\",", i ? "," : "", c[i].collector->name, state_names[c[i].state]);
        add_string(t, "why", c[i].why);
        text_addf(t, ",\"rows\":%lu,\"rows_per_s\":%.1f,\"lost\":%lu}", sink_rows(s->sink, c[i].collector), c[i].rows_per_s,
                  lost_of(s, c[i].collector->name));
    }
    text_adds(t, "],");
}

static double per_run(const struct program_cost *c)
{
    return c->runs ? (double)c->ns / (double)c->runs : 0;
}

static void add_programs(struct text *t, const struct pipeline_collector *c, size_t n)
{
    const char *comma = "";
    text_adds(t, "\"programs\":[");
    for (size_t i = 0; i < n; i++)
        for (uint32_t j = 0; c[i].unit && j < c[i].unit->n_programs; j++, comma = ",") {
            const struct unit_program *p = &c[i].unit->programs[j];
            const struct unit_hook *h = &c[i].unit->hooks[p->hook];
            text_addf(t, "%s{\"collector\":\"%s\",\"hook\":\"%s\",\"program\":\"%s\",\"mechanism\":\"%s\",\"runs\":%lu,", comma,
                      c[i].collector->name, h->name, p->name, mechanism_name((enum mechanism)h->mechanism), c[i].costs[j].runs);
            text_addf(t, "\"ns_per_run\":%.1f,\"runs_per_s\":%.1f,\"cpu_percent\":%.4f}", per_run(&c[i].costs[j]), c[i].costs[j].runs_per_s,
                      c[i].costs[j].cpu_percent);
        }
    text_adds(t, "],");
}

static void add_losses(struct status *s, struct text *t)
{
    struct sink_lost losses[STATUS_LOSSES];
    size_t n = sink_losses(s->sink, losses, STATUS_LOSSES);
    text_adds(t, "\"losses\":[");
    for (size_t i = 0; i < n && i < STATUS_LOSSES; i++) {
        text_addf(t, "%s{", i ? "," : "");
        add_string(t, "place", losses[i].place);
        text_addc(t, ',');
        add_string(t, "reason", losses[i].reason);
        if (losses[i].unknown && !losses[i].count)
            text_adds(t, ",\"count\":null}");
        else
            text_addf(t, ",\"count\":%lu}", losses[i].count);
    }
    text_adds(t, "],");
}

static void add_tables(struct status *s, struct text *t)
{
    struct store_table_stats *tables = calloc(STATUS_TABLES, sizeof *tables);
    size_t n = tables ? store_table_stats(s->store, tables, STATUS_TABLES) : 0;
    text_adds(t, "\"tables\":[");
    for (size_t i = 0; i < n && i < STATUS_TABLES; i++) {
        text_addf(t, "%s{\"table\":\"%s\",\"rows\":%lu,\"segments\":%u,\"bytes\":%lu,", i ? "," : "", tables[i].table->name,
                  tables[i].rows_total, tables[i].segments, tables[i].bytes_on_disk);
        add_time(t, "oldest", tables[i].oldest_utc_ns);
        text_addc(t, ',');
        add_time(t, "newest", tables[i].newest_utc_ns);
        text_addc(t, '}');
    }
    text_addc(t, ']');
    free(tables);
}

static void add_store(struct status *s, struct text *t)
{
    struct store_stats st;
    store_stats(s->store, &st);
    text_addf(t, "\"store\":{\"disk_bytes\":%lu,\"disk_limit_bytes\":%lu,\"free_bytes\":%lu,\"rows_written\":%lu,\"rows_lost\":%lu,",
              st.disk_bytes, st.disk_limit_bytes, st.free_bytes, st.rows_written, st.rows_lost);
    text_addf(t, "\"queued_rows\":%lu,\"bytes_per_day\":%lu,\"days_kept\":%.6f,\"degraded\":%s,", st.queued_rows, st.bytes_per_day,
              st.days_kept, st.degraded ? "true" : "false");
    add_string(t, "why", st.why);
    text_addf(t, ",\"retention_ns\":%lu,", s->start->config->retention_ns);
    add_tables(s, t);
    text_addc(t, '}');
}

static void add_self(struct status *s, struct text *t)
{
    const struct agent_config *c = s->start->config;
    text_addf(t, "\"version\":\"%s\",\"pid\":%d,\"worker_pid\":%d,\"uptime_ns\":%ld,", SONDE_VERSION, (int)s->start->broker_pid,
              (int)getpid(), (long)(clock_boot_ns() - s->began_boot_ns));
    add_string(t, "data_dir", c->data);
    text_addc(t, ',');
    add_string(t, "socket", c->socket);
    pthread_mutex_lock(&s->lock);
    text_addf(t, ",\"cpu_percent\":%.3f,\"kernel_cpu_percent\":%.3f,\"rows_per_s\":%.1f,", s->cpu_percent, s->kernel_cpu_percent,
              s->rows_per_s);
    text_addf(t, "\"rss_bytes\":{\"broker\":%lu,\"worker\":%lu},", s->broker_rss_bytes, s->worker_rss_bytes);
    pthread_mutex_unlock(&s->lock);
    text_addf(t, "\"sandbox\":{\"user\":%s,\"landlock\":%s,\"seccomp\":%s,", s->sandbox->user ? "true" : "false",
              s->sandbox->landlock ? "true" : "false", s->sandbox->seccomp ? "true" : "false");
    add_string(t, "why", s->sandbox->why);
    text_adds(t, "},");
}

void status_json(struct status *s, struct text *t)
{
    struct pipeline *p = atomic_load(&s->pipeline);
    size_t n = 0;
    text_addc(t, '{');
    add_self(s, t);
    if (p)
        pipeline_lock(p);
    const struct pipeline_collector *c = p ? pipeline_collectors(p, &n) : NULL;
    add_collectors(s, t, c, n);
    add_programs(t, c, n);
    if (p)
        pipeline_unlock(p);
    add_losses(s, t);
    add_store(s, t);
    text_adds(t, "}\n");
}

static void add_hook(struct text *t, const struct pipeline_collector *c, uint32_t hook)
{
    const struct unit_hook *h = &c->unit->hooks[hook];
    const struct hook *wanted = &c->collector->kernel->hooks[hook];
    text_addf(t, "{\"collector\":\"%s\",\"hook\":\"%s\",", c->collector->name, h->name);
    add_string(t, "purpose", wanted->purpose);
    text_addc(t, ',');
    add_string(t, "mechanism", h->way >= 0 ? mechanism_name((enum mechanism)h->mechanism) : NULL);
    text_addc(t, ',');
    add_string(t, "target", h->target);
    text_adds(t, ",\"programs\":[");
    const char *comma = "";
    for (uint32_t j = 0; j < c->unit->n_programs; j++) {
        if (c->unit->programs[j].hook != hook)
            continue;
        text_addf(t, "%s{\"name\":\"%s\",\"runs\":%lu,\"ns_per_run\":%.1f}", comma, c->unit->programs[j].name, c->costs[j].runs,
                  per_run(&c->costs[j]));
        comma = ",";
    }
    text_adds(t, "],");
    add_string(t, "why", h->why);
    text_addc(t, ',');
    add_string(t, "missing", h->way >= 0 ? NULL : wanted->missing);
    text_addc(t, '}');
}

void status_probes_json(struct status *s, struct text *t)
{
    struct pipeline *p = atomic_load(&s->pipeline);
    const char *comma = "";
    size_t n = 0;
    text_addc(t, '[');
    if (p)
        pipeline_lock(p);
    const struct pipeline_collector *c = p ? pipeline_collectors(p, &n) : NULL;
    for (size_t i = 0; i < n; i++)
        for (uint32_t j = 0; c[i].unit && j < c[i].unit->n_hooks; j++) {
            text_adds(t, comma);
            add_hook(t, &c[i], j);
            comma = ",\n";
        }
    if (p)
        pipeline_unlock(p);
    text_adds(t, "]\n");
}

typedef void figure_fn(void *, const char *, const char *, const char *, const char *, double);

static void collector_figures(struct status *s, const struct pipeline_collector *c, size_t n, figure_fn *fn, void *arg)
{
    char labels[256];
    for (size_t i = 0; i < n; i++) {
        snprintf(labels, sizeof labels, "collector=\"%s\"", c[i].collector->name);
        fn(arg, "rows_total", "counter", "Rows made by the collector.", labels, (double)sink_rows(s->sink, c[i].collector));
    }
    for (size_t i = 0; i < n; i++) {
        snprintf(labels, sizeof labels, "collector=\"%s\"", c[i].collector->name);
        fn(arg, "events_lost_total", "counter", "Events that the collector's ring or decoder could not keep.", labels,
           (double)lost_of(s, c[i].collector->name));
    }
}

static void program_figures(const struct pipeline_collector *c, size_t n, figure_fn *fn, void *arg)
{
    static const char *const names[] = {"program_runs_total", "program_seconds_total"};
    static const char *const help[] = {"Runs of the kernel program.", "Time spent in the kernel program."};
    char labels[256];
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < n; i++)
            for (uint32_t j = 0; c[i].unit && j < c[i].unit->n_programs; j++) {
                snprintf(labels, sizeof labels, "collector=\"%s\",program=\"%s\"", c[i].collector->name, c[i].unit->programs[j].name);
                double value = k ? (double)c[i].costs[j].ns / NS_PER_S : (double)c[i].costs[j].runs;
                fn(arg, names[k], "counter", help[k], labels, value);
            }
}

static void store_figures(struct status *s, figure_fn *fn, void *arg)
{
    struct store_stats st;
    store_stats(s->store, &st);
    fn(arg, "store_bytes", "gauge", "Bytes of the store's files.", "", (double)st.disk_bytes);
    fn(arg, "store_limit_bytes", "gauge", "Byte budget of the store.", "", (double)st.disk_limit_bytes);
    fn(arg, "store_rows_written_total", "counter", "Rows committed to the store.", "", (double)st.rows_written);
    fn(arg, "store_rows_lost_total", "counter", "Rows the store could not keep.", "", (double)st.rows_lost);
    fn(arg, "store_degraded", "gauge", "1 while the store cannot write.", "", st.degraded);
}

static void declared_figures(struct status *s, figure_fn *fn, void *arg)
{
    const struct table *tables[STORE_TABLES_MAX];
    size_t n = store_tables(s->store, tables, STORE_TABLES_MAX);
    char labels[128];
    for (size_t i = 0; i < n && i < STORE_TABLES_MAX; i++) {
        if (!store_is_declared(s->store, tables[i]))
            continue;
        snprintf(labels, sizeof labels, "table=\"%s\"", tables[i]->name);
        fn(arg, "declared_rows_total", "counter", "Rows taken from clients, for tables that they declared.", labels,
           (double)inbox_rows(s->inbox, tables[i]));
    }
}

void status_figures(void *status, figure_fn *fn, void *arg)
{
    struct status *s = status;
    struct pipeline *p = atomic_load(&s->pipeline);
    size_t n = 0;
    fn(arg, "info", "gauge", "Version of the agent.", "version=\"" SONDE_VERSION "\"", 1);
    pthread_mutex_lock(&s->lock);
    fn(arg, "cpu_ratio", "gauge", "CPU of both halves of the agent over the last seconds; 1 is one core.", "", s->cpu_percent / 100);
    fn(arg, "kernel_cpu_ratio", "gauge", "CPU of the agent's kernel programs over the last second; 1 is one core.", "",
       s->kernel_cpu_percent / 100);
    fn(arg, "resident_bytes", "gauge", "Resident memory.", "half=\"broker\"", (double)s->broker_rss_bytes);
    fn(arg, "resident_bytes", "gauge", "Resident memory.", "half=\"worker\"", (double)s->worker_rss_bytes);
    pthread_mutex_unlock(&s->lock);
    store_figures(s, fn, arg);
    declared_figures(s, fn, arg);
    if (!p)
        return;
    pipeline_lock(p);
    const struct pipeline_collector *c = pipeline_collectors(p, &n);
    collector_figures(s, c, n, fn, arg);
    program_figures(c, n, fn, arg);
    pipeline_unlock(p);
}
