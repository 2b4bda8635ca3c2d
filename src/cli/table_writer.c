#include "cli/table_writer.h"

#include "base/clock.h"
#include "cli/client.h"
#include "table/describe.h"

#include <curl/curl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REQUEST_TIMEOUT_S = 30, AGAIN_MS = 500, ANSWER_CEILING = 64 * 1024 };

/* Lines of one table that go in one request. */
struct block {
    size_t table;
    struct text lines;
    uint64_t rows;
    struct block *next;
};

struct target {
    char name[64];
    struct text declaration;
    struct text lines; /* the open block's */
    uint64_t rows;
    int64_t since_ns;
    uint64_t untold; /* lost rows that the agent does not know of; under the lock, as the counts */
    struct table_counts counts;
};

struct table_writer {
    char *socket;
    void (*say)(void *arg, const char *sentence);
    void *arg;
    struct target targets[TABLE_WRITER_TABLES];
    size_t n;
    pthread_mutex_t lock;
    pthread_cond_t work;
    pthread_t thread;
    bool runs;
    int64_t end_ns; /* no more rows come, and then the thread gives up; 0: not yet */
    struct block *first, **last;
    uint64_t waiting;   /* bytes */
    bool away, refused; /* said once */
};

/* --- one request ------------------------------------------------------------------------------------------------------------ */

enum outcome {
    TAKEN,
    AGAIN,   /* not taken, and may be sent again */
    SKIP,    /* one row was refused: those after it may be sent */
    REFUSED, /* not taken, and never will be */
    UNKNOWN  /* sent, and no answer came */
};

struct answer {
    enum outcome outcome;
    uint64_t taken; /* rows, of those that were sent */
    uint64_t line;  /* the last line that was looked at, when not all were taken */
    bool undeclared;
    char words[512];
};

static bool too_late(struct table_writer *w)
{
    pthread_mutex_lock(&w->lock);
    bool late = w->end_ns && clock_mono_ns() >= w->end_ns;
    pthread_mutex_unlock(&w->lock);
    return late;
}

static size_t collect(char *bytes, size_t size, size_t count, void *arg)
{
    text_add(arg, bytes, size * count);
    return size * count;
}

static enum outcome failed(CURLcode code, struct answer *a, const char *socket)
{
    bool refused = code == CURLE_COULDNT_CONNECT;
    if (refused)
        snprintf(a->words, sizeof a->words, "no agent listens on %s", socket);
    else
        snprintf(a->words, sizeof a->words, "the agent on %s went away (%s)", socket, curl_easy_strerror(code));
    return refused ? AGAIN : UNKNOWN;
}

static enum outcome judge(long status, const json_t *root, struct answer *a)
{
    const char *sentence = json_string_value(json_object_get(root, "error"));
    a->taken = (uint64_t)json_integer_value(json_object_get(root, "taken"));
    a->line = (uint64_t)json_integer_value(json_object_get(root, "line"));
    snprintf(a->words, sizeof a->words, "%.400s", sentence ? sentence : "the agent's answer has no words");
    a->undeclared = status == 404;
    if (status < 300)
        return TAKEN;
    if (status == 400 && a->line)
        return SKIP;
    return status == 404 || status == 429 || status == 503 ? AGAIN : REFUSED;
}

static int give_up_late(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return too_late(arg);
}

static void request(struct table_writer *w, const char *method, const char *path, const char *body, size_t n, struct answer *a)
{
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    struct text url = {0}, reply = {.ceiling = ANSWER_CEILING};
    long status = 0;
    *a = (struct answer){.outcome = AGAIN, .words = "out of memory"};
    text_addf(&url, "http://localhost%s", path);
    if (easy && headers && !url.full) {
        curl_easy_setopt(easy, CURLOPT_URL, url.bytes);
        curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, w->socket);
        curl_easy_setopt(easy, CURLOPT_PROXY, "");
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &reply);
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, give_up_late);
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, w);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)REQUEST_TIMEOUT_S);
        CURLcode code = curl_easy_perform(easy);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        json_t *root = json_loadb(reply.bytes ? reply.bytes : "", reply.length, 0, NULL);
        a->outcome = code ? failed(code, a, w->socket) : judge(status, root, a);
        json_decref(root);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    text_free(&url);
    text_free(&reply);
}

/* --- the sender's thread ---------------------------------------------------------------------------------------------------- */

static void tell(struct table_writer *w, const char *format, const char *words)
{
    char sentence[700];
    snprintf(sentence, sizeof sentence, format, words);
    w->say(w->arg, sentence);
}

static void note_away(struct table_writer *w, bool away, const char *words)
{
    if (away && !w->away)
        tell(w, "%s; rows wait until it takes them again", words);
    if (!away && w->away)
        tell(w, "%s", "the agent takes rows again");
    w->away = away;
}

/* Rows of a block that are done: they leave it, and the counts know them. */
static void settle(struct table_writer *w, struct block *b, uint64_t rows, uint64_t *count)
{
    pthread_mutex_lock(&w->lock);
    *count += rows;
    b->rows -= rows;
    pthread_mutex_unlock(&w->lock);
}

static void told(struct table_writer *w, struct target *to, uint64_t lost)
{
    pthread_mutex_lock(&w->lock);
    to->untold -= lost;
    pthread_mutex_unlock(&w->lock);
}

static void drop_lines(struct text *t, uint64_t lines)
{
    size_t at = 0;
    if (!t->bytes)
        return;
    for (const char *end; lines && (end = memchr(t->bytes + at, '\n', t->length - at)); lines--)
        at = (size_t)(end + 1 - t->bytes);
    memmove(t->bytes, t->bytes + at, t->length - at);
    t->length -= at;
}

static bool redeclare(struct table_writer *w, const struct target *to, struct answer *a)
{
    struct text path = {0};
    text_addf(&path, "/v1/tables/%s", to->name);
    request(w, "PUT", path.bytes ? path.bytes : "", to->declaration.bytes, to->declaration.length, a);
    text_free(&path);
    return a->outcome == TAKEN;
}

static void say_refused(struct table_writer *w, const char *words)
{
    if (!w->refused)
        tell(w, "the agent refuses rows: %s", words);
    w->refused = true;
}

static void take_answer(struct table_writer *w, struct target *to, struct block *b, const struct answer *a, uint64_t lost)
{
    uint64_t taken = a->taken < b->rows ? a->taken : b->rows;
    settle(w, b, taken, &to->counts.delivered);
    drop_lines(&b->lines, taken);
    if (a->outcome == TAKEN || a->outcome == REFUSED || a->outcome == SKIP) /* it was read to its end, and so was its head */
        told(w, to, lost);
    if (a->outcome == UNKNOWN)
        settle(w, b, b->rows, &to->counts.unknown);
    if (a->outcome == SKIP && b->rows) {
        say_refused(w, a->words);
        drop_lines(&b->lines, 1);
        settle(w, b, 1, &to->counts.lost);
    }
    if (a->outcome == REFUSED) {
        say_refused(w, a->words);
        settle(w, b, b->rows, &to->counts.lost);
    }
    note_away(w, a->outcome == UNKNOWN || a->outcome == AGAIN, a->words);
}

/* True when nothing of the block is left to be sent. */
static bool send_block(struct table_writer *w, struct block *b)
{
    struct target *to = &w->targets[b->table];
    struct text path = {0};
    struct answer a;
    pthread_mutex_lock(&w->lock);
    uint64_t lost = to->untold;
    pthread_mutex_unlock(&w->lock);
    text_addf(&path, "/v1/tables/%s/rows", to->name);
    if (lost)
        text_addf(&path, "?lost=%llu", (unsigned long long)lost);
    request(w, "POST", path.bytes ? path.bytes : "", b->lines.bytes ? b->lines.bytes : "", b->lines.length, &a);
    text_free(&path);
    if (a.outcome == AGAIN && a.undeclared) { /* another agent, or one with another data directory */
        struct answer declared;
        if (!redeclare(w, to, &declared) && declared.outcome == REFUSED)
            a = declared;
    }
    take_answer(w, to, b, &a, lost);
    return !b->rows || (a.outcome != AGAIN && a.outcome != SKIP);
}

static void pause_sending(struct table_writer *w)
{
    int64_t until = clock_mono_ns() + AGAIN_MS * (int64_t)NS_PER_MS;
    struct timespec at = {until / NS_PER_S, until % NS_PER_S};
    pthread_mutex_lock(&w->lock);
    while (!w->end_ns && clock_mono_ns() < until)
        pthread_cond_timedwait(&w->work, &w->lock, &at);
    bool ending = w->end_ns;
    pthread_mutex_unlock(&w->lock);
    if (ending) /* shorter, but no busy loop */
        nanosleep(&(struct timespec){0, 50 * NS_PER_MS}, NULL);
}

static void free_block(struct block *b)
{
    text_free(&b->lines);
    free(b);
}

static struct block *next_block(struct table_writer *w)
{
    pthread_mutex_lock(&w->lock);
    while (!w->first && !w->end_ns)
        pthread_cond_wait(&w->work, &w->lock);
    struct block *b = w->first;
    if (b) {
        w->first = b->next;
        if (!w->first)
            w->last = &w->first;
    }
    pthread_mutex_unlock(&w->lock);
    return b;
}

static void *send_blocks(void *arg)
{
    struct table_writer *w = arg;
    for (struct block *b; (b = next_block(w)); free_block(b)) {
        uint64_t bytes = b->lines.length;
        while (!too_late(w) && !send_block(w, b))
            if (w->away)
                pause_sending(w);
        settle(w, b, b->rows, &w->targets[b->table].counts.lost);
        pthread_mutex_lock(&w->lock);
        w->waiting -= bytes;
        pthread_mutex_unlock(&w->lock);
    }
    return NULL;
}

/* --- who makes rows --------------------------------------------------------------------------------------------------------- */

struct table_writer *table_writer_open(const char *socket, void (*say)(void *arg, const char *sentence), void *arg, struct err *why)
{
    struct table_writer *w = calloc(1, sizeof *w);
    char *path = strdup(socket);
    if (!w || !path || curl_global_init(CURL_GLOBAL_DEFAULT)) {
        err_set(why, ENOMEM, "out of memory");
        free(path);
        free(w);
        return NULL;
    }
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, &attr);
    pthread_condattr_destroy(&attr);
    w->socket = path;
    w->say = say;
    w->arg = arg;
    w->last = &w->first;
    return w;
}

/* Signals are for the thread that waits for them. */
static int start_thread(struct table_writer *w, struct err *why)
{
    sigset_t all, before;
    if (w->runs)
        return 0;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int rc = pthread_create(&w->thread, NULL, send_blocks, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    w->runs = !rc;
    return rc ? err_set(why, rc, "no thread for the rows: %s", strerror(rc)) : 0;
}

static bool ignore(void *arg, const char *bytes, size_t n)
{
    (void)arg, (void)bytes, (void)n;
    return true;
}

int table_writer_declare(struct table_writer *w, const struct table *t, size_t *index, struct err *why)
{
    struct target *to = &w->targets[w->n];
    struct client_answer answer;
    struct text path = {0};
    if (w->n == TABLE_WRITER_TABLES)
        return err_set(why, E2BIG, "more than %d tables at once", TABLE_WRITER_TABLES);
    if (strlen(t->name) >= sizeof to->name)
        return err_set(why, EINVAL, "the table's name %.80s… is longer than %zu bytes", t->name, sizeof to->name - 1);
    snprintf(to->name, sizeof to->name, "%s", t->name);
    table_describe(&to->declaration, t);
    text_addf(&path, "/v1/tables/%s", to->name);
    if (path.full || to->declaration.full)
        return err_set(why, ENOMEM, "out of memory");
    struct client_request r = {.socket = w->socket,
                               .path = path.bytes,
                               .method = "PUT",
                               .body = to->declaration.bytes,
                               .body_size = to->declaration.length,
                               .data = ignore};
    enum client_end end = client_run(&r, &answer, why);
    text_free(&path);
    if (end == CLIENT_INTERRUPTED)
        return err_set(why, EINTR, "interrupted");
    if (end == CLIENT_FAILED)
        return -why->code;
    *index = w->n++;
    return start_thread(w, why);
}

struct text *table_writer_line(struct table_writer *w, size_t index)
{
    return &w->targets[index].lines;
}

static void lose(struct table_writer *w, struct target *to, uint64_t rows)
{
    pthread_mutex_lock(&w->lock);
    to->counts.lost += rows;
    to->untold += rows;
    pthread_mutex_unlock(&w->lock);
}

/* The open block goes to the thread, or, when too much waits there, is lost. */
static void hand_on(struct table_writer *w, size_t index)
{
    struct target *to = &w->targets[index];
    uint64_t bytes = to->lines.length, rows = to->rows;
    if (!rows)
        return;
    pthread_mutex_lock(&w->lock);
    bool fits = w->waiting + bytes <= TABLE_WRITER_WAITING;
    pthread_mutex_unlock(&w->lock);
    struct block *b = fits && !to->lines.full ? calloc(1, sizeof *b) : NULL;
    to->rows = 0;
    if (!b) {
        text_clear(&to->lines);
        to->lines.full = false;
        lose(w, to, rows);
        return;
    }
    *b = (struct block){.table = index, .lines = to->lines, .rows = rows};
    to->lines = (struct text){0};
    pthread_mutex_lock(&w->lock);
    w->waiting += bytes;
    *w->last = b;
    w->last = &b->next;
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
}

void table_writer_added(struct table_writer *w, size_t index)
{
    struct target *to = &w->targets[index];
    if (!to->rows++)
        to->since_ns = clock_mono_ns();
    if (to->rows >= TABLE_WRITER_ROWS || to->lines.length >= TABLE_WRITER_BLOCK)
        hand_on(w, index);
}

void table_writer_lost(struct table_writer *w, size_t index, uint64_t rows)
{
    pthread_mutex_lock(&w->lock);
    w->targets[index].untold += rows;
    pthread_mutex_unlock(&w->lock);
}

void table_writer_turn(struct table_writer *w)
{
    int64_t old = clock_mono_ns() - TABLE_WRITER_AGE_MS * (int64_t)NS_PER_MS;
    for (size_t i = 0; i < w->n; i++)
        if (w->targets[i].rows && w->targets[i].since_ns <= old)
            hand_on(w, i);
}

void table_writer_finish(struct table_writer *w, struct table_counts *counts)
{
    for (size_t i = 0; i < w->n; i++)
        hand_on(w, i);
    pthread_mutex_lock(&w->lock);
    w->end_ns = clock_mono_ns() + TABLE_WRITER_LAST_MS * (int64_t)NS_PER_MS;
    pthread_cond_broadcast(&w->work);
    pthread_mutex_unlock(&w->lock);
    if (w->runs)
        pthread_join(w->thread, NULL);
    w->runs = false;
    for (size_t i = 0; i < w->n; i++)
        counts[i] = w->targets[i].counts;
}

void table_writer_close(struct table_writer *w)
{
    struct table_counts counts[TABLE_WRITER_TABLES];
    if (!w)
        return;
    table_writer_finish(w, counts);
    for (size_t i = 0; i < TABLE_WRITER_TABLES; i++) {
        text_free(&w->targets[i].declaration);
        text_free(&w->targets[i].lines);
    }
    pthread_cond_destroy(&w->work);
    pthread_mutex_destroy(&w->lock);
    free(w->socket);
    free(w);
}
