//! The thread of an endpoint: takes rows in, and serves the subscribers.

use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::endpoint::{Endpoint, Listener};
use super::inbox::{EndpointStatus, Inbox, SubscriberStatus};
use super::peer::Peer;
use super::queue::Most;

/// Subscribers of one endpoint; who comes then is sent away.
const MOST_PEERS: usize = 64;
/// Time between two attempts to connect.
const RETRY: Duration = Duration::from_millis(200);
/// Time between two looks at what only time brings.
const TURN: Duration = Duration::from_millis(200);

/// What the thread has.
pub(super) struct Hub {
    endpoint: Endpoint,
    listener: Option<Listener>,
    peers: Vec<Peer>,
    most: Most,
    inbox: Arc<Inbox>,
    woken: UnixStream,
    retry: Instant,
    /// What those have had and lost that are gone.
    gone: (u64, u64),
}

impl Hub {
    pub(super) fn new(
        endpoint: Endpoint,
        listener: Option<Listener>,
        most: Most,
        inbox: Arc<Inbox>,
        woken: UnixStream,
    ) -> Self {
        // One that is connected to stays the same, however often its connection is cut.
        let peers = match listener {
            Some(_) => Vec::new(),
            None => vec![Peer::new(endpoint.to_string(), most)],
        };
        Self { endpoint, listener, peers, most, inbox, woken, retry: Instant::now(), gone: (0, 0) }
    }

    /// Serves until it is told to end, and then as long as rows wait and the time to linger is not over.
    pub(super) fn run(mut self) {
        loop {
            let readable = self.wait();
            let now = Instant::now();
            self.take();
            self.accept(now);
            self.connect(now);
            self.serve(&readable, now);
            self.tell();
            if let Some(until) = self.inbox.ends()
                && (now >= until || self.peers.iter().all(|peer| peer.waiting() == 0))
                && self.inbox.is_empty()
            {
                return;
            }
        }
    }

    /// Waits until there is something to do; says which subscribers have something to say.
    fn wait(&mut self) -> Vec<bool> {
        let mut sockets = vec![PollFd::new(self.woken.as_fd(), PollFlags::POLLIN)];
        sockets
            .extend(self.listener.as_ref().map(|listener| PollFd::new(listener.as_fd(), PollFlags::POLLIN)));
        for peer in &self.peers {
            let Some(wire) = peer.wire() else { continue };
            let output = if peer.has_output() { PollFlags::POLLOUT } else { PollFlags::empty() };
            sockets.push(PollFd::new(wire.as_fd(), PollFlags::POLLIN | output));
        }
        let timeout = PollTimeout::try_from(TURN).unwrap_or(PollTimeout::ZERO);
        let polled = poll(&mut sockets, timeout).unwrap_or_default();
        let mut skip = 1 + usize::from(self.listener.is_some());
        let mut readable = Vec::with_capacity(self.peers.len());
        for peer in &self.peers {
            let events = peer.wire().and_then(|_| {
                skip += 1;
                sockets.get(skip - 1)?.revents()
            });
            readable
                .push(polled > 0 && events.is_some_and(|events| !(events & !PollFlags::POLLOUT).is_empty()));
        }
        readable
    }

    /// Takes the rows that have come.
    fn take(&mut self) {
        let mut bytes = [0; 64];
        while self.woken.read(&mut bytes).is_ok_and(|read| read == bytes.len()) {}
        for message in self.inbox.take() {
            for peer in &mut self.peers {
                peer.offer(&message);
            }
        }
    }

    /// Lets subscribers in.
    fn accept(&mut self, now: Instant) {
        let Some(listener) = &self.listener else { return };
        // What comes of one that is gone already, or of too many, does not matter.
        while let Ok((wire, name)) = listener.accept() {
            if self.peers.len() < MOST_PEERS {
                let mut peer = Peer::new(name, self.most);
                peer.connect(wire, now);
                self.peers.push(peer);
            }
        }
    }

    /// Connects to the subscriber, if there is no connection.
    fn connect(&mut self, now: Instant) {
        if self.listener.is_some() || now < self.retry {
            return;
        }
        for peer in self.peers.iter_mut().filter(|peer| peer.wire().is_none()) {
            self.retry = now + RETRY;
            if let Ok(wire) = self.endpoint.connect() {
                peer.connect(wire, now);
            }
        }
    }

    fn serve(&mut self, readable: &[bool], now: Instant) {
        let stays = self.listener.is_none();
        let mut number = 0;
        let gone = &mut self.gone;
        self.peers.retain_mut(|peer| {
            let is_readable = readable.get(number).copied().unwrap_or(true);
            number += 1;
            let alive = peer.serve(is_readable, now).is_ok() || stays;
            if !alive {
                // What waited for it has nobody to wait for.
                gone.0 += peer.sent;
                gone.1 += peer.dropped() + peer.waiting() as u64;
            }
            alive
        });
    }

    /// Shows how the endpoint stands.
    pub(super) fn tell(&self) {
        let subscribers = self.peers.iter().map(|peer| SubscriberStatus {
            name: peer.name.clone(),
            connected: peer.is_ready(),
            sent: peer.sent,
            dropped: peer.dropped(),
            waiting: peer.waiting() as u64,
        });
        self.inbox.tell(EndpointStatus {
            endpoint: self.endpoint.to_string(),
            subscribers: subscribers.collect(),
            sent: self.gone.0 + self.peers.iter().map(|peer| peer.sent).sum::<u64>(),
            dropped: self.gone.1 + self.peers.iter().map(Peer::dropped).sum::<u64>(),
            // The thread that orders rows knows.
            waited: Duration::ZERO,
        });
    }
}
