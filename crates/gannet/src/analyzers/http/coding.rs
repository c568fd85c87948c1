//! Decoders of content: base64 and quoted-printable (RFC 2045, section 6).

/// Decodes base64, whatever else is between its characters.
#[derive(Debug, Default)]
pub(super) struct Base64 {
    group: [u8; 4],
    filled: usize,
    padding: usize,
    over: bool,
    /// Something else was in it.
    pub(super) bad: bool,
}

impl Base64 {
    /// Decodes the next characters; `odd` hears of the first thing that is wrong.
    pub(super) fn decode(&mut self, text: &[u8], out: &mut Vec<u8>, odd: &mut dyn FnMut(String)) {
        for byte in text {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => {
                    self.padding += 1;
                    0
                }
                _ => {
                    self.complain(odd, || format!("character {byte} ignored by Base64 decoding"));
                    continue;
                }
            };
            if let Some(place) = self.group.get_mut(self.filled) {
                *place = digit;
            }
            self.filled += 1;
            if self.filled == self.group.len() {
                self.flush(out, odd);
            }
        }
    }

    fn complain(&mut self, odd: &mut dyn FnMut(String), what: impl FnOnce() -> String) {
        if !std::mem::replace(&mut self.bad, true) {
            odd(what());
        }
    }

    fn flush(&mut self, out: &mut Vec<u8>, odd: &mut dyn FnMut(String)) {
        self.filled = 0;
        if self.over {
            self.complain(odd, || "extra base64 groups after '=' padding are ignored".into());
            return;
        }
        let bits = self.group.iter().fold(0u32, |bits, digit| bits << 6 | u32::from(*digit));
        let [_, bytes @ ..] = bits.to_be_bytes();
        out.extend_from_slice(bytes.get(..3usize.saturating_sub(self.padding)).unwrap_or_default());
        self.over |= self.padding > 0;
        self.padding = 0;
    }

    /// The end: a group that is not full is filled up.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>, odd: &mut dyn FnMut(String)) {
        if self.filled > 0 {
            let missing = 4 - self.filled;
            odd(format!("incomplete base64 group, padding with {} bits of 0", missing * 6));
            self.decode(b"===".get(..missing).unwrap_or_default(), out, odd);
        }
    }
}

/// Decodes one line of quoted-printable, its end included.
pub(super) fn quoted_printable(line: &[u8], out: &mut Vec<u8>) {
    let blanks = line.iter().rev().take_while(|byte| super::parse::is_blank(**byte)).count();
    let end = line.len() - blanks;
    let digit = |at: usize| line.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut at = 0;
    while at < end {
        let byte = line.get(at).copied().unwrap_or_default();
        if byte == b'=' && at + 1 == end {
            return;
        }
        if byte == b'='
            && let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2))
        {
            out.push((high << 4 | low) as u8);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    out.extend_from_slice(b"\r\n");
}
