//! The blocks of a file, on a flow between two ports of their own choice.

use super::parse::Message;
use crate::analyzers::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::Direction;
use crate::files::{About, Content, FileInfo, FileKey};

/// The analyzer of a file's blocks. It has neither port nor probe: the request expects the flow.
pub static TFTP_DATA: Descriptor = Descriptor::new("tftp", "TFTP_DATA", |_| Box::new(Transfer::default()))
    .doc("Files that TFTP transfers")
    .records(&[FileInfo::STREAM])
    .beyond(true);

/// A file as its blocks come.
#[derive(Default)]
pub(super) struct Blocks {
    content: Option<Box<Content>>,
    /// The number of the last block.
    last: u16,
    /// Bytes of a block, by the first one.
    size: usize,
}

impl Blocks {
    /// A block; one that was there before is left out.
    pub(super) fn block(&mut self, cx: &mut Context<'_>, dir: Direction, number: u16, bytes: &[u8]) {
        let ahead = number.wrapping_sub(self.last);
        if ahead == 0 || ahead > u16::MAX / 2 {
            return;
        }
        self.size = if self.last == 0 && ahead == 1 { bytes.len() } else { self.size };
        let content = self.content.get_or_insert_with(|| {
            let mut about = About::new("TFTP");
            about.is_orig = dir == Direction::Orig;
            Box::new(Content::new(FileKey::of_connection(cx, dir, &[]), about))
        });
        if ahead > 1 {
            content.gap(cx, u64::from(ahead - 1) * self.size as u64);
        }
        content.data(cx, bytes);
        self.last = number;
    }

    /// Nothing more comes.
    pub(super) fn end(&mut self, cx: &mut Context<'_>) {
        if let Some(mut content) = self.content.take() {
            content.end(cx);
        }
    }

    pub(super) fn held(&self) -> usize {
        self.content.as_ref().map_or(0, |content| size_of::<Content>() + content.held())
    }
}

#[derive(Default)]
struct Transfer {
    blocks: Blocks,
}

impl Analyzer for Transfer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        match Message::read(bytes) {
            Some(Message::Data(number, block)) => {
                cx.confirm();
                self.blocks.block(cx, dir, number, block);
            }
            Some(Message::Request(_)) | None => return Progress::Violation("no message of TFTP"),
            Some(_) => cx.confirm(),
        }
        Progress::Consumed(bytes.len())
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        self.blocks.end(cx);
    }

    fn held(&self) -> usize {
        self.blocks.held()
    }
}
