//! Rows for subscribers of ZeroMQ, as the Bro ZeroMQ log writer sends them: messages of two parts, the path of the log and the row
//! in JSON.
//!
//! Each endpoint has a thread and rows of its own. The thread that orders rows leaves a row with all endpoints that want its log and never
//! waits. Where the subscriber listens, the publisher connects to it, and again when the connection is cut; what it wanted waits for
//! it meanwhile. Where the publisher listens, a subscriber that goes is forgotten. Until a subscriber has come for the first time, there is
//! nobody to keep rows for.
//!
//! What waits for a subscriber is bounded, by rows of each log and by bytes of all: what comes then is dropped, for this subscriber alone, and
//! counted. What was handed to the system counts as sent: a connection that breaks takes with it what was on the way.

mod endpoint;
mod hub;
mod inbox;
mod peer;
mod queue;
#[cfg(test)]
mod tests;
mod zmtp;

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;
use gannet::events::LogStream;

pub use endpoint::Endpoint;
use hub::Hub;
use inbox::Inbox;
pub use inbox::{EndpointStatus, SubscriberStatus};
use queue::{Message, Most};
pub use zmtp::{Said, ZmtpDecoder};

/// What goes to one endpoint, and how much may wait for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Publication {
    /// Where.
    pub endpoint: Endpoint,
    /// The only logs that go there, by name; all if empty.
    pub only: Vec<String>,
    /// Logs that do not.
    pub without: Vec<String>,
    /// Rows of each log that may wait for a subscriber.
    pub high_water: usize,
    /// Bytes of all rows that may.
    pub bytes: usize,
    /// Time that the end of the run takes for what waits.
    pub linger: Duration,
}

impl Publication {
    /// All logs, with ZeroMQ's own high-water mark, 1000 rows of each log, 64 MiB of all, and a second at the end.
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            only: Vec::new(),
            without: Vec::new(),
            high_water: 1000,
            bytes: 64 << 20,
            linger: Duration::from_secs(1),
        }
    }

    /// Whether a log goes there.
    pub fn wants(&self, log: &str) -> bool {
        let is = |names: &[String]| names.iter().any(|name| name == log);
        !is(&self.without) && (self.only.is_empty() || is(&self.only))
    }
}

/// The endpoints of a run.
pub struct Publishers {
    endpoints: Vec<Running>,
    /// The logs that were seen, in the order in which they came.
    logs: Vec<(usize, Vec<Option<Bytes>>)>,
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
    pub fn start(publications: Vec<Publication>) -> Result<Self, (Endpoint, io::Error)> {
        let start = |publication: Publication| {
            let endpoint = publication.endpoint.clone();
            Running::start(publication).map_err(|error| (endpoint, error))
        };
        let endpoints = publications.into_iter().map(start).collect::<Result<_, _>>()?;
        Ok(Self { endpoints, logs: Vec::new() })
    }

    /// Sends a row, a line of JSON, to all that want its log.
    pub fn publish(&mut self, stream: &'static LogStream, row: &[u8]) {
        let number = self.number(stream);
        let Some((_, topics)) = self.logs.get(number) else { return };
        let mut body = None;
        for (endpoint, topic) in self.endpoints.iter().zip(topics) {
            let Some(topic) = topic.clone() else { continue };
            let row = || Bytes::copy_from_slice(row.strip_suffix(b"\n").unwrap_or(row));
            let body = body.get_or_insert_with(row).clone();
            endpoint.inbox.put(Message { log: number, topic, body });
        }
    }

    /// The number of a log; with its first row it is found out who wants it, and under which path: the second endpoint that does gets
    /// `conn-2` for `conn`, as the second filter of a log does in Zeek.
    fn number(&mut self, stream: &'static LogStream) -> usize {
        let address = std::ptr::from_ref(stream).addr();
        if let Some(number) = self.logs.iter().position(|(known, _)| *known == address) {
            return number;
        }
        let mut times = 0;
        let topic = |running: &Running| {
            running.publication.wants(stream.name).then(|| {
                times += 1;
                let name = stream.name;
                Bytes::from(if times == 1 { name.to_owned() } else { format!("{name}-{times}") })
            })
        };
        let topics = self.endpoints.iter().map(topic).collect();
        self.logs.push((address, topics));
        self.logs.len() - 1
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

impl Running {
    fn start(publication: Publication) -> io::Result<Self> {
        let listener = publication.endpoint.listen()?;
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let inbox = Arc::new(Inbox::new(wake, publication.bytes));
        let most = Most { messages: publication.high_water.max(1), bytes: publication.bytes };
        let hub = Hub::new(publication.endpoint.clone(), listener, most, Arc::clone(&inbox), woken);
        hub.tell();
        let thread = thread::Builder::new().name("zeromq".to_owned()).spawn(move || hub.run())?;
        Ok(Self { publication, inbox, thread })
    }
}
