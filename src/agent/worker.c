#include "agent/worker.h"

#include "agent/banner.h"
#include "agent/pipeline.h"
#include "agent/sandbox.h"
#include "agent/status.h"
#include "api/api.h"
#include "api/inbox.h"
#include "api/live.h"
#include "base/clock.h"
#include "base/log.h"
#include "exporters/exporter.h"
#include "store/library.h"
#include "store/store.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    QUEUE_CEILING_BYTES = 512 * 1024 * 1024,
    WORKER_TABLES = 128,
    MEMORY_SLACK_BYTES = 1536 * 1024 * 1024 /* stacks of 130 threads, mostly untouched */
};
enum { TRIM_INTERVAL_S = 10, TRIM_ABOVE_BYTES = 120 * 1024 * 1024, TRIM_QUIET_ROWS = 2048 };

struct worker {
    const struct worker_start *start;
    struct sandbox_report sandbox;
    struct broker *broker;
    struct store *store;
    struct store_recovery recovery;
    struct live *live;
    struct inbox *inbox;
    struct sink *sink;
    struct pipeline *pipeline;
    struct api *api;
    struct status status;
    struct exporter_source figures;
    const struct table *tables[WORKER_TABLES];
    size_t n_tables;
    int64_t trimmed_ns;
    int64_t stop_at_ns; /* boot clock; 0: never */
};

static int stop_fd = -1;

static void on_stop(int number)
{
    (void)number;
    int saved = errno;
    uint64_t one = 1;
    ssize_t written = write(stop_fd, &one, sizeof one);
    (void)written;
    errno = saved;
}

static int catch_signals(struct err *why)
{
    stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (stop_fd < 0)
        return err_set(why, errno, "eventfd: %s", strerror(errno));
    struct sigaction stop = {.sa_handler = on_stop, .sa_flags = SA_RESTART}, ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    sigset_t all;
    sigemptyset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    return 0;
}

static bool stop_asked(void)
{
    struct pollfd asked = {.fd = stop_fd, .events = POLLIN};
    return stop_fd >= 0 && poll(&asked, 1, 0) == 1;
}

/* The data directory becomes the working directory, so that it is reached whatever the modes of the directories above it. */
static int enter_sandbox(struct worker *w, struct err *why)
{
    const struct agent_config *c = w->start->config;
    if (duckdb_library_load(why) < 0) /* while its file can still be read */
        return -why->code;
    if (fchdir(w->start->sockets->data_fd))
        return err_set(why, errno, "%s: %s", c->data, strerror(errno));
    if (!c->split)
        return 0;
    int rc = sandbox_drop_user(c->uid, c->gid, why);
    if (rc < 0)
        return rc;
    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (getppid() != w->start->broker_pid)
        return err_set(why, ESRCH, "the privileged half is gone");
    sandbox_enter(w->start->sockets->data_fd, &w->sandbox);
    return 0;
}

static void add_table(const struct table *t, const struct collector *owner, void *arg)
{
    struct worker *w = arg;
    (void)owner;
    if (w->n_tables < WORKER_TABLES)
        w->tables[w->n_tables++] = t;
}

static int open_store(struct worker *w, struct err *why)
{
    const struct agent_config *c = w->start->config;
    collector_each_table(add_table, w);
    struct store_options options = {
        .dir = ".",
        .retention_ns = c->retention_ns,
        .max_disk_bytes = c->max_disk_bytes,
        .segment_ns = c->segment_ns,
        .memory_limit_bytes = c->memory_limit_bytes,
        .queue_ceiling_bytes = QUEUE_CEILING_BYTES,
        .tables = w->tables,
        .n_tables = w->n_tables,
    };
    w->store = store_open(&options, &w->recovery, why);
    if (!w->store)
        return err_prefix(why, "%s", c->data);
    if (w->recovery.text[0])
        log_info("%s", w->recovery.text);
    return 0;
}

static void api_status(void *arg, struct text *json)
{
    status_json(arg, json);
}

static void api_probes(void *arg, struct text *json)
{
    status_probes_json(arg, json);
}

static void api_metrics(void *arg, struct text *text)
{
    (void)arg;
    exporters_render("prometheus", text);
}

static int start_api(struct worker *w, struct err *why)
{
    const struct agent_config *c = w->start->config;
    struct api_options options = {
        .unix_fd = dup(w->start->sockets->unix_fd),
        .tcp_fd = w->start->sockets->tcp_fd < 0 ? -1 : dup(w->start->sockets->tcp_fd),
        .token = w->start->sockets->token,
        .store = w->store,
        .live = w->live,
        .inbox = w->inbox,
        .query_timeout_ns = c->query_timeout_ns,
        .status = api_status,
        .probes = api_probes,
        .metrics = api_metrics,
        .arg = &w->status,
    };
    w->api = api_start(&options, why);
    return w->api ? 0 : -why->code;
}

static void to_store(void *arg, struct batch *b)
{
    store_consume(arg, b); /* a full queue is counted by the store and told in its losses */
}

static void to_live(void *arg, struct batch *b)
{
    live_publish(arg, b);
}

static bool somebody_listens(void *arg, const struct table *t)
{
    return live_wanted(arg, t);
}

static int start_parts(struct worker *w, struct err *why)
{
    int rc = open_store(w, why);
    if (rc < 0)
        return rc;
    w->live = live_create();
    w->inbox = inbox_create();
    const struct sink_consumer consumers[] = {
        {to_store, NULL, w->store}, {to_live, somebody_listens, w->live}, {exporters_consume, NULL, NULL}};
    w->sink = sink_create(consumers, sizeof consumers / sizeof consumers[0], why);
    w->broker = broker_connect(w->start->broker_fd);
    if (!w->live || !w->inbox || !w->sink || !w->broker)
        return err_set(why, ENOMEM, "out of memory");
    if (w->recovery.unclean)
        sink_loss(w->sink, "agent", "the last run ended without closing: up to a second of rows before its end is missing", SINK_UNKNOWN);
    if (w->start->again)
        sink_loss(w->sink, "agent", "the worker died and was started again", SINK_UNKNOWN);
    status_init(&w->status, w->start, w->sink, w->store, w->inbox, &w->sandbox);
    w->figures = (struct exporter_source){status_figures, &w->status};
    exporters_open(&w->figures);
    w->pipeline = pipeline_create(w->start->config, w->broker, w->sink, w->start->stats, why);
    if (!w->pipeline)
        return -why->code;
    status_set_pipeline(&w->status, w->pipeline);
    return start_api(w, why); /* last: whoever asks early waits in the socket's queue and sees a whole agent */
}

static void on_store_loss(void *arg, const char *reason, uint64_t rows)
{
    sink_loss(arg, "store", reason, rows);
}

static void on_sender_loss(void *arg, const char *table, uint64_t rows)
{
    sink_loss(arg, table, "the sender could not deliver them", rows);
}

/* After a burst the allocator keeps what the queue needed: it is given back once things are calm. */
static void give_back_memory(struct worker *w, int64_t now_boot_ns)
{
    struct store_stats st;
    if (now_boot_ns - w->trimmed_ns < TRIM_INTERVAL_S * (int64_t)NS_PER_S || status_worker_rss(&w->status) < TRIM_ABOVE_BYTES)
        return;
    store_stats(w->store, &st);
    if (st.queued_rows > TRIM_QUIET_ROWS)
        return;
    malloc_trim(0);
    w->trimmed_ns = now_boot_ns;
}

static void on_tick(void *arg, int64_t now_boot_ns)
{
    struct worker *w = arg;
    give_back_memory(w, now_boot_ns);
    store_take_losses(w->store, on_store_loss, w->sink);
    inbox_take_losses(w->inbox, on_sender_loss, w->sink);
    status_tick(&w->status, now_boot_ns);
    if (w->stop_at_ns && now_boot_ns >= w->stop_at_ns)
        on_stop(0);
}

static void stop_parts(struct worker *w)
{
    if (w->inbox)
        inbox_close(w->inbox);
    api_stop(w->api);
    pipeline_destroy(w->pipeline); /* collectors may add last rows as they close */
    if (w->sink && w->inbox)
        pipeline_take_in(w->sink, w->inbox);
    if (w->sink)
        sink_publish(w->sink);
    live_destroy(w->live);
    store_close(w->store);
    sink_destroy(w->sink);
    inbox_destroy(w->inbox);
    exporters_close();
    broker_disconnect(w->broker);
    status_free(&w->status);
}

/* The sanitizer maps terabytes. */
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#define UNDER_ASAN __has_feature(address_sanitizer)
#else
#define UNDER_ASAN 0
#endif

/* DuckDB's limit leaves out what its functions build (repeat, lpad …): one query must not take the host's memory. */
static void limit_memory(const struct agent_config *c)
{
    struct rlimit limit = {.rlim_cur = c->memory_limit_bytes * 2 + QUEUE_CEILING_BYTES + MEMORY_SLACK_BYTES};
    limit.rlim_max = limit.rlim_cur;
    if (c->split && !UNDER_ASAN)
        setrlimit(RLIMIT_DATA, &limit);
}

int worker_run(const struct worker_start *start)
{
    struct err why = {0};
    setenv("TZ", "UTC", 1); /* rows are in UTC; SQL's dates must agree */
    umask(027);             /* what rows say is not for everybody on the host */
    limit_memory(start->config);
    struct worker *w = calloc(1, sizeof *w);
    if (!w)
        return 1;
    w->start = start;
    int64_t began = clock_boot_ns();
    if (start->config->duration_ns)
        w->stop_at_ns = began + (int64_t)start->config->duration_ns;
    int rc = catch_signals(&why);
    if (!rc)
        rc = enter_sandbox(w, &why);
    if (!rc)
        rc = start_parts(w, &why);
    if (stop_asked()) {
        rc = 0; /* during the start: what failed then did so because the other half stops, too */
    } else if (!rc) {
        banner_print(start, w->pipeline, &w->sandbox, clock_boot_ns() - began);
        pipeline_run(w->pipeline, w->inbox, stop_fd, on_tick, w);
    } else {
        log_error("%s", why.text);
    }
    stop_parts(w);
    free(w);
    return rc ? 1 : 0;
}
