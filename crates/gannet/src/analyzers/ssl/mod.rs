//! TLS and DTLS, from SSL 2.0 to TLS 1.3: RFC 8446, RFC 5246, RFC 6101, RFC 6347, RFC 9147.
//!
//! What matters is in the handshake. Once both sides encrypt the row is written and nothing more is read.

mod bare;
mod datagrams;
mod fingerprint;
mod fragments;
mod greeting;
mod handshake;
mod names;
mod names_table;
mod parse;
mod probe;
mod record;
mod row;
mod session;
mod stream;
#[cfg(test)]
mod tests;

pub(crate) use greeting::{Greeting, greeting};
pub use record::Ssl;

use bare::BareAnalyzer;
use datagrams::DatagramAnalyzer;
use stream::StreamAnalyzer;

use super::Descriptor;
use crate::base::direction::Transport;
use crate::events::{LogStream, Presented, Secured};
use crate::files::FileInfo;
use crate::files::ocsp::Ocsp;
use crate::files::x509::X509;

/// What both analyzers emit, by themselves or by the files that they find.
const RECORDS: &[&LogStream] =
    &[Ssl::STREAM, X509::STREAM, Ocsp::STREAM, FileInfo::STREAM, Presented::STREAM, Secured::STREAM];

/// The analyzer of TLS.
pub static SSL: Descriptor = Descriptor::new("ssl", "SSL", |_| Box::new(StreamAnalyzer::new()))
    .doc("TLS and SSL: handshakes, and the certificates in them")
    .ports(&[
        (Transport::Tcp, 443),
        (Transport::Tcp, 465),
        (Transport::Tcp, 563),
        (Transport::Tcp, 585),
        (Transport::Tcp, 614),
        (Transport::Tcp, 636),
        (Transport::Tcp, 989),
        (Transport::Tcp, 990),
        (Transport::Tcp, 992),
        (Transport::Tcp, 993),
        (Transport::Tcp, 995),
        (Transport::Tcp, 5223),
    ])
    .probe(probe::stream)
    .first(&[0x16], &[0x15, 0x16])
    .records(RECORDS)
    .max_tail(5 + u16::MAX as usize);

/// The analyzer of DTLS.
pub static DTLS: Descriptor = Descriptor::new("dtls", "DTLS", |_| Box::new(DatagramAnalyzer::new()))
    .doc("DTLS: handshakes, and the certificates in them")
    .ports(&[(Transport::Udp, 443)])
    .probe(probe::datagram)
    .first(&[0x16], &[0x16])
    .records(RECORDS);

/// TLS in tokens of GSSAPI, as a child of FTP: once it is established, that is known to be grid software's FTP. It has neither
/// port nor probe, and is not in the registry.
pub(super) static GRID: Descriptor =
    Descriptor::new("ssl", "SSL", |_| Box::new(StreamAnalyzer::with_name("gridftp")))
        .doc("TLS in tokens of GSSAPI")
        .records(RECORDS)
        .max_tail(SSL.max_tail);

/// The handshake of TLS without records, as a child of a protocol that carries it (QUIC). It has neither port nor probe, and is
/// not in the registry: its carrier opens it.
pub static HANDSHAKE: Descriptor = Descriptor::new("ssl", "SSL", |_| Box::new(BareAnalyzer::new()))
    .doc("The handshake of TLS inside another protocol")
    .records(RECORDS);
