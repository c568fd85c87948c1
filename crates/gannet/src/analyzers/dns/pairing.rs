//! Which query belongs to which reply: the rows that wait, and the one that the message at hand fills.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::message::{Header, Question};
use super::record::Dns;
use super::{names, tables};
use crate::base::time::{Interval, Timestamp};
use crate::events::{ConnTag, Enum, Vector};

/// So many rows wait under one id; the next one finds them given up.
const MAX_PENDING: usize = 51;
/// Rows wait under so many ids; the next id finds them given up.
const MAX_PENDING_IDS: usize = 51;
/// Bytes that all waiting rows of a connection may hold; more, and all of them are given up.
const MAX_PENDING_BYTES: usize = 1 << 20;
/// Answers that a row keeps.
const MAX_ANSWERS: usize = 1_000;
/// Bytes of text that the answers of a row keep.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// Takes the rows that are ready.
pub(super) type Out<'a> = &'a mut dyn FnMut(&Dns);

/// What a row is born with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Birth {
    pub(super) ts: Timestamp,
    pub(super) conn: ConnTag,
    pub(super) proto: Enum,
}

/// A record in the making.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub(super) record: Dns,
    /// A query has ended in it.
    asked: bool,
    /// A reply has ended in it.
    answered: bool,
    /// Bytes of its answers.
    text: usize,
    /// What it counts for in the bytes of its queue.
    counted: usize,
}

impl Row {
    fn new(id: u16, birth: &Birth) -> Self {
        let record = Dns {
            ts: birth.ts,
            conn: birth.conn,
            proto: birth.proto,
            trans_id: Some(u64::from(id)),
            rtt: None,
            query: None,
            qclass: None,
            qclass_name: None,
            qtype: None,
            qtype_name: None,
            rcode: None,
            rcode_name: None,
            aa: false,
            tc: false,
            rd: false,
            ra: false,
            z: 0,
            answers: None,
            ttls: None,
            rejected: false,
            opcode: None,
            opcode_name: None,
        };
        Self { record, asked: false, answered: false, text: 0, counted: 0 }
    }

    /// A header selected this row.
    fn select(&mut self, header: &Header, netbios: bool) {
        let record = &mut self.record;
        if header.is_reply() {
            record.rcode = Some(u64::from(header.rcode()));
            record.rcode_name = Some(tables::code_name(header.rcode()));
            record.rejected |= header.rcode() != 0 && header.questions == 0;
        }
        record.opcode = Some(u64::from(header.opcode()));
        record.opcode_name = Some(tables::opcode_name(header.opcode(), netbios));
    }

    /// A question: in a query it fills the row, in a reply it only shows that there is no answer of any kind.
    pub(super) fn question(&mut self, header: &Header, question: &Question<'_>, netbios_responder: bool) {
        let record = &mut self.record;
        if header.is_reply() {
            record.rejected |= header.is_bare();
            return;
        }
        if !header.is_tracked() {
            return;
        }
        record.rd = header.recursion_desired();
        record.tc = header.truncated();
        record.z = u64::from(header.reserved());
        record.qclass = Some(u64::from(question.class));
        record.qclass_name = Some(tables::class_name(question.class));
        record.qtype = Some(u64::from(question.kind));
        record.qtype_name = Some(tables::type_name(question.kind));
        let mut query = None;
        if netbios_responder {
            query = names::netbios(question.name);
            if record.qtype_name.as_deref() == Some("SRV") {
                record.qtype_name = Some("NBSTAT".into());
            }
        }
        record.query = Some(query.unwrap_or_else(|| question.name.to_vec()));
    }

    /// An answer that is shown.
    pub(super) fn answer(&mut self, header: &Header, now: Timestamp, owner: &[u8], ttl: u32, text: Vec<u8>) {
        let record = &mut self.record;
        record.query.get_or_insert_with(|| owner.to_vec());
        record.aa = header.authoritative();
        record.ra = header.recursion_available();
        if record.rtt.is_none() {
            record.rtt = Some(now - record.ts).filter(|rtt| *rtt != Interval::ZERO);
        }
        if text.is_empty() {
            return;
        }
        let answers = &mut record.answers.get_or_insert_default().0;
        if answers.len() < MAX_ANSWERS && self.text + text.len() <= MAX_ANSWER_BYTES {
            self.text += text.len();
            answers.push(text);
            record.ttls.get_or_insert_default().0.push(Interval::from_secs(i64::from(ttl)));
        }
    }

    /// Bytes that it holds, itself included.
    fn held(&self) -> usize {
        let record = &self.record;
        let texts = |Vector(texts): &Vector<Vec<u8>>| {
            texts.capacity() * size_of::<Vec<u8>>() + texts.iter().map(Vec::capacity).sum::<usize>()
        };
        let names = [&record.qclass_name, &record.qtype_name, &record.rcode_name, &record.opcode_name];
        size_of::<Self>()
            + record.query.as_ref().map_or(0, Vec::capacity)
            + record.answers.as_ref().map_or(0, texts)
            + record.ttls.as_ref().map_or(0, |ttls| ttls.0.capacity() * size_of::<Interval>())
            + names.into_iter().flatten().map(on_heap).sum::<usize>()
    }
}

/// A query that waits for its reply, in a third of a row's room.
#[derive(Debug)]
struct Brief {
    birth: Birth,
    query: Box<[u8]>,
    id: u16,
    class: u16,
    kind: u16,
    reserved: u8,
    opcode: u8,
    recursion: bool,
    truncated: bool,
}

impl Brief {
    /// The same as a row, if that says no more.
    fn of(row: &Row) -> Option<Self> {
        let record = &row.record;
        let brief = Self {
            birth: Birth { ts: record.ts, conn: record.conn, proto: record.proto },
            query: record.query.as_deref()?.into(),
            id: u16::try_from(record.trans_id?).ok()?,
            class: u16::try_from(record.qclass?).ok()?,
            kind: u16::try_from(record.qtype?).ok()?,
            reserved: u8::try_from(record.z).ok()?,
            opcode: u8::try_from(record.opcode?).ok()?,
            recursion: record.rd,
            truncated: record.tc,
        };
        (brief.row() == *row).then_some(brief)
    }

    fn row(&self) -> Row {
        let mut row = Row::new(self.id, &self.birth);
        let record = &mut row.record;
        record.query = Some(self.query.to_vec());
        record.qclass = Some(self.class.into());
        record.qclass_name = Some(tables::class_name(self.class));
        record.qtype = Some(self.kind.into());
        record.qtype_name = Some(tables::type_name(self.kind));
        record.z = self.reserved.into();
        record.opcode = Some(self.opcode.into());
        record.opcode_name = Some(tables::opcode_name(self.opcode, false));
        (record.rd, record.tc) = (self.recursion, self.truncated);
        row.asked = true;
        row
    }

    /// Bytes that it holds, itself included.
    fn held(&self) -> usize {
        size_of::<Self>() + self.query.len()
    }
}

#[allow(clippy::ptr_arg, reason = "whether it is owned is the question")]
fn on_heap(name: &Cow<'static, str>) -> usize {
    match name {
        Cow::Borrowed(_) => 0,
        Cow::Owned(text) => text.capacity(),
    }
}

/// Rows in the order of their arrival, by id.
#[derive(Debug, Default)]
struct Queues {
    ids: Vec<(u16, VecDeque<Box<Row>>)>,
    /// Bytes of the rows, as of their last [`Queues::count`].
    bytes: usize,
}

impl Queues {
    /// Appends a row and gives the place of its id.
    fn push(&mut self, id: u16, row: Box<Row>, out: Out<'_>) -> usize {
        let at = self.ids.iter().position(|queue| queue.0 == id).unwrap_or_else(|| {
            if self.ids.len() >= MAX_PENDING_IDS {
                self.flush(out);
            }
            self.ids.push((id, VecDeque::new()));
            self.ids.len() - 1
        });
        if let Some((_, rows)) = self.ids.get_mut(at) {
            if rows.len() >= MAX_PENDING {
                self.bytes -= rows.iter().map(|row| row.counted).sum::<usize>();
                rows.drain(..).for_each(|row| out(&row.record));
            }
            rows.push_back(row);
        }
        self.count(at);
        at
    }

    /// Takes the oldest row of an id.
    fn pop(&mut self, id: u16) -> Option<Box<Row>> {
        let at = self.ids.iter().position(|queue| queue.0 == id)?;
        self.pop_at(at)
    }

    /// Takes the oldest row of the id that came first.
    fn pop_any(&mut self) -> Option<Box<Row>> {
        self.pop_at(0)
    }

    fn pop_at(&mut self, at: usize) -> Option<Box<Row>> {
        let (_, rows) = self.ids.get_mut(at)?;
        let mut row = rows.pop_front()?;
        if rows.is_empty() {
            self.ids.remove(at);
        }
        self.bytes -= std::mem::take(&mut row.counted);
        Some(row)
    }

    /// The youngest row of the id at a place.
    fn youngest(&mut self, at: usize) -> Option<&mut Row> {
        self.ids.get_mut(at).and_then(|queue| queue.1.back_mut()).map(|row| &mut **row)
    }

    /// Counts the youngest row of the id at a place anew.
    fn count(&mut self, at: usize) {
        let Some(row) = self.youngest(at) else { return };
        let held = row.held();
        let before = std::mem::replace(&mut row.counted, held);
        self.bytes = self.bytes + held - before;
    }

    /// Gives up all rows.
    fn flush(&mut self, out: Out<'_>) {
        for (_, rows) in self.ids.drain(..) {
            rows.iter().for_each(|row| out(&row.record));
        }
        self.bytes = 0;
    }

    /// Bytes of the queues and their rows.
    fn held(&self) -> usize {
        let place = size_of::<Box<Row>>();
        self.ids.capacity() * size_of::<(u16, VecDeque<Box<Row>>)>()
            + self.ids.iter().map(|queue| queue.1.capacity() * place).sum::<usize>()
            + self.bytes
    }
}

/// The row that the message at hand fills.
#[derive(Debug, Default)]
enum Current {
    #[default]
    None,
    /// It waits no more.
    Taken(Box<Row>),
    /// It is the first unanswered query.
    First,
    /// It is the youngest of the queries at a place.
    Query(usize),
    /// It is the youngest of the replies at a place.
    Reply(usize),
}

/// The rows of a connection.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    /// The first query without a reply; nearly always the only one.
    first: Option<Box<Row>>,
    /// The same in brief, in its place.
    brief: Option<Box<Brief>>,
    /// Bytes that this spares.
    spared: u32,
    /// The others; most connections have none.
    others: Option<Box<Others>>,
    current: Current,
}

/// Rows that wait for their other half.
#[derive(Debug, Default)]
struct Others {
    queries: Queues,
    replies: Queues,
}

impl Others {
    fn flush(&mut self, out: Out<'_>) {
        self.queries.flush(out);
        self.replies.flush(out);
    }

    fn bytes(&self) -> usize {
        self.queries.bytes + self.replies.bytes
    }
}

impl Pairing {
    /// A message begins: finds or makes its row.
    pub(super) fn select(&mut self, header: &Header, netbios: bool, birth: &Birth, out: Out<'_>) {
        self.expand();
        self.current = if header.is_reply() {
            self.select_reply(header.id, birth, out)
        } else {
            self.select_query(header.id, birth, out)
        };
        if let Some(row) = self.current() {
            row.select(header, netbios);
        }
    }

    fn select_query(&mut self, id: u16, birth: &Birth, out: Out<'_>) -> Current {
        if let Some(row) = self.others.as_mut().and_then(|others| others.replies.pop(id)) {
            return Current::Taken(row);
        }
        let row = Box::new(Row::new(id, birth));
        if self.first.is_some() {
            return Current::Query(self.others.get_or_insert_default().queries.push(id, row, out));
        }
        self.first = Some(row);
        Current::First
    }

    fn select_reply(&mut self, id: u16, birth: &Birth, out: Out<'_>) -> Current {
        let wanted = Some(u64::from(id));
        if let Some(row) = self.first.take_if(|row| row.record.trans_id == wanted) {
            let queries = self.others.as_mut().map(|others| &mut others.queries);
            self.first = queries.and_then(|queries| queries.pop(id).or_else(|| queries.pop_any()));
            return Current::Taken(row);
        }
        if let Some(row) = self.others.as_mut().and_then(|others| others.queries.pop(id)) {
            return Current::Taken(row);
        }
        let row = Box::new(Row::new(id, birth));
        Current::Reply(self.others.get_or_insert_default().replies.push(id, row, out))
    }

    /// The row that the message at hand fills.
    pub(super) fn current(&mut self) -> Option<&mut Row> {
        match &mut self.current {
            Current::None => None,
            Current::Taken(row) => Some(row),
            Current::First => self.first.as_deref_mut(),
            Current::Query(at) => self.others.as_mut()?.queries.youngest(*at),
            Current::Reply(at) => self.others.as_mut()?.replies.youngest(*at),
        }
    }

    /// A message ends: its row is ready once it has seen both sides.
    pub(super) fn end(&mut self, header: &Header, out: Out<'_>) {
        let Some(row) = self.current() else { return };
        if header.is_reply() {
            row.answered = true;
        } else {
            row.asked = true;
        }
        let ready = row.asked && row.answered;
        if ready {
            out(&row.record);
        }
        let others = self.others.as_deref_mut();
        match (&self.current, others) {
            (Current::Query(at), Some(others)) => others.queries.count(*at),
            (Current::Reply(at), Some(others)) => others.replies.count(*at),
            _ => {}
        }
        if ready {
            self.current = Current::None;
        }
        if self.others.as_ref().is_some_and(|others| others.bytes() > MAX_PENDING_BYTES) {
            self.flush(out);
        }
    }

    /// Keeps the first query in less room until the next message.
    pub(super) fn shrink(&mut self) {
        let before = self.held();
        if let Some(brief) = self.first.as_deref().and_then(Brief::of) {
            self.brief = Some(Box::new(brief));
            self.first = None;
            self.current = Current::None;
            self.spared = before.saturating_sub(self.held()) as u32;
        }
    }

    fn expand(&mut self) {
        if let Some(brief) = self.brief.take() {
            self.first = Some(Box::new(brief.row()));
            self.spared = 0;
        }
    }

    /// Bytes that it would hold beside these if it had not been kept in less room.
    pub(super) fn spared(&self) -> usize {
        self.spared as usize
    }

    /// Gives up all rows that wait.
    pub(super) fn flush(&mut self, out: Out<'_>) {
        self.expand();
        if let Some(row) = self.first.take() {
            out(&row.record);
        }
        if let Some(others) = &mut self.others {
            others.flush(out);
        }
        self.current = Current::None;
    }

    /// Bytes that it holds.
    pub(super) fn held(&self) -> usize {
        let taken = match &self.current {
            Current::Taken(row) => row.held(),
            Current::None | Current::First | Current::Query(_) | Current::Reply(_) => 0,
        };
        let first = self.first.as_ref().map_or(0, |row| row.held())
            + self.brief.as_ref().map_or(0, |brief| brief.held());
        let others = self
            .others
            .as_ref()
            .map_or(0, |others| size_of::<Others>() + others.queries.held() + others.replies.held());
        taken + first + others
    }
}
