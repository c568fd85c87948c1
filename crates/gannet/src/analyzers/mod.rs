//! Protocol analyzers: what one is, which there are, and what it may do.
//!
//! An analyzer is a [`Descriptor`] (data and function pointers) and one boxed [`Analyzer`] for each connection that it
//! is tried on. It sees bytes, datagrams, gaps and ends, never packets; it answers with [`Progress`] and acts through
//! its [`Context`]. To add a protocol: one folder here, one `pub mod` line and one line in [`REGISTRY`].

pub mod dhcp;
pub mod dnp3;
pub mod dns;
pub mod http;
pub mod modbus;
pub mod ntp;
pub mod quic;
pub mod sip;
pub mod ssl;
pub mod websocket;

mod active;
mod analyzer;
mod attach;
mod call;
mod context;
mod detect;
mod feed;
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
    &dhcp::DHCP,
    &dnp3::DNP3_TCP,
    &dnp3::DNP3_UDP,
    &dns::DNS,
    &http::HTTP,
    &modbus::MODBUS,
    &ntp::NTP,
    &quic::QUIC,
    &sip::SIP,
    &ssl::SSL,
    &ssl::DTLS,
    &websocket::WEBSOCKET,
];
