//! Names with their compression (RFC 1035, section 4.1.4).

use super::message::Sink;
use crate::base::cursor::Cursor;

/// The longest chain of compression pointers that is followed.
const MAX_POINTERS: usize = 20;
/// Bytes of a name that are kept.
const MAX_NAME: usize = 512;
/// A name of this length or more is worth a weird.
const LONG_NAME: usize = 255;
/// The longest label that DNS allows; NetBIOS has longer ones.
const MAX_LABEL: usize = 63;

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
        let start = view.at();
        let Ok(length @ 1..) = view.u8() else { return Step::End };
        // A name may end where the message does.
        let Ok(second) = view.peek() else { return Step::End };
        if length & 0xc0 == 0xc0 {
            view.up_to(1);
            let target = usize::from(length & 0x3f) << 8 | usize::from(second);
            // The name there ends in front of this pointer, so that pointers come to an end.
            let mut there = Cursor::new(view.whole().get(..start).unwrap_or_default());
            return match there.seek(target) {
                Ok(()) if !there.is_empty() => Step::Pointer(there),
                _ => Step::Fault("DNS_label_forward_compress_offset"),
            };
        }
        let mut behind = *view;
        let Ok(label) = behind.take(usize::from(length)) else {
            view.take_rest();
            return Step::Fault("DNS_label_len_gt_pkt");
        };
        if label.len() > MAX_LABEL && !long_labels {
            return Step::Fault("DNS_label_too_long");
        }
        let room = self.bytes.get_mut(self.length..=self.length + label.len());
        let Some((dot, to)) = room.and_then(<[u8]>::split_last_mut) else {
            return Step::Fault("DNS_label_len_gt_name_len");
        };
        to.copy_from_slice(label);
        *dot = b'.';
        *view = behind;
        self.length += label.len() + 1;
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
