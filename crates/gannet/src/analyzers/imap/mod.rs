//! IMAP: who reads mail on a server (RFC 9051), up to the point where TLS or a login begins.
//!
//! Each segment is taken for a number of whole lines.

mod parse;
mod record;
#[cfg(test)]
mod tests;

use parse::Line;

use super::until_tls::{Next, Opening, UntilTls};
use super::{Context, Descriptor};
use crate::base::direction::{Direction, Transport};

/// The analyzer of IMAP.
pub static IMAP: Descriptor = Descriptor::new("imap", "IMAP", |_| Box::<UntilTls<Imap>>::default())
    .doc("Mail that is read on a server, until TLS or a login begins")
    .ports(&[(Transport::Tcp, 143)])
    .records(record::RECORDS)
    .by_segment(true)
    .carries(true);

/// Longest tag that is kept.
const MAX_TAG: usize = 256;
/// Words behind which nothing more is said of TLS. What is in capitals is read on.
const LATE: [&[u8]; 6] = [b"authenticate", b"login", b"examine", b"create", b"list", b"fetch"];

/// How a connection opens.
#[derive(Default)]
struct Imap {
    /// The tag of the client's STARTTLS.
    starttls: Option<Vec<u8>>,
}

impl Imap {
    fn line(&mut self, cx: &mut Context<'_>, dir: Direction, line: &Line<'_>) -> Next {
        let is = |word: &[u8]| line.word.eq_ignore_ascii_case(word);
        let says = match dir {
            Direction::Orig => line.word == b"capability" || is(b"starttls"),
            Direction::Resp => line.tag == b"*" && is(b"ok"),
        };
        let late = LATE.contains(&line.word);
        if says || late {
            cx.confirm();
        }
        if late {
            return Next::Nothing;
        }
        match dir {
            Direction::Orig if is(b"starttls") => {
                if self.starttls.is_some() {
                    cx.weird("IMAP: client sent duplicate StartTLS", "");
                }
                self.starttls = Some(line.tag.get(..MAX_TAG).unwrap_or(line.tag).to_vec());
            }
            Direction::Resp if self.starttls.as_deref() == Some(line.tag) => {
                if is(b"ok") {
                    return Next::Tls;
                }
                cx.weird("IMAP: server refused StartTLS", "");
            }
            _ => {}
        }
        Next::Unit
    }
}

impl Opening for Imap {
    const BROKEN: &'static str = "parse error: no line with a tag and a word";

    fn unit(&mut self, cx: &mut Context<'_>, dir: Direction, rest: &mut &[u8]) -> Option<Next> {
        let line = parse::line(rest, dir == Direction::Resp)?;
        Some(self.line(cx, dir, &line))
    }

    fn held(&self) -> usize {
        self.starttls.as_ref().map_or(0, Vec::capacity)
    }
}
