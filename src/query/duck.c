#include "query/duck.h"

#include "base/text.h"

#include <string.h>

static int error_code(duckdb_error_type type)
{
    switch (type) {
    case DUCKDB_ERROR_INTERRUPT: return ECANCELED;
    case DUCKDB_ERROR_OUT_OF_MEMORY: return ENOMEM;
    case DUCKDB_ERROR_PERMISSION: return EPERM;
    case DUCKDB_ERROR_IO:
    case DUCKDB_ERROR_FATAL:
    case DUCKDB_ERROR_INTERNAL:
    case DUCKDB_ERROR_CONNECTION: return EIO;
    default: return EINVAL;
    }
}

/* Prepare errors come without a type: the message begins with it. */
static duckdb_error_type type_in_words(const char *message)
{
    static const struct {
        const char *prefix;
        duckdb_error_type type;
    } kinds[] = {
        {"Permission Error", DUCKDB_ERROR_PERMISSION}, {"Out of Memory Error", DUCKDB_ERROR_OUT_OF_MEMORY},
        {"INTERRUPT Error", DUCKDB_ERROR_INTERRUPT},   {"IO Error", DUCKDB_ERROR_IO},
        {"FATAL Error", DUCKDB_ERROR_FATAL},           {"INTERNAL Error", DUCKDB_ERROR_INTERNAL},
        {"Connection Error", DUCKDB_ERROR_CONNECTION},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (!strncmp(message, kinds[i].prefix, strlen(kinds[i].prefix)))
            return kinds[i].type;
    return DUCKDB_ERROR_INVALID;
}

static bool begins(const char *line, const char *with)
{
    return !strncmp(line, with, strlen(with));
}

/* Where the advice to SET something begins in a line; nobody can SET anything here. The line's end when it has none. */
static size_t until_advice(const char *line, size_t n)
{
    static const char *const sentences[] = {"Use \"SET ", "Use SET ", "Or set SET ", "You can adjust this setting"};
    if (begins(line, "Possible solutions:") || begins(line, "See also http"))
        return 0;
    if (begins(line, "* ") && memmem(line, n, "SET ", 4))
        return 0;
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        const char *at = memmem(line, n, sentences[i], strlen(sentences[i]));
        if (at)
            return (size_t)(at - line);
    }
    return n;
}

static void trim(struct text *t)
{
    while (t->length && (t->bytes[t->length - 1] == '\n' || t->bytes[t->length - 1] == ' '))
        t->bytes[--t->length] = 0;
}

/* The message without such advice and the empty lines it leaves. The statement that is shown below "LINE n:" is the asker's own. */
static void take_words(struct text *out, const char *message)
{
    const char *line = message;
    while (*line && !begins(line, "LINE ")) {
        size_t n = strcspn(line, "\n"), kept = until_advice(line, n);
        text_add(out, line, kept);
        if (kept < n)
            trim(out);
        if (kept || !n)
            text_adds(out, "\n");
        line += n + (line[n] == '\n');
    }
    if (*line)
        trim(out);
    text_addf(out, "%s%s", *line && out->length ? "\n\n" : "", line);
    trim(out);
}

int duck_error(struct err *why, duckdb_error_type type, const char *message)
{
    struct text words = {0};
    if (!message)
        message = "DuckDB gave no reason";
    if (type == DUCKDB_ERROR_INVALID)
        type = type_in_words(message);
    if (strstr(message, "Cannot open file \"./segments/"))
        text_adds(
            &words,
            "rows that this query reads were removed meanwhile to keep the store within its limits (--max-disk, --retention); ask again");
    else
        take_words(&words, message);
    int rc = err_set(why, error_code(type), "%s", words.bytes ? words.bytes : "out of memory");
    text_free(&words);
    return rc;
}

int duck_run(duckdb_connection connection, const char *sql, struct err *why)
{
    duckdb_result result;
    int rc = 0;
    if (duckdb_query(connection, sql, &result) != DuckDBSuccess)
        rc = duck_error(why, duckdb_result_error_type(&result), duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    return rc;
}

int duck_utc_now(duckdb_connection connection, struct err *why)
{
    return duck_run(connection,
                    "CREATE OR REPLACE TEMP MACRO now() AS make_timestamp(epoch_us(transaction_timestamp()));"
                    "CREATE OR REPLACE TEMP MACRO get_current_timestamp() AS make_timestamp(epoch_us(transaction_timestamp()))",
                    why);
}
