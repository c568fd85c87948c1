//! SMB 1, 2 and 3 over TCP and in sessions of NetBIOS (RFC 1001, RFC 1002): shares, files, and what goes through named pipes.
//!
//! Documents named here are MS-CIFS and MS-SMB for version 1, and MS-SMB2 for the others. Tokens of who the client is go to
//! children (GSSAPI, NTLM), and so does what is written to pipes and read from them (DCE/RPC): a child for each open pipe in
//! version 2, one for all of them in version 1. Encrypted messages are left alone.

mod children;
mod files;
mod frames;
mod parse;
mod pending;
mod probe;
mod recent;
mod record;
mod session;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod v1;
mod v2;

pub use record::{SmbFiles, SmbMapping};
pub use time::FileTime;

use frames::Frames;
use session::Session;

use super::dce_rpc::DceRpc;
use super::krb::Kerberos;
use super::ntlm::Ntlm;
use super::{Analyzer, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};
use crate::events::LogStream;
use crate::files::FileInfo;

/// What it emits, by itself, by files, or by its children.
const RECORDS: &[&LogStream] =
    &[SmbMapping::STREAM, SmbFiles::STREAM, FileInfo::STREAM, DceRpc::STREAM, Ntlm::STREAM, Kerberos::STREAM];

/// The analyzer of SMB.
pub static SMB: Descriptor = Descriptor::new("smb", "SMB", |_| Box::new(SmbAnalyzer::default()))
    .doc("SMB 1, 2 and 3: shares, files on them, and named pipes")
    .ports(&[(Transport::Tcp, 139), (Transport::Tcp, 445)])
    .probe(probe::stream)
    .records(RECORDS)
    .partial(true)
    .by_segment(true);

/// Segments in a row without a fault after which it is taken for SMB.
const SURE: u8 = 3;

/// One connection's SMB.
#[derive(Default)]
struct SmbAnalyzer {
    frames: Frames,
    session: Session,
    /// Segments without a fault, as far as that is counted.
    good: u8,
}

impl Analyzer for SmbAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.frames.is_lost() && !parse::begins(bytes) {
            return Progress::Consumed(bytes.len());
        }
        let session = &mut self.session;
        match self.frames.add(dir, bytes, |frame, content| session.frame(cx, dir, frame, content)) {
            Ok(()) => {
                self.good = self.good.saturating_add(1);
                if self.good == SURE {
                    cx.confirm();
                }
            }
            Err(fault) => {
                cx.violation(fault.0);
                self.frames.lose();
            }
        }
        Progress::Consumed(bytes.len())
    }

    /// Nothing says where the next frame begins: that of both sides is looked for.
    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        self.frames.lose();
        Progress::Consumed(0)
    }

    fn flipped(&mut self) {
        self.frames.flipped();
    }

    fn held(&self) -> usize {
        self.frames.held() + self.session.held()
    }
}
