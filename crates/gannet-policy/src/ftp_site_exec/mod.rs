//! Servers of FTP that run programs for their clients.

#[cfg(test)]
mod tests;

use std::any::Any;

use gannet::events::{Answered, ConnTag, Event, Fold, FoldDescriptor, FoldOutput, Meta, Observation};

use crate::notice::{self, Raise};
use crate::policy::Policy;

const SUCCESS: &str = "FTP::Site_Exec_Success";

/// The policy.
pub const POLICY: Policy =
    Policy::new("Servers of FTP that say yes to SITE EXEC, the oldest way into one", &FOLD)
        .raises(&[SUCCESS])
        .local();

static FOLD: FoldDescriptor = FoldDescriptor::new("ftp_site_exec", &[], || Box::new(Told))
    .watches(&[Answered::STREAM], observe)
    .tells(&notice::FOLD);

/// Bytes of the argument that are told.
const MAX_SHOWN: usize = 1024;

/// A program that a server ran.
struct Ran {
    conn: ConnTag,
    arg: Box<[u8]>,
}

fn observe(_: &Meta<'_>, event: Event<'_>) -> Option<Observation> {
    let Answered { conn, command, arg, code } = event.get()?;
    let runs = arg.windows(b"exec".len()).any(|part| part.eq_ignore_ascii_case(b"exec"));
    if command.as_slice() != b"SITE" || !(200..300).contains(code) || !runs {
        return None;
    }
    Some(Box::new(Ran { conn: *conn, arg: arg.get(..MAX_SHOWN).unwrap_or(arg).into() }))
}

/// Tells of each, for it has no state.
struct Told;

impl Fold for Told {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(ran) = item.downcast::<Ran>() else { return };
        let Ran { conn, arg } = *ran;
        let text = [b"FTP command: SITE ", &*arg].concat();
        let same = format!("{}{}SITE EXEC", conn.orig_h, conn.resp_h);
        Raise::new(SUCCESS, text).conn(conn).identifier(same).to(out);
    }

    fn held(&self) -> usize {
        0
    }
}
