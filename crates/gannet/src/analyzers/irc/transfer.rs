//! A file on a connection of its own, as a message of IRC has announced it (DCC).

use crate::analyzers::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::Direction;
use crate::files::{About, Content, FileInfo, FileKey};

/// The analyzer of a file that is sent directly. It has neither port nor probe: whoever announces the file expects it.
pub static IRC_DATA: Descriptor =
    Descriptor::new("irc-dcc-data", "IRC_DATA", |_| Box::new(Transfer::default()))
        .doc("Files that users of IRC send each other directly")
        .records(&[FileInfo::STREAM])
        .partial(true);

/// Bytes of an acknowledgement: how much has come.
const ACK: usize = 4;

/// The file that a connection carries: the responder's.
fn key(cx: &Context<'_>) -> FileKey {
    FileKey::of_connection(cx, Direction::Resp, &[])
}

#[derive(Default)]
struct Transfer {
    content: Option<Box<Content>>,
}

impl Transfer {
    /// Calls `f` with the file, and tells who announced it what became known.
    fn with_file(&mut self, cx: &mut Context<'_>, f: impl FnOnce(&mut Content, &mut Context<'_>)) {
        let about = || Box::new(Content::new(key(cx), About::new("IRC_DATA")));
        let file = self.content.get_or_insert_with(about);
        f(file, cx);
        cx.tell_of_content(file);
    }
}

impl Analyzer for Transfer {
    fn start(&mut self, cx: &mut Context<'_>) {
        cx.confirm();
    }

    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        match dir {
            Direction::Resp => self.with_file(cx, |file, cx| file.data(cx, bytes)),
            Direction::Orig if !bytes.len().is_multiple_of(ACK) => cx.weird("irc_invalid_dcc_send_ack", ""),
            Direction::Orig => {}
        }
        Progress::Consumed(bytes.len())
    }

    fn gap(&mut self, cx: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        if dir == Direction::Resp {
            self.with_file(cx, |file, cx| file.gap(cx, len));
        }
        Progress::Consumed(0)
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        if self.content.is_some() {
            self.with_file(cx, |file, cx| file.end(cx));
        }
    }

    fn held(&self) -> usize {
        self.content.as_ref().map_or(0, |content| size_of::<Content>() + content.held())
    }
}
