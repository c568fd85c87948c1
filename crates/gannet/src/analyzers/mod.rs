//! Protocol analyzers: what one is, which there are, and what it may do.
//!
//! An analyzer is a [`Descriptor`] (data and function pointers) and one boxed [`Analyzer`] for each connection that it
//! is tried on. It sees bytes, datagrams, gaps and ends, never packets; it answers with [`Progress`] and acts through
//! its [`Context`]. To add a protocol: one folder here, one `pub mod` line and one line in [`REGISTRY`].

pub mod dnp3;
pub mod dns;
pub mod finger;
pub mod http;
pub mod ident;
pub mod ike;
pub mod irc;
pub mod modbus;
pub mod openvpn;
pub mod rfb;
pub mod socks;
pub mod ssh;
pub mod ssl;
pub mod stun;
pub mod tftp;
pub mod wireguard;

mod active;
mod analyzer;
mod attach;
mod call;
mod context;
mod detect;
mod feed;
pub(crate) mod late;
mod left;
mod near;
pub(crate) mod record;
mod stage;
mod terms;
#[cfg(test)]
mod tests;
mod tree;

pub use crate::base::direction::{Direction, Transport};
pub use analyzer::{Analyzer, Context, Descriptor, Expectation, InnerLayer, Remains};
pub use record::AnalyzerFailure;
pub use terms::{Close, Expected, Likeness, Outcome, Progress, Sample, Start};

pub(crate) use analyzer::{Estate, Wish, Wisher};
pub(crate) use call::Call;
pub(crate) use stage::Stage;
pub(crate) use terms::Doubt;
pub(crate) use tree::Party;

/// Every analyzer of the engine. Detection, `--list-analyzers`, schemas, fuzzing and the golden tests walk this list.
pub static REGISTRY: &[&Descriptor] = &[
    &dnp3::DNP3_TCP,
    &dnp3::DNP3_UDP,
    &dns::DNS,
    &finger::FINGER,
    &http::HTTP,
    &ident::IDENT,
    &ike::IKE,
    &irc::IRC,
    &modbus::MODBUS,
    &openvpn::OPENVPN,
    &rfb::RFB,
    &socks::SOCKS,
    &ssh::SSH,
    &ssl::SSL,
    &ssl::DTLS,
    &stun::STUN,
    &tftp::TFTP,
    &wireguard::WIREGUARD,
];
