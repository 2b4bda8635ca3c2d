/* api: a real server on a unix and a TCP socket over a real store, asked with libcurl. */
#include "api/api.h"
#include "api/live.h"
#include "base/clock.h"
#include "store/store.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <dirent.h>
#include <ftw.h>
#include <jansson.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TOKEN    "correct-horse"

static const struct column columns[] = {
    COLUMN_TIME("when"),
    {"pid", TYPE_I32, ROLE_IDENTITY, NULL, "the process"},
    {"comm", TYPE_TEXT, ROLE_DIMENSION, NULL, "its name"},
    {"latency_ns", TYPE_U64, ROLE_MEASURE, "ns", "how long"},
};
static const struct table events = TABLE("events", "things that happened", columns);
static const struct table *const tables[] = {&events};

static char dir[] = "/tmp/sonde-api-XXXXXX";
static char socket_path[64];
static int tcp_port;
static struct store *store;
static struct live *live;
static struct batch_pool *pool;
static struct api *api;

static void say_status(void *arg, struct text *out)
{
    text_addf(out, "{\"says\":\"%s\"}", (const char *)arg);
}

static void say_metrics(void *arg, struct text *out)
{
    (void)arg;
    text_adds(out, "# TYPE sonde_up gauge\nsonde_up 1\n");
}

static int listen_unix(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(socket_path, sizeof socket_path, "%s/sock", dir);
    strcpy(address.sun_path, socket_path);
    unlink(socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 16), 0);
    return fd;
}

static int listen_tcp(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    tcp_port = ntohs(address.sin_port);
    return fd;
}

static void start(void)
{
    struct err why = {0};
    struct api_options options = {
        .unix_fd = listen_unix(),
        .tcp_fd = listen_tcp(),
        .token = TOKEN,
        .store = store,
        .live = live,
        .query_timeout_ns = 60ULL * NS_PER_S,
        .status = say_status,
        .metrics = say_metrics,
        .arg = "fine",
    };
    api = api_start(&options, &why);
    if (!api)
        fail_msg("%s", why.text);
}

static struct batch *make_batch(int first_pid, int n, const char *comm)
{
    struct batch *b = batch_take(pool);
    for (int i = 0; i < n; i++) {
        batch_add_row(b);
        batch_set_time(b, 0, clock_utc_ns());
        batch_set_i32(b, 1, first_pid + i);
        batch_set_text(b, 2, comm, strlen(comm));
        if (i % 2 == 0)
            batch_set_u64(b, 3, (uint64_t)i * 1000);
    }
    return b;
}

static int setup(void **state)
{
    (void)state;
    struct err why = {0};
    struct store_recovery recovery;
    assert_non_null(mkdtemp(dir));
    struct store_options options = {
        .dir = dir,
        .retention_ns = 24 * 3600ULL * NS_PER_S,
        .max_disk_bytes = 1ULL << 30,
        .segment_ns = 3600ULL * NS_PER_S,
        .memory_limit_bytes = 256 << 20,
        .queue_ceiling_bytes = 64 << 20,
        .tables = tables,
        .n_tables = COUNT(tables),
    };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    store = store_open(&options, &recovery, &why);
    if (!store)
        fail_msg("%s", why.text);
    live = live_create();
    pool = batch_pool_create(&events, 4);
    struct batch *b = make_batch(1, 100, "bash");
    assert_true(store_consume(store, b));
    batch_drop(b);
    assert_int_equal(store_flush(store, 30000), 0);
    start();
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st, (void)flag, (void)at;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    api_stop(api);
    live_destroy(live);
    store_close(store);
    batch_pool_destroy(pool);
    curl_global_cleanup();
    return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- a client ---- */

struct reply {
    long status;
    CURLcode result;
    struct text head, body; /* head: header lines and trailers */
    pthread_mutex_t lock;
    pthread_cond_t more;
    bool ended;
};

struct request {
    const char *method, *path, *body, *headers[3];
    bool tcp;
};

static size_t add_bytes(struct text *to, const char *bytes, size_t n, struct reply *r)
{
    pthread_mutex_lock(&r->lock);
    text_add(to, bytes, n);
    pthread_cond_broadcast(&r->more);
    pthread_mutex_unlock(&r->lock);
    return n;
}

static size_t on_body(char *bytes, size_t one, size_t n, void *arg)
{
    struct reply *r = arg;
    return add_bytes(&r->body, bytes, one * n, r);
}

static size_t on_head(char *bytes, size_t one, size_t n, void *arg)
{
    struct reply *r = arg;
    return add_bytes(&r->head, bytes, one * n, r);
}

static void reply_init(struct reply *r)
{
    *r = (struct reply){0};
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->more, NULL);
    text_adds(&r->head, "");
    text_adds(&r->body, "");
}

static void reply_free(struct reply *r)
{
    if (!r->head.bytes)
        return;
    text_free(&r->head);
    text_free(&r->body);
    pthread_cond_destroy(&r->more);
    pthread_mutex_destroy(&r->lock);
}

static void perform(const struct request *q, struct reply *r)
{
    char url[2048];
    CURL *c = curl_easy_init();
    struct curl_slist *headers = NULL;
    snprintf(url, sizeof url, "http://localhost:%d%s", q->tcp ? tcp_port : 80, q->path);
    for (size_t i = 0; i < COUNT(q->headers); i++)
        if (q->headers[i])
            headers = curl_slist_append(headers, q->headers[i]);
    headers = curl_slist_append(headers, "Expect:");
    curl_easy_setopt(c, CURLOPT_URL, url);
    if (!q->tcp)
        curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, socket_path);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    if (q->body)
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->body);
    curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, r);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_head);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, r);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    r->result = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &r->status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
    pthread_mutex_lock(&r->lock);
    r->ended = true;
    pthread_cond_broadcast(&r->more);
    pthread_mutex_unlock(&r->lock);
}

struct background {
    struct request request;
    struct reply reply;
    pthread_t thread;
};

static void *perform_there(void *arg)
{
    struct background *b = arg;
    perform(&b->request, &b->reply);
    return NULL;
}

static void background_start(struct background *b, const char *method, const char *path, const char *body)
{
    b->request = (struct request){.method = method, .path = path, .body = body};
    reply_init(&b->reply);
    pthread_create(&b->thread, NULL, perform_there, b);
}

static void background_join(struct background *b)
{
    pthread_join(b->thread, NULL);
}

/* Waits until the part is in what came; fails when the answer ends without it. */
static void await(struct reply *r, const struct text *in, const char *part)
{
    pthread_mutex_lock(&r->lock);
    while (!strstr(in->bytes, part) && !r->ended)
        pthread_cond_wait(&r->more, &r->lock);
    bool found = strstr(in->bytes, part);
    pthread_mutex_unlock(&r->lock);
    if (!found)
        fail_msg("ended without \"%s\": %s%s", part, r->head.bytes, r->body.bytes);
}

static long post(const char *path, const char *sql, struct reply *r)
{
    struct request q = {.method = "POST", .path = path, .body = sql};
    reply_init(r);
    perform(&q, r);
    return r->status;
}

/* ---- queries ---- */

static const struct {
    const char *path, *sql, *body, *trailers[2];
} answers[] = {
    {"/v1/query",
     "SELECT pid, comm FROM events WHERE pid <= 2 ORDER BY pid",
     "[{\"pid\":1,\"comm\":\"bash\"},\n{\"pid\":2,\"comm\":\"bash\"}]\n",
     {"Sonde-Status: ok", "Sonde-Rows: 2"}},
    {"/v1/query?format=json", "SELECT 1 AS a WHERE false", "[]\n", {"Sonde-Status: ok", "Sonde-Rows: 0"}},
    {"/v1/query?format=jsonl", "SELECT count(*) AS n FROM events", "{\"n\":100}\n", {"application/x-ndjson", "Sonde-Rows: 1"}},
    {"/v1/query?format=csv",
     "SELECT pid, latency_ns FROM events WHERE pid < 3 ORDER BY 1",
     "pid,latency_ns\n1,0\n2,\n",
     {"text/csv", "Sonde-Rows: 2"}},
    {"/v1/query?format=rows&timeout_ms=5000&id=a",
     "SELECT pid FROM events WHERE pid = 7",
     "{\"columns\":[{\"name\":\"pid\",\"type\":\"INTEGER\"}]}\n[7]\n",
     {"Sonde-Status: ok", "Sonde-Rows: 1"}},
};

static void formats_are_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct reply r;
        assert_int_equal(post(answers[i].path, answers[i].sql, &r), 200);
        assert_string_equal(r.body.bytes, answers[i].body);
        for (size_t k = 0; k < 2; k++)
            if (!strstr(r.head.bytes, answers[i].trailers[k]))
                fail_msg("%s: no \"%s\" in %s", answers[i].path, answers[i].trailers[k], r.head.bytes);
        reply_free(&r);
    }
}

static void parquet_is_answered(void **state)
{
    (void)state;
    struct reply r;
    assert_int_equal(post("/v1/query?format=parquet", "SELECT * FROM events", &r), 200);
    assert_true(r.body.length > 100);
    assert_memory_equal(r.body.bytes, "PAR1", 4);
    assert_memory_equal(r.body.bytes + r.body.length - 4, "PAR1", 4);
    assert_non_null(strstr(r.head.bytes, "Sonde-Rows: 100"));
    reply_free(&r);
}

static void a_huge_parquet_file_is_given_up(void **state)
{
    (void)state;
    struct reply r;
    assert_int_equal(post("/v1/query?format=parquet", "SELECT hash(range) AS a, hash(range + 1) AS b FROM range(100000000000)", &r), 507);
    assert_non_null(strstr(r.body.bytes, "grew beyond 256 MiB"));
    reply_free(&r);
    char tmp[64];
    snprintf(tmp, sizeof tmp, "%s/tmp", dir);
    DIR *d = opendir(tmp);
    for (struct dirent *e; (e = readdir(d));)
        assert_null(strstr(e->d_name, ".parquet"));
    closedir(d);
}

static void large_results_stream(void **state)
{
    (void)state;
    struct reply r;
    assert_int_equal(post("/v1/query?format=csv", "SELECT range AS i FROM range(1000000)", &r), 200);
    const char *at = r.body.bytes;
    size_t lines = 0;
    for (; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 1000001);
    assert_non_null(strstr(r.body.bytes, "\n999999\n"));
    assert_non_null(strstr(r.head.bytes, "Sonde-Rows: 1000000"));
    reply_free(&r);
}

static void a_late_error_is_in_the_trailers(void **state)
{
    (void)state;
    struct reply r;
    static const char sql[] = "SELECT CASE WHEN range < 3000000 THEN '1' ELSE 'x' END::INTEGER AS i FROM range(4000000)";
    assert_int_equal(post("/v1/query?format=csv", sql, &r), 200);
    assert_non_null(strstr(r.head.bytes, "Sonde-Status: error"));
    assert_non_null(strstr(r.head.bytes, "Sonde-Error: "));
    assert_non_null(strstr(r.head.bytes, "Could not convert"));
    reply_free(&r);
    assert_int_equal(post("/v1/query?format=csv&timeout_ms=300", "SELECT range AS i FROM range(100000000000)", &r), 200);
    assert_non_null(strstr(r.head.bytes, "Sonde-Status: timeout"));
    reply_free(&r);
}

static const char endless[] = "SELECT count(*) FROM range(10000000000) a, range(10000000000) b WHERE hash(a.range + b.range) = 1";

static const struct {
    const char *method, *path, *body;
    long status;
    const char *says;
} failures[] = {
    {"POST", "/v1/query", "SELCT 1", 400, "syntax error"},
    {"POST", "/v1/query", "", 400, "empty"},
    {"POST", "/v1/query", "DROP TABLE events", 400, "DROP is not allowed"},
    {"POST", "/v1/query", "SELECT * FROM read_csv('/etc/passwd')", 400, "read_csv() is not allowed"},
    {"POST", "/v1/query?format=parquet", "EXPLAIN SELECT 1", 400, "Parquet"},
    {"POST", "/v1/query?format=xml", "SELECT 1", 400, "jsonl"},
    {"POST", "/v1/query?timeout_ms=soon", "SELECT 1", 400, "whole number"},
    {"POST", "/v1/query?timeout_ms=50", endless, 408, "0.05 s"},
    {"GET", "/v1/query", NULL, 405, "allowed: POST, DELETE"},
    {"DELETE", "/v1/query", NULL, 400, "which query"},
    {"DELETE", "/v1/query?id=nobody", NULL, 404, "nobody"},
    {"GET", "/v1/nothing", NULL, 404, "POST /v1/query"},
    {"GET", "/", NULL, 404, "GET /healthz"},
    {"GET", "/v1/tables/nowhere", NULL, 404, "events"},
    {"POST", "/v1/status", "", 405, "allowed: GET"},
    {"GET", "/v1/probes", NULL, 503, "nothing to say"},
    {"GET", "/v1/tail", NULL, 400, "table=NAME"},
    {"GET", "/v1/tail?table=nowhere", NULL, 404, "events"},
    {"GET", "/v1/tail?table=events&format=json", NULL, 400, "jsonl, csv or rows"},
    {"GET", "/v1/tail?table=events&n=-1", NULL, 400, "whole number"},
    {"GET", "/v1/tail?table=events&where=pidd%3D1", NULL, 400, "did you mean \\\"pid\\\""},
    {"GET", "/v1/tail?table=events&where=1)UNION%20SELECT(1", NULL, 400, "more than one expression"},
    {"GET", "/v1/tail?table=events&where=comm", NULL, 400, "not true or false"},
    {"GET", "/v1/tail?table=events&where=", NULL, 400, "where= is empty"},
    {"GET", "/v1/tail?table=events&where", NULL, 400, "where= is empty"},
    {"PROPFIND", "/v1/tables/events", NULL, 405, "allowed: GET"},
    {"GET", "/v1/%FF%22", NULL, 404, "there is no /v1/\xef\xbf\xbd\\\""},
};

static void failures_are_sentences(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(failures); i++) {
        struct request q = {.method = failures[i].method, .path = failures[i].path, .body = failures[i].body};
        struct reply r;
        reply_init(&r);
        perform(&q, &r);
        if (r.status != failures[i].status || !strstr(r.body.bytes, failures[i].says) || strncmp(r.body.bytes, "{\"error\":\"", 10))
            fail_msg("%s %s: %ld %s", q.method, q.path, r.status, r.body.bytes);
        reply_free(&r);
    }
}

static void a_refused_method_has_its_allow_header(void **state)
{
    (void)state;
    struct request q = {.method = "PUT", .path = "/v1/query"};
    struct reply r;
    reply_init(&r);
    perform(&q, &r);
    assert_int_equal(r.status, 405);
    assert_non_null(strstr(r.head.bytes, "Allow: POST, DELETE\r\n"));
    reply_free(&r);
}

static void large_bodies_are_refused(void **state)
{
    (void)state;
    struct reply r;
    char *sql = malloc((1 << 20) + 100);
    memset(sql, ' ', (1 << 20) + 99);
    sql[(1 << 20) + 99] = 0;
    assert_int_equal(post("/v1/query", sql, &r), 413);
    reply_free(&r);
    free(sql);
}

static void a_query_is_cancelled_by_name(void **state)
{
    (void)state;
    struct background b;
    struct request q = {.method = "DELETE", .path = "/v1/query?id=long"};
    struct reply r = {0};
    background_start(&b, "POST", "/v1/query?id=long", endless);
    do { /* it is not there at first */
        reply_free(&r);
        reply_init(&r);
        perform(&q, &r);
    } while (r.status == 404);
    assert_int_equal(r.status, 200);
    reply_free(&r);
    background_join(&b);
    assert_int_equal(b.reply.status, 499);
    assert_string_equal(b.reply.body.bytes, "{\"error\":\"the query was cancelled\"}\n");
    reply_free(&b.reply);
}

static int connect_unix(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, socket_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static int send_endless(const char *id)
{
    struct text request = {0};
    int fd = connect_unix();
    text_addf(&request, "POST /v1/query?id=%s HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n%s", id, strlen(endless), endless);
    assert_int_equal(send(fd, request.bytes, request.length, 0), request.length);
    text_free(&request);
    return fd;
}

static long status_with(const char *id)
{
    struct reply r;
    char path[64];
    snprintf(path, sizeof path, "/v1/query?id=%s", id);
    long status = post(path, "SELECT 1", &r);
    reply_free(&r);
    return status;
}

/* A connection whose query runs: its id is taken. It may have been refused because our own question had the id: then again. */
static int run_endless(const char *id)
{
    int fd = send_endless(id);
    while (status_with(id) != 400) {
        struct pollfd answered = {.fd = fd, .events = POLLIN};
        if (poll(&answered, 1, 0) == 1) {
            close(fd);
            fd = send_endless(id);
        }
    }
    return fd;
}

static void a_client_that_leaves_ends_its_query(void **state)
{
    (void)state;
    close(run_endless("left"));
    while (status_with("left") != 200)
        ;
}

/* ---- the live stream ---- */

static void publish(int first_pid, int n, const char *comm)
{
    struct batch *b = make_batch(first_pid, n, comm);
    live_publish(live, b);
    batch_drop(b);
}

static void tail_gives_each_batch_at_once(void **state)
{
    (void)state;
    struct background b;
    background_start(&b, "GET", "/v1/tail?table=events&format=rows&n=5", NULL);
    await(&b.reply, &b.reply.body, "\"columns\"");
    publish(1000, 1, "one");
    await(&b.reply, &b.reply.body, ",1000,\"one\",0]\n");
    publish(1001, 1, "bad \xff utf");
    await(&b.reply, &b.reply.body, ",1001,\"bad \\\\xff utf\",0]\n");
    publish(2000, 100, "more");
    background_join(&b);
    assert_int_equal(b.reply.result, CURLE_OK);
    assert_non_null(strstr(b.reply.body.bytes, ",2002,\"more\",2000]\n"));
    assert_null(strstr(b.reply.body.bytes, ",2003,"));
    assert_non_null(strstr(b.reply.head.bytes, "Sonde-Rows: 5"));
    assert_non_null(strstr(b.reply.head.bytes, "Sonde-Lost: 0"));
    reply_free(&b.reply);
}

static void tail_filters(void **state)
{
    (void)state;
    struct background b;
    background_start(&b, "GET", "/v1/tail?table=events&format=csv&n=2&where=comm%20LIKE%20'ba%25'%20AND%20latency_ns%20IS%20NULL", NULL);
    await(&b.reply, &b.reply.body, "time,pid,comm,latency_ns\n");
    publish(1, 10, "zsh");
    publish(20, 4, "bash");
    background_join(&b);
    assert_non_null(strstr(b.reply.body.bytes, ",21,bash,\n"));
    assert_non_null(strstr(b.reply.body.bytes, ",23,bash,\n"));
    assert_null(strstr(b.reply.body.bytes, ",20,bash"));
    assert_null(strstr(b.reply.body.bytes, "zsh"));
    reply_free(&b.reply);
}

static void tail_sends_its_head_before_any_row(void **state)
{
    (void)state;
    struct background b;
    background_start(&b, "GET", "/v1/tail?table=events&n=1", NULL);
    await(&b.reply, &b.reply.head, "\r\n\r\n");
    publish(5, 1, "x");
    background_join(&b);
    assert_non_null(strstr(b.reply.body.bytes, "\"pid\":5,\"comm\":\"x\",\"latency_ns\":0}\n"));
    reply_free(&b.reply);
}

static void tail_tells_a_failing_filter(void **state)
{
    (void)state;
    struct background b;
    background_start(&b, "GET", "/v1/tail?table=events&format=rows&where=comm%3A%3AINTEGER%3D1", NULL);
    await(&b.reply, &b.reply.body, "\"columns\"");
    publish(5, 1, "x");
    background_join(&b);
    assert_non_null(strstr(b.reply.head.bytes, "Sonde-Status: error"));
    assert_non_null(strstr(b.reply.head.bytes, "Sonde-Error: Conversion"));
    reply_free(&b.reply);
}

/* A connection whose tail runs: it wants nothing of what is published. */
static int run_quiet_tail(void)
{
    static const char request[] = "GET /v1/tail?table=events&where=false HTTP/1.1\r\nHost: x\r\n\r\n";
    char head[512];
    int fd = connect_unix();
    assert_int_equal(send(fd, request, sizeof request - 1, 0), sizeof request - 1);
    assert_true(recv(fd, head, sizeof head, 0) > 0);
    assert_true(live_wanted(live, &events));
    return fd;
}

/* Neither a stream without batches nor one whose filter takes none of them keeps its slot after its client. */
static void a_client_that_leaves_ends_its_tail(void **state)
{
    (void)state;
    close(run_quiet_tail());
    while (live_wanted(live, &events))
        sched_yield();
    close(run_quiet_tail());
    while (live_wanted(live, &events))
        publish(1, 1, "x");
}

/* A wait without limit ends with its client. */
static void a_listener_wakes_when_its_client_leaves(void **state)
{
    (void)state;
    int ends[2];
    uint64_t lost;
    struct live_listener *listener = live_listen(live, &events);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    publish(1, 1, "x");
    close(ends[1]);
    struct batch *b = live_next(listener, ends[0], -1, &lost);
    assert_non_null(b);
    batch_drop(b);
    assert_null(live_next(listener, ends[0], -1, &lost));
    close(ends[0]);
    live_close(listener);
}

static void a_slow_listener_loses_and_is_told(void **state)
{
    (void)state;
    uint64_t lost = 0, taken = 0;
    struct live_listener *listener = live_listen(live, &events);
    for (int i = 0; i < LIVE_QUEUE_BATCHES + 3; i++)
        publish(i, 2, "x");
    struct batch *b = live_next(listener, -1, 0, &lost);
    assert_int_equal(lost, 6);
    for (; b; b = live_next(listener, -1, 0, &lost)) {
        taken += b->rows;
        batch_drop(b);
    }
    assert_int_equal(taken, 2 * LIVE_QUEUE_BATCHES);
    assert_int_equal(lost, 0);
    for (int i = 0; i < LIVE_QUEUE_ROWS / BATCH_ROWS + 1; i++)
        publish(i, BATCH_ROWS, "x");
    batch_drop(live_next(listener, -1, 0, &lost));
    assert_int_equal(lost, BATCH_ROWS);
    live_end(listener);
    assert_null(live_next(listener, -1, 1000000, &lost));
    live_close(listener);
}

/* ---- about the agent, and who may ask ---- */

static const struct {
    const char *path, *host, *authorization;
    long status;
} doors[] = {
    {"/v1/status", NULL, NULL, 401},
    {"/v1/status", NULL, "Authorization: Bearer wrong", 401},
    {"/v1/status", NULL, "Authorization: Bearer correct-horse-", 401},
    {"/v1/status", NULL, "Authorization: Basic " TOKEN, 401},
    {"/v1/status", NULL, "Authorization: Bearer " TOKEN, 200},
    {"/v1/status", "Host: 127.0.0.1:99", "Authorization: Bearer " TOKEN, 200},
    {"/v1/status", "Host: [::1]:99", "Authorization: bearer " TOKEN, 200},
    {"/v1/status", "Host: evil.example", "Authorization: Bearer " TOKEN, 403},
    {"/v1/status", "Host: localhost.evil.example", "Authorization: Bearer " TOKEN, 403},
    {"/v1/nothing", NULL, NULL, 401},
    {"/metrics", NULL, NULL, 200},
    {"/healthz", NULL, NULL, 200},
    {"/metrics", "Host: evil.example", NULL, 403},
};

static void tcp_asks_for_the_token(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(doors); i++) {
        struct request q = {.method = "GET", .path = doors[i].path, .tcp = true, .headers = {doors[i].host, doors[i].authorization}};
        struct reply r;
        reply_init(&r);
        perform(&q, &r);
        if (r.status != doors[i].status)
            fail_msg("%zu %s: %ld %s", i, q.path, r.status, r.body.bytes);
        assert_true(r.status != 401 || strstr(r.head.bytes, "WWW-Authenticate: Bearer"));
        reply_free(&r);
    }
}

static void get(const char *path, struct reply *r)
{
    struct request q = {.method = "GET", .path = path};
    reply_init(r);
    perform(&q, r);
    assert_int_equal(r->status, 200);
}

static void the_agent_tells_about_itself(void **state)
{
    (void)state;
    struct reply r;
    get("/v1/status", &r);
    assert_string_equal(r.body.bytes, "{\"says\":\"fine\"}");
    reply_free(&r);
    get("/metrics", &r);
    assert_non_null(strstr(r.head.bytes, "text/plain; version=0.0.4"));
    assert_non_null(strstr(r.body.bytes, "sonde_up 1\n"));
    reply_free(&r);
    get("/v1/tables", &r);
    json_t *all = json_loads(r.body.bytes, 0, NULL);
    assert_int_equal(json_array_size(all), 1);
    reply_free(&r);
    get("/v1/tables/events", &r);
    json_t *one = json_loads(r.body.bytes, 0, NULL);
    assert_true(json_equal(one, json_array_get(all, 0)));
    json_t *column = json_array_get(json_object_get(one, "columns"), 3);
    assert_string_equal(json_string_value(json_object_get(column, "name")), "latency_ns");
    assert_string_equal(json_string_value(json_object_get(column, "sql_type")), "UBIGINT");
    assert_string_equal(json_string_value(json_object_get(column, "unit")), "ns");
    assert_string_equal(json_string_value(json_object_get(column, "role")), "measure");
    json_decref(all);
    json_decref(one);
    reply_free(&r);
}

static void stop_ends_queries_and_tails(void **state)
{
    (void)state;
    struct background tail, stream;
    char answer[256] = "";
    background_start(&tail, "GET", "/v1/tail?table=events&format=rows", NULL);
    background_start(&stream, "POST", "/v1/query?format=rows", "SELECT range FROM range(100000000000)");
    await(&tail.reply, &tail.reply.body, "\"columns\"");
    await(&stream.reply, &stream.reply.body, "\"columns\"");
    int query = run_endless("stop");
    api_stop(api);
    while (recv(query, answer, sizeof answer - 1, 0) > 0)
        ;
    close(query);
    background_join(&tail);
    background_join(&stream);
    reply_free(&tail.reply);
    reply_free(&stream.reply);
    start();
    struct reply r;
    assert_int_equal(post("/v1/query", "SELECT 1", &r), 200);
    reply_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_are_answered),
        cmocka_unit_test(parquet_is_answered),
        cmocka_unit_test(a_huge_parquet_file_is_given_up),
        cmocka_unit_test(large_results_stream),
        cmocka_unit_test(a_late_error_is_in_the_trailers),
        cmocka_unit_test(failures_are_sentences),
        cmocka_unit_test(a_refused_method_has_its_allow_header),
        cmocka_unit_test(large_bodies_are_refused),
        cmocka_unit_test(a_query_is_cancelled_by_name),
        cmocka_unit_test(a_client_that_leaves_ends_its_query),
        cmocka_unit_test(tail_gives_each_batch_at_once),
        cmocka_unit_test(tail_filters),
        cmocka_unit_test(tail_sends_its_head_before_any_row),
        cmocka_unit_test(tail_tells_a_failing_filter),
        cmocka_unit_test(a_client_that_leaves_ends_its_tail),
        cmocka_unit_test(a_listener_wakes_when_its_client_leaves),
        cmocka_unit_test(a_slow_listener_loses_and_is_told),
        cmocka_unit_test(tcp_asks_for_the_token),
        cmocka_unit_test(the_agent_tells_about_itself),
        cmocka_unit_test(stop_ends_queries_and_tails),
    };
    return cmocka_run_group_tests_name("api", tests, setup, teardown);
}
