//! An assembler for classic BPF programs of our own.

use crate::capture::bpf::{ALU, Instruction, JMP, LD, LDX, RET, ST, STX, USE_X};

/// The class of the instructions that move A to X and back.
const MISC: u16 = 7;

/// A place in a program that is still being written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label(usize);

/// How many bytes a load takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Size {
    Word = 0x00,
    Half = 0x08,
    Byte = 0x10,
}

/// What a conditional jump compares.
#[derive(Clone, Copy, Debug)]
pub(crate) enum If {
    Equal = 0x10,
    Above = 0x20,
    AtLeast = 0x30,
    AnyBit = 0x40,
}

/// What an arithmetic instruction does to the accumulator.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    Add = 0x00,
    Sub = 0x10,
    Mul = 0x20,
    Or = 0x40,
    And = 0x50,
    ShiftLeft = 0x60,
    ShiftRight = 0x70,
    Xor = 0xa0,
}

/// Writes a program. A conditional jump takes two instructions, so that it reaches as far as it has to: classic BPF's own
/// reach 255 instructions, its unconditional one any distance.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    code: Vec<Instruction>,
    /// Where each label is, once it is known.
    labels: Vec<Option<usize>>,
    /// Unconditional jumps, and where they go.
    jumps: Vec<(usize, Label)>,
}

impl Assembler {
    fn push(&mut self, code: u16, k: u32) {
        self.code.push(Instruction { code, k, ..Instruction::default() });
    }

    /// A label to jump to, whose place comes later.
    pub(crate) fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    /// The label is here.
    pub(crate) fn here(&mut self, label: Label) {
        if let Some(place) = self.labels.get_mut(label.0) {
            *place = Some(self.code.len());
        }
    }

    /// A = the number.
    pub(crate) fn number(&mut self, k: u32) {
        self.push(LD, k);
    }

    /// A = what is at offset `k`.
    pub(crate) fn load(&mut self, size: Size, k: u32) {
        self.push(LD | 0x20 | size as u16, k);
    }

    /// A = what is at offset X + `k`.
    pub(crate) fn load_at_x(&mut self, size: Size, k: u32) {
        self.push(LD | 0x40 | size as u16, k);
    }

    /// A = a word of memory.
    pub(crate) fn recall(&mut self, word: u32) {
        self.push(LD | 0x60, word);
    }

    /// X = a word of memory.
    pub(crate) fn recall_x(&mut self, word: u32) {
        self.push(LDX | 0x60, word);
    }

    /// A word of memory = A.
    pub(crate) fn store(&mut self, word: u32) {
        self.push(ST, word);
    }

    /// A word of memory = X.
    pub(crate) fn store_x(&mut self, word: u32) {
        self.push(STX, word);
    }

    /// X = the number.
    pub(crate) fn number_x(&mut self, k: u32) {
        self.push(LDX, k);
    }

    /// X = A.
    pub(crate) fn a_to_x(&mut self) {
        self.push(MISC, 0);
    }

    /// A = X.
    pub(crate) fn x_to_a(&mut self) {
        self.push(MISC | 0x80, 0);
    }

    /// A = A op number.
    pub(crate) fn with(&mut self, op: Op, k: u32) {
        self.push(ALU | op as u16, k);
    }

    /// A = A op X.
    pub(crate) fn with_x(&mut self, op: Op) {
        self.push(ALU | USE_X | op as u16, 0);
    }

    /// X = X + number; A is lost.
    pub(crate) fn advance_x(&mut self, k: u32) {
        self.x_to_a();
        self.with(Op::Add, k);
        self.a_to_x();
    }

    /// Goes to the label.
    pub(crate) fn go(&mut self, label: Label) {
        self.jumps.push((self.code.len(), label));
        self.push(JMP, 0);
    }

    /// Goes to the label if A compares so with the number.
    pub(crate) fn go_if(&mut self, what: If, k: u32, label: Label) {
        self.code.push(Instruction { code: JMP | what as u16, if_true: 0, if_false: 1, k });
        self.go(label);
    }

    /// Goes to the label unless A compares so with the number.
    pub(crate) fn go_unless(&mut self, what: If, k: u32, label: Label) {
        self.code.push(Instruction { code: JMP | what as u16, if_true: 1, if_false: 0, k });
        self.go(label);
    }

    /// Goes to the label unless A compares so with X.
    pub(crate) fn go_unless_x(&mut self, what: If, label: Label) {
        self.code.push(Instruction { code: JMP | USE_X | what as u16, if_true: 1, if_false: 0, k: 0 });
        self.go(label);
    }

    /// Ends with the number.
    pub(crate) fn end(&mut self, k: u32) {
        self.push(RET, k);
    }

    /// Ends with A.
    pub(crate) fn end_with_a(&mut self) {
        self.push(RET | 0x10, 0);
    }

    /// Instructions of another program, whose jumps stay within it.
    pub(crate) fn append(&mut self, program: &[Instruction]) {
        self.code.extend_from_slice(program);
    }

    /// The program, with its jumps filled in.
    pub(crate) fn finish(mut self) -> Vec<Instruction> {
        for (at, label) in self.jumps {
            let to = self.labels.get(label.0).copied().flatten().unwrap_or(self.code.len());
            if let Some(jump) = self.code.get_mut(at) {
                jump.k = to.saturating_sub(at + 1) as u32;
            }
        }
        self.code
    }
}
