//! Packets of a pcapng file: sections of blocks, each with its own byte order and interfaces.

use super::fields::{
    BYTE_ORDER, ENHANCED_PACKET, INTERFACE, OBSOLETE_PACKET, OPTION_END, OPTION_TSOFFSET, OPTION_TSRESOL,
    SECTION_HEADER, SIMPLE_PACKET, next_option,
};
use super::flags;
use crate::base::cursor::{ByteOrder, Cursor, Short};
use crate::base::packet::{LinkType, PacketMeta};
use crate::base::time::Timestamp;
use crate::capture::link;
use crate::capture::scan::{Scan, Stop};

/// Blocks are read whole, so there is a limit to their length; it is libpcap's.
const MAX_BLOCK: u32 = 16 << 20;
/// Interfaces of a section that are remembered.
const MAX_INTERFACES: usize = 65_536;

/// How to get from an interface's units of time to nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolution {
    /// A unit is this many nanoseconds.
    Multiply(u64),
    /// This many units are a nanosecond.
    Divide(u64),
    /// A unit is 2 to the power of minus this many seconds.
    Binary(u8),
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link: LinkType,
    /// How much of a simple packet is there; the other blocks say it themselves.
    snap: u32,
    max: u32,
    resolution: Resolution,
    /// Seconds to add to every time.
    offset: i64,
}

impl Interface {
    /// The time of a packet, kept within the range of a [`Timestamp`].
    #[inline]
    fn time(&self, units: u64) -> Timestamp {
        let units = u128::from(units);
        let nanos = match self.resolution {
            Resolution::Multiply(factor) => units * u128::from(factor),
            Resolution::Divide(divisor) => units / u128::from(divisor),
            Resolution::Binary(shift) => (units * 1_000_000_000) >> shift,
        };
        // At most 2^64 * 10^9: no overflow, even with the offset.
        let nanos = nanos as i128 + i128::from(self.offset) * 1_000_000_000;
        Timestamp::from_nanos(nanos.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }
}

/// What a reader remembers from block to block: the section's byte order and interfaces.
#[derive(Clone, Debug)]
pub(crate) struct Pcapng {
    order: ByteOrder,
    interfaces: Vec<Interface>,
}

/// Whether a file that begins with these bytes is a pcapng file.
pub(crate) fn is_magic(bytes: &[u8]) -> bool {
    bytes.first_chunk::<4>().is_some_and(|first| u32::from_le_bytes(*first) == SECTION_HEADER)
}

/// The byte order that a section header's magic says; the magic itself if it says none.
fn byte_order(header: &[u8; 12]) -> Result<ByteOrder, u32> {
    let [.., a, b, c, d] = *header;
    match u32::from_le_bytes([a, b, c, d]) {
        BYTE_ORDER => Ok(ByteOrder::Little),
        magic if magic.swap_bytes() == BYTE_ORDER => Ok(ByteOrder::Big),
        magic => Err(magic),
    }
}

/// Whether a section header's byte-order magic is right: its type alone could begin a text.
pub(crate) fn has_byte_order(header: &[u8; 12]) -> bool {
    byte_order(header).is_ok()
}

/// A block without the length at its end, in its byte order.
#[derive(Clone, Copy)]
struct Block<'a> {
    bytes: &'a [u8],
    order: ByteOrder,
}

impl<'a> Block<'a> {
    /// What is behind the type and the length.
    #[inline]
    fn body(self) -> Result<Cursor<'a>, Short> {
        let mut cursor = Cursor::new(self.bytes);
        cursor.seek(8)?;
        Ok(cursor)
    }
}

/// A packet as its block tells of it.
struct Found {
    interface: u32,
    /// None where the block has no time.
    units: Option<u64>,
    captured: u32,
    wire: u32,
    /// Where its bytes begin in the block.
    at: usize,
}

impl Pcapng {
    /// Starts with the byte order of the first section's header.
    pub(crate) fn new(header: &[u8; 12]) -> Self {
        Self { order: byte_order(header).unwrap_or(ByteOrder::Little), interfaces: Vec::new() }
    }

    pub(crate) fn big_endian(&self) -> bool {
        self.order == ByteOrder::Big
    }

    /// Appends the metas of the packets in whole blocks from `scan.at` on.
    pub(crate) fn scan(&mut self, scan: &mut Scan<'_>) -> Stop {
        while scan.out.len() < scan.max {
            let rest = scan.bytes.get(scan.at..).unwrap_or_default();
            match self.block(rest, scan) {
                Ok(length) => scan.at += length,
                Err(stop) => return stop,
            }
        }
        Stop::Full
    }

    /// Deals with the block at the start of `rest`; gives its length.
    #[inline]
    fn block(&mut self, rest: &[u8], scan: &mut Scan<'_>) -> Result<usize, Stop> {
        let mut head = Cursor::new(rest);
        let mut order = self.order;
        let (Ok(kind), Ok(mut length)) = (head.u32_in(order), head.u32_in(order)) else {
            return Err(Stop::More(12));
        };
        if kind == SECTION_HEADER {
            // The byte order of this very block stands behind its length.
            let Some(header) = rest.first_chunk() else { return Err(Stop::More(12)) };
            order = byte_order(header)
                .map_err(|magic| malformed(format!("a section with byte-order magic {magic:#010x}")))?;
            if order != self.order {
                length = length.swap_bytes();
            }
        }
        check_length(length)?;
        let total = length as usize;
        let Some((bytes, trailer)) = rest.get(..total).and_then(<[u8]>::split_last_chunk) else {
            return Err(Stop::More(total));
        };
        let block = Block { bytes, order };
        let trailer = order.u32(*trailer);
        if trailer != length {
            return Err(malformed(format!(
                "a block's length is {length} at its start and {trailer} at its end"
            )));
        }
        match kind {
            SECTION_HEADER => self.section(block)?,
            INTERFACE => self.interface(block)?,
            ENHANCED_PACKET => {
                let captured = self.packet(enhanced(block), block, scan)?;
                // Most packets have no options.
                let options = 28 + (captured as usize).next_multiple_of(4);
                if let Some(options) = bytes.get(options..).filter(|options| !options.is_empty()) {
                    flags::note(Cursor::new(options), order, scan.out);
                }
            }
            SIMPLE_PACKET => _ = self.packet(self.simple(block), block, scan)?,
            OBSOLETE_PACKET => _ = self.packet(obsolete(block), block, scan)?,
            _ => {}
        }
        Ok(total)
    }

    /// A new section: its interfaces are its own. Its version is not looked at: blocks are checked one by one, and no
    /// other than 1.0 was ever written on purpose.
    fn section(&mut self, block: Block<'_>) -> Result<(), Stop> {
        if block.bytes.len() < 24 {
            return Err(short("section"));
        }
        self.order = block.order;
        self.interfaces.clear();
        Ok(())
    }

    fn interface(&mut self, block: Block<'_>) -> Result<(), Stop> {
        let Ok((linktype, snaplen, options)) = interface_fields(block) else {
            return Err(short("interface"));
        };
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(malformed(format!("a section with more than {MAX_INTERFACES} interfaces")));
        }
        let link = link::from_file(linktype);
        let mut interface = Interface {
            link,
            snap: link::snap_length(link, snaplen),
            max: link::max_captured(link),
            resolution: Resolution::Multiply(1000),
            offset: 0,
        };
        interface_options(options, block.order, &mut interface)?;
        self.interfaces.push(interface);
        Ok(())
    }

    /// A packet without a time. It belongs to the first interface, whose snap length alone tells how much of it is
    /// there.
    fn simple(&self, block: Block<'_>) -> Result<Found, Short> {
        let mut body = block.body()?;
        let wire = body.u32_in(block.order)?;
        let snap = self.interfaces.first().map_or(wire, |first| first.snap);
        Ok(Found { interface: 0, units: None, captured: wire.min(snap), wire, at: body.at() })
    }

    /// Appends the meta of a packet; gives its captured length.
    #[inline]
    fn packet(
        &self,
        found: Result<Found, Short>,
        block: Block<'_>,
        scan: &mut Scan<'_>,
    ) -> Result<u32, Stop> {
        let Ok(found) = found else { return Err(short("packet")) };
        let Some(interface) = self.interfaces.get(found.interface as usize) else {
            let (id, known) = (found.interface, self.interfaces.len());
            return Err(malformed(format!(
                "a packet of interface {id} where the section has {known} interfaces"
            )));
        };
        let captured = found.captured;
        if captured > interface.max {
            let max = interface.max;
            return Err(malformed(format!("a packet claims {captured} captured bytes, more than {max}")));
        }
        if block.bytes.len().saturating_sub(found.at) < captured as usize {
            return Err(malformed(format!(
                "a packet claims {captured} captured bytes, more than its block has"
            )));
        }
        let ts = interface.time(found.units.unwrap_or_default());
        if scan.is_later(ts) {
            return Err(Stop::Later);
        }
        scan.out.push(PacketMeta {
            ts,
            at: (scan.at + found.at) as u32,
            captured,
            wire: found.wire,
            link: interface.link,
            ..PacketMeta::default()
        });
        Ok(captured)
    }
}

#[inline]
fn enhanced(block: Block<'_>) -> Result<Found, Short> {
    let mut body = block.body()?;
    let interface = body.u32_in(block.order)?;
    timed(interface, body, block.order)
}

fn obsolete(block: Block<'_>) -> Result<Found, Short> {
    let mut body = block.body()?;
    let (interface, _drops) = (body.u16_in(block.order)?, body.u16_in(block.order)?);
    timed(interface.into(), body, block.order)
}

/// What follows the interface: a time, two lengths.
#[inline]
fn timed(interface: u32, mut body: Cursor<'_>, order: ByteOrder) -> Result<Found, Short> {
    let units = u64::from(body.u32_in(order)?) << 32 | u64::from(body.u32_in(order)?);
    let (captured, wire) = (body.u32_in(order)?, body.u32_in(order)?);
    Ok(Found { interface, units: Some(units), captured, wire, at: body.at() })
}

/// An interface's link type and snap length, and its options.
fn interface_fields(block: Block<'_>) -> Result<(u16, u32, Cursor<'_>), Short> {
    let mut body = block.body()?;
    let (linktype, _reserved) = (body.u16_in(block.order)?, body.u16_in(block.order)?);
    Ok((linktype, body.u32_in(block.order)?, body))
}

/// Looks for the options that bear on time; the others are passed over.
fn interface_options(
    mut options: Cursor<'_>,
    order: ByteOrder,
    interface: &mut Interface,
) -> Result<(), Stop> {
    let (mut resolution_seen, mut offset_seen) = (false, false);
    while !options.is_empty() {
        let Ok((code, value)) = next_option(&mut options, order) else { return Err(short("option")) };
        match (code, value) {
            (OPTION_END, []) => return Ok(()),
            (OPTION_TSRESOL, [power]) if !resolution_seen => {
                resolution_seen = true;
                interface.resolution = resolution(*power)?;
            }
            (OPTION_TSOFFSET, [a, b, c, d, e, f, g, h]) if !offset_seen => {
                offset_seen = true;
                interface.offset = order.u64([*a, *b, *c, *d, *e, *f, *g, *h]).cast_signed();
            }
            (OPTION_END | OPTION_TSRESOL | OPTION_TSOFFSET, value) => {
                let length = value.len();
                let what = format!("an interface's option {code} has {length} bytes or stands there twice");
                return Err(malformed(what));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The meaning of `if_tsresol`: a negative power of ten, or of two if the highest bit is set.
fn resolution(option: u8) -> Result<Resolution, Stop> {
    match (option & 0x80 != 0, option & 0x7f) {
        (true, power @ 0..=63) => Ok(Resolution::Binary(power)),
        (false, power @ 0..=9) => Ok(Resolution::Multiply(10_u64.pow(9 - u32::from(power)))),
        (false, power @ 10..=19) => Ok(Resolution::Divide(10_u64.pow(u32::from(power) - 9))),
        (binary, power) => {
            let base = if binary { 2 } else { 10 };
            Err(malformed(format!("an interface's time has a resolution of {base}^-{power} seconds")))
        }
    }
}

/// A block holds at least its own header and trailer, and whole words.
fn check_length(length: u32) -> Result<(), Stop> {
    match length {
        0..12 => Err(malformed(format!("a block of {length} bytes, fewer than 12"))),
        _ if length > MAX_BLOCK => {
            Err(malformed(format!("a block of {length} bytes, more than {MAX_BLOCK}")))
        }
        _ if !length.is_multiple_of(4) => {
            Err(malformed(format!("a block of {length} bytes, not a multiple of 4")))
        }
        _ => Ok(()),
    }
}

#[cold]
fn malformed(what: String) -> Stop {
    Stop::Malformed(what)
}

#[cold]
fn short(what: &str) -> Stop {
    Stop::Malformed(format!("a {what} block or option is too short for its fields"))
}
