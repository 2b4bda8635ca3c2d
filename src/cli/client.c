#include "cli/client.h"

#include "api/api.h"
#include "cli/interrupt.h"
#include "cli/output.h"

#include <curl/curl.h>
#include <grp.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { REFUSAL_CEILING = 64 * 1024, FETCH_CEILING = 16 * 1024 * 1024, CANCEL_TIMEOUT_MS = 2000 };

struct exchange {
    const struct client_request *request;
    struct client_answer *answer;
    CURLM *multi;
    CURL *easy;
    struct curl_slist *headers;
    struct text refusal; /* the body of an answer >= 400 */
    char error[512];     /* trailer Sonde-Error */
    bool stopped;
    bool ended;
    CURLcode result;
};

/* "Name: value\r\n": the value without blanks around it when the name is the one given. */
static bool header_value(const char *line, size_t n, const char *name, char *value, size_t size)
{
    size_t k = strlen(name);
    if (n <= k || strncasecmp(line, name, k) || line[k] != ':')
        return false;
    line += k + 1;
    n -= k + 1;
    for (; n && (*line == ' ' || *line == '\t'); n--)
        line++;
    while (n && (line[n - 1] == '\r' || line[n - 1] == '\n' || line[n - 1] == ' '))
        n--;
    snprintf(value, size, "%.*s", (int)n, line);
    return true;
}

/* Headers, and the trailers after a chunked body. */
static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
    struct exchange *x = arg;
    char number[24];
    size_t n = size * count;
    header_value(line, n, "Sonde-Error", x->error, sizeof x->error);
    header_value(line, n, "Sonde-Status", x->answer->status, sizeof x->answer->status);
    if (header_value(line, n, "Sonde-Rows", number, sizeof number))
        x->answer->rows = strtoull(number, NULL, 10);
    if (header_value(line, n, "Sonde-Gaps", number, sizeof number))
        x->answer->gaps = strtoull(number, NULL, 10);
    if (header_value(line, n, "Sonde-Gaps-In", number, sizeof number))
        x->answer->gaps_in_answer = !strcmp(number, "answer");
    if (header_value(line, n, "Sonde-Lost", number, sizeof number))
        x->answer->lost = strtoull(number, NULL, 10);
    return n;
}

static size_t on_data(char *bytes, size_t size, size_t count, void *arg)
{
    struct exchange *x = arg;
    size_t n = size * count;
    long status = 0;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 400) {
        text_add(&x->refusal, bytes, n);
        return n;
    }
    if (n && !x->request->data(x->request->arg, bytes, n)) {
        x->stopped = true;
        return 0;
    }
    return n;
}

static CURL *request_handle(const char *socket, const char *path)
{
    CURL *easy = curl_easy_init();
    struct text url = {0};
    text_addf(&url, "http://localhost%s", path);
    if (easy && url.bytes) {
        curl_easy_setopt(easy, CURLOPT_URL, url.bytes);
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket);
        curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* whatever the environment says */
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    }
    text_free(&url);
    return easy;
}

static size_t discard(char *bytes, size_t size, size_t count, void *arg)
{
    (void)bytes;
    (void)arg;
    return size * count;
}

static int give_up_at_second_signal(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)arg, (void)a, (void)b, (void)c, (void)d;
    return interrupt_count() > 1;
}

/* Tells the agent to end the query. Its answer does not matter: closing the connection comes next. */
static void cancel(const struct client_request *r)
{
    CURL *easy = r->cancel_path ? request_handle(r->socket, r->cancel_path) : NULL;
    if (!easy)
        return;
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)CANCEL_TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, give_up_at_second_signal);
    curl_easy_perform(easy);
    curl_easy_cleanup(easy);
}

static bool exchange_open(struct exchange *x)
{
    const struct client_request *r = x->request;
    x->multi = curl_multi_init();
    x->easy = request_handle(r->socket, r->path);
    x->headers = curl_slist_append(NULL, "Expect:"); /* no waiting for 100 Continue */
    if (!x->multi || !x->easy || !x->headers)
        return false;
    if (r->body) {
        curl_easy_setopt(x->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, r->body);
        curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_size);
        struct curl_slist *more = curl_slist_append(x->headers, "Content-Type: text/plain; charset=utf-8");
        x->headers = more ? more : x->headers;
    }
    if (r->method)
        curl_easy_setopt(x->easy, CURLOPT_CUSTOMREQUEST, r->method);
    curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
    curl_easy_setopt(x->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(x->easy, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(x->easy, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(x->easy, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(x->easy, CURLOPT_BUFFERSIZE, 256L * 1024);
    return curl_multi_add_handle(x->multi, x->easy) == CURLM_OK;
}

static void exchange_close(struct exchange *x)
{
    if (x->multi && x->easy)
        curl_multi_remove_handle(x->multi, x->easy);
    curl_easy_cleanup(x->easy);
    curl_multi_cleanup(x->multi);
    curl_slist_free_all(x->headers);
    text_free(&x->refusal);
}

static void take_result(struct exchange *x)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(x->multi, &left));)
        if (m->msg == CURLMSG_DONE) {
            x->ended = true;
            x->result = m->data.result;
        }
}

/* Sleeps until bytes, a signal, the reader's end or the time for `idle`. */
static void wait_for_more(struct exchange *x)
{
    const struct client_request *r = x->request;
    struct curl_waitfd extra[] = {{.fd = interrupt_fd(), .events = CURL_WAIT_POLLIN}, {.fd = STDOUT_FILENO}};
    int wait = r->wait_ms ? r->wait_ms(r->arg) : -1;
    if (wait != 0)
        curl_multi_poll(x->multi, extra, 2, wait < 0 ? 60000 : wait, NULL);
    if (output_closed() || (r->wait_ms && r->wait_ms(r->arg) == 0 && !r->idle(r->arg)))
        x->stopped = true;
}

/* Until the end, a signal, or no more interest. */
static void exchange_pump(struct exchange *x)
{
    int running;
    while (!x->ended && !x->stopped && !interrupt_count()) {
        if (curl_multi_perform(x->multi, &running) != CURLM_OK) {
            x->ended = true;
            x->result = CURLE_OUT_OF_MEMORY;
        }
        take_result(x);
        if (!x->ended && !x->stopped)
            wait_for_more(x);
    }
}

/* Why connecting fails: libcurl does not say. */
static int connect_errno(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof a.sun_path)
        return ENAMETOOLONG;
    strcpy(a.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int code = fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) ? errno : 0;
    if (fd >= 0)
        close(fd);
    return code;
}

static int explain_connect(const char *path, struct err *why)
{
    struct stat st;
    int code = connect_errno(path);
    const struct group *g = code == EACCES && !stat(path, &st) ? getgrgid(st.st_gid) : NULL;
    if (code == EACCES && g && strcmp(g->gr_name, "root"))
        return err_set(why, code, "permission denied on %s; use sudo, or join the group %s", path, g->gr_name);
    if (code == EACCES)
        return err_set(why, code, "permission denied on %s; it is open to root only, use sudo", path);
    if (code == ENAMETOOLONG)
        return err_set(why, code, "the socket's path is too long for the kernel (107 bytes): %s", path);
    if (code == ENOENT || code == ECONNREFUSED)
        return err_set(why, code, "no agent listens on %s; start one with: sonde agent", path);
    if (!code || code == EAGAIN) /* the queue before the agent is full, or was when it was tried */
        return err_set(why, EAGAIN, "the agent on %s serves %d clients at once and has no room for another; end one, or try again", path,
                       API_CONNECTIONS);
    return err_set(why, code, "cannot connect to %s: %s", path, strerror(code));
}

/* {"error":"sentence"} */
static int explain_refusal(struct exchange *x, long status, struct err *why)
{
    json_t *root = json_loadb(x->refusal.bytes ? x->refusal.bytes : "", x->refusal.length, JSON_REJECT_DUPLICATES, NULL);
    const char *sentence = json_string_value(json_object_get(root, "error"));
    int rc =
        sentence ? err_set(why, EREMOTEIO, "%s", sentence) : err_set(why, EREMOTEIO, "the agent answered with HTTP status %ld", status);
    json_decref(root);
    return rc;
}

static enum client_end judge(struct exchange *x, struct err *why)
{
    const char *status = x->answer->status;
    long http = 0;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &http);
    if (interrupt_count()) {
        cancel(x->request);
        return CLIENT_INTERRUPTED;
    }
    if (x->stopped)
        return CLIENT_STOPPED;
    if (x->result == CURLE_COULDNT_CONNECT)
        explain_connect(x->request->socket, why);
    else if (!http && (x->result == CURLE_RECV_ERROR || x->result == CURLE_SEND_ERROR || x->result == CURLE_GOT_NOTHING))
        err_set(why, EPIPE, "the agent closed the connection without an answer: it already serves %d clients, or it was ended; try again",
                API_CONNECTIONS);
    else if (x->result == CURLE_PARTIAL_FILE || x->result == CURLE_RECV_ERROR || x->result == CURLE_GOT_NOTHING)
        err_set(why, EPIPE, "the agent closed the connection before the end of its answer");
    else if (x->result)
        err_set(why, EIO, "asking the agent on %s: %s", x->request->socket, curl_easy_strerror(x->result));
    else if (http >= 400)
        explain_refusal(x, http, why);
    else if (!*status || !strcmp(status, "ok"))
        return CLIENT_DONE;
    else
        err_set(why, EREMOTEIO, "%s", *x->error ? x->error : status);
    return CLIENT_FAILED;
}

enum client_end client_run(const struct client_request *r, struct client_answer *answer, struct err *why)
{
    struct exchange x = {.request = r, .answer = answer, .refusal.ceiling = REFUSAL_CEILING};
    enum client_end end = CLIENT_FAILED;
    *answer = (struct client_answer){0};
    interrupt_catch();
    if (strlen(r->socket) >= sizeof((struct sockaddr_un *)0)->sun_path) {
        explain_connect(r->socket, why);
    } else if (curl_global_init(CURL_GLOBAL_DEFAULT) || !exchange_open(&x)) {
        err_set(why, ENOMEM, "out of memory");
    } else {
        exchange_pump(&x);
        end = judge(&x, why);
    }
    exchange_close(&x);
    return end;
}

static bool collect(void *arg, const char *bytes, size_t n)
{
    struct text *t = arg;
    text_add(t, bytes, n);
    return !t->full;
}

enum client_end client_fetch(const char *socket, const char *path, struct text *body, struct err *why)
{
    struct client_answer answer;
    struct client_request r = {.socket = socket, .path = path, .data = collect, .arg = body};
    body->ceiling = FETCH_CEILING;
    enum client_end end = client_run(&r, &answer, why);
    if (!body->full)
        return end;
    err_set(why, EMSGSIZE, "the agent's answer is larger than 16 MiB, or memory ran out");
    return CLIENT_FAILED;
}

int client_exit(const struct command *c, enum client_end end, const struct err *why)
{
    switch (end) {
    case CLIENT_DONE:
    case CLIENT_STOPPED: return output_failed() ? EXIT_FAILED : EXIT_OK;
    case CLIENT_INTERRUPTED: fprintf(stderr, "sonde %s: cancelled\n", c->name); return interrupt_exit();
    case CLIENT_FAILED: break;
    }
    fprintf(stderr, "sonde %s: %s\n", c->name, why->text);
    return EXIT_FAILED;
}

const char *client_socket(const struct invocation *in)
{
    const char *from_environment = getenv("SONDE_SOCKET");
    if (!config_is_set(in->options, "socket") && from_environment && *from_environment)
        return from_environment;
    return config_text(in->options, "socket");
}

void client_add_parameter(struct text *path, const char *name, const char *value)
{
    char *escaped = curl_easy_escape(NULL, value, (int)strlen(value));
    text_addf(path, "%c%s=", path->bytes && strchr(path->bytes, '?') ? '&' : '?', name);
    text_adds(path, escaped ? escaped : "");
    curl_free(escaped);
}
