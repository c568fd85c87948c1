#!/usr/bin/env bash
# ldap-slapd: OpenLDAP's clients against its slapd: binds that succeed and fail, by name and by SASL; entries added, changed, renamed,
# compared and deleted; searches with filters of all kinds; extended operations, TLS that begins within; one over IPv6.
. "$(dirname "$0")/../lib.sh"
need slapd ldapsearch ldapadd ldapmodify ldapdelete ldapmodrdn ldapcompare ldapwhoami openssl

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.32.0.2/24 2001:db8:32::2/64
addr srv eth0 10.32.0.1/24 2001:db8:32::1/64
mkdir db
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 36500 \
	-subj '/O=Example/CN=ldap.example.test' > /dev/null 2>&1
cat > slapd.conf <<C
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile $PWD/slapd.pid
TLSCertificateFile $PWD/cert.pem
TLSCertificateKeyFile $PWD/key.pem
password-hash {CLEARTEXT}
authz-regexp "uid=([^,]*),cn=.*" "uid=\$1,ou=people,dc=example,dc=test"
database mdb
suffix "dc=example,dc=test"
rootdn "cn=admin,dc=example,dc=test"
rootpw secret
directory $PWD/db
C
bg srv slapd -d 0 -f "$PWD/slapd.conf" -h 'ldap://10.32.0.1 ldap://[2001:db8:32::1]'
wait_port srv tcp 389
record cli eth0 capture.pcap
U=ldap://10.32.0.1
ADMIN=(-x -H $U -D cn=admin,dc=example,dc=test -w secret)
in_cli() { in_ns cli timeout 20 env LDAPTLS_REQCERT=never "$@" > /dev/null 2>&1 || true; }
cat > people.ldif <<'C'
dn: dc=example,dc=test
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=people,dc=example,dc=test
objectClass: organizationalUnit
ou: people

dn: uid=bob,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: bob
cn: Bob Müller
sn: Müller
userPassword: secret
mail: bob@example.test

dn: uid=eve,ou=people,dc=example,dc=test
objectClass: inetOrgPerson
uid: eve
cn: Eve (Adams)
sn: Adams
C
in_cli ldapadd "${ADMIN[@]}" -f people.ldif
printf 'dn: uid=bob,ou=people,dc=example,dc=test\nchangetype: modify\nadd: mail\nmail: b@example.test\nmail: m@example.test\n-\nreplace: sn\nsn: Miller\n-\ndelete: userPassword\n' > change.ldif
in_cli ldapmodify "${ADMIN[@]}" -f change.ldif
in_cli ldapmodify -x -H $U -f change.ldif
in_cli ldapcompare "${ADMIN[@]}" uid=bob,ou=people,dc=example,dc=test uid:bob
in_cli ldapmodrdn "${ADMIN[@]}" uid=eve,ou=people,dc=example,dc=test uid=adam
find() { in_cli ldapsearch -x -H $U -b dc=example,dc=test -LLL "$@"; }
find '(objectClass=*)'
find '(&(objectClass=inetOrgPerson)(|(uid=bob)(uid=adam))(!(sn=x)))' cn mail
find '(cn=*b*m*er)'
find '(cn=Eve \28Adams\29)'
find '(cn=Bob Müller)' cn
find '(uidNumber>=5)'
find '(cn~=bob)'
find '(cn:caseIgnoreMatch:=bob müller)'
find -s base -a always '(objectClass=*)' namingContexts
find -z 1 '(objectClass=*)'
in_cli ldapsearch -x -H $U -b dc=nowhere '(uid=bob)'
in_cli ldapsearch -x -H 'ldap://[2001:db8:32::1]' -s base -b '' '(objectClass=*)' supportedSASLMechanisms
in_cli ldapwhoami -x -H $U -D cn=admin,dc=example,dc=test -w wrong
in_cli ldapwhoami "${ADMIN[@]}"
in_cli ldapwhoami "${ADMIN[@]}" -ZZ
in_cli ldapsearch -x -H $U -ZZ -b dc=example,dc=test '(uid=bob)'
in_cli ldapwhoami -H $U -Y DIGEST-MD5 -U adam -w nothing
in_cli ldapdelete "${ADMIN[@]}" uid=adam,ou=people,dc=example,dc=test
stop_record
keep capture.pcap
