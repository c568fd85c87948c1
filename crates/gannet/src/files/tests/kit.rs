//! An analyzer that carries files as the datagrams say, and what came of it as text.
//!
//! A script is datagrams between semicolons: `TIME FILE VERB ARGUMENTS`, from the client's port 1; `TIME/PORT` from
//! another one. A file whose name begins with a capital is the same one for all connections of the hosts.
//!
//! - `data TEXT`, `at OFFSET TEXT`, `fill BYTE COUNT`, `hex DIGITS`: bytes;
//! - `gap LENGTH`, `gapat OFFSET LENGTH`: bytes that were not seen;
//! - `total SIZE`, `name NAME`, `end`; `mime TYPE` makes a file whose type is known from its place,
//!   `br` one that travels packed.

use std::collections::HashMap;
use std::fmt::Write;

use crate::analyzers::{Analyzer, Context, Descriptor, Progress, Start};
use crate::base::direction::{Direction, Transport};
use crate::engine::{Config, Engine};
use crate::events::{Event, FileMeta, Meta, Piece, Subscriber};
use crate::files::{
    About, Content, FileAnalyzer, FileDescriptor, FileInfo, FileKey, FileOutput, FileProgress, FileStart,
    Packing,
};
use crate::testing::{RAW, at, udp, v4};
use crate::worker::stats::Stats;

pub(super) static CARRIES: Descriptor =
    Descriptor::new("carries", "CARRIES", |_: &Start| Box::new(Carries::default()))
        .doc("Carries files")
        .ports(&[(Transport::Udp, 7000)])
        .records(&[FileInfo::STREAM])
        .partial(true)
        .shapes(true);

#[derive(Default)]
struct Carries(HashMap<String, Content>);

impl Analyzer for Carries {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let text = std::str::from_utf8(bytes).unwrap();
        let (name, rest) = text.split_once(' ').unwrap();
        let (verb, words) = rest.split_once(' ').unwrap_or((rest, ""));
        let about = About { source: "TEST", is_orig: dir == Direction::Orig, ..About::default() };
        let file = self.0.entry(name.to_owned()).or_insert_with(|| {
            let shared = name.starts_with(char::is_uppercase);
            let number = u64::from(name.as_bytes()[0]);
            let key = if shared {
                FileKey::shared(&[name.as_bytes()])
            } else {
                FileKey::of_connection(cx, dir, &[number])
            };
            Content::new(key, about)
        });
        act(file, cx, verb, words);
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}

fn act(file: &mut Content, cx: &mut Context<'_>, verb: &str, words: &str) {
    let pair = || words.split_once(' ').unwrap();
    let number = |text: &str| text.parse().unwrap();
    match verb {
        "data" => file.data(cx, words.as_bytes()),
        "at" => file.data_at(cx, number(pair().0), pair().1.as_bytes()),
        "fill" => file.data(cx, &pair().0.as_bytes()[..1].repeat(number(pair().1) as usize)),
        "gap" => file.gap(cx, number(words)),
        "gapat" => file.gap_at(cx, number(pair().0), number(pair().1)),
        "total" => file.set_total(cx, number(words)),
        "name" => file.set_name(cx, words.as_bytes()),
        "mime" => file.about.mime = Some(if words == "hidden" { HIDDEN } else { LOOKED }),
        "hex" => file.data(cx, &unhex(words)),
        "br" => file.about.packing = Some(Packing::Brotli),
        "end" => file.end(cx),
        _ => panic!("{verb}"),
    }
}

/// Bytes from their hexadecimal digits.
pub(super) fn unhex(digits: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(digit).collect()
}

/// Their digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The type that [`LOOKS`] looks into.
pub(super) const LOOKED: &str = "application/x-looked-at";
/// The type whose files have no row.
pub(super) const HIDDEN: &str = "application/x-hidden";

/// Says how many bytes it saw, by a weird at the end.
struct Looks(u64);

const LOOKS: FileDescriptor = FileDescriptor {
    name: "LOOKS",
    doc: "Counts bytes",
    mimes: &[LOOKED, "image/gif"],
    records: &[FileInfo::STREAM],
    hides: false,
    new: |_: &FileStart<'_>| Box::new(Looks(0)),
};
static LOOKS_AT: FileDescriptor = LOOKS;
static HIDES: FileDescriptor = FileDescriptor { name: "HIDES", mimes: &[HIDDEN], hides: true, ..LOOKS };

impl FileAnalyzer for Looks {
    fn data(&mut self, _out: &mut FileOutput<'_>, bytes: &[u8]) -> FileProgress {
        self.0 += bytes.len() as u64;
        FileProgress::More
    }

    fn end(&mut self, out: &mut FileOutput<'_>, complete: bool) {
        out.weird("looked", &format!("{} {complete}", self.0));
    }

    fn held(&self) -> usize {
        100_000
    }
}

/// What an engine told.
#[derive(Default)]
pub(super) struct Told {
    pub(super) files: Vec<FileInfo>,
    pub(super) weirds: Vec<String>,
    /// Pieces of content: `offset:text`, `-length` for gaps, `.` or `!` for an end with all or not.
    pub(super) content: String,
    /// The bytes of content, without what is missing.
    pub(super) bytes: Vec<u8>,
    /// The type at the last end, and how content was unpacked.
    pub(super) ended: (Option<&'static str>, Option<Packing>),
    pub(super) stats: Stats,
}

impl Subscriber for Told {
    fn event(&mut self, _meta: &Meta<'_>, event: Event<'_>) {
        if let Some(info) = event.get::<FileInfo>() {
            self.files.push(info.clone());
        } else if let Some(weird) = event.get::<crate::events::Weird>() {
            let addl = weird.addl.clone().map(|addl| String::from_utf8(addl).unwrap());
            self.weirds.push(addl.unwrap_or_else(|| weird.name.clone()));
        }
    }

    fn content(&mut self, file: &FileMeta<'_>, piece: Piece<'_>) {
        assert!(file.fuid.to_string().starts_with('F') && file.source == "TEST" && file.conn.is_some());
        match piece {
            Piece::Bytes(_, bytes) => self.bytes.extend_from_slice(bytes),
            Piece::Gap(_) => {}
            Piece::End(_) => self.ended = (file.mime, file.unpacked),
        }
        let _infallible = match piece {
            Piece::Bytes(at, bytes) => write!(self.content, "{at}:{} ", String::from_utf8_lossy(bytes)),
            Piece::Gap(len) => write!(self.content, "-{len} "),
            Piece::End(whole) => write!(self.content, "{}", if whole { '.' } else { '!' }),
        };
    }
}

impl Told {
    /// One line for each row: `TIME+DURATION SEEN/TOTAL` and what is not zero or unset of missing and overflow bytes,
    /// `T` for silence, type, name and analyzers.
    pub(super) fn rows(&self) -> String {
        self.files.iter().map(brief).collect::<Vec<_>>().join(" | ")
    }
}

fn brief(info: &FileInfo) -> String {
    let secs = |nanos: i64| nanos as f64 / 1e9;
    let mut text = format!("{}+{} {}", secs(info.ts.nanos()), secs(info.duration.nanos()), info.seen_bytes);
    let mut add = |part: String| text.push_str(&part);
    info.total_bytes.iter().for_each(|total| add(format!("/{total}")));
    if info.missing_bytes > 0 {
        add(format!(" -{}", info.missing_bytes));
    }
    if info.overflow_bytes > 0 {
        add(format!(" over {}", info.overflow_bytes));
    }
    if info.timedout {
        add(" T".to_owned());
    }
    info.mime_type.iter().for_each(|mime| add(format!(" {mime}")));
    info.filename.iter().for_each(|name| add(format!(" \"{}\"", String::from_utf8_lossy(name))));
    info.analyzers.0.iter().for_each(|name| add(format!(" {name}")));
    text
}

/// Plays a script on an engine with these changes.
pub(super) fn play_with(script: &str, change: impl FnOnce(&mut Config)) -> Told {
    let mut config = Config {
        analyzers: vec![&CARRIES],
        file_analyzers: vec![&LOOKS_AT, &HIDES],
        contents: true,
        table_seed: Some(1),
        ..Config::default()
    };
    change(&mut config);
    let mut engine = Engine::new(config);
    let mut told = Told::default();
    for line in script.split(';').map(str::trim_start).filter(|line| !line.is_empty()) {
        let (when, payload) = line.split_once(' ').unwrap();
        let (time, port) = when.split_once('/').unwrap_or((when, "1"));
        let packet = v4(17, &udp((port.parse().unwrap(), 7000), payload.as_bytes())).bytes();
        engine.feed(RAW, at(time.parse().unwrap()), packet.len() as u32, &packet, &mut told);
    }
    told.stats = engine.finish(&mut told).stats;
    told
}

/// Plays a script.
pub(super) fn play(script: &str) -> Told {
    play_with(script, |_| ())
}
