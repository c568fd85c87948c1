//! Classic BPF: instructions, and a small machine that runs them.

/// One instruction: code, jumps if true and if false, operand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Instruction {
    pub(crate) code: u16,
    pub(crate) if_true: u8,
    pub(crate) if_false: u8,
    pub(crate) k: u32,
}

// Instruction classes and fields, as in the BSD paper of 1992.
pub(crate) const LD: u16 = 0;
pub(crate) const LDX: u16 = 1;
pub(crate) const ST: u16 = 2;
pub(crate) const STX: u16 = 3;
pub(crate) const ALU: u16 = 4;
pub(crate) const JMP: u16 = 5;
pub(crate) const RET: u16 = 6;
pub(crate) const USE_X: u16 = 0x08;

/// Runs a program on a packet of which `bytes` were captured of `wire` bytes. None for a load beyond the captured bytes,
/// and for anything unknown.
#[cfg(any(feature = "libpcap", test))]
pub(crate) fn run(program: &[Instruction], wire: u32, bytes: &[u8]) -> Option<u32> {
    Machine { a: 0, x: 0, memory: [0; 16], wire, bytes }.run(program)
}

#[cfg(any(feature = "libpcap", test))]
struct Machine<'a> {
    a: u32,
    x: u32,
    memory: [u32; 16],
    wire: u32,
    bytes: &'a [u8],
}

#[cfg(any(feature = "libpcap", test))]
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
