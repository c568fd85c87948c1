#!/usr/bin/env bash
# mariadb: the client and the server of MariaDB: right and wrong passwords, queries, results, errors, prepared statements, another database,
# fields, statistics; TLS; one over IPv6.
. "$(dirname "$0")/../lib.sh"
need mariadbd mariadb-install-db mariadb mariadb-admin openssl

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.42.0.2/24 2001:db8:42::2/64
addr srv eth0 10.42.0.1/24 2001:db8:42::1/64
chown mysql "$WORK"
mariadb-install-db --no-defaults --datadir="$WORK/data" --user=mysql --skip-test-db --auth-root-authentication-method=normal >/dev/null 2>&1
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=db.example.test -keyout key.pem -out cert.pem 2>/dev/null
chown mysql key.pem cert.pem
bg srv mariadbd --no-defaults --user=mysql --datadir="$WORK/data" --socket="$WORK/db.sock" --pid-file="$WORK/db.pid" \
	--bind-address='*' --port=3306 --skip-name-resolve --ssl-cert="$WORK/cert.pem" --ssl-key="$WORK/key.pem"
wait_port srv tcp 3306
in_ns srv mariadb --no-defaults -S "$WORK/db.sock" -u root -e "CREATE USER me IDENTIFIED BY 'word'; CREATE DATABASE mine; CREATE DATABASE other; GRANT ALL ON *.* TO me"
record cli eth0 capture.pcap
sql() { in_ns cli timeout 20 mariadb --no-defaults -f -h "${HOST:-10.42.0.1}" -u me -p"${PASSWORD:-word}" "$@" >/dev/null 2>&1 || true; }
sql --skip-ssl mine <<'S'
CREATE TABLE birds (id int auto_increment primary key, name text);
INSERT INTO birds (name) VALUES ('gannet'), ('gull'), ('tern');
SELECT * FROM birds;
UPDATE birds SET name = upper(name);
SELECT count(*) FROM birds WHERE name LIKE 'G%';
SELECT * FROM nobody;
SELEC 1;
SELECT NULL, 1, repeat('x', 300);
USE other;
SELECT DATABASE();
PREPARE stmt FROM 'SELECT ?';
EXECUTE stmt USING 1;
SHOW WARNINGS;
SELECT repeat('x', 20000);
SELECT * FROM mine.birds WHERE id > 99;
S
HOST=2001:db8:42::1 sql --skip-ssl -e 'SHOW DATABASES'
PASSWORD=wrong sql --skip-ssl -e 'SELECT 1'
sql --skip-ssl nowhere -e 'SELECT 1'
sql --ssl -e 'SELECT 1'
sql --skip-ssl -c -e 'DELIMITER //
SELECT 1; SELECT 2//
DELETE FROM mine.birds; INSERT INTO mine.birds (name) VALUES (1), (2)//'
in_ns cli timeout 20 mariadb-admin --no-defaults --skip-ssl -h 10.42.0.1 -u me -pword status ping processlist refresh >/dev/null 2>&1 || true
in_ns cli timeout 20 mariadb-admin --no-defaults --skip-ssl -h 10.42.0.1 -u me -pword debug >/dev/null 2>&1 || true
stop_record
keep capture.pcap
