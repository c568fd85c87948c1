//! An analyzer that writes down what it is told, and checks that it is told it in a sensible order.

use std::cell::RefCell;

use gannet::analyzers::{
    Analyzer, Close, Context, Descriptor, Direction, Likeness, Progress, Start, Transport,
};

/// What happened on one connection.
#[derive(Clone, Debug)]
pub struct Record {
    /// How it began.
    pub start: Start,
    /// What came, in order.
    pub happened: Vec<Happened>,
}

/// What an analyzer can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Bytes of a stream, or a datagram.
    Data(Direction, Vec<u8>),
    /// So many bytes were never seen.
    Gap(Direction, u64),
    /// A direction ended.
    End(Direction),
    /// Originator and responder changed places.
    Flip,
    /// The analyzer was removed.
    Close,
}

thread_local! {
    static RECORDS: RefCell<Vec<Record>> = const { RefCell::new(Vec::new()) };
}

/// What was recorded on this thread since the last call.
pub fn taken() -> Vec<Record> {
    RECORDS.take()
}

/// Recognises everything and confirms nothing.
pub static RECORDER: Descriptor = Descriptor::new("recorder", "RECORDER", new)
    .doc("Writes down what it is told.")
    .ports(&[(Transport::Tcp, PORT), (Transport::Udp, PORT)])
    .probe(|_| Likeness::Match)
    .partial(true)
    .max_tail(1 << 20);

/// The recorder's port, where it is from the start.
pub const PORT: u16 = 40_000;

fn new(start: &Start) -> Box<dyn Analyzer> {
    RECORDS.with_borrow_mut(|records| {
        records.push(Record { start: *start, happened: Vec::new() });
        Box::new(Recorder { index: records.len() - 1, orig_over: false, resp_over: false, closed: false })
    })
}

struct Recorder {
    index: usize,
    orig_over: bool,
    resp_over: bool,
    closed: bool,
}

impl Recorder {
    fn add(&self, what: Happened) {
        assert!(!self.closed, "{what:?} after the close");
        RECORDS.with_borrow_mut(|records| {
            if let Some(record) = records.get_mut(self.index) {
                record.happened.push(what);
            }
        });
    }

    fn over(&mut self, dir: Direction) -> &mut bool {
        match dir {
            Direction::Orig => &mut self.orig_over,
            Direction::Resp => &mut self.resp_over,
        }
    }
}

impl Analyzer for Recorder {
    fn data(&mut self, _: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        self.add(Happened::Data(dir, bytes.to_vec()));
        Progress::Consumed(bytes.len())
    }

    fn gap(&mut self, _: &mut Context<'_>, dir: Direction, len: u64) -> Progress {
        assert!(len > 0, "a gap of nothing");
        self.add(Happened::Gap(dir, len));
        Progress::Consumed(0)
    }

    fn end(&mut self, _: &mut Context<'_>, dir: Direction, rest: &[u8]) {
        assert!(rest.is_empty() && !*self.over(dir), "a second end, or something left");
        *self.over(dir) = true;
        self.add(Happened::End(dir));
    }

    fn flipped(&mut self) {
        std::mem::swap(&mut self.orig_over, &mut self.resp_over);
        self.add(Happened::Flip);
    }

    fn close(&mut self, _: &mut Context<'_>, _: Close) {
        self.add(Happened::Close);
        self.closed = true;
    }

    fn held(&self) -> usize {
        0
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        assert!(self.closed || std::thread::panicking(), "dropped without a close");
    }
}
