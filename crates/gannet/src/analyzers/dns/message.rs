//! What a message holds, and who is told of it: the header, questions, answers (RFC 1035, section 4.1).

use crate::base::cursor::Cursor;

/// Length of the header.
pub(super) const HEADER: usize = 12;

/// The operations that make rows.
pub(super) mod opcode {
    pub(in super::super) const QUERY: u8 = 0;
    pub(in super::super) const NOTIFY: u8 = 4;
    pub(in super::super) const UPDATE: u8 = 5;
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
        let mut cursor = Cursor::new(message);
        Some(Self {
            id: cursor.u16().ok()?,
            flags: cursor.u16().ok()?,
            questions: cursor.u16().ok()?,
            answers: cursor.u16().ok()?,
            authorities: cursor.u16().ok()?,
            additionals: cursor.u16().ok()?,
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
