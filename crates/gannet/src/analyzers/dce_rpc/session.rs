//! What is known of the calls on one association: which interfaces are bound, and the row that is filled call by call.

use std::borrow::Cow;

use super::names;
use super::record::DceRpc;
use crate::analyzers::Context;
use crate::base::time::{Interval, Timestamp};

/// Contexts of one association that are known by number; later ones are not.
const MAX_CONTEXTS: usize = 1024;

/// A context that was bound, or that was called.
#[derive(Clone, Copy)]
struct Bound {
    id: u16,
    uuid: Option<u128>,
    /// The operation that was asked for last.
    operation: u16,
}

/// The calls on one association. The row is used again for each call: what a call does not say is that of the one before.
#[derive(Default)]
pub(super) struct Session {
    contexts: Vec<Bound>,
    /// The interface that was bound last.
    uuid: Option<u128>,
    named_pipe: Option<Vec<u8>>,
    /// When the latest request was seen, or what came first.
    ts: Option<Timestamp>,
    rtt: Option<Interval>,
    endpoint: Option<Cow<'static, str>>,
    operation: Option<Cow<'static, str>>,
}

impl Session {
    /// A message is worked on.
    fn wake(&mut self, now: Timestamp) {
        self.ts.get_or_insert(now);
        if let Some(uuid) = self.uuid {
            self.endpoint = Some(names::endpoint(uuid));
        }
    }

    fn context(&mut self, id: u16) -> Option<&mut Bound> {
        let at = self.contexts.iter().position(|bound| bound.id == id);
        if let Some(at) = at {
            return self.contexts.get_mut(at);
        }
        if self.contexts.len() >= MAX_CONTEXTS {
            return None;
        }
        self.contexts.push(Bound { id, uuid: None, operation: 0 });
        self.contexts.last_mut()
    }

    /// A context is asked for.
    pub(super) fn bind(&mut self, now: Timestamp, id: u16, uuid: u128) {
        self.uuid = Some(uuid);
        self.wake(now);
        if let Some(bound) = self.context(id) {
            bound.uuid = Some(uuid);
        }
    }

    /// The server names its secondary address.
    pub(super) fn bound(&mut self, now: Timestamp, address: &[u8]) {
        self.wake(now);
        if !address.is_empty() {
            self.named_pipe = Some(address.to_vec());
        }
    }

    /// The server answers to an alteration.
    pub(super) fn altered(&mut self, now: Timestamp) {
        self.wake(now);
    }

    /// An operation is called.
    pub(super) fn call(&mut self, now: Timestamp, id: u16, operation: u16) {
        self.wake(now);
        self.ts = Some(now);
        if let Some(bound) = self.context(id) {
            bound.operation = operation;
        }
    }

    /// A call is answered.
    pub(super) fn answer(&mut self, cx: &mut Context<'_>, id: u16) {
        let now = cx.now();
        self.wake(now);
        self.guess();
        let bound = self.contexts.iter().find(|bound| bound.id == id);
        let (uuid, operation) = bound.map_or((None, 0), |bound| (bound.uuid, bound.operation));
        if self.endpoint.is_some() {
            self.operation = self.uuid.map(|uuid| names::operation(uuid, operation));
            if let Some(ts) = self.ts.filter(|ts| *ts != now) {
                self.rtt = Some(now - ts);
            }
        }
        if let Some(uuid) = uuid {
            self.endpoint = Some(names::endpoint(uuid));
            self.operation = Some(names::operation(uuid, operation));
        }
        self.emit(cx);
    }

    /// The connection is over, and what was said last on it was no answer.
    pub(super) fn finish(&mut self, cx: &mut Context<'_>) {
        self.wake(cx.now());
        self.emit(cx);
    }

    /// The bind was not seen: the pipe's name may tell the interface, from the next message on.
    fn guess(&mut self) {
        if self.endpoint.is_none()
            && let Some(pipe) = &self.named_pipe
            && let Some(uuid) = names::behind_pipe(pipe)
        {
            self.uuid = Some(uuid);
        }
    }

    fn emit(&self, cx: &mut Context<'_>) {
        if !cx.wants(DceRpc::STREAM) {
            return;
        }
        let (Some(ts), Some(endpoint), Some(operation)) = (self.ts, &self.endpoint, &self.operation) else {
            return;
        };
        if names::is_ignored(endpoint, operation) {
            return;
        }
        let row = DceRpc {
            ts,
            conn: cx.conn(),
            rtt: self.rtt,
            named_pipe: self.named_pipe.clone(),
            endpoint: endpoint.clone(),
            operation: operation.clone(),
        };
        cx.emit(&row);
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        let texts = [&self.endpoint, &self.operation].into_iter().flatten();
        let texts: usize =
            texts.map(|text| if let Cow::Owned(text) = text { text.capacity() } else { 0 }).sum();
        texts
            + self.contexts.capacity() * size_of::<Bound>()
            + self.named_pipe.as_ref().map_or(0, Vec::capacity)
    }
}
