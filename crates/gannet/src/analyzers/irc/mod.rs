//! IRC: names that clients take, channels that they join, and files that they send each other (RFC 1459, RFC 2812; DCC).

mod parse;
mod probe;
mod record;
mod talk;
#[cfg(test)]
mod tests;
mod transfer;

pub use record::Irc;
pub use transfer::IRC_DATA;

use talk::IrcAnalyzer;

use super::Descriptor;
use crate::base::direction::Transport;

/// The analyzer of IRC.
pub static IRC: Descriptor = Descriptor::new("irc", "IRC", |_| Box::new(IrcAnalyzer::default()))
    .doc("IRC: names, channels, and files that are offered")
    .ports(&[(Transport::Tcp, 6666), (Transport::Tcp, 6667), (Transport::Tcp, 6668), (Transport::Tcp, 6669)])
    .probe(probe::probe)
    .first(b"\t\n\x0c\r ACNPSUWacnpsuw", &[])
    .records(&[Irc::STREAM])
    .partial(true)
    .carries(true);
