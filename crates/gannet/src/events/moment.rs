//! Moments in the life of a connection. They are no logs: policies watch them.

use std::borrow::Cow;
use std::net::IpAddr;

use super::id::Fuid;
use super::record;
use super::value::{ConnTag, Enum, Port, Vector};

record! {
    /// A TCP connection was accepted: the originator sent a SYN, and the first segment of the responder has one too
    /// (RFC 9293, section 3.5). It is told at that segment, whether or not the originator acknowledges it.
    pub struct Established in "established" internal {
        /// Its id and endpoints.
        conn: ConnTag,
        /// Whether the originator is in a local network.
        local_orig: Option<bool>,
        /// Whether the responder is in a local network.
        local_resp: Option<bool>,
    }
}

record! {
    /// An analyzer confirmed that a connection has its protocol, or the connection is over: what is known of it then.
    pub struct Milestone in "milestone" internal {
        /// Its id and endpoints.
        conn: ConnTag,
        /// Transport protocol: tcp, udp, icmp or unknown_transport.
        proto: Enum,
        /// Whether it is over.
        over: bool,
        /// Protocols that analyzers confirmed so far, in the order of confirmation, joined by commas.
        service: Option<String>,
        /// Whether the responder took part: over TCP it accepted, or data was seen of it; over UDP it sent a datagram.
        answered: bool,
        /// Payload bytes from the responder so far; for TCP by sequence numbers (RFC 9293, section 3.4).
        resp_bytes: u64,
        /// Whether the responder is in a local network.
        local_resp: Option<bool>,
    }
}

record! {
    /// A handshake of TLS or DTLS is complete (RFC 5246, section 7.3).
    pub struct Secured in "secured" internal {
        /// The connection.
        conn: ConnTag,
        /// Whether the responder is in a local network.
        local_resp: Option<bool>,
        /// Version that the server chose.
        version: Option<Cow<'static, str>>,
        /// Cipher suite that the server chose.
        cipher: Option<Cow<'static, str>>,
        /// SHA-1 of the server's first certificate, 20 bytes; unset, as all about it, if none was seen or it cannot be read.
        leaf_sha1: Option<Vec<u8>>,
        /// Whom it names.
        leaf_subject: Option<String>,
        /// Who signed it.
        leaf_issuer: Option<String>,
        /// Its serial number, hexadecimal.
        leaf_serial: Option<String>,
    }
}

record! {
    /// The certificates that a server showed (RFC 5246, section 7.4.2): told right before the row of its connection in ssl.log,
    /// if the first one of them can be read.
    pub struct Presented in "presented" internal {
        /// The connection.
        conn: ConnTag,
        /// Whether the responder is in a local network.
        local_resp: Option<bool>,
        /// The handshake was completed.
        established: bool,
        /// Id of the first certificate as a file.
        leaf_fuid: Fuid,
        /// Those that can be read, as they are encoded, in the order in which they came; the first 32 of them, within 512 KiB.
        certificates: Vector<Vec<u8>>,
    }
}

record! {
    /// A program named itself, in whatever way its protocol has for that.
    pub struct Banner in "banner" internal {
        /// The connection.
        conn: ConnTag,
        /// The protocol and what the program is in it, such as HTTP::SERVER.
        kind: Enum,
        /// The host that it runs on.
        host: IpAddr,
        /// The port that it is found at, if it is a server.
        host_p: Option<Port>,
        /// Whether that host is in a local network.
        local_host: Option<bool>,
        /// How it named itself.
        text: Vec<u8>,
    }
}

record! {
    /// A server of FTP answered a command, with the last line of its reply (RFC 959, section 4.2).
    pub struct Answered in "answered" internal {
        /// The control connection.
        conn: ConnTag,
        /// The command, in capitals.
        command: Vec<u8>,
        /// Its argument.
        arg: Vec<u8>,
        /// The code of the reply.
        code: u64,
    }
}

record! {
    /// A worker sees a packet of another link type than the one before, or its first one.
    pub struct Linked in "linked" internal {
        /// The link type, a DLT number.
        link: u64,
    }
}

record! {
    /// What a worker saw acknowledged since it told of that last. It is told whenever a fold is told of the time, and once more
    /// at the end of the capture.
    pub struct Acknowledged in "acknowledged" internal {
        /// Segments between open ends of TCP connections that acknowledge more data than was acknowledged before (RFC 9293,
        /// section 3.4).
        acks: u64,
        /// Those among them that acknowledge data which was never seen.
        gaps: u64,
        /// Whether the capture is over: no worker has any more.
        over: bool,
    }
}
