//! The objects of a fragment (4.2.2.7): headers with ranges, and whether the data behind each is there.

use super::layout::Layout;
use super::layouts_table::LAYOUTS;
use crate::base::cursor::{Cursor, Short};
use crate::base::direction::Direction;

/// Objects of a group: binary inputs, double-bit inputs, binary outputs and patterns whose values are packed as bits.
const PACKED: [u16; 4] = [0x0101, 0x0301, 0x0a01, 0x0c03];
/// Internal indications.
const INDICATIONS: u16 = 0x5001;
/// The authentication of a file.
const FILE_KEY: u16 = 0x4602;
/// The function that authenticates a file.
const AUTHENTICATE_FILE: u8 = 29;

/// The header of a run of objects of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    /// Group in the high byte, variation in the low one.
    kind: u16,
    /// What stands before each object, and how the range is said (4.2.2.7.3).
    qualifier: u8,
    /// Objects, as the range says: less than none if it ends before it begins.
    count: i32,
}

impl Header {
    fn read(at: &mut Cursor<'_>) -> Result<Self, Short> {
        let kind = at.u16()?;
        let qualifier = at.u8()?;
        let count = match qualifier & 0x0f {
            0 => range(i32::from(at.u8()?), i32::from(at.u8()?)),
            1 => range(i32::from(at.u16_le()?), i32::from(at.u16_le()?)),
            2 => range(at.u32_le()? as i32, at.u32_le()? as i32),
            3 => none(at, 2)?,
            4 => none(at, 4)?,
            5 => none(at, 8)?,
            6 => 0,
            7 | 11 => i32::from(at.u8()?),
            8 => i32::from(at.u16_le()?),
            9 => at.u32_le()? as i32,
            _ => none(at, at.left())?,
        };
        Ok(Self { kind, qualifier, count })
    }

    /// How many units of data follow: objects, or bytes that hold eight of them.
    fn units(&self, at: &Cursor<'_>) -> Result<usize, Short> {
        let packed = PACKED.contains(&self.kind);
        let units = if packed { self.count / 8 + i32::from(self.count % 8 > 0) } else { self.count };
        // An object takes a byte at least.
        usize::try_from(units).ok().filter(|units| *units <= at.left()).ok_or(Short)
    }

    /// Reads what stands before an object: its index, or how many bytes it takes.
    fn prefix(&self, at: &mut Cursor<'_>) -> Result<usize, Short> {
        Ok(match self.qualifier & 0xf0 {
            0x10 | 0x40 => usize::from(at.u8()?),
            0x20 | 0x50 => usize::from(at.u16_le()?),
            0x30 | 0x60 => at.u32_le()? as usize,
            _ => 0,
        })
    }
}

fn range(start: i32, stop: i32) -> i32 {
    stop.wrapping_sub(start).wrapping_add(1)
}

/// An address, or what nobody knows, has no objects behind it.
fn none(at: &mut Cursor<'_>, len: usize) -> Result<i32, Short> {
    at.take(len)?;
    Ok(0)
}

/// Whether requests have data behind a header; of all others they have the header alone, for that is what is asked for.
fn is_sent(kind: u16) -> bool {
    matches!(kind,
        0x0c01..=0x0c03 | 0x3201..=0x3203 | 0x3301..=0x3302 | 0x3401..=0x3402 | 0x4601..=0x4607 | INDICATIONS | 0x7801..=0x780f)
}

/// The layout of a kind of object.
fn layout(kind: u16) -> Layout {
    if let Ok(at) = LAYOUTS.binary_search_by_key(&kind, |(known, _)| *known) {
        return LAYOUTS.get(at).map_or(Layout::Rest, |(_, layout)| *layout);
    }
    let [group, variation] = kind.to_be_bytes();
    match (group, variation) {
        (0, 211..=243 | 245..=250 | 252 | 254 | 255) => Layout::Attribute,
        // Strings: the variation is the length.
        (110..=113, length) => Layout::Fixed(usize::from(length)),
        _ => Layout::Rest,
    }
}

fn layout_in_request(kind: u16, function: u8) -> Layout {
    match kind {
        // Bits are written here, a few of them, packed or not.
        INDICATIONS => Layout::Rest,
        FILE_KEY if function != AUTHENTICATE_FILE => Layout::Fixed(0),
        _ => layout(kind),
    }
}

/// Whether the functions of a direction carry objects.
fn carries(function: u8, dir: Direction) -> bool {
    match dir {
        Direction::Orig => matches!(function, 1..=12 | 16..=18 | 20..=22 | 25..=33),
        Direction::Resp => matches!(function, 129..=131),
    }
}

/// Whether the objects of a fragment are as long as their headers say.
pub(super) fn check(function: u8, dir: Direction, at: &mut Cursor<'_>) -> Result<(), Short> {
    while carries(function, dir) && !at.is_empty() {
        let header = Header::read(at)?;
        let layout = match dir {
            Direction::Orig if !is_sent(header.kind) => continue,
            Direction::Orig => layout_in_request(header.kind, function),
            Direction::Resp => layout(header.kind),
        };
        for _ in 0..header.units(at)? {
            let before = at.at();
            let prefix = header.prefix(at)?;
            layout.step(at, prefix)?;
            // If one takes nothing, neither do the others.
            if at.at() == before {
                break;
            }
        }
    }
    Ok(())
}
