//! Follows the content of the files of a capture, whatever protocol carries them: what each is, how long, how it begins.
//!
//! ```text
//! cargo run --example downloads -- capture.pcap
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

use gannet::capture::{Batch, Files, Filled, PacketSource};
use gannet::events::{Event, FileMeta, Fuid, Meta, Piece, Subscriber};
use gannet::{Config, Engine};

/// How much of a file is shown.
const SHOWN: usize = 16;

/// The files that are open, and lines about those that ended.
#[derive(Default)]
struct Downloads {
    open: HashMap<Fuid, Seen>,
    lines: Vec<String>,
}

/// What was seen of a file.
#[derive(Default)]
struct Seen {
    bytes: u64,
    missing: u64,
    first: Vec<u8>,
}

impl Subscriber for Downloads {
    fn event(&mut self, _meta: &Meta<'_>, _event: Event<'_>) {}

    fn content(&mut self, file: &FileMeta<'_>, piece: Piece<'_>) {
        let seen = self.open.entry(file.fuid).or_default();
        match piece {
            Piece::Bytes(_offset, bytes) => {
                let room = SHOWN - seen.first.len();
                seen.first.extend(bytes.iter().take(room));
                seen.bytes += bytes.len() as u64;
            }
            Piece::Gap(len) => seen.missing += len,
            Piece::End(whole) => {
                let seen = self.open.remove(&file.fuid).unwrap_or_default();
                self.lines.push(line(file, &seen, whole));
            }
        }
    }
}

/// One line: id, protocol, type, name, bytes, whether that is all of it, first bytes.
fn line(file: &FileMeta<'_>, seen: &Seen, whole: bool) -> String {
    let all = match (whole, seen.missing) {
        (true, _) => "whole".to_owned(),
        (false, 0) => "cut off".to_owned(),
        (false, missing) => format!("{missing} missing"),
    };
    format!(
        "{}\t{}\t{}\t{}\t{}\t{all}\t{}",
        file.fuid,
        file.source,
        file.mime.unwrap_or("-"),
        file.name.unwrap_or(b"-").escape_ascii(),
        seen.bytes,
        seen.first.escape_ascii(),
    )
}

/// Writes one line for each file, in the order in which they end.
pub fn downloads(capture: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    // No rows are wanted, only content; the analyzers that carry files run for that.
    let config = Config::builder().only([]).contents(true).build()?;
    let mut engine = Engine::new(config);
    let mut downloads = Downloads::default();
    let mut source = Files::open(&[capture])?;
    let mut batch = Batch::default();
    while let Filled::Packets = source.fill(&mut batch, 256)? {
        for packet in &batch.packets {
            engine.feed(packet.link, packet.ts, packet.wire, batch.bytes(packet), &mut downloads);
        }
        for line in downloads.lines.drain(..) {
            writeln!(out, "{line}")?;
        }
    }
    engine.finish(&mut downloads);
    for line in downloads.lines {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

#[allow(dead_code, reason = "the tests call the function above")]
fn main() -> Result<(), Box<dyn Error>> {
    let capture = std::env::args_os().nth(1).ok_or("usage: downloads CAPTURE")?;
    downloads(Path::new(&capture), &mut io::stdout().lock())
}
