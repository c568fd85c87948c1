//! Streams of bytes and datagrams, taken from captures by an analyzer that records what it is shown.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

use gannet::analyzers::{
    Analyzer, Context, Descriptor, Direction, Likeness, Progress, Sample, Start, Transport,
};
use gannet::flow::Conn;
use gannet::{Config, Engine};

use crate::support::captures;
use crate::support::rows::{self, Nobody};

/// Bytes of a stream that are kept.
const MAX_BYTES: usize = 6 * 1024;
/// Chunks of a stream that are kept.
const MAX_CHUNKS: usize = 60;

/// What happens on a connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// Bytes of a segment, or a datagram.
    Data(Direction, Vec<u8>),
    /// So many bytes that nobody saw.
    Lost(Direction, usize),
}

/// One connection of a capture.
#[derive(Clone, PartialEq, Eq)]
pub struct Stream {
    pub from: String,
    pub transport: Transport,
    pub orig_port: u16,
    pub resp_port: u16,
    pub events: Vec<Event>,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, transport, orig_port, resp_port, .. } = self;
        write!(f, "{transport:?} {orig_port} > {resp_port} of {from}, {} bytes", self.len())
    }
}

impl Stream {
    pub fn len(&self) -> usize {
        self.events.iter().map(Event::len).sum()
    }

    /// All bytes of a direction.
    fn side(&self, wanted: Direction) -> Vec<u8> {
        let data = self.events.iter().filter_map(|event| match event {
            Event::Data(dir, bytes) if *dir == wanted => Some(bytes.as_slice()),
            _ => None,
        });
        data.flatten().copied().collect()
    }
}

impl Event {
    fn len(&self) -> usize {
        match self {
            Self::Data(_, bytes) => bytes.len(),
            Self::Lost(..) => 0,
        }
    }
}

thread_local! {
    static SEEN: RefCell<Vec<Stream>> = const { RefCell::new(Vec::new()) };
}

/// Remembers everything it is shown.
struct Recorder {
    index: usize,
}

static RECORDER: Descriptor = Descriptor::new("recorder", "RECORDER", |start| {
    let Start { transport, orig_port, resp_port, .. } = *start;
    let stream = Stream { from: String::new(), transport, orig_port, resp_port, events: Vec::new() };
    let index = SEEN.with_borrow_mut(|seen| {
        seen.push(stream);
        seen.len() - 1
    });
    Box::new(Recorder { index })
})
.doc("Whatever it is")
.probe(|_| Likeness::Match)
.records(&[Conn::STREAM])
.partial(true)
.shapes(true);

impl Analyzer for Recorder {
    fn data(&mut self, _cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        SEEN.with_borrow_mut(|seen| {
            let stream = &mut seen[self.index];
            let room = MAX_BYTES.saturating_sub(stream.len()).min(bytes.len());
            if room > 0 && stream.events.len() < MAX_CHUNKS {
                stream.events.push(Event::Data(dir, bytes[..room].to_vec()));
            }
        });
        Progress::Consumed(bytes.len())
    }

    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        Progress::Consumed(0)
    }

    fn held(&self) -> usize {
        0
    }
}

/// Every stream of the repository's captures and of the corpus, each once.
pub fn all() -> Vec<Stream> {
    let mut streams = Vec::new();
    let mut known = HashSet::new();
    for path in captures::all_testdata().into_iter().chain(captures::corpus()) {
        let mut config = Config::builder();
        config.analyzers([&RECORDER]);
        config.checksums(false);
        let mut engine = Engine::new(config.build().unwrap());
        for packet in captures::packets(&path, 20_000) {
            rows::feed(&mut engine, &packet, &mut Nobody);
        }
        engine.finish(&mut Nobody);
        for mut stream in SEEN.take() {
            let mut hasher = DefaultHasher::new();
            (stream.resp_port, &stream.events).hash(&mut hasher);
            if !stream.events.is_empty() && known.insert(hasher.finish()) {
                stream.from = path.display().to_string();
                streams.push(stream);
            }
        }
    }
    streams
}

/// Streams that an analyzer is there for, by port or by content: at most `max`, of all transports and lengths.
pub fn of<'a>(all: &'a [Stream], descriptor: &Descriptor, max: usize) -> Vec<&'a Stream> {
    let mut chosen = Vec::new();
    let by_port = |stream: &Stream| descriptor.ports.contains(&(stream.transport, stream.resp_port));
    for transport in [Transport::Tcp, Transport::Udp] {
        // A port may be that of another protocol as well: half of them are chosen by content.
        for content in [true, false] {
            let fits = |stream: &&Stream| {
                let recognised = is_recognised(stream, descriptor);
                let wanted = recognised == content && (recognised || by_port(stream));
                stream.transport == transport && wanted
            };
            let mut fitting: Vec<_> = all.iter().filter(fits).collect();
            fitting.sort_by_key(|stream| stream.len());
            let step = fitting.len().div_ceil(max / 4).max(1);
            // From the longest down, so that the longest is always there.
            chosen.extend(fitting.into_iter().rev().step_by(step));
        }
    }
    chosen
}

fn is_recognised(stream: &Stream, descriptor: &Descriptor) -> bool {
    let (orig, resp) = match stream.transport {
        Transport::Tcp => (stream.side(Direction::Orig), stream.side(Direction::Resp)),
        _ => match stream.events.first() {
            Some(Event::Data(Direction::Orig, bytes)) => (bytes.clone(), Vec::new()),
            Some(Event::Data(Direction::Resp, bytes)) => (Vec::new(), bytes.clone()),
            _ => return false,
        },
    };
    let sample = Sample::new(stream.transport, &orig, &resp);
    descriptor.probe.is_some_and(|probe| probe(&sample) == Likeness::Match)
}

/// Calls `f` with each chunk and where it is cut by a position of the whole.
fn around(
    events: &[Event],
    at: usize,
    mut f: impl FnMut(&mut Vec<Event>, Direction, &[u8], usize),
) -> Vec<Event> {
    let (mut out, mut before) = (Vec::with_capacity(events.len() + 2), 0);
    for event in events {
        match event {
            Event::Data(dir, bytes) if (before..before + bytes.len()).contains(&at) => {
                f(&mut out, *dir, bytes, at - before);
            }
            _ => out.push(event.clone()),
        }
        before += event.len();
    }
    out
}

fn push(out: &mut Vec<Event>, dir: Direction, bytes: &[u8]) {
    if !bytes.is_empty() {
        out.push(Event::Data(dir, bytes.to_vec()));
    }
}

/// One more boundary, before the byte at this position.
pub fn cut(events: &[Event], at: usize) -> Vec<Event> {
    around(events, at, |out, dir, bytes, within| {
        push(out, dir, &bytes[..within]);
        push(out, dir, &bytes[within..]);
    })
}

/// Bytes of one chunk that nobody saw, from this position on.
pub fn gap(events: &[Event], at: usize, len: usize) -> Vec<Event> {
    around(events, at, |out, dir, bytes, within| {
        let len = len.min(bytes.len() - within);
        push(out, dir, &bytes[..within]);
        out.push(Event::Lost(dir, len));
        push(out, dir, &bytes[within + len..]);
    })
}

/// Another byte at this position.
pub fn changed(events: &[Event], at: usize, byte: u8) -> Vec<Event> {
    around(events, at, |out, dir, bytes, within| {
        let mut bytes = bytes.to_vec();
        bytes[within] = byte;
        out.push(Event::Data(dir, bytes));
    })
}

/// What is before this position.
pub fn truncated(events: &[Event], at: usize) -> Vec<Event> {
    let (mut out, mut room) = (Vec::new(), at);
    for event in events {
        if let Event::Data(dir, bytes) = event {
            push(&mut out, *dir, &bytes[..room.min(bytes.len())]);
            room = room.saturating_sub(bytes.len());
        }
    }
    out
}

/// What is behind this position.
pub fn behind(events: &[Event], at: usize) -> Vec<Event> {
    let (mut out, mut skip) = (Vec::new(), at);
    for event in events {
        if let Event::Data(dir, bytes) = event {
            push(&mut out, *dir, &bytes[skip.min(bytes.len())..]);
            skip = skip.saturating_sub(bytes.len());
        }
    }
    out
}

/// Every byte for itself.
pub fn byte_by_byte(events: &[Event]) -> Vec<Event> {
    let data = events.iter().filter_map(|event| match event {
        Event::Data(dir, bytes) => Some(bytes.iter().map(|byte| Event::Data(*dir, vec![*byte]))),
        Event::Lost(..) => None,
    });
    data.flatten().collect()
}
