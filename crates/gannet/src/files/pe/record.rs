//! The record of a program for Windows.

use std::borrow::Cow;

use crate::base::time::Timestamp;
use crate::events::{Date, Fuid, Vector};

crate::events::record! {
    /// One row for each program (Portable Executable) whose headers were seen.
    pub struct Pe in "pe" {
        /// Time of the file's first bytes.
        ts: Timestamp,
        /// Id of the file.
        id: Fuid,
        /// The processor that it is for.
        machine: Option<Cow<'static, str>>,
        /// When it was made, by its own account.
        compile_ts: Option<Date>,
        /// The system that it needs.
        os: Option<Cow<'static, str>>,
        /// The part of the system that it needs.
        subsystem: Option<Cow<'static, str>>,
        /// It can be run or loaded, and is no object file.
        is_exe: bool,
        /// It is for a machine of 64 bits.
        is_64bit: bool,
        /// It can be put anywhere in memory.
        uses_aslr: bool,
        /// Its data is not run.
        uses_dep: bool,
        /// Its signature is checked before it is run.
        uses_code_integrity: bool,
        /// It has handlers for exceptions.
        uses_seh: bool,
        /// It needs functions of others.
        has_import_table: Option<bool>,
        /// It has functions for others.
        has_export_table: Option<bool>,
        /// It has a certificate.
        has_cert_table: Option<bool>,
        /// It has data for debuggers.
        has_debug_data: Option<bool>,
        /// Names of its sections.
        section_names: Option<Vector<Vec<u8>>>,
    }
}

impl Pe {
    /// A row that says nothing yet.
    pub(super) const fn new(ts: Timestamp, id: Fuid) -> Self {
        Self {
            ts,
            id,
            machine: None,
            compile_ts: None,
            os: None,
            subsystem: None,
            is_exe: false,
            is_64bit: true,
            uses_aslr: false,
            uses_dep: false,
            uses_code_integrity: false,
            uses_seh: true,
            has_import_table: None,
            has_export_table: None,
            has_cert_table: None,
            has_debug_data: None,
            section_names: None,
        }
    }

    /// Bytes of memory held beside the struct.
    pub(super) fn held(&self) -> usize {
        let texts = [&self.machine, &self.os, &self.subsystem];
        let texts: usize = texts
            .iter()
            .map(|text| match text {
                Some(Cow::Owned(text)) => text.capacity(),
                _ => 0,
            })
            .sum();
        texts
            + self.section_names.as_ref().map_or(0, |names| {
                names.0.capacity() * size_of::<Vec<u8>>() + names.0.iter().map(Vec::capacity).sum::<usize>()
            })
    }
}
