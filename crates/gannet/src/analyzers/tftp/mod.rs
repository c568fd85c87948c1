//! TFTP: which files are asked for, and the files (RFC 1350, RFC 2347).

mod parse;
mod record;
#[cfg(test)]
mod tests;
mod transfer;

pub use record::Tftp;
pub use transfer::TFTP_DATA;

use parse::{Message, Request};
use transfer::Blocks;

use super::{Analyzer, Close, Context, Descriptor, Expectation, Outcome, Progress};
use crate::base::direction::{Direction, Transport};
use crate::files::FileInfo;

/// The analyzer of requests.
pub static TFTP: Descriptor = Descriptor::new("tftp", "TFTP", |_| Box::new(TftpAnalyzer::default()))
    .doc("TFTP: which files are asked for")
    .ports(&[(Transport::Udp, 69)])
    .records(&[Tftp::STREAM, FileInfo::STREAM])
    .carries(true)
    .beyond(true);

/// One flow to a server.
#[derive(Default)]
struct TftpAnalyzer {
    row: Option<Box<Tftp>>,
    /// A server that answers on this flow.
    blocks: Blocks,
}

impl TftpAnalyzer {
    fn request(&mut self, cx: &mut Context<'_>, request: &Request<'_>) {
        let same = |row: &Tftp| row.file_name == request.name && row.is_write == request.is_write;
        if self.row.as_deref().is_some_and(same) {
            return;
        }
        self.write(cx);
        cx.confirm();
        self.row = Some(Box::new(Tftp {
            ts: cx.packet_time(),
            conn: cx.conn(),
            is_write: request.is_write,
            file_name: request.name.to_vec(),
            mode: request.mode.to_ascii_lowercase(),
            block_size: request.block_size,
            size: request.size,
            data_uid: None,
            error: None,
        }));
        // The server answers from a port of its own choice.
        let (client, server) = (cx.sender(Direction::Orig), cx.sender(Direction::Resp));
        let expected = Expectation::new(Transport::Udp, &TFTP_DATA, 0);
        cx.expect_connection(expected.opened_by(server).calls(client, cx.origin().orig_port));
    }

    fn write(&mut self, cx: &mut Context<'_>) {
        if let Some(row) = self.row.take() {
            cx.emit(&*row);
        }
        self.blocks.end(cx);
    }
}

impl Analyzer for TftpAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        match (Message::read(bytes), &mut self.row) {
            (Some(Message::Request(request)), _) if dir == Direction::Orig => self.request(cx, &request),
            (Some(Message::Data(number, block)), Some(_)) => self.blocks.block(cx, dir, number, block),
            (Some(Message::Error(why)), Some(row)) => row.error = Some(why.to_vec()),
            (Some(Message::Ack(_) | Message::Options), Some(_)) => {}
            _ => return Progress::Violation("no message of TFTP"),
        }
        Progress::Consumed(bytes.len())
    }

    fn expected(&mut self, _cx: &mut Context<'_>, _token: u64, outcome: Outcome) {
        if let (Outcome::Came(tag), Some(row)) = (outcome, &mut self.row) {
            row.data_uid = tag.uid;
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        self.write(cx);
    }

    fn held(&self) -> usize {
        let row = self.row.as_ref().map_or(0, |row| {
            let texts = row.file_name.capacity() + row.mode.capacity();
            size_of::<Tftp>() + texts + row.error.as_ref().map_or(0, Vec::capacity)
        });
        row + self.blocks.held()
    }
}
