//! SSH 1 and 2: versions, algorithms, the server's key, and whether somebody got in (RFC 4253; HASSH).
//!
//! Nothing is decrypted. Whether a log-in succeeded is inferred from the sizes of the server's answers (`auth`), which is why
//! segments matter.

mod auth;
mod parse;
mod probe;
mod record;
mod talk;
#[cfg(test)]
mod tests;

pub use record::Ssh;

use talk::SshAnalyzer;

use super::Descriptor;
use crate::base::direction::Transport;
use crate::events::Banner;

/// Longest packet before encryption that is kept; those of real software are shorter than a tenth of it.
const MAX_KEPT: usize = 256 * 1024;

/// The analyzer of SSH.
pub static SSH: Descriptor = Descriptor::new("ssh", "SSH", |_| Box::new(SshAnalyzer::default()))
    .doc("SSH: versions, algorithms, the server's key, and whether a log-in succeeded")
    .ports(&[(Transport::Tcp, 22)])
    .probe(probe::probe)
    .first(b"Ss", b"Ss")
    .records(&[Ssh::STREAM, Banner::STREAM])
    .by_segment(true)
    .max_tail(MAX_KEPT);
