//! Protocol analyzers: what one is, which there are, and what it may do.
//!
//! An analyzer is a [`Descriptor`] (data and function pointers) and one boxed [`Analyzer`] for each connection that it
//! is tried on. It sees bytes, datagrams, gaps and ends, never packets; it answers with [`Progress`] and acts through
//! its [`Context`]. To add a protocol: one folder here, one `pub mod` line and one line in [`REGISTRY`].

pub mod bittorrent;
pub mod dce_rpc;
pub mod dhcp;
pub mod dnp3;
pub mod dns;
pub mod finger;
pub mod ftp;
pub mod gssapi;
pub mod http;
pub mod ident;
pub mod ike;
pub mod imap;
pub mod irc;
pub mod krb;
pub mod ldap;
pub mod modbus;
pub mod mqtt;
pub mod mysql;
pub mod ntlm;
pub mod ntp;
pub mod openvpn;
pub mod pop3;
pub mod postgresql;
pub mod quic;
pub mod radius;
pub mod rdp;
pub mod redis;
pub mod rfb;
pub mod rtp;
pub mod sip;
pub mod smb;
pub mod smtp;
pub mod snmp;
pub mod socks;
pub mod ssh;
pub mod ssl;
pub mod stun;
pub mod syslog;
pub mod tftp;
pub mod websocket;
pub mod wireguard;
pub mod xmpp;

mod active;
mod analyzer;
mod attach;
mod brood;
mod call;
mod context;
mod detect;
mod feed;
pub(crate) mod late;
mod left;
mod lines;
mod near;
pub(crate) mod record;
mod stage;
mod terms;
#[cfg(test)]
mod tests;
pub(crate) mod text16;
mod tree;
mod until_tls;

pub use crate::base::direction::{Direction, Transport};
pub(crate) use crate::worker::core::Wisher;
pub use analyzer::{Analyzer, Context, Descriptor, Expectation, InnerLayer, Remains};
pub use record::AnalyzerFailure;
pub use terms::{Close, Expected, Likeness, Outcome, Progress, Sample, Start};

pub(crate) use analyzer::{Estate, Wish};
pub(crate) use call::Call;
pub(crate) use stage::Stage;
pub(crate) use terms::Doubt;
pub(crate) use tree::Party;

/// Every analyzer of the engine. Detection, `--list-analyzers`, schemas, fuzzing and the golden tests walk this list.
pub static REGISTRY: &[&Descriptor] = &[
    &bittorrent::BITTORRENT,
    &bittorrent::BITTORRENT_DHT,
    &bittorrent::BITTORRENT_TRACKER,
    &bittorrent::BITTORRENT_UTP,
    &dce_rpc::DCE_RPC,
    &dhcp::DHCP,
    &dnp3::DNP3_TCP,
    &dnp3::DNP3_UDP,
    &dns::DNS,
    &finger::FINGER,
    &ftp::FTP,
    &gssapi::GSSAPI,
    &http::HTTP,
    &http::HTTP2,
    &ident::IDENT,
    &ike::IKE,
    &imap::IMAP,
    &irc::IRC,
    &krb::KRB,
    &krb::KRB_TCP,
    &ldap::LDAP_TCP,
    &ldap::LDAP_UDP,
    &modbus::MODBUS,
    &mqtt::MQTT,
    &mqtt::MQTT_5,
    &mysql::MYSQL,
    &ntlm::NTLM,
    &ntp::NTP,
    &openvpn::OPENVPN,
    &pop3::POP3,
    &postgresql::POSTGRESQL,
    &quic::QUIC,
    &radius::RADIUS,
    &rdp::RDP,
    &rdp::RDPEUDP,
    &redis::REDIS,
    &rfb::RFB,
    &rtp::RTCP,
    &rtp::RTP,
    &rtp::SRTP,
    &sip::SIP,
    &sip::SIP_MORE,
    &smb::SMB,
    &smtp::SMTP,
    &snmp::SNMP,
    &socks::SOCKS,
    &ssh::SSH,
    &ssl::SSL,
    &ssl::DTLS,
    &stun::STUN,
    &syslog::SYSLOG,
    &tftp::TFTP,
    &websocket::WEBSOCKET,
    &wireguard::WIREGUARD,
    &xmpp::XMPP,
];
