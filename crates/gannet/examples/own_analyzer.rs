//! An analyzer of one's own, with a record of its own: echo (RFC 862), found by content on any port.
//!
//! Prints every line that came back, and how long it took.
//!
//! ```text
//! cargo run --example own_analyzer -- capture.pcap
//! ```

use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, Write};
use std::path::Path;

use gannet::analyzers::{Analyzer, Context, Descriptor, Direction, Likeness, Progress, Sample, Transport};
use gannet::capture::Files;
use gannet::events::{ConnTag, Event, Meta, Subscriber};
use gannet::{Config, Control, Entry, Interval, Output, Timestamp};

gannet::record! {
    /// One row for each line that came back.
    pub struct Echo in "echo" {
        /// When it was sent.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// The line, without its end.
        line: Vec<u8>,
        /// Time until it came back.
        delay: Interval,
    }
}

/// The protocol, as data.
pub static ECHO: Descriptor = Descriptor::new("echo", "ECHO", |_| Box::new(Lines::default()))
    .doc("Echo: what is sent comes back (RFC 862)")
    .ports(&[(Transport::Tcp, 7)])
    .probe(probe)
    .records(&[Echo::STREAM])
    .max_tail(MAX_LINE);

/// Longest line.
const MAX_LINE: usize = 1024;
/// Lines that may be on their way; older ones are forgotten.
const MAX_PENDING: usize = 100;
/// So many equal bytes are no chance.
const ENOUGH: usize = 4;

/// Echo looks like nothing in particular, except that both sides say the same.
fn probe(sample: &Sample<'_>) -> Likeness {
    let both = sample.orig.len().min(sample.resp.len());
    if sample.transport != Transport::Tcp || sample.orig.get(..both) != sample.resp.get(..both) {
        Likeness::No
    } else if both >= ENOUGH {
        Likeness::Match
    } else {
        Likeness::Unsure
    }
}

/// One connection's lines that have not come back yet.
#[derive(Default)]
struct Lines {
    pending: VecDeque<(Timestamp, Vec<u8>)>,
}

impl Lines {
    fn sent(&mut self, cx: &Context<'_>, line: &[u8]) {
        if self.pending.len() >= MAX_PENDING {
            self.pending.pop_front();
        }
        self.pending.push_back((cx.packet_time(), line.to_vec()));
    }

    fn returned(&mut self, cx: &mut Context<'_>, line: &[u8]) -> Result<(), &'static str> {
        let Some((ts, sent)) = self.pending.pop_front() else { return Err("an answer to nothing") };
        if sent != line {
            return Err("an answer that is no echo");
        }
        cx.confirm();
        let delay = cx.packet_time() - ts;
        cx.emit(&Echo { ts, conn: cx.conn(), line: sent, delay });
        Ok(())
    }
}

impl Analyzer for Lines {
    /// Takes one line; what is behind it is shown again at once.
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            return Progress::Until { byte: b'\n', max: MAX_LINE };
        };
        let line = bytes.get(..end).unwrap_or_default();
        match dir {
            Direction::Orig => self.sent(cx, line),
            Direction::Resp => {
                if let Err(reason) = self.returned(cx, line) {
                    return Progress::Violation(reason);
                }
            }
        }
        Progress::Consumed(end + 1)
    }

    fn held(&self) -> usize {
        let lines: usize = self.pending.iter().map(|(_, line)| line.capacity()).sum();
        lines + self.pending.capacity() * size_of::<(Timestamp, Vec<u8>)>()
    }
}

/// Leaves each echo as an item of its own type.
struct Echoes(Output<Interval>);

impl Subscriber for Echoes {
    fn event(&mut self, meta: &Meta<'_>, event: Event<'_>) {
        if let Some(echo) = event.get::<Echo>() {
            self.0.push(meta, echo.delay, |bytes| bytes.extend_from_slice(&echo.line));
        }
    }
}

/// Writes one line for each that came back: the delay in microseconds, and the line.
pub fn echoes(capture: &Path, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let config = Config::builder().analyzer(&ECHO).only([Echo::STREAM]).build()?;
    let mut source = Files::open(&[capture])?;
    let mut lines = Vec::new();
    let keep = |echo: Entry<Interval>| lines.push((echo.item, echo.bytes.to_vec()));
    gannet::run(config, &mut source, |_, output| Echoes(output), keep, |_| Control::Continue)?;
    for (delay, line) in lines {
        writeln!(out, "{}\t{}", delay.nanos() / 1000, line.escape_ascii())?;
    }
    Ok(())
}

#[allow(dead_code, reason = "the tests call the function above")]
fn main() -> Result<(), Box<dyn Error>> {
    let capture = std::env::args_os().nth(1).ok_or("usage: own_analyzer CAPTURE")?;
    echoes(Path::new(&capture), &mut io::stdout().lock())
}
