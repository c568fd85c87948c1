//! Packet filter expressions: compiled by libpcap, one program per link type, run by a small machine of our own.
//!
//! The machine is classic BPF. libpcap's own, behind the `pcap` crate, takes the captured length for the length on
//! the wire, so that `greater 1000` misses packets that were cut by the snap length.

use pcap::{Capture, Linktype};
use thiserror::Error;

use super::{LinkType, link};

/// An expression that libpcap does not compile.
#[derive(Clone, Debug, Error)]
#[error("the packet filter \"{expression}\" does not compile for link type {}: {message}", link.0)]
#[non_exhaustive]
pub struct FilterError {
    /// The expression.
    pub expression: String,
    /// The link type it was compiled for.
    pub link: LinkType,
    /// What libpcap says.
    pub message: String,
}

/// A packet filter. Cloning is cheap enough for one per worker.
///
/// An expression means different bytes on different link types, so it is compiled for each one as it turns up. Packets
/// of a link type that it does not compile for do not match; [`Filter::failures`] names those.
#[derive(Clone, Debug)]
pub struct Filter {
    expression: String,
    programs: Vec<(LinkType, Option<Program>)>,
    failures: Vec<FilterError>,
}

impl Filter {
    /// Compiles an expression for Ethernet, in pcap-filter(7) syntax, to see that it is one.
    ///
    /// # Errors
    ///
    /// libpcap does not compile it.
    pub fn compile(expression: &str) -> Result<Self, FilterError> {
        let program = Program::compile(expression, link::ETHERNET)?;
        Ok(Self {
            expression: expression.to_owned(),
            programs: vec![(link::ETHERNET, Some(program))],
            failures: Vec::new(),
        })
    }

    /// The expression as it was given.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Link types that packets had and the expression does not compile for.
    pub fn failures(&self) -> &[FilterError] {
        &self.failures
    }

    /// Whether a packet of this link type matches: `bytes` were captured of `wire` bytes.
    pub fn matches(&mut self, link: LinkType, wire: u32, bytes: &[u8]) -> bool {
        let known = self.programs.iter().position(|(known, _)| *known == link);
        let index = known.unwrap_or_else(|| self.add(link));
        match self.programs.get(index) {
            Some((_, Some(program))) => program.accepts(wire, bytes),
            _ => false,
        }
    }

    #[cold]
    fn add(&mut self, link: LinkType) -> usize {
        let program =
            Program::compile(&self.expression, link).map_err(|error| self.failures.push(error)).ok();
        self.programs.push((link, program));
        self.programs.len() - 1
    }
}

/// One instruction: code, jumps if true and if false, operand.
#[derive(Clone, Copy, Debug, Default)]
struct Instruction {
    code: u16,
    if_true: u8,
    if_false: u8,
    k: u32,
}

#[derive(Clone, Debug)]
struct Program {
    instructions: Vec<Instruction>,
}

impl Program {
    fn compile(expression: &str, link: LinkType) -> Result<Self, FilterError> {
        let failed = |message: String| FilterError { expression: expression.to_owned(), link, message };
        if expression.contains('\0') {
            return Err(failed("a NUL byte".to_owned()));
        }
        let dead = Capture::dead(Linktype(i32::from(link.0))).map_err(|error| failed(error.to_string()))?;
        let program = dead.compile(expression, true).map_err(|error| failed(message(error)))?;
        let instructions = program.get_instructions().iter().map(|i| instruction(&i.to_string())).collect();
        match instructions {
            Some(instructions) => Ok(Self { instructions }),
            None => Err(failed("an instruction that cannot be read".to_owned())),
        }
    }

    /// Runs the program. A load beyond the captured bytes rejects the packet, as does anything unknown.
    fn accepts(&self, wire: u32, bytes: &[u8]) -> bool {
        Machine { a: 0, x: 0, memory: [0; 16], wire, bytes }.run(&self.instructions).unwrap_or(0) != 0
    }
}

/// libpcap's words, without what the crate puts around them.
fn message(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(message) => message,
        other => other.to_string(),
    }
}

/// An instruction as libpcap dumps it: four numbers.
fn instruction(text: &str) -> Option<Instruction> {
    let mut words = text.split(' ');
    let code = words.next()?.parse().ok()?;
    let if_true = words.next()?.parse().ok()?;
    let if_false = words.next()?.parse().ok()?;
    let k = words.next()?.parse().ok()?;
    Some(Instruction { code, if_true, if_false, k })
}

struct Machine<'a> {
    a: u32,
    x: u32,
    memory: [u32; 16],
    wire: u32,
    bytes: &'a [u8],
}

// Instruction classes and fields, as in the BSD paper of 1992.
const LD: u16 = 0;
const LDX: u16 = 1;
const ST: u16 = 2;
const STX: u16 = 3;
const ALU: u16 = 4;
const JMP: u16 = 5;
const RET: u16 = 6;
const USE_X: u16 = 0x08;

impl Machine<'_> {
    fn run(&mut self, program: &[Instruction]) -> Option<u32> {
        let mut at = 0_usize;
        // Jumps go forward only, so that every program ends.
        loop {
            let instruction = program.get(at)?;
            let Instruction { code, k, .. } = *instruction;
            at += 1;
            match code & 7 {
                LD => self.a = self.load(code, k)?,
                LDX => self.x = self.load_x(code, k)?,
                ST => *self.memory.get_mut(k as usize)? = self.a,
                STX => *self.memory.get_mut(k as usize)? = self.x,
                ALU => self.a = self.arithmetic(code, k)?,
                JMP => at = at.checked_add(self.jump(instruction)?)?,
                RET => return if code & 0x18 == 0x10 { Some(self.a) } else { Some(k) },
                _ if code & 0xf8 == 0x80 => self.a = self.x,
                _ => self.x = self.a,
            }
        }
    }

    fn load(&self, code: u16, k: u32) -> Option<u32> {
        let at = match code & 0xe0 {
            0x00 => return Some(k),
            0x20 => k,
            0x40 => self.x.checked_add(k)?,
            0x60 => return self.memory.get(k as usize).copied(),
            0x80 => return Some(self.wire),
            _ => return None,
        } as usize;
        let rest = self.bytes.get(at..)?;
        match code & 0x18 {
            0x00 => rest.first_chunk().map(|bytes| u32::from_be_bytes(*bytes)),
            0x08 => rest.first_chunk().map(|bytes| u32::from(u16::from_be_bytes(*bytes))),
            0x10 => rest.first().map(|byte| u32::from(*byte)),
            _ => None,
        }
    }

    fn load_x(&self, code: u16, k: u32) -> Option<u32> {
        match code & 0xe0 {
            0x00 => Some(k),
            0x60 => self.memory.get(k as usize).copied(),
            0x80 => Some(self.wire),
            // The length of an IPv4 header.
            0xa0 => self.bytes.get(k as usize).map(|byte| u32::from(byte & 0xf) * 4),
            _ => None,
        }
    }

    fn arithmetic(&self, code: u16, k: u32) -> Option<u32> {
        let (a, b) = (self.a, if code & USE_X != 0 { self.x } else { k });
        match code & 0xf0 {
            0x00 => Some(a.wrapping_add(b)),
            0x10 => Some(a.wrapping_sub(b)),
            0x20 => Some(a.wrapping_mul(b)),
            0x30 => a.checked_div(b),
            0x40 => Some(a | b),
            0x50 => Some(a & b),
            0x60 => Some(a.checked_shl(b).unwrap_or(0)),
            0x70 => Some(a.checked_shr(b).unwrap_or(0)),
            0x80 => Some(a.wrapping_neg()),
            0x90 => a.checked_rem(b),
            0xa0 => Some(a ^ b),
            _ => None,
        }
    }

    /// How far to jump from the next instruction.
    fn jump(&self, instruction: &Instruction) -> Option<usize> {
        let b = if instruction.code & USE_X != 0 { self.x } else { instruction.k };
        let holds = match instruction.code & 0xf0 {
            0x00 => return Some(instruction.k as usize),
            0x10 => self.a == b,
            0x20 => self.a > b,
            0x30 => self.a >= b,
            0x40 => self.a & b != 0,
            _ => return None,
        };
        Some(usize::from(if holds { instruction.if_true } else { instruction.if_false }))
    }
}
