//! The numbers of the format, and its options.

use crate::base::cursor::{ByteOrder, Cursor, Short};

pub(super) const SECTION_HEADER: u32 = 0x0a0d_0d0a;
pub(super) const INTERFACE: u32 = 1;
pub(super) const OBSOLETE_PACKET: u32 = 2;
pub(super) const SIMPLE_PACKET: u32 = 3;
pub(super) const ENHANCED_PACKET: u32 = 6;

pub(super) const BYTE_ORDER: u32 = 0x1a2b_3c4d;

pub(super) const OPTION_END: u16 = 0;
pub(super) const OPTION_TSRESOL: u16 = 9;
pub(super) const OPTION_TSOFFSET: u16 = 14;

/// The next option's code and its value; what pads it is read too.
pub(super) fn next_option<'a>(options: &mut Cursor<'a>, order: ByteOrder) -> Result<(u16, &'a [u8]), Short> {
    let (code, length) = (options.u16_in(order)?, usize::from(options.u16_in(order)?));
    let padded = options.take(length.next_multiple_of(4))?;
    Ok((code, padded.get(..length).ok_or(Short)?))
}
