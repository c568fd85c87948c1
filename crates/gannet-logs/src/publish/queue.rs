//! What a subscriber wants, and the messages that wait for it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use gannet::Timestamp;

/// Subscriptions of one subscriber; what it wants beyond these is not heard.
const MOST_PREFIXES: usize = 1000;

/// A row on its way to subscribers.
#[derive(Debug)]
pub(super) struct Message {
    /// The log's number among those of the publisher.
    pub(super) log: usize,
    /// The path of the log.
    pub(super) topic: Bytes,
    /// The time of the row.
    pub(super) time: Timestamp,
    /// The row, in JSON.
    pub(super) body: Bytes,
}

impl Message {
    /// What it takes, about.
    pub(super) fn size(&self) -> usize {
        self.body.len() + size_of::<Self>()
    }
}

/// What a subscriber wants, by the beginnings of paths; each counts as often as it was said.
#[derive(Debug, Default)]
pub(super) struct Prefixes(BTreeMap<Vec<u8>, u32>);

impl Prefixes {
    pub(super) fn add(&mut self, prefix: Vec<u8>) {
        if self.0.len() < MOST_PREFIXES || self.0.contains_key(&prefix) {
            let times = self.0.entry(prefix).or_default();
            *times = times.saturating_add(1);
        }
    }

    pub(super) fn remove(&mut self, prefix: &[u8]) {
        if let Some(times) = self.0.get_mut(prefix) {
            *times -= 1;
            if *times == 0 {
                self.0.remove(prefix);
            }
        }
    }

    pub(super) fn match_topic(&self, topic: &[u8]) -> bool {
        // The empty one is the first, and matches all.
        self.0.keys().any(|prefix| topic.starts_with(prefix))
    }
}

/// How much may wait for a subscriber.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// Messages of one log.
    pub(super) messages: usize,
    /// Bytes of all.
    pub(super) bytes: usize,
}

/// The messages that wait for a subscriber, in order.
#[derive(Debug)]
pub(super) struct Queue {
    most: Most,
    waiting: VecDeque<Arc<Message>>,
    bytes: usize,
    /// Messages that wait of each log.
    of_log: Vec<usize>,
    /// Messages that there was no room for.
    pub(super) dropped: u64,
}

impl Queue {
    pub(super) fn new(most: Most) -> Self {
        Self { most, waiting: VecDeque::new(), bytes: 0, of_log: Vec::new(), dropped: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes a message in at the end, or drops it if too many wait: those that wait have a place.
    pub(super) fn push(&mut self, message: &Arc<Message>) {
        if self.of_log.len() <= message.log {
            self.of_log.resize(message.log + 1, 0);
        }
        let full = self.bytes + message.size() > self.most.bytes;
        match self.of_log.get_mut(message.log) {
            Some(count) if !full && *count < self.most.messages => *count += 1,
            _ => {
                self.dropped += 1;
                return;
            }
        }
        self.bytes += message.size();
        self.waiting.push_back(Arc::clone(message));
    }

    /// Messages from the front on.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.waiting.iter()
    }

    /// The first ones have arrived.
    pub(super) fn done(&mut self, messages: usize) {
        for message in self.waiting.drain(..messages.min(self.waiting.len())) {
            self.bytes -= message.size();
            if let Some(count) = self.of_log.get_mut(message.log) {
                *count -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_count() {
        let mut wants = Prefixes::default();
        assert!(!wants.match_topic(b"conn"));
        wants.add(b"co".to_vec());
        wants.add(b"co".to_vec());
        wants.remove(b"co");
        assert!(wants.match_topic(b"conn") && wants.match_topic(b"conn-2") && !wants.match_topic(b"http"));
        wants.remove(b"co");
        wants.remove(b"co");
        assert!(!wants.match_topic(b"conn"));
        wants.add(Vec::new());
        assert!(wants.match_topic(b"http") && wants.match_topic(b""));
        for number in 0..2000_u32 {
            wants.add(number.to_be_bytes().to_vec());
        }
        assert_eq!(wants.0.len(), MOST_PREFIXES);
    }

    #[test]
    fn what_is_too_much_is_dropped_and_counted() {
        let message = |log, size| {
            let (time, topic) = (Timestamp::ZERO, Bytes::new());
            Arc::new(Message { log, topic, time, body: Bytes::from(vec![0; size]) })
        };
        let mut queue = Queue::new(Most { messages: 2, bytes: 10_000 });
        for _ in 0..3 {
            queue.push(&message(0, 10));
        }
        queue.push(&message(1, 10));
        assert_eq!((queue.len(), queue.dropped), (3, 1), "two of the one log, one of the other");
        queue.push(&message(1, 10_000));
        assert_eq!((queue.len(), queue.dropped), (3, 2));
        queue.done(1);
        queue.push(&message(0, 10));
        assert_eq!((queue.len(), queue.dropped), (3, 2));
        queue.done(10);
        assert_eq!((queue.len(), queue.bytes, queue.of_log.iter().sum::<usize>()), (0, 0, 0));
    }
}
