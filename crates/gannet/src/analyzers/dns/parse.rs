//! The sections of a message that are looked into (RFC 1035, section 4.1; RFC 2136, section 2).

use super::message::{HEADER, Header, Question, Sink, opcode};
use super::names::Name;
use super::tables::type_name;
use crate::base::cursor::{Cursor, Short};

/// More questions than this are no DNS.
const MAX_QUESTIONS: u16 = 25;

const TYPE_SOA: u16 = 6;
const TYPE_ANY: u16 = 255;
const CLASS_NONE: u16 = 254;
const CLASS_ANY: u16 = 255;

/// What a message's reading depends on besides its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Setting {
    /// One of the ports is that of the NetBIOS name service.
    pub(super) netbios: bool,
    /// The responder's port is.
    pub(super) netbios_responder: bool,
    /// The message came in a datagram.
    pub(super) datagram: bool,
    /// Records are shown that Zeek leaves out.
    pub(super) more: bool,
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

impl From<Short> for Stop {
    fn from(Short: Short) -> Self {
        Self
    }
}

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
    let mut cursor = Cursor::new(message);
    cursor.up_to(HEADER);
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
            let (Ok(kind), Ok(class)) = (self.cursor.u16(), self.cursor.u16()) else {
                self.sink.weird("DNS_truncated_quest_too_short", "");
                return Err(Stop);
            };
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
        let (Ok(kind), Ok(class)) = (self.cursor.u16(), self.cursor.u16()) else {
            self.sink.weird("DNS_truncated_ans_too_short", "");
            return Err(Stop);
        };
        Ok((kind, class))
    }

    fn record(&mut self, section: Section) -> Result<(), Stop> {
        let (kind, class) = self.owner()?;
        // A record that ends in here is no fault yet: what is cut off counts as 0.
        let ttl = self.cursor.u32().unwrap_or(0);
        let length = usize::from(self.cursor.u16().unwrap_or(0));
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
