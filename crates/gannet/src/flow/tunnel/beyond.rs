//! Tunnels over UDP beyond those that Zeek looks into: MPLS (RFC 7510), L2TP version 2 (RFC 2661), TZSP, with which routers
//! mirror traffic. They are told by their port and by headers that are sound; what is not is no tunnel, and nothing is said of it.

use crate::base::cursor::{Cursor, Short};
use crate::decode::layer::Layer;
use crate::decode::{link, serial, wireless};

/// Labels of one stack that are looked at.
const MAX_LABELS: usize = 16;

/// What a datagram of such a tunnel is.
pub(super) enum Message<'p> {
    /// It carries a packet, with this layer first, or with IP.
    Packet(&'p [u8], Option<&'static Layer>),
    /// It is of the tunnel, and carries nothing that is looked at.
    Other,
}

/// A label stack (RFC 3032, section 2.1) and an IP packet.
pub(super) fn mpls(payload: &[u8]) -> Option<Message<'_>> {
    const BOTTOM: u8 = 1;
    let (labels, _) = payload.as_chunks::<4>();
    let bottom = labels.iter().take(MAX_LABELS).position(|[_, _, third, _]| third & BOTTOM != 0)?;
    let inner = payload.get((bottom + 1) * 4..)?;
    is_ip(inner).then_some(Message::Packet(payload, Some(&link::MPLS)))
}

fn is_ip(bytes: &[u8]) -> bool {
    match bytes.first().map(|first| first >> 4) {
        Some(4) => bytes.len() >= 20,
        Some(6) => bytes.len() >= 40,
        _ => false,
    }
}

/// A message of L2TP version 2 (RFC 2661, section 3.1): of its control connection, or PPP.
pub(super) fn l2tp(payload: &[u8]) -> Option<Message<'_>> {
    const CONTROL: u16 = 0x8000;
    const LENGTH: u16 = 0x4000;
    const SEQUENCE: u16 = 0x0800;
    const OFFSET: u16 = 0x0200;
    const RESERVED: u16 = 0x34f0;
    let mut cursor = Cursor::new(payload);
    let flags = cursor.u16().ok()?;
    if flags & 0xf != 2 || flags & RESERVED != 0 {
        return None;
    }
    let end = match flags & LENGTH {
        0 => payload.len(),
        _ => usize::from(cursor.u16().ok()?),
    };
    let _tunnel_and_session = cursor.u32().ok()?;
    if flags & SEQUENCE != 0 {
        cursor.u32().ok()?;
    }
    if flags & CONTROL != 0 {
        let whole = flags & (LENGTH | SEQUENCE) == LENGTH | SEQUENCE && end == payload.len();
        return whole.then_some(Message::Other);
    }
    if flags & OFFSET != 0 {
        let offset = cursor.u16().ok()?;
        cursor.take(offset.into()).ok()?;
    }
    let inner = payload.get(cursor.at()..end)?;
    Some(point_to_point(inner))
}

/// What PPP carries; its protocol may have one byte (RFC 1661, section 6.5).
fn point_to_point(frame: &[u8]) -> Message<'_> {
    match frame {
        [0xff, 0x03, 0x21 | 0x57, inner @ ..] | [0x21 | 0x57, inner @ ..] => Message::Packet(inner, None),
        [0xff, 0x03, 0, 0x21 | 0x57, _, ..] | [0, 0x21 | 0x57, _, ..] => {
            Message::Packet(frame, Some(&serial::PPP))
        }
        _ => Message::Other,
    }
}

/// A message of TZSP (TaZmen Sniffer Protocol, version 1): a header, tags, and a frame as it was captured.
pub(super) fn tzsp(payload: &[u8]) -> Option<Message<'_>> {
    const RECEIVED: u8 = 0;
    const TO_TRANSMIT: u8 = 1;
    let mut cursor = Cursor::new(payload);
    let (version, kind, carried) = (cursor.u8().ok()?, cursor.u8().ok()?, cursor.u16().ok()?);
    match (version, kind) {
        (1, RECEIVED | TO_TRANSMIT) => {}
        (1, 2..=5) => return Some(Message::Other),
        _ => return None,
    }
    tags(&mut cursor).ok()?;
    let frame = cursor.rest();
    Some(match carried {
        1 if !frame.is_empty() => Message::Packet(frame, Some(&link::ETHERNET)),
        18 if !frame.is_empty() => Message::Packet(frame, Some(&wireless::IEEE802_11)),
        _ => Message::Other,
    })
}

/// Passes tags: padding has no length, and the last one neither.
fn tags(cursor: &mut Cursor<'_>) -> Result<(), Short> {
    const PADDING: u8 = 0;
    const END: u8 = 1;
    loop {
        match cursor.u8()? {
            PADDING => {}
            END => return Ok(()),
            _ => {
                let length = cursor.u8()?;
                cursor.take(length.into())?;
            }
        }
    }
}
