//! The layout of one object: how many bytes it takes.

use crate::base::cursor::{Cursor, Short};

/// How the bytes of an object are laid out. Numbers in objects are little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// So many bytes.
    Fixed(usize),
    /// All that is left.
    Rest,
    /// An attribute of a device: type, length, value.
    Attribute,
    /// A head, in which two-byte lengths of what follows stand at these places.
    Lengths { head: usize, at: &'static [usize] },
    /// A head, in which the count of what follows stands at a place, and that many of this size.
    Counted { head: usize, at: usize, each: usize },
    /// As many bytes as its prefix says, but not fewer than these.
    Prefixed(usize),
    /// A file as it was described once: a head with the length of a name, the name, and all that is left (group 70, variation 1).
    FileId,
    /// A session key's status: as many bytes as its prefix says, with the length of a challenge in them (group 120, variation 5).
    KeyStatus,
    /// A delay, and statuses with a length each (group 91, variation 1).
    Statuses,
}

/// The sum of two-byte lengths at these places of a head.
fn lengths(head: &[u8], at: &[usize]) -> usize {
    let length = |place: &usize| {
        let bytes = head.get(*place..).and_then(|rest| rest.first_chunk());
        bytes.map_or(0, |bytes| usize::from(u16::from_le_bytes(*bytes)))
    };
    at.iter().map(length).sum()
}

impl Layout {
    /// Steps over one object, whose prefix was read: the number that stood in front of it, or 0.
    pub(super) fn step(self, at: &mut Cursor<'_>, prefix: usize) -> Result<(), Short> {
        match self {
            Self::Fixed(len) => {
                at.take(len)?;
            }
            Self::Rest => {
                at.take_rest();
            }
            Self::Attribute => {
                at.u8()?;
                at.bytes8()?;
            }
            Self::Lengths { head, at: places } => {
                let head = at.take(head)?;
                at.take(lengths(head, places))?;
            }
            Self::Counted { head, at: place, each } => {
                let head = at.take(head)?;
                at.take(lengths(head, &[place]) * each)?;
            }
            Self::Prefixed(least) if prefix < least => return Err(Short),
            Self::Prefixed(_) => {
                at.take(prefix)?;
            }
            Self::FileId => {
                let head = at.take(34)?;
                at.take(lengths(head, &[0]))?;
                at.take_rest();
            }
            Self::KeyStatus => {
                let whole = at.take(prefix)?;
                whole.get(11 + lengths(whole, &[9])..).ok_or(Short)?;
            }
            Self::Statuses => statuses(at)?,
        }
        Ok(())
    }
}

fn statuses(at: &mut Cursor<'_>) -> Result<(), Short> {
    at.take(4)?;
    for _ in 0..at.u8()? {
        let len = usize::from(at.u8()?);
        at.u8()?;
        at.take(len.checked_sub(1).ok_or(Short)?)?;
    }
    Ok(())
}
