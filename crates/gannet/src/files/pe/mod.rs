//! Programs for Windows: what their headers say (Microsoft's "PE Format").

mod names;
mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::Pe;

use parse::{Coff, Optional};

use super::{FileAnalyzer, FileDescriptor, FileOutput, FileProgress, FileStart};
use crate::events::{Date, Vector};

/// Type of a program.
const DOS_PROGRAM: &str = "application/x-dosexec";

/// The analyzer of programs.
pub static PROGRAM: FileDescriptor = FileDescriptor::new("PE", |start| Box::new(Program::new(start)))
    .doc("Programs for Windows: processor, system, protections, sections")
    .mimes(&[DOS_PROGRAM])
    .records(&[Pe::STREAM]);

/// Sections whose names are kept.
const MAX_SECTIONS: usize = 1024;

/// What comes next in the file.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Dos,
    Coff,
    /// So many bytes.
    Optional(usize),
    /// So many are left.
    Sections(u16),
    Over,
}

/// One program as it comes in.
struct Program {
    row: Pe,
    stage: Stage,
    /// The beginning of what comes next.
    head: Vec<u8>,
    /// Bytes that are of no interest.
    skip: u64,
    /// Sections that follow the optional header.
    sections: u16,
    /// Where the headers end in the file.
    headers_end: u64,
    /// Where the section that reaches furthest ends.
    sections_end: u64,
    reached: bool,
}

impl Program {
    fn new(start: &FileStart<'_>) -> Self {
        Self {
            row: Pe::new(start.ts, start.fuid),
            stage: Stage::Dos,
            head: Vec::new(),
            skip: 0,
            sections: 0,
            headers_end: 0,
            sections_end: 0,
            reached: false,
        }
    }

    /// Bytes of what comes next; none if nothing is waited for.
    const fn need(&self) -> usize {
        match self.stage {
            Stage::Dos => parse::DOS,
            Stage::Coff => parse::COFF,
            Stage::Optional(length) => length,
            Stage::Sections(_) => parse::SECTION,
            Stage::Over => 0,
        }
    }

    /// One header; what is wrong with it, if anything.
    fn header(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        const SHORT: &str = "parse error: a header is shorter than what is in it";
        self.stage = match self.stage {
            Stage::Dos => {
                let at = parse::dos(bytes).ok_or("parse error: no header behind that for DOS")?;
                self.skip = u64::from(at) - parse::DOS as u64;
                self.headers_end = u64::from(at) + parse::COFF as u64;
                Stage::Coff
            }
            Stage::Coff => {
                let coff = Coff::read(bytes).map_err(|_| SHORT)?;
                self.coff(&coff);
                match coff.optional {
                    0 => Stage::Sections(coff.sections),
                    length => Stage::Optional(usize::from(length)),
                }
            }
            Stage::Optional(_) => {
                if let Some(optional) = Optional::read(bytes).map_err(|_| SHORT)? {
                    self.optional(&optional);
                }
                Stage::Sections(self.sections)
            }
            Stage::Sections(left) => {
                let (name, end) = parse::section(bytes).map_err(|_| SHORT)?;
                self.sections_end = self.sections_end.max(end);
                if self.row.is_exe {
                    let names: &mut Vector<Vec<u8>> = self.row.section_names.get_or_insert_default();
                    if names.0.len() < MAX_SECTIONS {
                        names.0.push(name);
                    }
                }
                Stage::Sections(left.saturating_sub(1))
            }
            Stage::Over => Stage::Over,
        };
        if let Stage::Sections(0) = self.stage {
            self.stage = Stage::Over;
            if self.sections_end < self.headers_end {
                return Err("parse error: the sections end before the headers do");
            }
        }
        Ok(())
    }

    fn coff(&mut self, coff: &Coff) {
        self.reached = true;
        self.sections = coff.sections;
        self.headers_end += u64::from(coff.optional) + parse::SECTION as u64 * u64::from(coff.sections);
        let row = &mut self.row;
        row.machine = Some(names::machine(coff.machine));
        row.compile_ts = Some(Date(i64::from(coff.made)));
        row.is_exe = coff.optional > 0;
        row.is_64bit = coff.characteristics & Coff::BITS_32 == 0;
    }

    fn optional(&mut self, optional: &Optional) {
        let has = |bit| optional.traits & bit != 0;
        let row = &mut self.row;
        row.os = Some(names::system(optional.system));
        row.subsystem = Some(names::subsystem(optional.subsystem));
        row.uses_aslr = has(Optional::ASLR);
        row.uses_dep = has(Optional::DEP);
        row.uses_code_integrity = has(Optional::CODE_INTEGRITY);
        row.uses_seh = !has(Optional::NO_SEH);
        row.has_export_table = Some(optional.has(0));
        row.has_import_table = Some(optional.has(1));
        row.has_cert_table = Some(optional.has(4));
        row.has_debug_data = Some(optional.has(6));
    }

    /// Takes what comes next off the front of the bytes; false if there is not enough.
    fn step(&mut self, out: &mut FileOutput<'_>, rest: &mut &[u8]) -> bool {
        let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(rest.len());
        *rest = rest.get(skipped..).unwrap_or_default();
        self.skip -= skipped as u64;
        let need = self.need();
        if self.skip > 0 || need == 0 {
            return false;
        }
        let missing = need.saturating_sub(self.head.len());
        let (taken, behind) = rest.split_at_checked(missing).unwrap_or((rest, &[]));
        self.head.extend_from_slice(taken);
        *rest = behind;
        if self.head.len() < need {
            return false;
        }
        let mut head = std::mem::take(&mut self.head);
        if let Err(reason) = self.header(&head) {
            self.stage = Stage::Over;
            out.violation(PROGRAM.name, self.row.id, reason);
        }
        head.clear();
        self.head = head;
        true
    }
}

impl FileAnalyzer for Program {
    fn data(&mut self, out: &mut FileOutput<'_>, bytes: &[u8]) -> FileProgress {
        let mut rest = bytes;
        while self.step(out, &mut rest) {}
        if matches!(self.stage, Stage::Over) { FileProgress::Done } else { FileProgress::More }
    }

    fn gap(&mut self, _out: &mut FileOutput<'_>, len: u64) -> FileProgress {
        // What is of no interest may be missing.
        if self.head.is_empty() && len <= self.skip {
            self.skip -= len;
            return FileProgress::More;
        }
        self.stage = Stage::Over;
        FileProgress::Done
    }

    fn end(&mut self, out: &mut FileOutput<'_>, _complete: bool) {
        if self.reached {
            out.emit(&self.row, &[]);
        }
    }

    fn held(&self) -> usize {
        self.head.capacity() + self.row.held()
    }
}
