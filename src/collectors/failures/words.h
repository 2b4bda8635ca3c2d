/* Numbers of signals' codes, results and system calls as the words of manual pages. */
#pragma once
#include "base/text.h"
#include "collectors/failures/failures.wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "SEGV_MAPERR"; NULL when unknown. Values are the kernel's (asm-generic/siginfo.h). */
const char *signal_code_word(int number, int32_t code);
/* "delivered" …; NULL when unknown. Values are those of the tracepoint (include/trace/events/signal.h). */
const char *signal_result_word(uint8_t result, uint8_t marks);
/* Appends "openat", "i386:5", "#999"; nothing for CHANGE_NO_CALL. */
void failures_add_call(struct text *out, uint16_t call);
const char *change_kind_word(uint16_t kind); /* "credentials"; NULL when unknown */
/* The i-th name of an error that call_failures can tell, NULL past the last. */
const char *failure_error_name(size_t i);
/* The number of an error's name; 0 when there is none. */
int failure_error_number(const char *name);
