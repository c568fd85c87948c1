//! FTP's data connections: each direction is a file.

use crate::analyzers::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Pair};
use crate::files::{About, Carrier, Content, FileInfo, FileKey, mime};

/// The analyzer of a data connection; only control connections bring it on.
pub(super) static FTP_DATA: Descriptor =
    Descriptor::new("ftp-data", "FTP_DATA", |_| Box::<DataAnalyzer>::default())
        .doc("Files that FTP transfers")
        .records(&[FileInfo::STREAM])
        .partial(true);

/// Bytes by which the type is told that a command's row names: fewer than a file's own row waits for.
const LOOKED_AT: usize = 1024;
/// The type if those bytes do not tell.
const UNKNOWN: &str = "<unknown>";

/// One data connection.
#[derive(Default)]
struct DataAnalyzer {
    files: Pair<Option<Box<Content>>>,
    /// The first bytes, whoever sent them, until they were looked at.
    head: Vec<u8>,
    looked: bool,
}

impl DataAnalyzer {
    /// Keeps first bytes, and looks at them once there are enough.
    fn keep(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) {
        if self.looked {
            return;
        }
        let room = LOOKED_AT - self.head.len().min(LOOKED_AT);
        self.head.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        if self.head.len() >= LOOKED_AT {
            self.look(cx, dir);
        }
    }

    fn look(&mut self, cx: &mut Context<'_>, dir: Direction) {
        self.looked = true;
        let head = std::mem::take(&mut self.head);
        let mime = mime::sniff(&head).unwrap_or(UNKNOWN);
        cx.tell_of_file(cx.id_of(FileKey::of_connection(cx, dir, &[])), Some(mime));
    }

    /// Calls `f` with the file of a direction, and tells the control connection what became known.
    fn with_file(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        f: impl FnOnce(&mut Content, &mut Context<'_>),
    ) {
        let file = self.files.of_mut(dir).get_or_insert_with(|| {
            let is_orig = dir == Direction::Orig;
            let about = About { source: "FTP_DATA", is_orig, ..About::default() };
            Box::new(Content::new(FileKey::of_connection(cx, dir, &[]), about))
        });
        f(file, cx);
        cx.tell_of_content(file);
    }
}

impl Analyzer for DataAnalyzer {
    fn start(&mut self, cx: &mut Context<'_>) {
        cx.confirm();
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        self.keep(cx, dir, bytes);
        self.with_file(cx, dir, |file, cx| file.data(cx, bytes));
        Progress::Consumed(bytes.len())
    }

    fn gap(&mut self, cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        self.with_file(cx, dir, |file, cx| file.gap(cx, len));
        Progress::Consumed(0)
    }

    fn flipped(&mut self) {
        self.files.swap();
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        if !self.head.is_empty() {
            self.look(cx, Direction::Orig);
        }
        for dir in [Direction::Orig, Direction::Resp] {
            if self.files.of(dir).is_some() {
                self.with_file(cx, dir, |file, cx| file.end(cx));
            }
        }
    }

    fn held(&self) -> usize {
        let held =
            |file: &Option<Box<Content>>| file.as_ref().map_or(0, |file| size_of::<Content>() + file.held());
        held(&self.files.orig) + held(&self.files.resp) + self.head.capacity()
    }
}
