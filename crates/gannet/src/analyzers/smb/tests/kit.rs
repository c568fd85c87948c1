//! What the tests of SMB share: messages that are made here, and what comes out.

use crate::analyzers::dce_rpc::DceRpc;
use crate::analyzers::record::AnalyzerFailure;
use crate::analyzers::smb::{FileTime, SmbFiles, SmbMapping};
use crate::events::{Event, Weird};
use crate::files::FileInfo;
use crate::flow::Conn;
use crate::testing::{Sees, Side, text, weird_text};

pub(super) use crate::testing::Side::{Client, Server};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// `action path name size previous`, and `+fuid` and `+times` where there are any.
    pub(super) files: Vec<String>,
    /// The millisecond of each of these rows.
    pub(super) times: Vec<i64>,
    /// `path service file-system share`.
    pub(super) shares: Vec<String>,
    /// `name seen/total missing is_orig`.
    pub(super) contents: Vec<String>,
    /// `pipe endpoint operation`.
    pub(super) calls: Vec<String>,
    pub(super) weirds: Vec<String>,
    pub(super) failures: Vec<String>,
    pub(super) services: Vec<String>,
    pub(super) histories: Vec<String>,
}

fn or_dash(value: Option<&Vec<u8>>) -> String {
    value.map_or("-".to_owned(), |value| text(value))
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<SmbFiles>() {
            let action = row.action.map_or("-", |action| action.0);
            let [path, name, previous] =
                [&row.path, &row.name, &row.prev_name].map(|value| or_dash(value.as_ref()));
            let fuid = if row.fuid.is_some() { " +fuid" } else { "" };
            let times = if row.modified.is_some() { " +times" } else { "" };
            let action = action.trim_start_matches("SMB::");
            self.files.push(format!("{action} {path} {name} {} {previous}{fuid}{times}", row.size));
            self.times.push(row.ts.nanos() / 1_000_000 - 1_000_000_000_000);
        } else if let Some(row) = event.get::<SmbMapping>() {
            let [path, service, system] =
                [&row.path, &row.service, &row.native_file_system].map(|value| or_dash(value.as_ref()));
            self.shares.push(format!("{path} {service} {system} {}", row.share_type));
        } else if let Some(row) = event.get::<FileInfo>() {
            let total = row.total_bytes.map_or("-".to_owned(), |total| total.to_string());
            let [name, from] = [or_dash(row.filename.as_ref()), format!("{:?}", row.is_orig)];
            self.contents.push(format!("{name} {}/{total} {} {from}", row.seen_bytes, row.missing_bytes));
        } else if let Some(row) = event.get::<DceRpc>() {
            let pipe = or_dash(row.named_pipe.as_ref());
            self.calls.push(format!("{pipe} {} {}", row.endpoint, row.operation));
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
            self.histories.push(conn.history.as_deref().map_or(String::new(), text));
        }
    }
}

pub(super) type Tap = crate::testing::Tap<Seen>;
pub(super) type Step = (Side, Vec<u8>);

pub(super) fn play(steps: &[Step]) -> Seen {
    Tap::open(445).play(steps, &[999_999])
}

/// A frame of the session service.
pub(super) fn framed(kind: u8, content: &[u8]) -> Vec<u8> {
    let [_, a, b, c] = (content.len() as u32).to_be_bytes();
    [&[kind, a, b, c], content].concat()
}

pub(super) fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(super) fn le16(number: usize) -> [u8; 2] {
    (number as u16).to_le_bytes()
}

pub(super) fn le32(number: usize) -> [u8; 4] {
    (number as u32).to_le_bytes()
}

/// Some time in the year 2011, so many seconds later.
pub(super) fn time(seconds: u64) -> FileTime {
    FileTime(129_676_764_949_950_000 + 10_000_000 * seconds)
}

/// A header of SMB 2, and what stands behind it.
#[derive(Clone, Copy)]
pub(super) struct Two {
    pub(super) command: u16,
    pub(super) message: u64,
    pub(super) tree: u32,
    pub(super) status: u32,
    pub(super) next: u32,
}

impl Two {
    pub(super) const fn new(command: u16, message: u64, tree: u32) -> Self {
        Self { command, message, tree, status: 0, next: 0 }
    }

    pub(super) const fn status(mut self, status: u32) -> Self {
        self.status = status;
        self
    }

    /// Without a frame.
    pub(super) fn bare(self, body: &[u8]) -> Vec<u8> {
        let Self { command, message, tree, status, next } = self;
        [
            &b"\xfeSMB\x40\0\x01\0"[..],
            &status.to_le_bytes(),
            &command.to_le_bytes(),
            &[1, 0, 0, 0, 0, 0],
            &next.to_le_bytes(),
            &message.to_le_bytes(),
            &[0xff, 0xfe, 0, 0],
            &tree.to_le_bytes(),
            &[7; 24],
            body,
        ]
        .concat()
    }

    pub(super) fn with(self, body: &[u8]) -> Vec<u8> {
        framed(0, &self.bare(body))
    }
}

/// Several messages in a frame, each filled up to eight bytes.
pub(super) fn chained(messages: &[(Two, Vec<u8>)]) -> Vec<u8> {
    let mut content = Vec::new();
    for (at, (header, body)) in messages.iter().enumerate() {
        let mut body = body.clone();
        let mut header = *header;
        if at + 1 < messages.len() {
            body.resize(body.len().next_multiple_of(8), 0);
            header.next = 64 + body.len() as u32;
        }
        content.extend(header.bare(&body));
    }
    framed(0, &content)
}

/// A file's id.
pub(super) fn id(file: u64) -> [u8; 16] {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&file.to_le_bytes());
    id
}

/// The body of a request with a text behind its offset and length.
fn texted(before: &[u8], text: &[u8]) -> Vec<u8> {
    [before, &le16(64 + before.len() + 4), &le16(text.len()), text].concat()
}

pub(super) fn tree_connect(path: &str) -> Vec<u8> {
    texted(&[9, 0, 0, 0], &wide(path))
}

pub(super) fn tree_connected(kind: u8) -> Vec<u8> {
    [&[16, 0, kind, 0], &[0; 12][..]].concat()
}

pub(super) fn create(name: &str, options: u32) -> Vec<u8> {
    let name = wide(name);
    let head = [&[57, 0], &[0; 38][..], &options.to_le_bytes()].concat();
    [&head[..], &le16(64 + 56), &le16(name.len()), &[0; 8], &name, &[0]].concat()
}

pub(super) fn created(file: u64, size: u64, modified: FileTime) -> Vec<u8> {
    let times = [time(1), time(2), modified, time(3)].map(|time| time.0.to_le_bytes()).concat();
    let sizes = [8192_u64.to_le_bytes(), size.to_le_bytes()].concat();
    [&[89, 0, 0, 0, 1, 0, 0, 0], &times[..], &sizes, &[0; 8], &id(file), &[0; 8]].concat()
}

pub(super) fn close(file: u64) -> Vec<u8> {
    [&[24, 0, 0, 0, 0, 0, 0, 0], &id(file)[..]].concat()
}

pub(super) fn closed() -> Vec<u8> {
    [&[60, 0], &[0; 58][..]].concat()
}

pub(super) fn read(file: u64, offset: u64) -> Vec<u8> {
    [&[49, 0, 0x50, 0, 0, 4, 0, 0], &offset.to_le_bytes()[..], &id(file), &[0; 17]].concat()
}

pub(super) fn bytes_read(bytes: &[u8]) -> Vec<u8> {
    [&[17, 0, 0x50, 0], &le32(bytes.len())[..], &[0; 8], bytes].concat()
}

pub(super) fn write(file: u64, offset: u64, bytes: &[u8]) -> Vec<u8> {
    let head = [&[49, 0], &le16(64 + 48)[..], &le32(bytes.len()), &offset.to_le_bytes()].concat();
    [&head[..], &id(file), &[0; 16], bytes].concat()
}

pub(super) fn written() -> Vec<u8> {
    [&[17, 0], &[0; 14][..]].concat()
}

pub(super) fn ioctl(code: u32, file: u64, input: &[u8]) -> Vec<u8> {
    let counts = [le32(64 + 56), le32(input.len()), [0; 4], [0; 4], [0; 4]].concat();
    [&[57, 0, 0, 0], &code.to_le_bytes()[..], &id(file), &counts, &[0; 12], input].concat()
}

pub(super) fn ioctl_reply(code: u32, file: u64, output: &[u8]) -> Vec<u8> {
    let counts = [le32(64 + 48), [0; 4], le32(64 + 48), le32(output.len())].concat();
    [&[49, 0, 0, 0], &code.to_le_bytes()[..], &id(file), &counts, &[0; 8], output].concat()
}

/// A property of a file.
pub(super) fn set_info(class: u8, file: u64, value: &[u8]) -> Vec<u8> {
    let head = [&[33, 0, 1, class], &le32(value.len())[..], &le16(64 + 32), &[0; 6]].concat();
    [&head[..], &id(file), value].concat()
}

pub(super) fn new_name(name: &str) -> Vec<u8> {
    let name = wide(name);
    [&[0; 16], &le32(name.len())[..], &name].concat()
}

/// What an error says.
pub(super) fn error() -> Vec<u8> {
    vec![9, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// A share, by its number and type.
pub(super) fn mapped(tree: u32, path: &str, kind: u8) -> Vec<Step> {
    vec![
        (Client, Two::new(3, 1, 0).with(&tree_connect(path))),
        (Server, Two::new(3, 1, tree).with(&tree_connected(kind))),
    ]
}

/// A file that is opened on it: number of the message, of the file.
pub(super) fn opened(message: u64, tree: u32, file: u64, name: &str) -> Vec<Step> {
    vec![
        (Client, Two::new(5, message, tree).with(&create(name, 0))),
        (Server, Two::new(5, message, tree).with(&created(file, 12, time(0)))),
    ]
}

/// A message of SMB 1: command, share, number, and what stands behind the header.
pub(super) fn one(command: u8, tree: usize, number: usize, body: &[u8]) -> Vec<u8> {
    let header = [&b"\xffSMB"[..], &[command, 0, 0, 0, 0, 0x98, 0x07, 0xc8], &[0; 12]].concat();
    framed(0, &[&header, &le16(tree)[..], &[0; 4], &le16(number), body].concat())
}

/// Words and bytes, each behind their count; in front of them a link if the message may have one behind it.
pub(super) fn words(words: &[u8], bytes: &[u8]) -> Vec<u8> {
    [&[(words.len() / 2) as u8], words, &le16(bytes.len())[..], bytes].concat()
}

/// No message behind this one.
pub(super) const LAST: [u8; 4] = [0xff, 0, 0, 0];

/// A text in UTF-16 at an odd place, with a zero behind it.
pub(super) fn odd(name: &str) -> Vec<u8> {
    [&[0], &wide(name)[..], &[0, 0]].concat()
}

pub(super) fn tree_connect_1(path: &str, service: &str) -> Vec<u8> {
    let bytes = [&[0], &wide(path)[..], &[0, 0], service.as_bytes(), &[0]].concat();
    words(&[&LAST[..], &[8, 0, 1, 0]].concat(), &bytes)
}

pub(super) fn tree_connected_1(service: &str, system: &str) -> Vec<u8> {
    let place = 1 + 6 + 2 + service.len() + 1;
    let pad: &[u8] = if place % 2 == 1 { &[0] } else { &[] };
    let bytes = [service.as_bytes(), &[0], pad, &wide(system), &[0, 0]].concat();
    words(&[&LAST[..], &[1, 0]].concat(), &bytes)
}

pub(super) fn create_1(name: &str) -> Vec<u8> {
    words(&[&LAST[..], &[0; 44]].concat(), &odd(name))
}

pub(super) fn created_1(file: usize, size: u64, modified: FileTime) -> Vec<u8> {
    let times = [time(1), time(2), modified, time(3)].map(|time| time.0.to_le_bytes()).concat();
    let head = [&LAST[..], &[0], &le16(file), &[0; 4], &times, &[0; 12], &size.to_le_bytes()].concat();
    words(&[&head[..], &[0; 5]].concat(), &[])
}

pub(super) fn read_1(file: usize, offset: usize) -> Vec<u8> {
    words(&[&LAST[..], &le16(file), &le32(offset), &[0; 10]].concat(), &[])
}

pub(super) fn bytes_read_1(bytes: &[u8]) -> Vec<u8> {
    let head = [&LAST[..], &[0; 6], &le16(bytes.len()), &le16(32 + 27), &[0; 10]].concat();
    words(&head, bytes)
}

pub(super) fn write_1(file: usize, offset: usize, bytes: &[u8]) -> Vec<u8> {
    let head = [&LAST[..], &le16(file), &le32(offset), &[0; 10], &le16(bytes.len()), &le16(32 + 27)].concat();
    words(&head, bytes)
}

pub(super) fn close_1(file: usize) -> Vec<u8> {
    words(&[&le16(file)[..], &[0xff; 4]].concat(), &[])
}
