//! Notices as a mail (RFC 5322).
//!
//! What came off the wire is in the body alone, and nothing of it can end a line there: control characters are escaped, and the
//! whole body is quoted-printable (RFC 2045, section 6.7), in which no line begins with a dot.

use std::collections::BTreeMap;
use std::fmt::Write;

use gannet::Timestamp;
use gannet_policy::notice::Notice;
use jiff::{Timestamp as Moment, tz::TimeZone};

use super::spec::Mail;

/// Notices that are shown in one message; others are counted by their types.
pub(super) const MOST_SHOWN: usize = 100;
/// Characters of a line in quoted-printable.
const MOST_LINE: usize = 76;

/// The mail of these notices, in lines with `\r\n`; `number` is another one for each mail.
pub(super) fn letter(mail: &Mail, notices: &[&Notice], lost: u64, now: Timestamp, number: u64) -> Vec<u8> {
    let mut text = String::new();
    let to: Vec<String> = mail.to.iter().map(ToString::to_string).collect();
    let _ = write!(text, "From: {}\r\nTo: {}\r\n", mail.from, to.join(",\r\n "));
    let _ = write!(text, "Subject: {} {}\r\n", mail.prefix, subject(notices));
    let _ = write!(text, "Date: {}\r\n", date(now));
    let _ = write!(text, "Message-ID: <{}.{}.{number}@{}>\r\n", now.nanos(), std::process::id(), mail.host);
    text += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    let mut letter = text.into_bytes();
    quoted_printable(&body(notices, lost), &mut letter);
    letter
}

/// Types are the program's own words.
fn subject(notices: &[&Notice]) -> String {
    match notices {
        [notice] => notice.note.0.to_owned(),
        _ => format!("{} notices", notices.len()),
    }
}

fn body(notices: &[&Notice], lost: u64) -> String {
    let mut text = String::new();
    for notice in notices.iter().take(MOST_SHOWN) {
        describe(notice, &mut text);
        text.push('\n');
    }
    let mut more: BTreeMap<&str, usize> = BTreeMap::new();
    for notice in notices.iter().skip(MOST_SHOWN) {
        *more.entry(notice.note.0).or_default() += 1;
    }
    if !more.is_empty() {
        text += "More notices, which are in the log:\n";
    }
    for (note, count) in more {
        let _ = writeln!(text, "{count} of {note}");
    }
    if lost > 0 {
        let _ = writeln!(text, "{lost} notices before these could not be sent.");
    }
    text
}

/// What a notice says, a line for each thing.
fn describe(notice: &Notice, out: &mut String) {
    let _ = writeln!(out, "Type: {}", notice.note.0);
    let _ = writeln!(out, "Time: {}", time(notice.ts));
    let _ = writeln!(out, "Message: {}", plain(&notice.msg));
    if let Some(sub) = &notice.sub {
        let _ = writeln!(out, "Sub-message: {}", plain(sub));
    }
    match (notice.orig_h, notice.orig_p, notice.resp_h, notice.resp_p) {
        (Some(orig), Some(from), Some(resp), Some(to)) => {
            let _ = writeln!(out, "Connection: {orig} {} -> {resp} {}", from.0, to.0);
        }
        _ => {
            let ends = [("Source", notice.src), ("Destination", notice.dst)];
            for (name, end) in ends.into_iter().filter_map(|(name, end)| Some((name, end?))) {
                let _ = writeln!(out, "{name}: {end}");
            }
        }
    }
    if let Some(uid) = notice.uid {
        let _ = writeln!(out, "Connection uid: {uid}");
    }
    if let Some(fuid) = notice.fuid {
        let _ = writeln!(out, "File: {fuid}");
    }
    if let Some(n) = notice.n {
        let _ = writeln!(out, "Count: {n}");
    }
}

/// Text that shows what it is: characters that would move others, or end a line, are escaped.
fn plain(bytes: &[u8]) -> String {
    let mut text = String::new();
    for c in String::from_utf8_lossy(bytes).chars() {
        // Beside control characters: ends of lines and paragraphs, and what turns the direction of writing.
        let moves = matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if c.is_control() || moves {
            let _ = write!(text, "\\u{{{:x}}}", u32::from(c));
        } else {
            text.push(c);
        }
    }
    text
}

fn moment(ts: Timestamp) -> Option<jiff::Zoned> {
    Some(Moment::from_nanosecond(ts.nanos().into()).ok()?.to_zoned(TimeZone::UTC))
}

fn time(ts: Timestamp) -> String {
    moment(ts).map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()).unwrap_or_default()
}

fn date(ts: Timestamp) -> String {
    moment(ts).map(|at| at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()).unwrap_or_default()
}

/// Lines of text in quoted-printable.
fn quoted_printable(text: &str, out: &mut Vec<u8>) {
    for line in text.lines() {
        let (mut width, end) = (0, line.len().saturating_sub(1));
        for (at, byte) in line.bytes().enumerate() {
            let plain = |width| {
                let shown = byte.is_ascii_graphic() && byte != b'=' || byte == b' ' && at < end;
                // A dot there ends a mail, and From there is taken for the beginning of another one.
                shown && !(width == 0 && matches!(byte, b'.' | b'F'))
            };
            let needs = |width| if plain(width) { 1 } else { 3 };
            // The sign that a line goes on has room, too.
            if width + needs(width) >= MOST_LINE {
                out.extend_from_slice(b"=\r\n");
                width = 0;
            }
            match plain(width) {
                true => out.push(byte),
                false => out.extend_from_slice(format!("={byte:02X}").as_bytes()),
            }
            width += needs(width);
        }
        out.extend_from_slice(b"\r\n");
    }
}
