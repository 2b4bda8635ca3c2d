/* Numbers of the kernel as words: addresses, states, and the decision why a connection ended. Pure functions. */
#pragma once
#include "collectors/connections/connections.wire.h"
#include "table/batch.h"

enum { ADDRESS_TEXT = 46 }; /* INET6_ADDRSTRLEN */

/* Is it an IPv4 address in its IPv6-mapped form (RFC 4291, 2.5.5.2)? */
bool address_is_v4(const uint8_t address[16]);
/* Writes the address as text, IPv4-mapped ones as IPv4; returns its length. */
size_t address_text(const uint8_t address[16], char out[ADDRESS_TEXT]);
/* "ESTABLISHED" for 1 …; NULL for an unknown number. Source: include/net/tcp_states.h. */
const char *tcp_state_name(unsigned state);
const char *direction_name(unsigned direction);
const char *tcp_event_name(unsigned event); /* of enum tcp_event_kind; NULL for an unknown one */
/* Why a connection ended, from the last state, the socket's error and what was seen on the way. */
const char *end_reason(const struct connection_record *r);
/* The tcp_events row that such an end deserves, NULL when it went well. */
const char *end_event(const struct connection_record *r);
/* The socket's error, or the one that follows from the reason: 0 for none. */
int end_error(const struct connection_record *r);
