//! Reading a message: a cursor, and names with their compression (RFC 1035, section 4.1.4).

use super::parse::Sink;

/// The longest chain of compression pointers that is followed.
const MAX_POINTERS: usize = 20;
/// Bytes of a name that are kept.
const MAX_NAME: usize = 512;
/// A name of this length or more is worth a weird.
const LONG_NAME: usize = 255;
/// The longest label that DNS allows; NetBIOS has longer ones.
const MAX_LABEL: usize = 63;

/// A place in a message. Reads past the end give zero and move nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    message: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    /// At a place of a whole message.
    pub(super) fn new(message: &'a [u8], at: usize) -> Self {
        Self { message, at: at.min(message.len()), end: message.len() }
    }

    /// Bytes from here to the end.
    pub(super) fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    /// Offset from the message's first byte.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next `count` bytes, or as many as are left.
    pub(super) fn take(&mut self, count: usize) -> &'a [u8] {
        let end = self.at.saturating_add(count).min(self.end);
        let bytes = self.message.get(self.at..end).unwrap_or_default();
        self.at = end.max(self.at);
        bytes
    }

    /// Everything from here to the end.
    fn rest(&self) -> &'a [u8] {
        self.message.get(self.at..self.end).unwrap_or_default()
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let Some(bytes) = self.rest().first_chunk() else { return [0; N] };
        self.at += N;
        *bytes
    }

    /// One byte.
    pub(super) fn u8(&mut self) -> u8 {
        let [byte] = self.array();
        byte
    }

    /// Two bytes, big-endian.
    pub(super) fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.array())
    }

    /// Four bytes, big-endian.
    pub(super) fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.array())
    }
}

/// What follows a label.
enum Step<'a> {
    Label,
    Pointer(Cursor<'a>),
    End,
    Fault(&'static str),
}

/// A name as text: its labels with dots between them.
pub(super) struct Name {
    bytes: [u8; MAX_NAME],
    length: usize,
}

impl Name {
    /// The root.
    pub(super) fn new() -> Self {
        Self { bytes: [0; MAX_NAME], length: 0 }
    }

    /// Its text; empty for the root.
    pub(super) fn text(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Reads the name at the cursor and moves the cursor behind it.
    ///
    /// A fault ends the name, not the message. `fold` makes it lower case; what a pointer leads to always is.
    pub(super) fn read(
        &mut self,
        cursor: &mut Cursor<'_>,
        fold: bool,
        long_labels: bool,
        sink: &mut dyn Sink,
    ) {
        self.length = 0;
        let mut starts = [0u16; MAX_POINTERS + 1];
        let mut depth = 0;
        let mut view = *cursor;
        loop {
            match self.label(&mut view, long_labels) {
                Step::Label => {}
                Step::End => break,
                Step::Fault(weird) => {
                    sink.weird(weird, "");
                    break;
                }
                Step::Pointer(target) => {
                    if depth == 0 {
                        *cursor = view;
                    }
                    let Some(start) = starts.get_mut(depth + 1) else {
                        sink.weird("DNS_max_compression_chain_depth_exceeded", "");
                        break;
                    };
                    *start = self.length as u16;
                    depth += 1;
                    view = target;
                }
            }
        }
        if depth == 0 {
            *cursor = view;
        }
        for level in (0..=depth).rev() {
            let start = starts.get(level).copied().unwrap_or_default();
            self.finish(usize::from(start), fold || level > 0, sink);
        }
    }

    #[inline]
    fn label<'a>(&mut self, view: &mut Cursor<'a>, long_labels: bool) -> Step<'a> {
        let start = view.at;
        let Some((&length, rest)) = view.rest().split_first() else { return Step::End };
        view.at = start + 1;
        let Some(&second) = rest.first().filter(|_| length > 0) else { return Step::End };
        if length & 0xc0 == 0xc0 {
            view.at = start + 2;
            let target = usize::from(length & 0x3f) << 8 | usize::from(second);
            if target >= start {
                return Step::Fault("DNS_label_forward_compress_offset");
            }
            return Step::Pointer(Cursor { message: view.message, at: target, end: start });
        }
        let length = usize::from(length);
        let Some(label) = rest.get(..length) else {
            view.at = view.end;
            return Step::Fault("DNS_label_len_gt_pkt");
        };
        if length > MAX_LABEL && !long_labels {
            return Step::Fault("DNS_label_too_long");
        }
        let room = self.bytes.get_mut(self.length..=self.length + length);
        let Some((dot, to)) = room.and_then(<[u8]>::split_last_mut) else {
            return Step::Fault("DNS_label_len_gt_name_len");
        };
        to.copy_from_slice(label);
        *dot = b'.';
        view.at = start + 1 + length;
        self.length += length + 1;
        Step::Label
    }

    /// Ends what was read since `start`, at the name's beginning or behind a pointer.
    fn finish(&mut self, start: usize, fold: bool, sink: &mut dyn Sink) {
        let length = self.length.saturating_sub(start);
        if length >= LONG_NAME {
            sink.weird("DNS_NAME_too_long", "");
        }
        if length >= 2 && self.text().last() == Some(&b'.') {
            self.length -= 1;
        }
        if fold {
            self.bytes.get_mut(start..self.length).unwrap_or_default().make_ascii_lowercase();
        }
    }
}

/// The name within a NetBIOS name (RFC 1001, section 14.1) without its type byte, or nothing if it is none.
pub(super) fn netbios(name: &[u8]) -> Option<Vec<u8>> {
    let nibble = |byte: &u8| match byte.to_ascii_uppercase() {
        letter @ b'A'..=b'P' => Some(letter - b'A'),
        _ => None,
    };
    if name.len() != 32 {
        return None;
    }
    let mut text = Vec::with_capacity(16);
    for pair in name.chunks_exact(2) {
        let byte = pair.iter().try_fold(0u8, |high, letter| Some(high << 4 | nibble(letter)?))?;
        if !(matches!(byte, b' '..=b'~') || byte < 3) {
            break;
        }
        text.push(byte);
    }
    text.truncate(15);
    let kept = text.iter().rposition(|byte| !matches!(byte, b' ' | 0))?;
    text.truncate(kept + 1);
    Some(text)
}
