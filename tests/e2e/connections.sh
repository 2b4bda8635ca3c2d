#!/bin/bash
# The connections collector on the real kernel: what the rows say is compared with what was transferred.
. "$(dirname "$0")/lib.sh"
# One program under the names of its roles, so that rows tell who is who.
for role in server client echo ask; do ln -s "$programs/talk" "$dir/talk_$role"; done
talk() { "$dir/talk_$1" "$@"; }
export HOLD=$dir/hold
here=sonde-here$$ there=sonde-there$$ # network name spaces of this test

drop_networks() { ip netns del "$here" 2>/dev/null; ip netns del "$there" 2>/dev/null; }
trap 'clean_up; drop_networks' EXIT

# Starts a server of `talk`; its port is in $port, its pid in $background_pid.
serve() { # command...
    rm -f "$dir/port"
    background "$@" >"$dir/port"
    wait_for '[ -s "$dir/port" ]' || not_ok "$* starts"
    port=$(cat "$dir/port")
}

# The rows of one end of the connections to a port, summed. Arguments: side (remote_port: clients; local_port: servers) and port.
ends() { # columns side port [condition]
    echo "SELECT concat_ws('|', $1) FROM connections WHERE $2 = $3 AND ${4:-true}"
}

printf 'connections:\n  interval: 1s\n  udp_idle: 2s\n' >"$dir/agent.yaml"

# --- before the agent ----------------------------------------------------------------------------------------------

serve "$dir/talk_server" server 127.0.0.1
old_port=$port
mkfifo "$HOLD"; exec 7<>"$HOLD"
background "$dir/talk_client" client 127.0.0.1 "$old_port" 100000 50 h 1 >"$dir/held"
old_client=$background_pid
wait_for '[ -s "$dir/held" ]' || not_ok "a connection is open before the agent starts"

start_agent --config "$dir/agent.yaml" --collectors process,connections || { not_ok "the agent starts"; finish; }
ok "the agent starts"
wait_for '"$sonde" probes | grep -q report_udp' || not_ok "the kernel part is attached" "$("$sonde" probes 2>&1)"

echo >&7 # another transfer, then the end
q_becomes "a connection from before the agent is found: owner, direction, unknown opening" "$old_client|talk_client|outbound|true|true|closed_by_us" \
    "$(ends "pid, comm, direction, opened IS NULL, duration_ns IS NULL, end_reason" remote_port "$old_port" "state = 'CLOSED'")"
q_becomes "its counts start with the agent, its totals with the connection" "100000|50|200000|100" \
    "$(ends "sum(sent_bytes), sum(received_bytes), max(total_sent_bytes), max(total_received_bytes)" remote_port "$old_port")"
q_becomes "its other end is inbound" "talk_server|inbound|50|100000" \
    "$(ends "any_value(comm), any_value(direction), sum(sent_bytes), sum(received_bytes)" local_port "$old_port")"

# --- TCP: bytes, owners, reasons -----------------------------------------------------------------------------------

serve "$dir/talk_server" server 127.0.0.1
server=$background_pid
talk client 127.0.0.1 "$port" 3000000 700000 c 1
q_becomes "the client's row has the bytes it sent and received" "talk_client|outbound|3000000|700000|CLOSED|closed_by_us|0" \
    "$(ends "max(comm), max(direction), sum(sent_bytes), sum(received_bytes), min(state), max(end_reason), sum(retransmits)" remote_port "$port")"
q_becomes "the server's row has the same, turned round" "$server|talk_server|inbound|700000|3000000|closed_by_peer" \
    "$(ends "max(pid), max(comm), max(direction), sum(sent_bytes), sum(received_bytes), max(end_reason)" local_port "$port")"
q_becomes "addresses, family and times are sound" "ipv4|127.0.0.1|127.0.0.1|true|true|true|true" \
    "$(ends "family, local_address, remote_address, connect_latency_ns BETWEEN 1 AND duration_ns, rtt_ns > 0, opened < time,
       abs(epoch_ns(time) - epoch_ns(opened) - duration_ns) < 1000000" remote_port "$port" "state = 'CLOSED'")"
q_becomes "each end counts the packets that the other does, but for the handshake" true \
    "SELECT abs(sum(CASE WHEN remote_port = $port THEN sent_packets::INT ELSE -received_packets::INT END)) <= 1
        AND abs(sum(CASE WHEN remote_port = $port THEN received_packets::INT ELSE -sent_packets::INT END)) <= 1
     FROM connections WHERE $port IN (local_port, remote_port)"
q_becomes "the two ends have keys of their own" 2 "SELECT count(DISTINCT connection_key) FROM connections WHERE $port IN (local_port, remote_port)"

reason() { # what how client's server's
    serve "$dir/talk_server" server 127.0.0.1
    talk client 127.0.0.1 "$port" 100 100 "$2" 1
    q_becomes "$1" "$3/$4" "SELECT c.end_reason || '/' || s.end_reason FROM connections c, connections s
        WHERE c.remote_port = $port AND s.local_port = $port AND c.state = 'CLOSED' AND s.state = 'CLOSED'"
}
reason "the server closed first" s closed_by_peer closed_by_us
reason "the client reset it" R reset_sent reset_received
q_becomes "a reset is an event at both ends" "reset_received:talk_server: reset_sent:talk_client:" \
    "SELECT string_agg(event || ':' || comm || ':' || coalesce(error, ''), ' ' ORDER BY event) FROM tcp_events WHERE $port IN (local_port, remote_port)"
q_becomes "these events belong to their connections" 2 \
    "SELECT count(*) FROM tcp_events e JOIN connections c USING (connection_key) WHERE $port IN (c.local_port, c.remote_port)"
reason "the server reset it" S reset_received reset_sent

talk client 127.0.0.1 1 100 100 c 1 2>/dev/null
is "nothing listens on port 1" 111 $?
q_becomes "a refused connect is an event" "talk_client|refused|ECONNREFUSED|SYN_SENT|true|outbound" \
    "SELECT concat_ws('|', comm, event, error, state, latency_ns > 0, direction) FROM tcp_events WHERE remote_port = 1 AND remote_address = '127.0.0.1'"
q_becomes "and a connection that never was" "CLOSED|refused|ECONNREFUSED|0|true" \
    "$(ends "state, end_reason, error, sent_bytes, connect_latency_ns IS NULL" remote_port 1 "remote_address = '127.0.0.1'")"
q_becomes "the reset that refused it is an event without an owner" "reset_sent|true" \
    "SELECT concat_ws('|', event, pid IS NULL) FROM tcp_events WHERE local_port = 1"

# --- IPv6, and IPv4 in its clothes ---------------------------------------------------------------------------------

serve "$dir/talk_server" server ::1
talk client ::1 "$port" 1000 2000 c 1
q_becomes "IPv6" "ipv6|::1|::1|1000|2000" "$(ends "max(family), max(local_address), max(remote_address), sum(sent_bytes), sum(received_bytes)" remote_port "$port")"
serve "$dir/talk_server" server ::
talk client 127.0.0.1 "$port" 1000 2000 c 1
q_becomes "an IPv4 client of an IPv6 socket is shown as IPv4" "ipv4|127.0.0.1|127.0.0.1|2000" \
    "$(ends "max(family), max(local_address), max(remote_address), sum(sent_bytes)" local_port "$port")"

# --- a real server and client --------------------------------------------------------------------------------------

mkdir "$dir/web"; head -c 1234567 /dev/zero >"$dir/web/file"; chmod -R a+rX "$dir"
cat >"$dir/nginx.conf" <<END
worker_processes 2; daemon off; pid $dir/nginx.pid; error_log $dir/nginx.log;
events {}
http { access_log off; root $dir/web; client_body_temp_path $dir/nb; proxy_temp_path $dir/np; fastcgi_temp_path $dir/nf;
       uwsgi_temp_path $dir/nu; scgi_temp_path $dir/ns; server { listen unix:$dir/none; listen 127.0.0.1:18080; } }
END
background nginx -e "$dir/nginx.log" -c "$dir/nginx.conf"
wait_for 'curl -s --noproxy "*" -o /dev/null http://127.0.0.1:18080/file'
read -r up head body local < <(curl -s --noproxy '*' -o /dev/null -w '%{size_request} %{size_header} %{size_download} %{local_port}\n' http://127.0.0.1:18080/file)
q_becomes "curl's row has the bytes that curl counts" "curl|$up|$((head + body))" \
    "$(ends "max(comm), sum(sent_bytes), sum(received_bytes)" local_port "$local")"
q_becomes "the server's end belongs to the worker process that accepted, not to the master that listens" "nginx|$((head + body))|true" \
    "$(ends "max(comm), sum(sent_bytes), bool_and(pid <> $background_pid)" remote_port "$local")"

# --- open for longer than an interval ------------------------------------------------------------------------------

serve "$dir/talk_server" server 127.0.0.1
background "$dir/talk_client" client 127.0.0.1 "$port" 5000 6000 h 1 >"$dir/held2"
q_becomes "an open connection has a row while it lives" "ESTABLISHED|5000|6000|true" \
    "$(ends "max(state), sum(sent_bytes), sum(received_bytes), bool_and(end_reason IS NULL)" remote_port "$port" "state = 'ESTABLISHED'")"
echo >&7
q_becomes "rows tell what is new: their sums are the totals" "10000|12000|10000|12000|closed_by_us" \
    "$(ends "sum(sent_bytes), sum(received_bytes), max(total_sent_bytes), max(total_received_bytes), max(end_reason)" remote_port "$port")"
q_becomes "the intervals of its rows cover its life" true \
    "SELECT sum(interval_ns) = max(duration_ns) AND count(*) >= 2 FROM connections WHERE remote_port = $port"
is "all of them say the same about when it was opened" 1 "$(q "SELECT count(DISTINCT opened) FROM connections WHERE remote_port = $port")"

# --- many ----------------------------------------------------------------------------------------------------------

serve "$dir/talk_server" server 127.0.0.1
talk client 127.0.0.1 "$port" 64 10 c 2000
q_becomes "2,000 short connections: 2,000 rows of clients, each closed once" "2000|2000|128000" \
    "$(ends "count(*) FILTER (state = 'CLOSED'), count(DISTINCT connection_key), sum(sent_bytes)" remote_port "$port" "comm = 'talk_client'")"
q_becomes "and 2,000 of the server" "2000|20000" "$(ends "count(*) FILTER (state = 'CLOSED'), sum(sent_bytes)" local_port "$port" "comm = 'talk_server'")"

# --- UDP -----------------------------------------------------------------------------------------------------------

serve "$dir/talk_echo" echo 127.0.0.1
talk ask 127.0.0.1 "$port" 100 7
q_becomes "a UDP client's flow: both directions, ended with its socket" "talk_ask|udp|outbound|700|1400|7|7|CLOSED|closed_by_us" \
    "$(ends "max(comm), max(protocol), max(direction), sum(sent_bytes), sum(received_bytes), sum(sent_packets), sum(received_packets), arg_max(state, time), max(end_reason)" remote_port "$port" "comm = 'talk_ask'")"
q_becomes "the server's flow ends when it is idle" "talk_echo|inbound|1400|700|idle" \
    "$(ends "max(comm), max(direction), sum(sent_bytes), sum(received_bytes), max(end_reason)" local_port "$port" "comm = 'talk_echo'")"
serve "$dir/talk_echo" echo ::1
talk ask ::1 "$port" 10 1
q_becomes "UDP over IPv6" "ipv6|::1|10|20" "$(ends "max(family), max(remote_address), sum(sent_bytes), sum(received_bytes)" remote_port "$port" "comm = 'talk_ask'")"

# --- another network: loss, silence, no route ----------------------------------------------------------------------

if ip netns add "$here" 2>/dev/null && ip netns add "$there" && ip link add sonde$$ netns "$here" type veth peer name sonde$$ netns "$there" 2>/dev/null; then
    in_here() { ip netns exec "$here" "$@"; }
    in_there() { ip netns exec "$there" "$@"; }
    in_here ip addr add 10.99.0.1/24 dev sonde$$; in_here ip link set sonde$$ up
    in_there ip addr add 10.99.0.2/24 dev sonde$$; in_there ip link set sonde$$ up
    netns=$(stat -Lc %i "/run/netns/$here")
    serve ip netns exec "$there" "$dir/talk_server" server 10.99.0.2
    in_there iptables -A INPUT -p tcp --dport "$port" -m statistic --mode random --probability 0.2 -j DROP
    in_here "$dir/talk_client" client 10.99.0.2 "$port" 1000000 1000 c 20
    in_there iptables -F INPUT
    resent=$(in_here awk '/^Tcp: [0-9]/ { print $13 }' /proc/net/snmp)
    at_least "packets were lost on purpose" 1 "$resent"
    q_becomes "retransmits are as many as the name space's own counter says, in 20 connections of $netns" "20|20000000|$resent|$netns" \
        "$(ends "count(DISTINCT connection_key), sum(sent_bytes), sum(retransmits), any_value(netns)" remote_port "$port" "netns = $netns")"
    q_becomes "each retransmitted packet of these is an event" true \
        "SELECT count(*) BETWEEN 1 AND $resent FROM tcp_events WHERE event = 'retransmit' AND remote_port = $port AND comm = 'talk_client' AND netns = $netns"

    in_here "$dir/talk_client" client 10.77.0.1 9 100 0 c 1 2>/dev/null
    is "there is no route to 10.77.0.1" 101 $?
    q_becomes "a connect that fails before a packet is sent is an event" "talk_client|connect_failed|ENETUNREACH|10.77.0.1|9" \
        "SELECT concat_ws('|', comm, event, error, remote_address, remote_port) FROM tcp_events WHERE netns = $netns AND event = 'connect_failed' AND remote_port = 9"
    in_there iptables -A INPUT -p tcp --dport 99 -j REJECT --reject-with icmp-host-unreachable
    in_here "$dir/talk_client" client 10.99.0.2 99 100 0 c 1 2>/dev/null
    is "a router answers that the host cannot be reached" 113 $?
    q_becomes "unreachable, told once" "connect_failed|EHOSTUNREACH" \
        "SELECT string_agg(concat_ws('|', event, error), ',') FROM tcp_events WHERE netns = $netns AND remote_port = 99 AND event <> 'retransmit'"
    q_becomes "its connection says why it ended" "unreachable|EHOSTUNREACH" "$(ends "end_reason, error" remote_port 99 "netns = $netns AND state = 'CLOSED'")"
else
    skip "loss, silence, no route" "network name spaces cannot be made here"
fi

q_becomes "nothing was lost" 0 "SELECT coalesce(sum(count), 0)::BIGINT FROM agent_losses WHERE place LIKE 'conn%' OR place LIKE '%of TCP' OR place LIKE '%of UDP'"
finish
