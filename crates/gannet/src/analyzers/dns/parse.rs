//! Messages: the header, and the sections that are looked into (RFC 1035, section 4; RFC 2136, section 2).

use super::names::{Cursor, Name};
use super::tables::type_name;

/// More questions than this are no DNS.
const MAX_QUESTIONS: u16 = 25;
/// Length of the header.
const HEADER: usize = 12;

const TYPE_SOA: u16 = 6;
const TYPE_ANY: u16 = 255;
const CLASS_NONE: u16 = 254;
const CLASS_ANY: u16 = 255;

/// The operations that make rows.
mod opcode {
    pub(super) const QUERY: u8 = 0;
    pub(super) const NOTIFY: u8 = 4;
    pub(super) const UPDATE: u8 = 5;
}

/// Is told what a message holds, in the order of its bytes.
pub(super) trait Sink {
    /// Something odd.
    fn weird(&mut self, name: &'static str, addl: &str);
    /// This may be no DNS.
    fn violation(&mut self, reason: &'static str);
    /// The question and answer sections are sound.
    fn confirm(&mut self);
    /// A question; its name is in lower case.
    fn question(&mut self, header: &Header, question: &Question<'_>);
    /// An answer with its text, which may be empty.
    fn answer(&mut self, header: &Header, owner: &[u8], ttl: u32, text: Vec<u8>);
}

/// The twelve bytes that every message begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) id: u16,
    pub(super) flags: u16,
    /// Questions, or zones of an update.
    pub(super) questions: u16,
    /// Answers, or prerequisites of an update.
    pub(super) answers: u16,
    /// Authority records, or the records of an update.
    pub(super) authorities: u16,
    pub(super) additionals: u16,
}

impl Header {
    /// The header of a message, if that is long enough.
    pub(super) fn read(message: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(message, 0);
        (cursor.left() >= HEADER).then(|| Self {
            id: cursor.u16(),
            flags: cursor.u16(),
            questions: cursor.u16(),
            answers: cursor.u16(),
            authorities: cursor.u16(),
            additionals: cursor.u16(),
        })
    }

    fn flag(&self, bit: u16) -> bool {
        self.flags >> bit & 1 != 0
    }

    /// Whether it is a reply.
    pub(super) fn is_reply(&self) -> bool {
        self.flag(15)
    }

    /// The operation.
    pub(super) fn opcode(&self) -> u8 {
        (self.flags >> 11 & 15) as u8
    }

    /// AA: the answer is authoritative.
    pub(super) fn authoritative(&self) -> bool {
        self.flag(10)
    }

    /// TC: the message is cut.
    pub(super) fn truncated(&self) -> bool {
        self.flag(9)
    }

    /// RD: recursion is asked for.
    pub(super) fn recursion_desired(&self) -> bool {
        self.flag(8)
    }

    /// RA: recursion is offered.
    pub(super) fn recursion_available(&self) -> bool {
        self.flag(7)
    }

    /// Z with AD and CD, the three bits before the response code.
    pub(super) fn reserved(&self) -> u8 {
        (self.flags >> 4 & 7) as u8
    }

    /// The response code.
    pub(super) fn rcode(&self) -> u8 {
        (self.flags & 15) as u8
    }

    /// Whether the operation makes rows.
    pub(super) fn is_tracked(&self) -> bool {
        matches!(self.opcode(), opcode::QUERY | opcode::NOTIFY | opcode::UPDATE)
    }

    /// Whether it is a reply with questions only: there is no answer of any kind.
    pub(super) fn is_bare(&self) -> bool {
        self.is_reply() && self.answers == 0 && self.authorities == 0 && self.additionals == 0
    }
}

/// What a message asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) name: &'a [u8],
    pub(super) kind: u16,
    pub(super) class: u16,
}

/// What a message's reading depends on besides its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Setting {
    /// One of the ports is that of the NetBIOS name service.
    pub(super) netbios: bool,
    /// The responder's port is.
    pub(super) netbios_responder: bool,
    /// The message came in a datagram.
    pub(super) datagram: bool,
}

/// Sections of a message whose records are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Answer,
    Prerequisite,
    Update,
}

/// A resource record up to its data.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rr {
    pub(super) section: Section,
    pub(super) kind: u16,
    pub(super) class: u16,
    pub(super) ttl: u32,
    /// Length of its data, never more than what is left of the message.
    pub(super) length: usize,
}

/// How the reading of a message came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Its end was reached, or a fault ended it.
    Ended,
    /// It is to be treated as if it never ended.
    Dropped,
}

/// Marks a fault that ends the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stop;

/// Reads one message behind its header.
pub(super) struct Parser<'a, 's> {
    pub(super) header: &'a Header,
    pub(super) setting: Setting,
    pub(super) cursor: Cursor<'a>,
    pub(super) owner: Name,
    pub(super) name: Name,
    pub(super) sink: &'s mut dyn Sink,
    zone_class: u16,
}

/// Reads a message and tells the sink what is in it.
pub(super) fn parse(message: &[u8], header: &Header, setting: Setting, sink: &mut dyn Sink) -> Outcome {
    if header.questions > MAX_QUESTIONS {
        sink.violation("DNS_Conn_count_too_large");
        sink.weird("DNS_Conn_count_too_large", "");
        return Outcome::Ended;
    }
    let cursor = Cursor::new(message, HEADER);
    let mut parser =
        Parser { header, setting, cursor, owner: Name::new(), name: Name::new(), sink, zone_class: 0 };
    if parser.is_update() { parser.update() } else { parser.message() }
}

impl Parser<'_, '_> {
    /// Whether it is a dynamic update; NetBIOS uses the number for something else.
    pub(super) fn is_update(&self) -> bool {
        self.header.opcode() == opcode::UPDATE && !self.setting.netbios
    }

    /// Reads a name into `self.name`.
    pub(super) fn read_name(&mut self, fold: bool) {
        self.name.read(&mut self.cursor, fold, self.setting.netbios_responder, self.sink);
    }

    fn message(&mut self) -> Outcome {
        if self.questions().and_then(|()| self.records(Section::Answer, self.header.answers)).is_ok() {
            self.sink.confirm();
        }
        Outcome::Ended
    }

    fn questions(&mut self) -> Result<(), Stop> {
        for _ in 0..self.header.questions {
            self.read_name(true);
            if self.cursor.left() < 4 {
                self.sink.weird("DNS_truncated_quest_too_short", "");
                return Err(Stop);
            }
            let (kind, class) = (self.cursor.u16(), self.cursor.u16());
            self.sink.question(self.header, &Question { name: self.name.text(), kind, class });
        }
        Ok(())
    }

    fn update(&mut self) -> Outcome {
        let zones = self.header.questions;
        if zones != 1 {
            self.sink.weird("DNS_DU_invalid_zone_count", &zones.to_string());
            return Outcome::Ended;
        }
        let Ok((kind, class)) = self.owner() else {
            return Outcome::Ended;
        };
        if kind != TYPE_SOA {
            self.sink.weird("DNS_DU_incorrect_zone_type", "");
            return Outcome::Dropped;
        }
        self.zone_class = class;
        let read = self
            .records(Section::Prerequisite, self.header.answers)
            .and_then(|()| self.records(Section::Update, self.header.authorities));
        if read.is_ok() {
            self.sink.confirm();
        }
        Outcome::Ended
    }

    fn records(&mut self, section: Section, count: u16) -> Result<(), Stop> {
        (0..count).try_for_each(|_| self.record(section))
    }

    /// Reads an owner name, a type and a class.
    fn owner(&mut self) -> Result<(u16, u16), Stop> {
        self.owner.read(&mut self.cursor, true, self.setting.netbios_responder, self.sink);
        if self.cursor.left() < 4 {
            self.sink.weird("DNS_truncated_ans_too_short", "");
            return Err(Stop);
        }
        Ok((self.cursor.u16(), self.cursor.u16()))
    }

    fn record(&mut self, section: Section) -> Result<(), Stop> {
        let (kind, class) = self.owner()?;
        let ttl = self.cursor.u32();
        let length = usize::from(self.cursor.u16());
        if length > self.cursor.left() {
            self.sink.weird("DNS_truncated_RR_rdlength_lt_len", "");
            return Err(Stop);
        }
        let rr = Rr { section, kind, class, ttl, length };
        match section {
            Section::Prerequisite => {
                self.prerequisite(&rr);
                return Ok(());
            }
            Section::Update if self.deletion(&rr) => return Ok(()),
            Section::Update | Section::Answer => {}
        }
        if length == 0 && self.cursor.left() > 0 {
            if self.is_update() {
                return Ok(());
            }
            self.sink.weird("DNS_zero_rdlength", "");
            return Err(Stop);
        }
        self.data(&rr)
    }

    /// Handles a record of the update section whose data is not read: a deletion, or one that is not allowed.
    fn deletion(&mut self, rr: &Rr) -> bool {
        if rr.class == CLASS_ANY && rr.ttl == 0 && rr.length == 0 {
            let mut text = b"del: RRSet ".to_vec();
            if rr.kind == TYPE_ANY {
                text.extend_from_slice(b"* ");
                text.extend_from_slice(self.owner.text());
            } else {
                text.extend_from_slice(type_name(rr.kind).as_bytes());
            }
            self.accept(rr, text);
            return true;
        }
        let allowed = (rr.class == CLASS_NONE && rr.ttl == 0) || rr.class == self.zone_class;
        if !allowed {
            self.sink.weird("DNS_dynamic_update_invalid_update", "");
        }
        !allowed
    }

    /// Handles a record of the prerequisite section; its data is not read and not skipped.
    fn prerequisite(&mut self, rr: &Rr) {
        if rr.ttl != 0 {
            self.sink.weird("DNS_dynamic_update_prereq_nonzero_ttl", &rr.ttl.cast_signed().to_string());
            return;
        }
        let independent = matches!(rr.class, CLASS_ANY | CLASS_NONE) && rr.length == 0;
        if !independent && rr.class != self.zone_class {
            self.sink.weird("DNS_dynamic_update_invalid_prereq", "");
            return;
        }
        let (what, named) = match (rr.class, rr.kind) {
            (CLASS_NONE, TYPE_ANY) => ("NameNotInUse", false),
            (CLASS_ANY, TYPE_ANY) => ("NameInUse", false),
            (CLASS_NONE, _) => ("NoRRSet", true),
            _ => ("RRSetExists", true),
        };
        let mut text = format!("pre: {what} ").into_bytes();
        if named {
            text.extend_from_slice(type_name(rr.kind).as_bytes());
            text.push(b' ');
        }
        text.extend_from_slice(self.owner.text());
        self.accept(rr, text);
    }

    /// Hands on an answer, if the message may have any.
    pub(super) fn accept(&mut self, rr: &Rr, mut text: Vec<u8>) {
        if !self.header.is_reply() || !self.header.is_tracked() {
            return;
        }
        if rr.section == Section::Update && !text.is_empty() && !text.starts_with(b"del:") {
            text.splice(..0, *b"add: ");
        }
        self.sink.answer(self.header, self.owner.text(), rr.ttl, text);
    }
}
