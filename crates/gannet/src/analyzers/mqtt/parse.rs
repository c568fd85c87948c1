//! Packets of MQTT. The sections are those of version 3.1.1. Version 5 puts properties between the fields, which are passed over.

use crate::base::cursor::{Cursor, Short};

/// The number of version 5.
pub(super) const FIFTH: i8 = 5;
/// Most bytes of the length of a packet. A fourth one would be allowed, which no packet of a single segment has.
const MAX_LENGTH_BYTES: usize = 3;
/// Topics of one request that are kept.
const MAX_TOPICS: usize = 1000;

/// What a client says when it connects (section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Connect<'a> {
    pub(super) name: &'a [u8],
    pub(super) version: i8,
    pub(super) client_id: &'a [u8],
    /// Topic and text of the message that is published when the client is gone.
    pub(super) will: Option<(&'a [u8], &'a [u8])>,
}

/// A message that is published (section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Publish<'a> {
    /// How often it is delivered, 0 to 3.
    pub(super) qos: u8,
    pub(super) retain: bool,
    /// 0 if nobody acknowledges it.
    pub(super) id: u16,
    pub(super) topic: &'a [u8],
    pub(super) payload: &'a [u8],
}

/// A packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    Connect(Connect<'a>),
    /// The answer to it: why the client is refused, or 0.
    ConnAck(u8),
    Publish(Publish<'a>),
    PubAck(u16),
    PubRec(u16),
    PubRel(u16),
    PubComp(u16),
    /// Topics, and how often their messages are to be delivered.
    Subscribe(u16, Vec<(&'a [u8], u8)>),
    /// What is granted for the first of them.
    SubAck(u16, u8),
    Unsubscribe(u16, Vec<&'a [u8]>),
    UnsubAck(u16),
    /// What nothing is told of.
    Other,
}

/// Which versions are read, and which one is spoken.
#[derive(Clone, Copy)]
pub(super) struct Versions {
    /// The client said that it speaks version 5, and that is read as such.
    pub(super) fifth: bool,
    /// Version 5 is read as such, whoever speaks it.
    pub(super) reads_fifth: bool,
}

/// The packet that a segment begins with; what follows it is not looked at (Zeek takes a segment for a packet).
/// Most of it depends on the version.
pub(super) fn packet(bytes: &[u8], versions: Versions) -> Result<Packet<'_>, &'static str> {
    const SHORT: &str = "parse error: packet is longer than its segment";
    let mut at = Cursor::new(bytes);
    let first = at.u8().map_err(|Short| SHORT)?;
    let length = length(&mut at).map_err(|Short| SHORT)?.ok_or("malformed MQTT 'remaining length'")?;
    let mut body = at.within(length).map_err(|Short| SHORT)?;
    read(first, &mut body, versions).map_err(|Short| "parse error: packet ends within a field")
}

/// A length of some bytes, each of which says whether there is another (section 2.2.3); nothing if it has too many.
fn length(at: &mut Cursor<'_>) -> Result<Option<usize>, Short> {
    let mut length = 0;
    for count in 0..MAX_LENGTH_BYTES {
        let byte = at.u8()?;
        length |= usize::from(byte & 0x7f) << (7 * count);
        if byte & 0x80 == 0 {
            return Ok(Some(length));
        }
    }
    at.u8().map(|_| None)
}

/// Passes over properties, which version 5 alone has (its section 2.2.2).
fn properties(at: &mut Cursor<'_>, fifth: bool) -> Result<(), Short> {
    if fifth {
        let length = length(at)?.ok_or(Short)?;
        at.take(length)?;
    }
    Ok(())
}

fn read<'a>(first: u8, at: &mut Cursor<'a>, versions: Versions) -> Result<Packet<'a>, Short> {
    let Versions { fifth, reads_fifth } = versions;
    Ok(match first >> 4 {
        1 => Packet::Connect(connect(at, reads_fifth)?),
        2 => {
            at.u8()?;
            Packet::ConnAck(at.u8()?)
        }
        3 => Packet::Publish(publish(first, at, fifth)?),
        4 => Packet::PubAck(at.u16()?),
        5 => Packet::PubRec(at.u16()?),
        6 => Packet::PubRel(at.u16()?),
        7 => Packet::PubComp(at.u16()?),
        8 => {
            let id = at.u16()?;
            properties(at, fifth)?;
            // Version 5 has more in that byte.
            let level = if fifth { 3 } else { u8::MAX };
            Packet::Subscribe(id, topics(at, |at| Ok((at.bytes16()?, at.u8()? & level)))?)
        }
        9 => {
            let id = at.u16()?;
            properties(at, fifth)?;
            Packet::SubAck(id, at.u8()?)
        }
        10 => {
            let id = at.u16()?;
            properties(at, fifth)?;
            Packet::Unsubscribe(id, topics(at, Cursor::bytes16)?)
        }
        11 => Packet::UnsubAck(at.u16()?),
        _ => Packet::Other,
    })
}

fn connect<'a>(at: &mut Cursor<'a>, reads_fifth: bool) -> Result<Connect<'a>, Short> {
    let name = at.bytes16()?;
    let version = i8::from_be_bytes([at.u8()?]);
    let flags = at.u8()?;
    let _keep_alive = at.u16()?;
    let fifth = reads_fifth && version == FIFTH;
    properties(at, fifth)?;
    let client_id = at.bytes16()?;
    let mut will = None;
    if flags & 0x04 != 0 {
        properties(at, fifth)?;
        will = Some((at.bytes16()?, at.bytes16()?));
    }
    for flag in [0x80, 0x40] {
        if flags & flag != 0 {
            at.bytes16()?;
        }
    }
    Ok(Connect { name, version, client_id, will })
}

fn publish<'a>(first: u8, at: &mut Cursor<'a>, fifth: bool) -> Result<Publish<'a>, Short> {
    let qos = first >> 1 & 3;
    let topic = at.bytes16()?;
    let id = if qos > 0 { at.u16()? } else { 0 };
    properties(at, fifth)?;
    Ok(Publish { qos, retain: first & 1 != 0, id, topic, payload: at.take_rest() })
}

/// Topics up to the end of the packet.
fn topics<'a, T>(
    at: &mut Cursor<'a>,
    read: impl Fn(&mut Cursor<'a>) -> Result<T, Short>,
) -> Result<Vec<T>, Short> {
    let mut topics = Vec::new();
    while !at.is_empty() {
        let topic = read(at)?;
        if topics.len() < MAX_TOPICS {
            topics.push(topic);
        }
    }
    Ok(topics)
}
