//! An analyzer of one's own whose records become a log of one's own: the first line that each side of a connection says.
//!
//! ```text
//! cargo run -p gannet-logs --example own_log -- capture.pcap logs
//! ```

use std::error::Error;
use std::path::Path;

use gannet::analyzers::{Analyzer, Context, Descriptor, Direction, Likeness, Progress};
use gannet::capture::Files;
use gannet::events::ConnTag;
use gannet::{Config, Control, Timestamp, run};
use gannet_logs::{Format, LogDir, LogRows, LogSink, Options};

gannet::record! {
    /// One row for each side that says something.
    pub struct Banner in "banners" {
        /// When it was said.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Whether the originator said it.
        is_orig: bool,
        /// The line, without its end.
        text: Vec<u8>,
    }
}

/// Longest line.
const MAX_LINE: usize = 512;

/// The protocol, as data: any connection will do.
pub static BANNERS: Descriptor = Descriptor::new("banners", "BANNERS", |_| Box::new(FirstLines))
    .doc("The first line that each side says")
    .probe(|_| Likeness::Match)
    .records(&[Banner::STREAM])
    .max_tail(MAX_LINE);

/// Waits for the first line of each direction.
struct FirstLines;

impl Analyzer for FirstLines {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            return Progress::Until { byte: b'\n', max: MAX_LINE };
        };
        let text = bytes.get(..end).unwrap_or_default().trim_ascii_end().to_vec();
        cx.confirm();
        cx.emit(&Banner { ts: cx.packet_time(), conn: cx.conn(), is_orig: dir == Direction::Orig, text });
        Progress::Done
    }

    fn held(&self) -> usize {
        0
    }
}

/// Writes `banners.log` into a folder; gives the number of its rows.
pub fn banners(capture: &Path, logs: &Path) -> Result<u64, Box<dyn Error>> {
    let config = Config::builder().analyzers([&BANNERS]).only([Banner::STREAM]).workers(2).build()?;
    // Without what Gannet has beyond Zeek's columns, such as `community_id`.
    let options = Options::new(Format::Tsv).with_extras(false);
    let mut sink = LogSink::new(LogDir::open(logs, options.clone())?);
    let summary = run(
        config,
        &mut Files::open(&[capture])?,
        |_, output| LogRows::new(options.clone(), output),
        |entry| sink.entry(&entry),
        |_| Control::Continue,
    )?;
    let written = sink.finish(summary.stats.last.unwrap_or_default())?;
    Ok(written.rows())
}

#[allow(dead_code, reason = "the tests call the function above")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(capture), Some(logs)) = (arguments.next(), arguments.next()) else {
        return Err("usage: own_log CAPTURE FOLDER".into());
    };
    println!("{} rows", banners(Path::new(&capture), Path::new(&logs))?);
    Ok(())
}
