/* collectors/connections: addresses as text, why a connection ended, and what each row tells. */
#include "base/clock.h"
#include "collectors/connections/progress.h"
#include "collectors/connections/words.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const struct {
    uint8_t bytes[16];
    const char *text;
    bool v4;
} addresses[] = {
    {{0}, "::", false},
    {{[15] = 1}, "::1", false},
    {{[10] = 0xff, 0xff, 127, 0, 0, 1}, "127.0.0.1", true},
    {{[10] = 0xff, 0xff, 0, 0, 0, 0}, "0.0.0.0", true},
    {{[10] = 0xff, 0xff, 255, 255, 255, 255}, "255.255.255.255", true},
    {{0x20, 0x01, 0x0d, 0xb8, [15] = 0x42}, "2001:db8::42", false},
    {{0xfe, 0x80, [8] = 0x02, 0x11, 0x22, 0xff, 0xfe, 0x33, 0x44, 0x55}, "fe80::211:22ff:fe33:4455", false},
    {{0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44, 0x55, 0x55, 0x66, 0x66, 0x77, 0x77, 0x88, 0x88},
     "1111:2222:3333:4444:5555:6666:7777:8888",
     false},
    {{[9] = 0xff, 0xff, 0xff, 1, 2, 3, 4}, "::ff:ffff:102:304", false},
};

static void addresses_as_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        char text[ADDRESS_TEXT];
        assert_int_equal(address_text(addresses[i].bytes, text), strlen(addresses[i].text));
        assert_string_equal(text, addresses[i].text);
        assert_int_equal(address_is_v4(addresses[i].bytes), addresses[i].v4);
    }
}

static const struct {
    uint8_t state, flags;
    int error;
    const char *reason, *event;
} ends[] = {
    {TCP_SYN_SENT, 0, ECONNREFUSED, "refused", "refused"},
    {TCP_SYN_SENT, CONNECTION_RESET_IN, ECONNREFUSED, "refused", "refused"},
    {TCP_SYN_SENT, 0, ETIMEDOUT, "timeout", "connect_failed"},
    {TCP_SYN_SENT, 0, EHOSTUNREACH, "unreachable", "connect_failed"},
    {TCP_SYN_SENT, 0, ENETUNREACH, "unreachable", "connect_failed"},
    {TCP_SYN_SENT, 0, 0, "cancelled", NULL},
    {TCP_FIN_WAIT2, CONNECTION_LOCAL_FIN, 0, "closed_by_us", NULL},
    {TCP_CLOSING, CONNECTION_LOCAL_FIN, 0, "closed_by_us", NULL},
    {TCP_LAST_ACK, CONNECTION_PEER_FIN, 0, "closed_by_peer", NULL},
    {TCP_LAST_ACK, 0, 0, "closed_by_peer", NULL},
    {TCP_FIN_WAIT2, 0, 0, "closed_by_us", NULL},
    {TCP_ESTABLISHED, CONNECTION_RESET_IN, ECONNRESET, "reset_received", NULL},
    {TCP_CLOSE_WAIT, CONNECTION_PEER_FIN | CONNECTION_RESET_IN, EPIPE, "reset_received", NULL},
    {TCP_FIN_WAIT1, CONNECTION_LOCAL_FIN, ECONNRESET, "reset_received", NULL},
    {TCP_ESTABLISHED, 0, 0, "reset_sent", NULL},
    {TCP_CLOSE_WAIT, CONNECTION_PEER_FIN, 0, "reset_sent", NULL},
    {TCP_ESTABLISHED, CONNECTION_RESET_OUT, ECONNABORTED, "reset_sent", NULL},
    {TCP_ESTABLISHED, CONNECTION_RESET_OUT, ETIMEDOUT, "timeout", "timeout"},
    {TCP_FIN_WAIT1, CONNECTION_LOCAL_FIN, ETIMEDOUT, "timeout", "timeout"},
    {TCP_ESTABLISHED, 0, EHOSTUNREACH, "unreachable", "unreachable"},
};

static void why_it_ended(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct connection_record r = {
            .protocol = IPPROTO_TCP, .state = ends[i].state, .flags = ends[i].flags, .error = ends[i].error, .pair.local_port = 1};
        assert_string_equal(end_reason(&r), ends[i].reason);
        assert_int_equal(end_error(&r), ends[i].error);
        if (ends[i].event)
            assert_string_equal(end_event(&r), ends[i].event);
        else
            assert_null(end_event(&r));
    }
}

static void why_without_a_port(void **state)
{
    (void)state;
    struct connection_record r = {.protocol = IPPROTO_TCP, .state = TCP_SYN_SENT};
    assert_string_equal(end_reason(&r), "no_local_port");
    assert_string_equal(end_event(&r), "connect_failed");
    assert_int_equal(end_error(&r), EADDRNOTAVAIL);
}

static void why_a_flow_ended(void **state)
{
    (void)state;
    struct connection_record r = {.protocol = IPPROTO_UDP, .flags = CONNECTION_LOCAL_FIN};
    assert_string_equal(end_reason(&r), "closed_by_us");
    r.flags = CONNECTION_IDLE;
    assert_string_equal(end_reason(&r), "idle");
    assert_null(end_event(&r));
}

static void states_have_names(void **state)
{
    (void)state;
    assert_string_equal(tcp_state_name(TCP_ESTABLISHED), "ESTABLISHED");
    assert_string_equal(tcp_state_name(TCP_CLOSE), "CLOSED");
    assert_string_equal(tcp_state_name(TCP_CLOSING), "CLOSING");
    assert_null(tcp_state_name(0));
    assert_null(tcp_state_name(200));
    assert_null(tcp_event_name(0));
    assert_null(tcp_event_name(99));
}

static struct connection_record record_at(uint64_t boot_ns, uint64_t sent)
{
    return (struct connection_record){
        .h.boot_ns = boot_ns, .id = 7, .opened_ns = 100, .protocol = IPPROTO_TCP, .total.sent_bytes = sent, .base.sent_bytes = 10};
}

static void rows_tell_what_is_new(void **state)
{
    (void)state;
    struct progress p = {0};
    struct progress_step step;
    struct connection_record r = record_at(150, 30);
    assert_true(progress_live(&p, 1, &r, &step));
    assert_int_equal(step.traffic.sent_bytes, 20); /* what was sent before the agent came is not told */
    assert_int_equal(step.interval_ns, 50);
    r = record_at(170, 25); /* read while the kernel was updating: never told as negative, nor twice */
    assert_true(progress_live(&p, 1, &r, &step));
    assert_int_equal(step.traffic.sent_bytes, 0);
    r = record_at(200, 45);
    progress_end(&p, 1, &r, &step);
    assert_int_equal(step.traffic.sent_bytes, 15);
    assert_int_equal(step.interval_ns, 30);
    assert_int_equal(p.connections.count, 0);
    progress_end(&p, 2, &r, &step); /* never had a live row */
    assert_int_equal(step.traffic.sent_bytes, 35);
    assert_int_equal(step.interval_ns, 100);
    progress_free(&p);
}

/* The boot clock's distance to UTC is measured each second, and differs by nanoseconds. */
static void a_connection_is_opened_once(void **state)
{
    (void)state;
    struct progress p = {0};
    struct progress_step first, later;
    struct connection_record r = record_at(150, 30);
    assert_true(progress_live(&p, 1, &r, &first));
    while (clock_boot_to_utc(100) == first.opened_utc_ns)
        clock_sync();
    r = record_at(170, 30);
    assert_true(progress_live(&p, 1, &r, &later));
    assert_true(later.opened_utc_ns == first.opened_utc_ns);
    progress_end(&p, 1, &r, &later);
    assert_true(later.opened_utc_ns == first.opened_utc_ns);
    progress_free(&p);
}

static bool gone_when_asked(void *arg, uint8_t protocol, uint64_t id, uint64_t opened_ns, uint64_t last_ns)
{
    (void)protocol, (void)last_ns;
    assert_int_equal(id, 7);
    assert_int_equal(opened_ns, 100);
    return *(bool *)arg;
}

static void lost_ends_are_forgotten(void **state)
{
    (void)state;
    struct progress p = {0};
    struct progress_step step;
    bool gone = false;
    struct connection_record r = record_at(150, 30);
    for (uint64_t key = 1; key <= 100; key++)
        assert_true(progress_live(&p, key, &r, &step));
    progress_sweep(&p, gone_when_asked, &gone);
    assert_int_equal(p.connections.count, 100);
    gone = true;
    progress_sweep(&p, gone_when_asked, &gone);
    assert_int_equal(p.connections.count, 100); /* the end may be on its way */
    progress_sweep(&p, gone_when_asked, &gone);
    assert_int_equal(p.connections.count, 0);
    progress_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_as_text),     cmocka_unit_test(why_it_ended),
        cmocka_unit_test(why_without_a_port),    cmocka_unit_test(why_a_flow_ended),
        cmocka_unit_test(states_have_names),     cmocka_unit_test(a_connection_is_opened_once),
        cmocka_unit_test(rows_tell_what_is_new), cmocka_unit_test(lost_ends_are_forgotten),
    };
    return cmocka_run_group_tests_name("connections", tests, NULL, NULL);
}
