//! RFB, which VNC speaks: versions, the log-in, and the screen that is shared (RFC 6143).

mod parse;
mod record;
mod talk;
#[cfg(test)]
mod tests;

pub use record::Rfb;

use talk::RfbAnalyzer;

use super::{Descriptor, Likeness, Sample};
use crate::base::direction::Transport;

/// The analyzer of RFB.
pub static RFB: Descriptor = Descriptor::new("rfb", "RFB", |_| Box::new(RfbAnalyzer::default()))
    .doc("RFB (VNC): versions, the log-in, and the screen that is shared")
    .probe(probe)
    .first(b"R", b"R")
    .records(&[Rfb::STREAM])
    .max_tail(parse::SCREEN + parse::MAX_TEXT as usize);

/// Both sides begin with the same three letters.
fn probe(sample: &Sample<'_>) -> Likeness {
    let begins = |bytes: &[u8]| {
        let beginning = bytes.get(..3).unwrap_or(bytes);
        b"RFB".starts_with(beginning).then_some(beginning.len() == 3)
    };
    if sample.transport != Transport::Tcp {
        return Likeness::No;
    }
    match (begins(sample.orig), begins(sample.resp)) {
        (Some(true), Some(true)) => Likeness::Match,
        (Some(_), Some(_)) => Likeness::Unsure,
        _ => Likeness::No,
    }
}
