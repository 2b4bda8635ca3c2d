/* Tables of the failures collector. */
#pragma once
#include "collectors/collector.h"
#include "identity/identity.h"

enum {
    SIGNAL_TIME,
    PROCESS_COLUMNS(SIGNAL),
    SIGNAL_SIGNAL,
    SIGNAL_CODE,
    SIGNAL_ORIGIN,
    SIGNAL_RESULT,
    SIGNAL_SCOPE,
    SIGNAL_TARGET_PID,
    SIGNAL_TARGET_KEY,
    SIGNAL_TARGET_COMM,
    SIGNAL_COUNT,
    SIGNAL_INTERVAL,
    SIGNAL_COLUMNS,
};

enum {
    CRASH_TIME,
    PROCESS_COLUMNS(CRASH),
    CRASH_TID,
    CRASH_THREAD,
    CRASH_SIGNAL,
    CRASH_CODE,
    CRASH_ADDRESS,
    CRASH_ACCESS,
    CRASH_IP,
    CRASH_LOCATION,
    CRASH_CORE,
    CRASH_DYING,
    CRASH_COLUMNS,
};

enum {
    FAILURE_TIME,
    PROCESS_COLUMNS(FAILURE),
    FAILURE_INTERVAL,
    FAILURE_CALL,
    FAILURE_ERROR,
    FAILURE_COUNT,
    FAILURE_COLUMNS,
};

enum {
    CHANGE_TIME,
    PROCESS_COLUMNS(CHANGE),
    CHANGE_KIND,
    CHANGE_CALL,
    CHANGE_BEFORE,
    CHANGE_AFTER,
    CHANGE_DETAIL,
    CHANGE_COUNT,
    CHANGE_INTERVAL,
    CHANGE_COLUMNS,
};

extern const struct table table_signals, table_crashes, table_call_failures, table_changes;
