//! Names as they are shown to people: a terminal obeys control characters, and whoever names a file may put some into the name.

use std::ffi::OsStr;
use std::fmt::{self, Write};
use std::os::unix::ffi::OsStrExt;

/// A name of a file or an interface, to be shown.
///
/// What would act on a terminal, or change how the text around it reads, is written as `\x1b` or `\u{202e}`: control characters,
/// marks of writing direction, ends of lines, and bytes that are no text.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a>(&'a OsStr);

/// A name to be shown.
///
/// ```
/// let name = std::path::Path::new("a\u{1b}[2Jb.pcap");
/// assert_eq!(gannet::capture::shown(name).to_string(), "a\\x1b[2Jb.pcap");
/// ```
pub fn shown<N: AsRef<OsStr> + ?Sized>(name: &N) -> Shown<'_> {
    Shown(name.as_ref())
}

/// Whether a character acts, rather than being seen.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.as_bytes().utf8_chunks() {
            for c in chunk.valid().chars() {
                match u32::from(c) {
                    code if acts(c) && code < 0x80 => write!(f, "\\x{code:02x}")?,
                    _ if acts(c) => write!(f, "{}", c.escape_unicode())?,
                    _ => f.write_char(c)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_written_out() {
        let cases: [(&[u8], &str); 7] = [
            (b"plain name-1.pcap", "plain name-1.pcap"),
            ("Übung \u{4e16}.pcap".as_bytes(), "Übung \u{4e16}.pcap"),
            (b"\x1b]0;title\x07", "\\x1b]0;title\\x07"),
            (b"a\nb\tc\r\x7f\0", "a\\x0ab\\x09c\\x0d\\x7f\\x00"),
            ("\u{9b}2J".as_bytes(), "\\u{9b}2J"),
            ("\u{202e}pacp".as_bytes(), "\\u{202e}pacp"),
            (b"\xff\xfea", "\\xff\\xfea"),
        ];
        for (name, text) in cases {
            assert_eq!(shown(OsStr::from_bytes(name)).to_string(), text);
        }
    }
}
