#!/usr/bin/env bash
# radius-freeradius: radclient and FreeRADIUS: users let in and refused, by PAP and CHAP, with a challenge, with hardware addresses in several spellings,
# with tunnels; a server that does not answer; a status request; one over IPv6.
. "$(dirname "$0")/../lib.sh"
need freeradius radclient

ns cli srv
link cli eth0 srv eth0
addr cli eth0 10.44.0.2/24 2001:db8:44::2/64
addr srv eth0 10.44.0.1/24 2001:db8:44::1/64
mkdir raddb
cat > raddb/radiusd.conf <<C
prefix = /usr
localstatedir = $WORK
logdir = $WORK
run_dir = $WORK
libdir = /usr/lib/freeradius
pidfile = $WORK/radiusd.pid
security {
 allow_core_dumps = no
 status_server = yes
}
thread pool {
 start_servers = 1
 max_servers = 2
 min_spare_servers = 1
 max_spare_servers = 1
}
client all {
 ipaddr = 0.0.0.0/0
 secret = hush
}
client all6 {
 ipv6addr = ::/0
 secret = hush
}
modules {
 pap { }
 chap { }
 always reject {
  rcode = reject
 }
 always handled {
  rcode = handled
 }
}
server default {
 listen {
  type = auth
  ipaddr = 10.44.0.1
  port = 1812
 }
 listen {
  type = auth
  ipv6addr = 2001:db8:44::1
  port = 1812
 }
 authorize {
  if (&User-Name == "nobody") {
   update reply {
    Reply-Message := "who are you?"
   }
   reject
  }
  elsif (&User-Name == "code" && !&State) {
   update control {
    Response-Packet-Type := Access-Challenge
   }
   update reply {
    Reply-Message := "what is the code?"
    State := 0x01
    Framed-IP-Address := 192.0.2.9
   }
   handled
  }
  else {
   update control {
    Cleartext-Password := "word"
   }
   update reply {
    Framed-IP-Address := 192.0.2.7
    Reply-Message := "welcome"
   }
  }
  chap
  pap
 }
 authenticate {
  Auth-Type PAP {
   pap
  }
  Auth-Type CHAP {
   chap
  }
 }
}
C
bg srv freeradius -f -d "$WORK/raddb" -n radiusd -l stdout
wait_port srv udp 1812
record cli eth0 capture.pcap
ask() { in_ns cli timeout 10 radclient -q -r "${TRIES:-1}" -t 1 "${HOST:-10.44.0.1}:1812" "${KIND:-auth}" hush >/dev/null 2>&1 || true; }
echo 'User-Name = me, User-Password = word, Calling-Station-Id = "00-1A-2B-3C-4D-5E", Connect-Info = "CONNECT 11Mbps 802.11b"' | ask
echo 'User-Name = me, CHAP-Password = word, Calling-Station-Id = "001a.2b3c.4d5e"' | ask
echo 'User-Name = me, User-Password = wrong, Calling-Station-Id = "192.0.2.55"' | ask
echo 'User-Name = nobody, User-Password = word, Tunnel-Client-Endpoint:0 = "198.51.100.7"' | ask
echo 'User-Name = code, User-Password = word' | ask
echo 'User-Name = code, User-Password = word, State = 0x01' | ask
echo 'User-Name = me, User-Password = word' | HOST='[2001:db8:44::1]' ask
echo 'Message-Authenticator = 0x00' | KIND=status ask
printf 'User-Name = first, User-Password = word\n\nUser-Name = second, User-Password = wrong\n\nUser-Name = third, User-Password = word\n' | ask
echo 'User-Name = lonely, User-Password = word' | HOST=10.44.0.77 TRIES=2 ask
stop_record
keep capture.pcap
