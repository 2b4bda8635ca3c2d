/* Names of signals. */
#pragma once
#include <stddef.h>

/* "SIGKILL" for 9, "SIGRTMIN+2" for a real-time signal that programs may use, "signal 32" for what has no name. NUL-terminated. */
enum { SIGNAL_NAME_SIZE = 32 };
void signal_name(int number, char out[SIGNAL_NAME_SIZE]);
