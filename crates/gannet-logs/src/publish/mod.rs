//! Rows for those who get them as they come, in JSON: subscribers of ZeroMQ and receivers of syslog.
//!
//! Each endpoint has a thread and rows of its own. The thread that orders rows leaves a row with all endpoints that want its log.
//! What waits is bounded, and what there is no room for is counted. What was handed to the system counts as sent: a connection that
//! breaks takes with it what was on the way.
//!
//! **ZeroMQ**, as the Bro ZeroMQ log writer speaks it: messages of two parts, the path of the log and the row.
//! Where the subscriber listens, the publisher connects to it, and again when the connection is cut; what it wanted waits for
//! it meanwhile. Where the publisher listens, a subscriber that goes is forgotten. Until a subscriber has come for the first time, there is
//! nobody to keep rows for. What waits for a subscriber is bounded by rows of each log and by bytes of all: what comes then is dropped, for
//! this subscriber alone. Nobody waits for one.
//!
//! **Syslog**, messages of RFC 5424 over TCP: rows wait from the beginning until the receiver is there. Where there is no room, the thread
//! that orders rows waits if it is told to, and then the oldest rows go.

mod endpoint;
mod hub;
mod inbox;
mod outgoing;
mod peer;
mod queue;
mod sender;
mod syslog;
#[cfg(test)]
mod tests;
mod zmtp;

use std::fmt;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;
use gannet::Timestamp;
use gannet::events::LogStream;
use hashbrown::HashMap;

pub use endpoint::Endpoint;
use hub::Hub;
pub use inbox::{EndpointStatus, SubscriberStatus};
use inbox::{Full, Inbox};
use queue::{Message, Most};
use sender::Sender;
pub use syslog::{Facility, Syslog};
pub use zmtp::{Said, ZmtpDecoder};

use crate::by_address;

/// Where rows go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destination {
    /// To subscribers of ZeroMQ.
    Zeromq(Endpoint),
    /// To a receiver of syslog.
    Syslog(Syslog),
}

impl From<Endpoint> for Destination {
    fn from(endpoint: Endpoint) -> Self {
        Self::Zeromq(endpoint)
    }
}

impl From<Syslog> for Destination {
    fn from(syslog: Syslog) -> Self {
        Self::Syslog(syslog)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zeromq(endpoint) => endpoint.fmt(f),
            Self::Syslog(syslog) => syslog.fmt(f),
        }
    }
}

/// What goes to one endpoint, and how much may wait for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Publication {
    /// Where.
    pub to: Destination,
    /// The only logs that go there, by name; all if empty.
    pub only: Vec<String>,
    /// Logs that do not.
    pub without: Vec<String>,
    /// Rows of each log that may wait for a subscriber of ZeroMQ.
    pub high_water: usize,
    /// Bytes of all rows that may wait.
    pub bytes: usize,
    /// Time that the thread that orders rows waits for room, before the oldest rows for a receiver of syslog go.
    pub wait: Duration,
    /// Time that the end of the run takes for what waits.
    pub linger: Duration,
}

impl Publication {
    /// All logs, 64 MiB of rows, and nobody waits for room. For ZeroMQ its own high-water mark, 1000 rows of each log, and a second
    /// at the end; for syslog ten seconds there.
    pub fn new(to: impl Into<Destination>) -> Self {
        let to = to.into();
        let linger = match to {
            Destination::Zeromq(_) => Duration::from_secs(1),
            Destination::Syslog(_) => Duration::from_secs(10),
        };
        Self {
            to,
            only: Vec::new(),
            without: Vec::new(),
            high_water: 1000,
            bytes: 64 << 20,
            wait: Duration::ZERO,
            linger,
        }
    }

    /// Whether rows that are made from the records of a log go there.
    pub fn wants(&self, log: &str) -> bool {
        let is = |names: &[String]| names.iter().any(|name| name == log);
        !is(&self.without) && (self.only.is_empty() || is(&self.only))
    }
}

/// The endpoints of a run.
pub struct Publishers {
    endpoints: Vec<Running>,
    /// The logs that were seen, by the address of their streams.
    logs: HashMap<usize, Known, ahash::RandomState>,
}

/// A log that was seen.
struct Known {
    number: usize,
    /// Its path for each endpoint that wants it.
    topics: Vec<Option<Bytes>>,
}

/// An endpoint at work.
struct Running {
    publication: Publication,
    inbox: Arc<Inbox>,
    thread: JoinHandle<()>,
}

impl Publishers {
    /// Starts a thread for each endpoint.
    ///
    /// # Errors
    /// An endpoint that cannot be listened at, by its name; or there is no thread to be had.
    pub fn start(publications: Vec<Publication>) -> Result<Self, (Destination, io::Error)> {
        let start = |publication: Publication| {
            let to = publication.to.clone();
            Running::start(publication).map_err(|error| (to, error))
        };
        let endpoints = publications.into_iter().map(start).collect::<Result<_, _>>()?;
        Ok(Self { endpoints, logs: by_address() })
    }

    /// Sends a row of this time, a line of JSON, to all that want its log.
    pub fn publish(&mut self, stream: &'static LogStream, time: Timestamp, row: &[u8]) {
        let Self { endpoints, logs } = self;
        let number = logs.len();
        let known = logs
            .entry(std::ptr::from_ref(stream).addr())
            .or_insert_with(|| Known { number, topics: topics(endpoints, stream) });
        let mut body = None;
        for (endpoint, topic) in endpoints.iter().zip(&known.topics) {
            let Some(topic) = topic.clone() else { continue };
            let row = || Bytes::copy_from_slice(row.strip_suffix(b"\n").unwrap_or(row));
            let body = body.get_or_insert_with(row).clone();
            endpoint.inbox.put(Message { log: known.number, topic, time, body });
        }
    }

    /// How the endpoints stand.
    pub fn status(&self) -> Vec<EndpointStatus> {
        self.endpoints.iter().map(|running| running.inbox.status()).collect()
    }

    /// Ends all endpoints, as soon as what waits is sent or the time to linger is over. How they stood then.
    pub fn finish(self) -> Vec<EndpointStatus> {
        let now = Instant::now();
        for running in &self.endpoints {
            running.inbox.end(now + running.publication.linger);
        }
        let end = |running: Running| {
            // A thread that is gone has nothing to send.
            let _gone = running.thread.join();
            running.inbox.status()
        };
        self.endpoints.into_iter().map(end).collect()
    }
}

/// Who wants a log, and under which path: the second endpoint of ZeroMQ that does gets `conn-2` for `conn`, as the second filter of a
/// log does in Zeek.
fn topics(endpoints: &[Running], stream: &'static LogStream) -> Vec<Option<Bytes>> {
    let mut times = 0;
    let topic = |running: &Running| {
        let Publication { to, .. } = &running.publication;
        running.publication.wants(stream.origin()).then(|| {
            times += u32::from(matches!(to, Destination::Zeromq(_)));
            match to {
                Destination::Zeromq(_) if times > 1 => Bytes::from(format!("{}-{times}", stream.name)),
                _ => Bytes::from(stream.name),
            }
        })
    };
    endpoints.iter().map(topic).collect()
}

impl Running {
    fn start(publication: Publication) -> io::Result<Self> {
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let inbox = |full| Arc::new(Inbox::new(wake, publication.bytes, full));
        let (inbox, thread) = match publication.to.clone() {
            Destination::Zeromq(endpoint) => {
                let listener = endpoint.listen()?;
                let inbox = inbox(Full::DropNewest);
                let most = Most { messages: publication.high_water.max(1), bytes: publication.bytes };
                let hub = Hub::new(endpoint, listener, most, Arc::clone(&inbox), woken);
                hub.tell();
                (inbox, thread::Builder::new().name("zeromq".to_owned()).spawn(move || hub.run())?)
            }
            Destination::Syslog(syslog) => {
                let inbox = inbox(Full::DropOldest { wait: publication.wait });
                let sender = Sender::new(syslog, Arc::clone(&inbox), woken);
                sender.tell();
                (inbox, thread::Builder::new().name("syslog".to_owned()).spawn(move || sender.run())?)
            }
        };
        Ok(Self { publication, inbox, thread })
    }
}
