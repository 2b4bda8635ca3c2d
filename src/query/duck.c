#include "query/duck.h"

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

int duck_error(struct err *why, duckdb_error_type type, const char *message)
{
    if (!message)
        message = "DuckDB gave no reason";
    if (type == DUCKDB_ERROR_INVALID)
        type = type_in_words(message);
    int code = error_code(type);
    size_t n = strlen(message);
    while (n && (message[n - 1] == '\n' || message[n - 1] == ' '))
        n--;
    return err_set(why, code, "%.*s", (int)n, message);
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
