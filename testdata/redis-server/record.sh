#!/usr/bin/env bash
# redis-server: redis-cli and redis-server: RESP 2 and 3, many types of values, errors, a transaction, pipelining, lines instead of
# arrays, CLIENT REPLY, subscriptions, a password; one over IPv6, one on another port.
. "$(dirname "$0")/../lib.sh"
need redis-server redis-cli nc

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.40.0.2/24 2001:db8:40::2/64
addr srv eth0 10.40.0.1/24 2001:db8:40::1/64
for port in 6379 7000; do
	mkdir "db$port"
	bg srv redis-server --bind 10.40.0.1 2001:db8:40::1 --port "$port" --dir "$WORK/db$port" --save '' --protected-mode no
	wait_port srv tcp "$port"
done
record cli eth0 capture.pcap
cli() { in_ns cli timeout 20 redis-cli "$@" >/dev/null 2>&1 || true; }
send() { in_ns cli timeout 5 nc -q 1 10.40.0.1 6379 >/dev/null || true; }
each() { # OPTION ...: each line of the input, on a connection of its own
	while read -r line; do eval "cli \"\$@\" $line" </dev/null; done
}
each -h 10.40.0.1 <<'C'
PING
SET greeting "hello there"
GET greeting
APPEND greeting "!"
STRLEN greeting
SET counter 41
INCR counter
INCRBY counter 8
GETSET counter 7
EXPIRE counter 100
TTL counter
MSET a 1 b 2 c 3
MGET a b c nobody
KEYS "*"
RPUSH list one two three
LRANGE list 0 -1
SADD set x
HSET hash field value other thing
HGET hash field
HGETALL hash
ZADD scores 1 one 2.5 two
ZRANGE scores 0 -1 WITHSCORES
BITOP AND both a b
TYPE list
INCR greeting
NOSUCH command
EVAL "return {1, 'two', {3, 4}}" 0
DEL a b c
C
each -3 -h 2001:db8:40::1 <<'C'
HGETALL hash
SMEMBERS set
ZRANGE scores 0 -1 WITHSCORES
GET nobody
CONFIG SET requirepass secret
AUTH wrong
PING
-a secret CONFIG SET requirepass ""
C
printf 'MULTI\r\nSET inside 1\r\nGET inside\r\nEXEC\r\nHELLO 3\r\nHGETALL hash\r\nGET nobody\r\nQUIT\r\n' | send
printf 'PING\r\nSET  "with blanks"   '"'a b'"'\r\nGET "with blanks"\r\nEXISTS nobody\r\nQUIT\r\n' | send
printf '*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$3\r\nOFF\r\n*1\r\n$4\r\nPING\r\n*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$2\r\nON\r\n*1\r\n$4\r\nPING\r\n' | send
seq 1 50 | awk '{ printf "SET key%d value%d\r\n", $1, $1 }' | in_ns cli timeout 20 redis-cli -h 10.40.0.1 --pipe >/dev/null
printf 'SET unbalanced "quotes\r\n' | send
(printf 'SUBSCRIBE news\r\nPSUBSCRIBE n*\r\n'; sleep 1.5; printf 'UNSUBSCRIBE\r\nPUNSUBSCRIBE\r\nRESET\r\nGET greeting\r\n'; sleep 0.5) | send &
sleep 0.7
cli -h 10.40.0.1 PUBLISH news "something happened"
wait $!
head -c 20000 /dev/zero | tr '\0' x > big
in_ns cli timeout 20 redis-cli -h 10.40.0.1 -p 7000 -x SET big < big >/dev/null
cli -h 10.40.0.1 -p 7000 GETRANGE big 0 6000
stop_record
keep capture.pcap
