//! As PE, archives and extraction need it: files with holes, a file inside a file, and a decision for each by its first bytes.

use gannet::analyzers::{Analyzer, Context, Descriptor, Direction, Progress, Transport};
use gannet::files::{
    About, Content, FileAnalyzer, FileDescriptor, FileInfo, FileKey, FileOutput, FileProgress,
};

use super::network::{Capture, HOLE, Wire};
use super::{Heard, Told, each, ends, text};

const PORT: u16 = 7070;
/// The type of the file that the server sends.
const CRATE: &str = "application/x-crate";
/// Bytes of a crate before the file in it.
const LID: usize = 24;
/// Bytes that the one who peeks wants to see.
const PEEK: usize = 40;
const SENT: &[u8] =
    b"a lid of some size      and what is below it, long enough for a few segments: 0123456789";

pub static BOX: Descriptor = Descriptor::new("box", "BOX", |_| Box::new(Boxed(None)))
    .doc("All that the server sends is a file")
    .ports(&[(Transport::Tcp, PORT), (Transport::Tcp, PORT + 1)])
    .partial(true)
    .records(&[FileInfo::STREAM, Heard::STREAM]);
static OPENS: FileDescriptor = FileDescriptor::new("OPENS", |_| Box::new(Opens::default()))
    .mimes(&[CRATE])
    .records(&[FileInfo::STREAM, Heard::STREAM]);
static PEEKS: FileDescriptor =
    FileDescriptor::new("PEEKS", |_| Box::new(Peeks::default())).mimes(&[CRATE]).records(&[Heard::STREAM]);

struct Boxed(Option<Content>);

impl Analyzer for Boxed {
    fn start(&mut self, cx: &mut Context<'_>) {
        let mut about = About::new("BOX");
        about.mime = Some(CRATE);
        self.0 = Some(Content::new(FileKey::of_connection(cx, Direction::Resp, &[]), about));
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if let (Direction::Resp, Some(file)) = (dir, &mut self.0) {
            file.data(cx, bytes);
        }
        Progress::Consumed(bytes.len())
    }

    fn gap(&mut self, cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        if let (Direction::Resp, Some(file)) = (dir, &mut self.0) {
            file.gap(cx, len);
        }
        Progress::Consumed(0)
    }

    fn end(&mut self, cx: &mut Context<'_>, dir: Direction, _rest: &[u8]) {
        if let (Direction::Resp, Some(file)) = (dir, &mut self.0) {
            file.end(cx);
        }
    }

    fn held(&self) -> usize {
        self.0.as_ref().map_or(0, Content::held)
    }
}

/// Takes the file out of a crate.
#[derive(Default)]
struct Opens {
    at: usize,
    inner: Option<Content>,
}

impl Opens {
    /// So many bytes pass; how many of them are the lid's. The file begins with the first one behind it.
    fn pass(&mut self, out: &FileOutput<'_>, len: usize) -> usize {
        let lid = LID.saturating_sub(self.at).min(len);
        self.at += len;
        if self.at > LID && self.inner.is_none() {
            self.inner = Some(Content::new(out.inner_key(&[0]), About::new("CRATE")));
        }
        lid
    }
}

impl FileAnalyzer for Opens {
    fn data(&mut self, out: &mut FileOutput<'_>, bytes: &[u8]) -> FileProgress {
        let lid = self.pass(out, bytes.len());
        if let Some(inner) = &mut self.inner {
            inner.data(out, &bytes[lid..]);
        }
        FileProgress::More
    }

    fn gap(&mut self, out: &mut FileOutput<'_>, len: u64) -> FileProgress {
        let lid = self.pass(out, len as usize);
        if let Some(inner) = &mut self.inner {
            inner.gap(out, len - lid as u64);
        }
        FileProgress::More
    }

    fn end(&mut self, out: &mut FileOutput<'_>, _complete: bool) {
        if let Some(inner) = &mut self.inner {
            inner.end(out);
        }
    }

    fn held(&self) -> usize {
        self.inner.as_ref().map_or(0, Content::held)
    }
}

/// Wants the beginning alone.
#[derive(Default)]
struct Peeks(Vec<u8>);

impl Peeks {
    fn progress(&self) -> FileProgress {
        if self.0.len() < PEEK { FileProgress::More } else { FileProgress::Done }
    }
}

impl FileAnalyzer for Peeks {
    fn data(&mut self, _out: &mut FileOutput<'_>, bytes: &[u8]) -> FileProgress {
        assert!(self.0.len() < PEEK, "it was done");
        self.0.extend(bytes.iter().take(PEEK - self.0.len()));
        self.progress()
    }

    fn gap(&mut self, _out: &mut FileOutput<'_>, len: u64) -> FileProgress {
        assert!(self.0.len() < PEEK, "it was done");
        self.0.resize(PEEK.min(self.0.len() + len as usize), HOLE);
        self.progress()
    }

    fn end(&mut self, out: &mut FileOutput<'_>, complete: bool) {
        let mut text = std::mem::take(&mut self.0);
        text.push(if complete { b'$' } else { b'?' });
        out.emit(&Heard { who: "peeks", text }, &[]);
    }

    fn held(&self) -> usize {
        self.0.capacity()
    }
}

/// The server's answer to a request is a file.
pub fn download(wire: &mut Wire, port: u16, file: &[u8]) -> usize {
    let [client, server] = ends(port);
    let tcp = wire.open(client, server);
    wire.say(tcp, 0, b"send it, please");
    let (first, second) = file.split_at(file.len() / 2);
    wire.say(tcp, 1, first);
    wire.say(tcp, 1, second);
    wire.close(tcp);
    tcp
}

/// Seen and missing bytes, as a row has them.
fn sizes(bytes: &[u8]) -> [String; 2] {
    let missing = bytes.iter().filter(|byte| **byte == HOLE).count();
    [bytes.len() - missing, missing].map(|size| size.to_string())
}

fn check(told: &Told, capture: &Capture<'_>) {
    let stream = capture.stream(0, 1);
    let column = |name| told.column(FileInfo::STREAM, name);
    let (fuids, parents, sources) = (column("fuid"), column("parent_fuid"), column("source"));
    let place = |source| sources.iter().position(|own| *own == source);
    let outer = place("BOX").unwrap();
    if stream[0] == HOLE {
        // Who looks into files is chosen by their first bytes.
        return assert!(place("CRATE").is_none() && told.heard("peeks").is_empty());
    }
    let inner = place("CRATE").unwrap();
    assert_eq!((parents[outer], parents[inner]), ("-", fuids[outer]));
    let row = |at: usize| ["seen_bytes", "missing_bytes"].map(|name| column(name)[at].to_owned());
    assert_eq!(row(outer), sizes(&stream));
    assert_eq!(row(inner), sizes(&stream[LID..]));
    let end = if stream.contains(&HOLE) { "?" } else { "$" };
    assert_eq!(told.heard("peeks"), [text(&stream[..PEEK]) + end]);
}

#[test]
fn a_file_inside_a_file_with_holes() {
    let mut wire = Wire::default();
    download(&mut wire, PORT, SENT);
    each(&wire, |faults, capture| {
        let told = Told::with(capture, |config| {
            config.analyzer(&BOX).file_analyzer(&OPENS).file_analyzer(&PEEKS);
        });
        if faults.side.is_some() {
            // Who sent it was not captured, or who opened the connection, whose port says nothing then.
            assert!(told.column(FileInfo::STREAM, "seen_bytes").iter().all(|seen| *seen == "0"));
        } else {
            check(&told, capture);
        }
    });
}
