//! What an analyzer can do while it is called.

use std::any::Any;
use std::net::IpAddr;

use super::analyzer::{Context, Descriptor, Expectation, Gift, Heir, InnerLayer, Left, Remains, Wish};
use super::record::AnalyzerFailure;
use super::terms::{Doubt, Outcome, Start};
use crate::base::direction::{Direction, Transport};
use crate::base::list;
use crate::base::time::{Interval, Timestamp};
use crate::events::tunnel::TunnelKind;
use crate::events::{Banner, ConnTag, Crossing, Enum, Fuid, LogStream, Port, Record};
use crate::files::{Bearer, Carrier, Content, FileId, FileKey, Hold};
use crate::worker::core::{Core, Wisher, transport_name};
use crate::worker::history::mark;
use crate::worker::moment::Reply;
use crate::worker::timer::{Timer, TimerKind};

/// Violations after which an analyzer is not listened to any more.
const MAX_VIOLATIONS: u32 = 1000;
/// Payload of both directions up to which a violation removes an analyzer: later ones are more likely our fault.
const VIOLATION_LIMIT: u64 = 10_240;
/// Timers of one analyzer on one connection.
const MAX_TIMERS: usize = 1024;

impl Context<'_> {
    /// The capture's clock.
    pub fn now(&self) -> Timestamp {
        self.scene.out.now()
    }

    /// The time of the packet at hand; in a timer, the capture's clock.
    pub fn packet_time(&self) -> Timestamp {
        self.scene.ts
    }

    /// Time of the connection's first packet.
    pub fn start(&self) -> Timestamp {
        self.scene.core.start
    }

    /// Time of the connection's last packet.
    pub fn last(&self) -> Timestamp {
        self.scene.core.last
    }

    /// The connection, as it is named now.
    pub fn conn(&self) -> ConnTag {
        self.scene.core.tag
    }

    /// The address that sends in a direction.
    pub fn sender(&self, dir: Direction) -> IpAddr {
        match dir {
            Direction::Orig => self.scene.core.tag.orig_h,
            Direction::Resp => self.scene.core.tag.resp_h,
        }
    }

    /// Whether the address that sends in a direction is in a local network; nothing if none is known.
    pub fn is_local(&self, dir: Direction) -> Option<bool> {
        let nets = &self.scene.out.state.settings.local_nets;
        (!nets.is_empty()).then(|| nets.contains(self.sender(dir)))
    }

    /// Name of the transport as logs have it.
    pub fn transport(&self) -> Enum {
        transport_name(self.scene.core.tag.ip_proto)
    }

    /// Whether the responder's address is a multicast group.
    pub fn responder_is_multicast(&self) -> bool {
        self.scene.core.resp().is_multicast()
    }

    /// Whether the beginning of a TCP connection was not seen; it may turn out later that nothing was missed.
    pub fn is_partial(&self) -> bool {
        self.scene.doubt.partial
    }

    /// Whether anybody listens to records of this kind.
    pub fn wants(&self, stream: &'static LogStream) -> bool {
        self.scene.out.state.wants.has(stream)
    }

    /// A number that stays the same in all runs with this configuration and that nobody outside knows, if it was set.
    pub(crate) fn seed(&self) -> u128 {
        self.scene.out.state.settings.uid_seed
    }

    /// SHA-256 of bytes that come again and again, as lower-case hexadecimal digits.
    pub(crate) fn sha256(&mut self, bytes: &[u8]) -> String {
        self.around.digests().sha256(bytes)
    }

    /// Whether anybody cares for files, or for a record that names them.
    pub fn wants_files(&mut self) -> bool {
        self.around.shelf().is_open()
    }

    /// Whether more services than Zeek's are asked for, and rows of those that Zeek only names.
    pub fn tells_more(&self) -> bool {
        self.scene.out.state.settings.more
    }

    /// A program on one of the two hosts, or on another one that is named, told what it is: who watches hears of it. `port` is
    /// that of a server.
    pub fn banner(&mut self, kind: &'static str, host: IpAddr, port: Option<u16>, text: &[u8]) {
        if !self.wants(Banner::STREAM) {
            return;
        }
        let nets = &self.scene.out.state.settings.local_nets;
        let local_host = (!nets.is_empty()).then(|| nets.contains(host));
        let (conn, kind, host_p) = (self.conn(), Enum(kind), port.map(Port));
        self.emit(&Banner { conn, kind, host, host_p, local_host, text: text.to_vec() });
    }

    /// Whether answers of DNS are shown that Zeek leaves out.
    pub(crate) fn shows_more_answers(&self) -> bool {
        self.scene.out.state.settings.more_answers
    }

    /// Emits a record of the connection.
    pub fn emit(&mut self, record: &dyn Record) {
        let tag = self.scene.core.tag;
        self.scene.out.emit(Some(&tag), record, &[]);
    }

    /// The tags that a record of this connection gets.
    pub(crate) fn labels(&self, record: &dyn Record) -> Vec<Enum> {
        let labels = self.scene.out.state.labels.iter();
        let of_kind = labels.filter(|(stream, _)| stream.name == record.stream().name);
        of_kind.filter_map(|(_, tag)| tag(record)).collect()
    }

    /// Hands an item across to the fold of this analyzer ([`Descriptor::fold`](super::Descriptor::fold)), which sees those of all
    /// connections in the order of the capture. Nothing happens without one, or without anybody who listens to its records.
    pub fn hand_across<T: Any + Send>(&mut self, item: T) {
        if let Some(to) = self.descriptor.fold {
            self.scene.out.cross(Crossing { to, item: Box::new(item) });
        }
    }

    /// Raises a weird of the connection, with this analyzer as its source.
    pub fn weird(&mut self, name: &'static str, addl: impl AsRef<[u8]>) {
        self.weird_from(Some(self.descriptor.label), name, addl);
    }

    /// Raises a weird of the connection, with another source or none.
    pub fn weird_from(&mut self, source: Option<&'static str>, name: &'static str, addl: impl AsRef<[u8]>) {
        // What is told ends at a zero byte.
        let addl = addl.as_ref().split(|byte| *byte == 0).next().unwrap_or_default();
        self.scene.out.weird(self.scene.core, name, addl, source);
    }

    /// Raises a weird that names neither the connection nor this analyzer.
    pub fn nameless_weird(&mut self, name: &'static str, addl: &str) {
        self.scene.out.nameless_weird(name, addl);
    }

    /// This connection carries a tunnel of this kind for its originator. Its ends are those of the connection, but that of a
    /// tunnel through a proxy there is one for all of the client's ports.
    pub fn tunnel(&mut self, kind: TunnelKind) {
        let tag = self.scene.core.tag;
        let proxied = matches!(kind, TunnelKind::Http | TunnelKind::Socks);
        let ends = if proxied { ConnTag { uid: None, orig_p: 0, ..tag } } else { tag };
        self.around.wish(Wish::Tunnel { shard: self.scene.core.shard, kind, ends });
    }

    /// A packet that came inside this connection: it is followed like any other, inside a tunnel of this kind, when the call
    /// has returned. For a stream inside, see [`Self::hand_over_to_detection`].
    pub fn inner_packet(&mut self, kind: TunnelKind, layer: InnerLayer, bytes: &[u8]) {
        let from = self.wisher();
        self.around.wish(Wish::Packet { from, kind, layer, bytes: bytes.to_vec() });
    }

    /// Expects a connection; [`Analyzer::expected`](super::Analyzer::expected) tells what became of it.
    pub fn expect_connection(&mut self, what: Expectation) {
        let from = self.wisher();
        self.around.wish(Wish::Expect { from, what: Box::new(what) });
    }

    /// This connection carries a file, of this type if that is known by now: who expected the connection is told
    /// ([`Outcome::File`]). Nobody is if it was not expected.
    pub fn tell_of_file(&mut self, fuid: Fuid, mime: Option<&'static str>) {
        if let Some((to, token)) = self.scene.core.rare.as_ref().and_then(|rare| rare.expecter) {
            self.around.wish(Wish::Tell { to, token, what: Outcome::File { fuid, mime } });
        }
    }

    /// The same, of all that became known of a file by what this connection brought: that it began, its type.
    pub fn tell_of_content(&mut self, file: &mut Content) {
        let fuid = file.fuid(self);
        if file.has_begun() {
            self.tell_of_file(fuid, None);
        }
        if let Some(mime) = file.learned() {
            self.tell_of_file(fuid, Some(mime));
        }
    }

    fn wisher(&self) -> Wisher {
        let Core { shard, slot, birth, tag, .. } = *self.scene.core;
        Wisher { shard, slot, birth, tag, id: self.id }
    }

    /// This analyzer's name in capitals.
    pub fn label(&self) -> &'static str {
        self.descriptor.label
    }

    /// This is the protocol: its name goes into `service`.
    pub fn confirm(&mut self) {
        if self.standing.confirmed {
            return;
        }
        self.standing.confirmed = true;
        self.also(self.descriptor.name);
        let Doubt { answered, replied, .. } = self.scene.doubt;
        self.scene.out.milestone(self.scene.core, false, Reply { answered, bytes: replied });
    }

    /// The connection has another name in `service` too.
    pub fn also(&mut self, name: &'static str) {
        if !self.scene.core.services.contains(&name) {
            list::push_only(&mut self.scene.core.services, name);
        }
    }

    /// Whether this analyzer has confirmed.
    pub fn confirmed(&self) -> bool {
        self.standing.confirmed
    }

    /// Something is not as the protocol says. Early in a complete connection it costs the analyzer its place.
    pub fn violation(&mut self, reason: &str) {
        self.violation_in(reason, None);
    }

    /// The same, with the bytes that are not.
    pub fn violation_of(&mut self, reason: &str, data: &[u8]) {
        self.violation_in(reason, Some(data));
    }

    fn violation_in(&mut self, reason: &str, data: Option<&[u8]>) {
        /// Bytes of what is wrong that are shown.
        const MAX_SHOWN: usize = 40;
        if self.scene.doubt.incomplete {
            return;
        }
        self.standing.violations = self.standing.violations.saturating_add(1);
        if self.standing.violations > MAX_VIOLATIONS {
            if self.standing.violations == MAX_VIOLATIONS + 1 {
                self.weird("too_many_analyzer_violations", "");
            }
            return;
        }
        if self.scene.doubt.payload > VIOLATION_LIMIT || self.standing.failed {
            return;
        }
        self.standing.failed = true;
        let data = data.map(|data| data.get(..MAX_SHOWN).unwrap_or(data).to_vec());
        self.standing.failure = Some(Box::new((reason.to_owned(), data)));
    }

    /// The packet at hand is done with, and this analyzer failed in it: it loses its name in `service`.
    pub(super) fn fail(&mut self, reason: String, data: Option<Vec<u8>>) {
        let name = self.descriptor.name;
        if !self.scene.core.services.contains(&name) {
            return;
        }
        self.scene.core.services.retain(|service| *service != name);
        let failed = &mut self.scene.core.rare().failed;
        if !failed.contains(&name) {
            failed.push(name);
            self.failure_row(reason, data);
        }
    }

    fn failure_row(&mut self, failure_reason: String, failure_data: Option<Vec<u8>>) {
        let tag = self.scene.core.tag;
        let record = AnalyzerFailure {
            ts: self.scene.out.now(),
            analyzer_kind: "protocol",
            analyzer_name: self.descriptor.label,
            uid: tag.uid,
            fuid: None,
            orig_h: Some(tag.orig_h),
            orig_p: Some(crate::events::Port(tag.orig_p)),
            resp_h: Some(tag.resp_h),
            resp_p: Some(crate::events::Port(tag.resp_p)),
            proto: Some(self.transport()),
            failure_reason,
            failure_data,
        };
        self.scene.out.emit(Some(&tag), &record, &[]);
    }

    /// The responder spoke first: the two sides change places.
    pub fn flip(&mut self) {
        self.scene.core.flip();
    }

    /// A limit of this analyzer was reached: the history shows it.
    pub fn limit_reached(&mut self) {
        self.scene.core.history.once(true, mark::LIMIT, b'X');
    }

    /// Asks for [`Analyzer::timer`](super::Analyzer::timer) at a time on the capture's clock. There is one timer for each token:
    /// to set it again moves it. False, and nothing is set, if the analyzer has a thousand others.
    pub fn set_timer(&mut self, due: Timestamp, token: u16) -> bool {
        let timers = &mut self.standing.timers;
        let many = timers.len() >= MAX_TIMERS;
        match timers.iter_mut().find(|(known, _)| *known == token) {
            Some((_, known)) if *known == due => return true,
            Some((_, known)) => *known = due,
            None if many => return false,
            None => list::push_only(timers, (token, due)),
        }
        let kind = TimerKind::Analyzer(self.id as u8, token);
        let Core { birth, slot, .. } = *self.scene.core;
        self.scene.out.state.timers.set(Timer { due, birth, slot, kind });
        true
    }

    /// Takes a timer back.
    pub fn cancel_timer(&mut self, token: u16) {
        self.standing.timers.retain(|(known, _)| *known != token);
    }

    /// Whether the connection is being taken out; until then, its streams end because its ends closed them.
    pub fn is_removed(&self) -> bool {
        self.scene.core.ended
    }

    /// How long the connection has been idle.
    pub fn idle(&self) -> Interval {
        self.now() - self.scene.core.last
    }

    /// Ends the connection when the call returns.
    pub fn end_connection(&mut self) {
        self.scene.core.ended = true;
    }

    /// How long the connection may be idle from now on.
    pub fn set_timeout(&mut self, timeout: Interval) {
        if self.scene.core.timeout != timeout {
            self.scene.core.timeout = timeout;
            self.scene.core.inactivity_due = self.scene.core.last + timeout;
            self.scene.core.idle_set = true;
            let (birth, slot) = (self.scene.core.birth, self.scene.core.slot);
            let due = self.scene.core.inactivity_due;
            self.scene.out.state.timers.set(Timer { due, birth, slot, kind: TimerKind::Inactivity });
        }
    }

    /// Everything that this analyzer does not consume now, in both directions, goes to another one from here on.
    pub fn hand_over(&mut self, to: &'static Descriptor) {
        self.standing.successor = Some(Heir::Analyzer(to));
    }

    /// The same, to whatever detection by content finds in those bytes.
    pub fn hand_over_to_detection(&mut self) {
        self.standing.successor = Some(Heir::Detection);
    }

    /// Begins a child under a key of this analyzer's choice: another analyzer, which is fed by this one alone. It confirms,
    /// violates and holds for itself, and its fault costs nobody else. `transport` says what it is fed with. False if there
    /// is a child with that key, if there are 256 of them, or if it would be too deep inside others.
    ///
    /// A child that makes the two sides change places does so for the whole connection; whoever feeds it learns of it by
    /// [`Analyzer::flipped`](super::Analyzer::flipped) when its own call has returned.
    pub fn open_child(&mut self, key: u64, to: &'static Descriptor, transport: Transport) -> bool {
        self.around.open(self.scene.again(), key, (Heir::Analyzer(to), transport))
    }

    /// The same, with whatever detection by content finds in what it is fed with.
    pub fn open_child_by_detection(&mut self, key: u64, transport: Transport) -> bool {
        self.around.open(self.scene.again(), key, (Heir::Detection, transport))
    }

    /// Whether there is a child with this key that still takes part.
    pub fn has_child(&self, key: u64) -> bool {
        self.around.has_child(key)
    }

    /// Gives a child the next bytes of a stream, or one datagram: bytes as they came, or derived ones.
    pub fn child_data(&mut self, key: u64, dir: Direction, bytes: &[u8]) {
        self.around.give(self.scene.again(), key, dir, Gift::Bytes(bytes));
    }

    /// Tells a child of bytes that were never seen.
    pub fn child_gap(&mut self, key: u64, dir: Direction, len: u64) {
        self.around.give(self.scene.again(), key, dir, Gift::Gap(len));
    }

    /// Tells a child of the end of a direction.
    pub fn child_end(&mut self, key: u64, dir: Direction) {
        self.around.give(self.scene.again(), key, dir, Gift::End);
    }

    /// Tells a child that one of the ends reset what carries it.
    pub fn child_reset(&mut self, key: u64) {
        self.around.give(self.scene.again(), key, Direction::Orig, Gift::Reset);
    }

    /// Closes a child.
    pub fn close_child(&mut self, key: u64) {
        self.around.close_child(self.scene.again(), key);
    }

    /// What this analyzer was told at its beginning: how it is fed, and by whom.
    pub fn origin(&self) -> &Start {
        self.start
    }

    /// The analyzer with this name, if it may run.
    pub fn analyzer(&self, name: &str) -> Option<&'static Descriptor> {
        self.around.find(name)
    }

    /// Leaves state with the connection, for the next analyzer of the same protocol on it, or for this one later. There is one
    /// of each type from each analyzer.
    pub fn leave(&mut self, state: Box<dyn Remains>) {
        /// Analyzers that may leave something on one connection.
        const MAX_LEFT: usize = 8;
        let left = self.scene.estate.0.get_or_insert_default();
        let kind = (state.as_ref() as &dyn Any).type_id();
        left.retain(|left| {
            !std::ptr::eq(left.descriptor, self.descriptor)
                || (left.state.as_ref() as &dyn Any).type_id() != kind
        });
        if left.len() < MAX_LEFT {
            left.push(Left { descriptor: self.descriptor, state });
        }
    }

    /// Takes what an analyzer left, if it is of this type.
    pub fn take_left<T: Remains>(&mut self) -> Option<Box<T>> {
        let is_one = |left: &Left| (left.state.as_ref() as &dyn Any).is::<T>();
        let left = self.scene.estate.0.as_mut()?;
        let at = left.iter().position(is_one)?;
        (left.remove(at).state as Box<dyn Any>).downcast().ok()
    }
}

impl Carrier for Context<'_> {
    fn tag(&self) -> ConnTag {
        self.scene.core.tag
    }

    fn id_of(&self, key: FileKey) -> Fuid {
        key.fuid(self.scene.out.state.settings.uid_seed)
    }

    fn look(&self, id: FileId) -> Option<(Fuid, Option<&'static str>)> {
        self.around.look(id)
    }

    fn hold(&mut self) -> Hold<'_> {
        let core = &mut *self.scene.core;
        let bearer = Bearer {
            shard: core.shard,
            tag: core.tag,
            birth: core.birth,
            bore: &mut core.bore,
            parent: None,
            depth: 0,
        };
        Hold { out: self.scene.out.again(), shelf: self.around.shelf(), bearer }
    }
}
