#!/usr/bin/env bash
# postgresql-psql: psql, pgbench and PostgreSQL: passwords by SCRAM and MD5, right and wrong, a user and a database that nobody knows; queries,
# errors, notices, copies; prepared statements; TLS wanted and refused on port 5432, wanted and granted on port 5433; one over IPv6.
. "$(dirname "$0")/../lib.sh"
PATH=$PATH:$(echo /usr/lib/postgresql/*/bin)
need initdb postgres psql pgbench openssl

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.41.0.2/24 2001:db8:41::2/64
addr srv eth0 10.41.0.1/24 2001:db8:41::1/64
chown postgres "$WORK"
as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
as initdb -D "$WORK/data" -U admin -A trust --no-sync >/dev/null
cp -a data data2
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=db.example.test -keyout data2/server.key -out data2/server.crt 2>/dev/null
chown postgres data2/server.*
chmod 600 data2/server.key
for cluster in data data2; do
	printf 'local all all trust\nhost all admin all trust\nhost all md5user all md5\nhost all all all scram-sha-256\n' > "$cluster/pg_hba.conf"
done
serve() { # DIRECTORY PORT OPTION ...
	local data=$1 port=$2
	shift 2
	bg srv setpriv --reuid=postgres --regid=postgres --clear-groups postgres -D "$WORK/$data" -p "$port" -k "$WORK" \
		-c listen_addresses='10.41.0.1,2001:db8:41::1' -c fsync=off "$@"
	wait_port srv tcp "$port"
	in_ns srv psql -q -h "$WORK" -p "$port" -U admin postgres -c "CREATE USER me PASSWORD 'word'" -c "CREATE DATABASE mine OWNER me" \
		-c "SET password_encryption = md5" -c "CREATE USER md5user PASSWORD 'word'" >/dev/null
}
serve data 5432
serve data2 5433 -c ssl=on
record cli eth0 capture.pcap
sql() { in_ns cli env PGPASSWORD="${PASSWORD:-word}" PGGSSENCMODE=disable timeout 20 psql -q "$@" >/dev/null 2>&1 || true; }
sql 'host=10.41.0.1 user=me dbname=mine' <<'S'
CREATE TABLE birds (id serial, name text);
INSERT INTO birds (name) VALUES ('gannet'), ('gull'), ('tern');
SELECT * FROM birds;
UPDATE birds SET name = upper(name);
SELECT count(*) FROM birds WHERE name LIKE 'G%';
DROP TABLE IF EXISTS nobody;
SELECT 1/0;
SELECT * FROM nobody;
BEGIN;
INSERT INTO birds (id) VALUES ('x');
SELECT 1;
ROLLBACK;
COPY birds TO STDOUT;
\copy birds (name) from program 'seq 1 5'
SELECT 1; SELECT 2;
LISTEN news;
NOTIFY news, 'hello';
SELECT repeat('x', 10000);
S
sql 'host=2001:db8:41::1 user=md5user dbname=postgres sslmode=disable' -c 'SELECT version()'
PASSWORD=wrong sql 'host=10.41.0.1 user=me dbname=mine sslmode=disable' -c 'SELECT 1'
PASSWORD=wrong sql 'host=10.41.0.1 user=md5user dbname=mine sslmode=disable' -c 'SELECT 1'
sql 'host=10.41.0.1 user=nobody dbname=mine sslmode=disable' -c 'SELECT 1'
sql 'host=10.41.0.1 user=admin dbname=nowhere sslmode=disable' -c 'SELECT 1'
sql 'host=10.41.0.1 port=5433 user=me dbname=mine sslmode=disable application_name=clear' -c 'SELECT 1'
sql 'host=10.41.0.1 port=5433 user=me dbname=mine sslmode=require' -c 'SELECT 1'
sql 'host=10.41.0.1 user=me dbname=mine sslmode=require' -c 'SELECT 1'
echo "SELECT name FROM birds WHERE id = 1;" > bench.sql
in_ns cli env PGPASSWORD=word PGGSSENCMODE=disable PGSSLMODE=disable timeout 20 pgbench -n -M extended -t 3 -f bench.sql -h 10.41.0.1 -U me mine >/dev/null 2>&1
in_ns cli env PGPASSWORD=word PGGSSENCMODE=disable PGSSLMODE=disable timeout 20 pgbench -n -M prepared -t 3 -f bench.sql -h 10.41.0.1 -U me mine >/dev/null 2>&1
# A query that is cancelled, by a connection of its own.
in_ns cli env PGPASSWORD=word PGGSSENCMODE=disable timeout -s INT 1 psql -q 'host=10.41.0.1 user=me dbname=mine sslmode=disable' -c 'SELECT pg_sleep(9)' >/dev/null 2>&1 || true
stop_record
keep capture.pcap
