"""A client of IRC that does what others do, and some things that they do not."""

import socket
import struct
import time

SERVER = "10.42.0.1"


class Chatter:
    def __init__(self, nick, port=6667):
        self.socket = socket.create_connection((SERVER, port), 10)
        self.file = self.socket.makefile("rb")
        self.nick = nick

    def say(self, *lines):
        self.socket.sendall(b"".join(line.encode() + b"\r\n" for line in lines))

    def until(self, *words):
        """Reads lines up to one with one of these words, answers pings."""
        for line in self.file:
            if line.startswith(b"PING"):
                self.socket.sendall(line.replace(b"PING", b"PONG"))
            if any(word.encode() in line for word in words):
                return line

    def enter(self):
        self.say(f"NICK {self.nick}", f"USER {self.nick} 0 * :{self.nick.title()} of Example")
        self.until(" 376 ", " 422 ")


def main():
    one, two = Chatter("alice"), Chatter("bob", 7777)
    one.enter()
    two.say("CAP LS", "CAP END")
    two.enter()
    one.say("JOIN #one,#two", "JOIN #keyed sesame", "NICK :carol")
    one.until("NICK")
    two.say("JOIN #one", "PRIVMSG carol :hello", "PRIVMSG #one :all of you")
    one.until("all of you")
    host = struct.unpack(">I", socket.inet_aton(SERVER))[0]
    one.say(f"PRIVMSG bob :\x01DCC SEND cat.gif {host} 5000 5126\x01")
    two.until("DCC")
    with socket.create_connection((SERVER, 5000)) as transfer:
        got = 0
        while got < 5126:
            got += len(transfer.recv(1460))
            transfer.sendall(struct.pack(">I", got))
    one.say("PRIVMSG bob :\x01DCC SEND none 0 0 0\x01", "x" * 600, "AVERYLONGCOMMANDTHATISNONE x", "AB")
    one.say("JOIN", "QUIT :bye")
    two.say("QUIT")
    time.sleep(0.3)


main()
