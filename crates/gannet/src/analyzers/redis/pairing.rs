//! Which reply belongs to which command: the order tells, with exceptions.

use std::collections::VecDeque;

use super::names;
use super::names_table::Role;
use super::parse::command::Words;
use super::parse::reply::{Class, Reply};
use super::record::Redis;
use crate::analyzers::Context;
use crate::base::time::Timestamp;

/// Commands without a reply; as many as a client should send at once.
const MAX_PENDING: usize = 10_000;
/// Bytes that they hold.
const MAX_PENDING_BYTES: usize = 4 << 20;

/// A command that has no reply yet.
#[derive(Debug)]
struct Pending {
    number: u64,
    ts: Timestamp,
    name: Vec<u8>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    /// Its reply comes out of order.
    is_passed: bool,
}

impl Pending {
    fn held(&self) -> usize {
        let length = |text: &Option<Vec<u8>>| text.as_ref().map_or(0, Vec::capacity);
        self.name.capacity() + length(&self.key) + length(&self.value)
    }

    fn emit(self, cx: &mut Context<'_>, reply: Option<Reply>) {
        emit(cx, self.ts, (Some(self.name), self.key, self.value), reply);
    }
}

/// Commands that have no reply, because the client wanted none.
#[derive(Clone, Copy, Debug)]
struct Silence {
    begin: u64,
    /// The first one behind them; not known as long as they go on.
    end: Option<u64>,
}

/// The commands of a connection and their replies, both numbered from 1.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    pending: VecDeque<Pending>,
    /// Bytes that those hold.
    pending_bytes: usize,
    command: u64,
    reply: u64,
    silences: VecDeque<Silence>,
    /// What comes is no reply but a message that was subscribed to.
    subscribed: bool,
    /// The third version of the protocol is spoken, in which messages have a type of their own.
    is_resp3: bool,
}

impl Pairing {
    pub(super) fn held(&self) -> usize {
        self.pending.capacity() * size_of::<Pending>()
            + self.pending_bytes
            + self.silences.capacity() * size_of::<Silence>()
    }

    /// A command is complete.
    pub(super) fn command(&mut self, cx: &mut Context<'_>, words: Words) {
        let name = words.get(0).unwrap_or_default();
        let known = names::find(name);
        let role = known.map(|known| known.role);
        if role == Some(Role::Hello) && words.get(1) == Some(b"3") {
            self.is_resp3 = true;
        }
        if self.pending.len() > MAX_PENDING || self.pending_bytes > MAX_PENDING_BYTES {
            cx.weird_from(None, "Redis_excessive_pipelining", "");
            *self = Self::default();
            return;
        }
        self.command += 1;
        let mut is_passed = false;
        if let Some(role) = role {
            if !self.is_resp3 {
                self.subscribed = role == Role::Subscribe;
            }
            is_passed = matches!(role, Role::Subscribe | Role::Unsubscribe) || self.subscribed;
        }
        if role == Some(Role::Client) && words.count == 3 {
            self.client(words.get(2).unwrap_or_default());
        }
        let at = |place: usize| words.get(place).filter(|_| place > 0).map(<[u8]>::to_vec);
        let (key, value) = known.map_or((None, None), |known| (at(known.key), at(known.value)));
        let name = name.to_vec();
        let pending = Pending { number: self.command, ts: cx.now(), name, key, value, is_passed };
        self.pending_bytes += pending.held();
        self.pending.push_back(pending);
    }

    /// The client says which of its commands are to be answered (`CLIENT REPLY`).
    fn client(&mut self, how: &[u8]) {
        let number = self.command;
        let open = self.silences.back_mut().filter(|silence| silence.end.is_none());
        match (open, how.to_ascii_lowercase().as_slice()) {
            (Some(open), b"on") => open.end = Some(number),
            (None, b"off") => self.silences.push_back(Silence { begin: number, end: None }),
            (None, b"skip") => self.silences.push_back(Silence { begin: number, end: Some(number + 2) }),
            _ => {}
        }
    }

    /// A reply is complete.
    pub(super) fn reply(&mut self, cx: &mut Context<'_>, reply: Reply) {
        if reply.class == Class::Push {
            return;
        }
        if reply.class == Class::Reply {
            if reply.is_resp3 {
                (self.is_resp3, self.subscribed) = (true, false);
            }
            if self.subscribed {
                return;
            }
        }
        self.reply = self.next_reply();
        while let Some(passed) = self.take_before(self.reply) {
            passed.emit(cx, None);
        }
        match self.take_before(self.reply + 1) {
            Some(pending) => pending.emit(cx, Some(reply)),
            None => emit(cx, cx.now(), (None, None, None), Some(reply)),
        }
    }

    /// The number of the command that the next reply belongs to.
    fn next_reply(&mut self) -> u64 {
        let next = self.reply + 1;
        while self.silences.front().and_then(|silence| silence.end).is_some_and(|end| end <= next) {
            self.silences.pop_front();
        }
        let within = |silence: &&Silence| silence.begin <= next && silence.end.is_some_and(|end| next < end);
        let mut number = self.silences.iter().rfind(within).and_then(|silence| silence.end).unwrap_or(next);
        let passed = |pending: &&Pending| pending.is_passed;
        let from = self.pending.partition_point(|pending| pending.number < number);
        for pending in self.pending.range(from..).take_while(passed) {
            if pending.number == number {
                number += 1;
            }
        }
        number
    }

    /// The first command that has no reply, if it comes before this one.
    fn take_before(&mut self, number: u64) -> Option<Pending> {
        let pending = self.pending.pop_front_if(|pending| pending.number < number)?;
        self.pending_bytes -= pending.held();
        Some(pending)
    }

    /// Nothing more comes: what has no reply is told all the same, if there were replies at all.
    pub(super) fn finish(&mut self, cx: &mut Context<'_>) {
        let pending = std::mem::take(&mut self.pending);
        self.pending_bytes = 0;
        if self.reply != 0 {
            pending.into_iter().for_each(|pending| pending.emit(cx, None));
        }
    }
}

type Words3 = (Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>);

fn emit(cx: &mut Context<'_>, ts: Timestamp, (name, key, value): Words3, reply: Option<Reply>) {
    if !cx.wants(Redis::STREAM) {
        return;
    }
    let success = reply.as_ref().map(|reply| reply.class != Class::Error);
    let reply = reply.map(|reply| reply.text);
    let row = Redis { ts, conn: cx.conn(), name, key, value, success, reply };
    cx.emit(&row);
}
