//! From bytes to the headers of a program: Microsoft's "PE Format".

use crate::base::cursor::{Cursor, Short};

/// Bytes of the header for DOS.
pub(super) const DOS: usize = 64;
/// Bytes of the signature and the COFF header.
pub(super) const COFF: usize = 24;
/// Bytes of a section's header.
pub(super) const SECTION: usize = 40;
/// Bytes that may be between the header for DOS and the next one.
const MAX_STUB: u32 = 4 << 20;
/// Directories that are looked at: the last of them is that of debuggers' data.
const DIRECTORIES: usize = 7;

/// Where the COFF header is; nothing if it cannot be there.
pub(super) fn dos(bytes: &[u8]) -> Option<u32> {
    let mut cursor = Cursor::new(bytes);
    cursor.seek(60).ok()?;
    let at = cursor.u32_le().ok()?;
    (DOS as u32..DOS as u32 + MAX_STUB).contains(&at).then_some(at)
}

/// The COFF header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coff {
    pub(super) machine: u16,
    pub(super) sections: u16,
    /// When it was made, in seconds since 1970.
    pub(super) made: u32,
    /// Bytes of the optional header.
    pub(super) optional: u16,
    pub(super) characteristics: u16,
}

impl Coff {
    /// Characteristic: for machines of 32 bits.
    pub(super) const BITS_32: u16 = 0x100;

    /// Reads the signature, which may be anything, and the header.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Short> {
        let mut cursor = Cursor::new(bytes);
        cursor.take(4)?;
        let (machine, sections, made) = (cursor.u16_le()?, cursor.u16_le()?, cursor.u32_le()?);
        cursor.take(8)?;
        Ok(Self { machine, sections, made, optional: cursor.u16_le()?, characteristics: cursor.u16_le()? })
    }
}

/// The optional header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Optional {
    pub(super) system: (u16, u16),
    pub(super) subsystem: u16,
    pub(super) traits: u16,
    /// Bytes of each directory.
    pub(super) directories: [u32; DIRECTORIES],
}

impl Optional {
    /// Traits of programs.
    pub(super) const ASLR: u16 = 0x40;
    pub(super) const CODE_INTEGRITY: u16 = 0x80;
    pub(super) const DEP: u16 = 0x100;
    pub(super) const NO_SEH: u16 = 0x400;

    /// Reads the whole header; nothing if it is of no known kind.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, Short> {
        let mut cursor = Cursor::new(bytes);
        let wide = match cursor.u16_le()? {
            0x10b | 0x107 => false,
            0x20b => true,
            _ => return Ok(None),
        };
        cursor.take(22)?;
        // The base of data and that of the image, or the wide one of the image alone.
        cursor.take(8)?;
        cursor.take(8)?;
        let system = (cursor.u16_le()?, cursor.u16_le()?);
        cursor.take(24)?;
        let (subsystem, traits) = (cursor.u16_le()?, cursor.u16_le()?);
        cursor.take(if wide { 32 } else { 16 })?;
        cursor.take(4)?;
        let count = cursor.u32_le()?;
        let mut directories = [0; DIRECTORIES];
        for at in 0..count {
            cursor.u32_le()?;
            let length = cursor.u32_le()?;
            if let Some(place) = directories.get_mut(at as usize) {
                *place = length;
            }
        }
        Ok(Some(Self { system, subsystem, traits, directories }))
    }

    /// Whether there is anything in a directory.
    pub(super) fn has(&self, directory: usize) -> bool {
        self.directories.get(directory).is_some_and(|length| *length > 0)
    }
}

/// A section's header: its name, and where it ends in the file.
pub(super) fn section(bytes: &[u8]) -> Result<(Vec<u8>, u64), Short> {
    let mut cursor = Cursor::new(bytes);
    let name = cursor.array::<8>()?.split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
    cursor.take(8)?;
    let (length, at) = (cursor.u32_le()?, cursor.u32_le()?);
    Ok((name, u64::from(length) + u64::from(at)))
}
