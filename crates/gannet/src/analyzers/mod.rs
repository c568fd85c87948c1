//! Protocol analyzers: what one is, which there are, and what it may do.
//!
//! An analyzer is a [`Descriptor`] (data and function pointers) and one boxed [`Analyzer`] for each connection that it
//! is tried on. It sees bytes, datagrams, gaps and ends, never packets; it answers with [`Progress`] and acts through
//! its [`Context`]. To add a protocol: one folder here, one `pub mod` line and one line in [`REGISTRY`].

pub mod dnp3;
pub mod dns;
pub mod ftp;
pub mod http;
pub mod imap;
pub mod modbus;
pub mod pop3;
pub mod smtp;
pub mod ssl;
pub mod xmpp;

mod active;
mod analyzer;
mod attach;
mod call;
mod context;
mod detect;
mod feed;
mod left;
mod lines;
mod near;
pub(crate) mod record;
mod stage;
mod terms;
#[cfg(test)]
mod tests;
mod tree;

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
    &dnp3::DNP3_TCP,
    &dnp3::DNP3_UDP,
    &dns::DNS,
    &ftp::FTP,
    &http::HTTP,
    &imap::IMAP,
    &modbus::MODBUS,
    &pop3::POP3,
    &smtp::SMTP,
    &ssl::SSL,
    &ssl::DTLS,
    &xmpp::XMPP,
];
