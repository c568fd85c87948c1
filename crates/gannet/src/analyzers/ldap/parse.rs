//! From bytes to messages of LDAP (RFC 4511).

use super::bind::Bind;
use super::filter;
use super::item::{Item, printable};
use crate::parsers::Cursor;
use crate::parsers::asn1::{self, Class, Fault, Header, Rules};

/// Longest beginning of a message: its tag, its number, and the tag of its operation.
pub(super) const MAX_HEAD: usize = 3 * 10 + 8;

/// What begins a message (4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Which operation it belongs to.
    pub(super) id: i64,
    pub(super) operation: Operation,
    /// Where the operation's content begins.
    pub(super) at: usize,
    /// Bytes of that.
    pub(super) length: usize,
    /// All bytes of the message.
    pub(super) whole: usize,
}

/// What a message is (4.2 to 4.13), by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    BindRequest,
    BindResponse,
    UnbindRequest,
    SearchRequest,
    SearchEntry,
    SearchDone,
    ModifyRequest,
    ModifyResponse,
    AddRequest,
    AddResponse,
    DeleteRequest,
    DeleteResponse,
    ModifyDnRequest,
    ModifyDnResponse,
    CompareRequest,
    CompareResponse,
    AbandonRequest,
    SearchReference,
    ExtendedRequest,
    ExtendedResponse,
    Intermediate,
}

impl Operation {
    fn of(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::BindRequest,
            1 => Self::BindResponse,
            2 => Self::UnbindRequest,
            3 => Self::SearchRequest,
            4 => Self::SearchEntry,
            5 => Self::SearchDone,
            6 => Self::ModifyRequest,
            7 => Self::ModifyResponse,
            8 => Self::AddRequest,
            9 => Self::AddResponse,
            10 => Self::DeleteRequest,
            11 => Self::DeleteResponse,
            12 => Self::ModifyDnRequest,
            13 => Self::ModifyDnResponse,
            14 => Self::CompareRequest,
            15 => Self::CompareResponse,
            16 => Self::AbandonRequest,
            19 => Self::SearchReference,
            23 => Self::ExtendedRequest,
            24 => Self::ExtendedResponse,
            25 => Self::Intermediate,
            _ => return None,
        })
    }

    /// Whether its content is not looked into, beyond how it begins.
    pub(super) fn is_opaque(self) -> bool {
        use Operation::{
            AddRequest, CompareRequest, Intermediate, ModifyDnRequest, SearchEntry, SearchReference,
        };
        matches!(
            self,
            SearchEntry | SearchReference | AddRequest | ModifyDnRequest | CompareRequest | Intermediate
        )
    }
}

impl Head {
    /// Reads the beginning of a message.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let mut cursor = Cursor::new(bytes);
        let sequence = Header::read(&mut cursor, Rules::Distinguished)?;
        if sequence.tag.class != Class::Universal || sequence.tag.number != asn1::SEQUENCE.number {
            return Err(Fault::Broken);
        }
        let whole = end(&cursor, sequence)?;
        let number = Header::read(&mut cursor, Rules::Distinguished)?;
        if number.tag.class != Class::Universal || number.tag.number != asn1::INTEGER.number {
            return Err(Fault::Broken);
        }
        let length = number.length.filter(|length| *length <= size_of::<i64>()).ok_or(Fault::Broken)?;
        let id = asn1::number(cursor.take(length)?).ok_or(Fault::Broken)?;
        let operation = Header::read(&mut cursor, Rules::Distinguished)?;
        if operation.tag.class != Class::Application {
            return Err(Fault::Broken);
        }
        let (at, length) = (cursor.at(), operation.length.ok_or(Fault::Broken)?);
        let inside = end(&cursor, operation)? <= whole;
        let operation = Operation::of(operation.tag.number).filter(|_| inside).ok_or(Fault::Broken)?;
        Ok(Self { id, operation, at, length, whole })
    }
}

/// Where the content of a value ends whose header was read.
fn end(cursor: &Cursor<'_>, header: Header) -> Result<usize, Fault> {
    header.length.and_then(|length| cursor.at().checked_add(length)).ok_or(Fault::Broken)
}

/// What a message says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message<'a> {
    Bind(Bind),
    /// The answer to a bind, and what follows it: what the server has to say to the mechanism.
    Bound(Outcome, &'a [u8]),
    Search(Search),
    /// An entry was found.
    Entry,
    /// A search is over.
    Done(Outcome),
    /// Changes to an entry.
    Modify {
        object: Vec<u8>,
        changes: Vec<u8>,
    },
    /// A request that has a name and no more.
    Named(Vec<u8>),
    /// An extension is asked for.
    Extended(Vec<u8>),
    /// The answer to an operation.
    Answer(Outcome),
    /// What makes a row, and of which nothing is read.
    Opaque,
    /// What makes no row.
    Ignored,
}

/// How an operation ended (4.1.9).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) code: i64,
    pub(super) words: Vec<u8>,
}

/// What is searched for (4.5.1).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Search {
    pub(super) base: Vec<u8>,
    pub(super) scope: i64,
    pub(super) deref: i64,
    pub(super) filter: Vec<u8>,
}

/// Reads the content of an operation; also whether that is all of it. Of those that are not looked into only the beginning
/// needs to be there.
pub(super) fn message(operation: Operation, content: &[u8]) -> Result<(Message<'_>, bool), Fault> {
    let mut cursor = Cursor::new(content);
    let message = match operation {
        Operation::BindRequest => Message::Bind(Bind::read(&mut cursor)?),
        Operation::BindResponse => Message::Bound(Outcome::read(&mut cursor)?, cursor.take_rest()),
        Operation::SearchRequest => Message::Search(Search::read(&mut cursor)?),
        Operation::SearchEntry => {
            Item::read(&mut cursor)?.text()?;
            // Attributes may be long: they are not waited for.
            if Item::read(&mut cursor).is_err() {
                cursor.take_rest();
            }
            Message::Entry
        }
        Operation::SearchDone => Message::Done(Outcome::read(&mut cursor)?),
        Operation::ModifyRequest => {
            let object = Item::read(&mut cursor)?.text()?;
            Message::Modify { object, changes: changes(&Item::read(&mut cursor)?)? }
        }
        // Their content is no value, as it should be: what looks like one by accident is taken.
        Operation::DeleteRequest => Message::Named(Item::read(&mut cursor)?.text()?),
        Operation::AbandonRequest => {
            Message::Named(Item::read(&mut cursor)?.number()?.to_string().into_bytes())
        }
        Operation::ExtendedRequest => Message::Extended(extended_request(&mut cursor)?),
        Operation::ExtendedResponse => Message::Answer(extended_response(&mut cursor)?),
        Operation::ModifyResponse
        | Operation::AddResponse
        | Operation::DeleteResponse
        | Operation::ModifyDnResponse
        | Operation::CompareResponse => Message::Answer(Outcome::read(&mut cursor)?),
        Operation::UnbindRequest => Message::Opaque,
        _ => {
            cursor.take_rest();
            if operation == Operation::SearchReference { Message::Ignored } else { Message::Opaque }
        }
    };
    Ok((message, cursor.is_empty()))
}

impl Outcome {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        let code = Item::read(cursor)?.number()?;
        Item::read(cursor)?.text()?;
        Ok(Self { code, words: Item::read(cursor)?.text()? })
    }
}

impl Search {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Fault> {
        let base = Item::read(cursor)?.text()?;
        let [scope, deref] = [Item::read(cursor)?.number()?, Item::read(cursor)?.number()?];
        for _ in 0..2 {
            Item::read(cursor)?.number()?;
        }
        // Whether only types are wanted.
        Item::read(cursor)?;
        let filter = filter::text(cursor)?;
        Item::read(cursor)?;
        Ok(Self { base, scope, deref, filter })
    }
}

/// Changes as text: what is done to which attribute, with values one after the other (4.6).
fn changes(list: &Item<'_>) -> Result<Vec<u8>, Fault> {
    let mut text = Vec::new();
    for change in list.inside()? {
        let parts = change.inside()?;
        let [operation, attribute] = parts.as_slice() else { return Err(Fault::Broken) };
        if !text.is_empty() {
            text.push(b',');
        }
        text.extend_from_slice(match operation.number()? {
            0 => b"add(",
            1 => b"delete(",
            2 => b"replace(",
            _ => return Err(Fault::Broken),
        });
        partial_attribute(attribute, &mut text)?;
        text.push(b')');
    }
    Ok(text)
}

fn partial_attribute(attribute: &Item<'_>, text: &mut Vec<u8>) -> Result<(), Fault> {
    let parts = attribute.inside()?;
    let (kind, values) = parts.split_first().ok_or(Fault::Broken)?;
    text.extend_from_slice(&kind.text()?);
    let Some(values) = values.first() else { return Ok(()) };
    if values.number != asn1::SET.number {
        return Err(Fault::Broken);
    }
    for (at, value) in values.inside()?.iter().enumerate() {
        if at == 0 {
            text.push(b'=');
        }
        text.extend_from_slice(&value.text()?);
    }
    Ok(())
}

/// The extension that is asked for (4.12).
fn extended_request(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, Fault> {
    let name = Item::read(cursor)?;
    if !cursor.is_empty() && Item::read(cursor)?.class != Class::Context {
        return Err(Fault::Broken);
    }
    if name.class == Class::Context { Ok(printable(name.content)) } else { Err(Fault::Broken) }
}

/// How an extension answers: behind the outcome there may be a name and a value (4.12).
fn extended_response(cursor: &mut Cursor<'_>) -> Result<Outcome, Fault> {
    let outcome = Outcome::read(cursor)?;
    for _ in 0..2 {
        if cursor.is_empty() {
            break;
        }
        let item = Item::read(cursor)?;
        if item.class != Class::Context || !matches!(item.number, 10 | 11) {
            return Err(Fault::Broken);
        }
    }
    Ok(outcome)
}
