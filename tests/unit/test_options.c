/* The agent's options and the option parser of the command line. */
#include "agent/options.h"
#include "cli/command.h"
#include "collectors/collector.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { MOST_ARGUMENTS = 8 };

/* What agent_config_read makes of arguments; the words when it refuses. */
static int read_agent(char *const *argv, struct config **config, struct agent_config *out, struct err *why)
{
    const char *operands[MOST_ARGUMENTS];
    size_t n;
    int argc = 0;
    while (argv[argc])
        argc++;
    *config = config_create(agent_schema(), why);
    if (!*config)
        fail_msg("%s", why->text); /* a collector declares a bad default */
    int rc = options_parse(command_find("agent"), *config, argc, argv, operands, &n, why);
    return rc ? rc : agent_config_read(*config, out, why);
}

static void agent_defaults(void **state)
{
    (void)state;
    struct err why = {0};
    struct config *config;
    struct agent_config a;
    char *argv[] = {NULL};
    assert_int_equal(read_agent(argv, &config, &a, &why), 0);
    assert_string_equal(a.data, "/var/lib/sonde");
    assert_string_equal(a.socket, "/run/sonde/sonde.sock");
    assert_true(a.retention_ns == 24 * 3600000000000u);
    assert_true(a.max_disk_bytes == 2ull << 30);
    assert_true(a.duration_ns == 0);
    assert_int_equal(a.listen_size, 0);
    assert_true(a.split);
    assert_true(a.uid != 0 && a.gid != 0);
    for (size_t i = 0; i < n_collectors; i++)
        assert_true(agent_config_wants(&a, collectors[i]->name));
    config_destroy(config);
}

static void agent_values(void **state)
{
    (void)state;
    struct err why = {0};
    struct config *config;
    struct agent_config a;
    char *argv[] = {"--listen=[::1]:9111", "--no-split", "-d", "/tmp/x", "--collectors", "agent", "--user=1234", NULL};
    assert_int_equal(read_agent(argv, &config, &a, &why), 0);
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&a.listen;
    assert_int_equal(v6->sin6_family, AF_INET6);
    assert_int_equal(ntohs(v6->sin6_port), 9111);
    assert_memory_equal(&v6->sin6_addr, &in6addr_loopback, sizeof in6addr_loopback);
    assert_int_equal(a.listen_size, sizeof *v6);
    assert_false(a.split);
    assert_string_equal(a.data, "/tmp/x");
    assert_int_equal(a.uid, 1234);
    assert_true(agent_config_wants(&a, "agent"));
    assert_false(agent_config_wants(&a, "process"));
    config_destroy(config);
}

struct refused {
    char *argv[MOST_ARGUMENTS];
    const char *sentence;
};

static struct refused refused[] = {
    {{"--retenton", "3h"}, "unknown option --retenton (did you mean --retention?)"},
    {{"--max_disk=3G"}, "unknown option --max_disk (did you mean --max-disk?)"},
    {{"--xyzzy"}, "unknown option --xyzzy"},
    {{"--nothing.key=1"}, "unknown option --nothing.key"},
    {{"-x"}, "unknown option -x"},
    {{"--retention"}, "--retention needs a value: --retention TIME"},
    {{"--retention", "3x"}, "--retention: \"3x\" is not a duration; write a number and a unit (ms, s, m, h, d), like 24h"},
    {{"--retention=1s"}, "--retention: \"1s\" is too small; the least is 1m"},
    {{"--no-split=perhaps"}, "--no-split: \"perhaps\" is neither yes nor no"},
    {{"word"}, "unexpected argument \"word\""},
    {{"--", "--retention=1h"}, "unexpected argument \"--retention=1h\""},
    {{"--data", ""}, "data: the directory's name is empty"},
    {{"--listen", "here"}, "listen: \"here\" is not an address and a port; write it like 127.0.0.1:9111 or [::1]:9111"},
    {{"--listen", "127.0.0.1:0"}, "listen: \"127.0.0.1:0\" is not an address and a port; write it like 127.0.0.1:9111 or [::1]:9111"},
    {{"--listen", "::1:99999"}, "listen: \"::1:99999\" is not an address and a port; write it like 127.0.0.1:9111 or [::1]:9111"},
    {{"--user", "no-such-user"}, "user: there is no user \"no-such-user\"; create one (useradd --system) or name another"},
    {{"--user", "root"},
     "user: \"root\" is root, and the worker, which reads what programs and clients send, must not be; name another user"},
    {{"--user=0"}, "user: \"0\" is root, and the worker, which reads what programs and clients send, must not be; name another user"},
};

static void agent_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct err why = {0};
        struct config *config;
        struct agent_config a;
        assert_true(read_agent(refused[i].argv, &config, &a, &why) < 0);
        assert_string_equal(why.text, refused[i].sentence);
        config_destroy(config);
    }
}

struct listen_case {
    const char *text;
    int family;
    in_port_t port;
};

static void listen_addresses(void **state)
{
    (void)state;
    static const struct listen_case cases[] = {
        {"127.0.0.1:9111", AF_INET, 9111},
        {":1", AF_INET, 1},
        {"*:65535", AF_INET, 65535},
        {"[::]:80", AF_INET6, 80},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sockaddr_storage a;
        socklen_t size;
        assert_int_equal(agent_parse_listen(cases[i].text, &a, &size, NULL), 0);
        assert_int_equal(a.ss_family, cases[i].family);
        assert_int_equal(ntohs(((struct sockaddr_in *)&a)->sin_port), cases[i].port);
    }
}

static void short_options_and_operands(void **state)
{
    (void)state;
    struct err why = {0};
    const struct command *c = command_find("query");
    struct command_schema_room room;
    struct config *config = config_create(command_schema(c, &room), &why);
    assert_non_null(config);
    char *argv[] = {"-ojsonl", "--timeout", "1.5s", "-s", "/x", "--", "-- a comment"};
    const char *operands[MOST_ARGUMENTS];
    size_t n;
    assert_int_equal(options_parse(c, config, 7, argv, operands, &n, &why), 0);
    const struct config_section *s = config_section_of(config, "");
    assert_string_equal(config_text(s, "output"), "jsonl");
    assert_true(config_number(s, "timeout") == 1500000000);
    assert_string_equal(config_text(s, "socket"), "/x");
    assert_int_equal(n, 1);
    assert_string_equal(operands[0], "-- a comment");
    char *help[] = {"-h"};
    assert_int_equal(options_parse(c, config, 1, help, operands, &n, &why), 1);
    config_destroy(config);
}

static void every_command_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_commands; i++) {
        struct err why = {0};
        struct command_schema_room room;
        const struct command *c = commands[i];
        struct config *config = config_create(command_schema(c, &room), &why);
        if (!config)
            fail_msg("sonde %s: %s", c->name, why.text);
        assert_non_null(c->run);
        assert_non_null(c->summary);
        assert_true(c->n_examples > 0);
        assert_true((*c->operands != '\0') == (c->most_operands > 0));
        assert_ptr_equal(command_find(c->name), c);
        config_destroy(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agent_defaults),
        cmocka_unit_test(agent_values),
        cmocka_unit_test(agent_refuses),
        cmocka_unit_test(listen_addresses),
        cmocka_unit_test(short_options_and_operands),
        cmocka_unit_test(every_command_is_complete),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
