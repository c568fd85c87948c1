//! Rows that are JSON objects: their members, and the elements of arrays.

/// Values in each other.
const MAX_DEPTH: usize = 64;

/// Calls `f` with each member of an object: its key, with quotes, and its value as it stands there. It ends early when `f` says
/// so.
///
/// # Errors
/// What was expected, and at which byte.
pub fn members<'a>(
    object: &'a [u8],
    f: &mut dyn FnMut(&'a [u8], &'a [u8]) -> bool,
) -> Result<(), (usize, &'static str)> {
    let mut scan = Scan { text: object, at: 0 };
    scan.space();
    scan.sign(b'{', "expected {")?;
    scan.space();
    if scan.takes(b'}') {
        return scan.end();
    }
    loop {
        scan.space();
        let key = scan.string()?;
        scan.space();
        scan.sign(b':', "expected :")?;
        scan.space();
        let value = scan.value(0)?;
        if !f(key, value) {
            return Ok(());
        }
        scan.space();
        if scan.takes(b'}') {
            return scan.end();
        }
        scan.sign(b',', "expected , or }")?;
    }
}

/// Calls `f` with each element of an array, as it stands there; false if it is none.
pub(super) fn elements<'a>(array: &'a [u8], f: &mut dyn FnMut(&'a [u8])) -> bool {
    let mut scan = Scan { text: array, at: 0 };
    scan.space();
    if !scan.takes(b'[') {
        return false;
    }
    scan.space();
    if scan.takes(b']') {
        return true;
    }
    loop {
        scan.space();
        let Ok(value) = scan.value(0) else { return false };
        f(value);
        scan.space();
        if scan.takes(b']') {
            return true;
        }
        if !scan.takes(b',') {
            return false;
        }
    }
}

/// A place in a text.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

type Wrong = (usize, &'static str);

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn takes(&mut self, sign: u8) -> bool {
        let found = self.peek() == Some(sign);
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: u8, what: &'static str) -> Result<(), Wrong> {
        if self.takes(sign) { Ok(()) } else { Err((self.at, what)) }
    }

    fn end(&mut self) -> Result<(), Wrong> {
        self.space();
        if self.at == self.text.len() { Ok(()) } else { Err((self.at, "expected the end of the line")) }
    }

    fn part(&self, start: usize) -> &'a [u8] {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// A string, with its quotes.
    fn string(&mut self) -> Result<&'a [u8], Wrong> {
        let start = self.at;
        self.sign(b'"', "expected \"")?;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(next) = memchr::memchr2(b'"', b'\\', rest) else {
                return Err((start, "this string does not end"));
            };
            self.at += next;
            if self.takes(b'"') {
                return Ok(self.part(start));
            }
            // The backslash, and what it escapes.
            self.at += 2;
        }
    }

    fn value(&mut self, depth: usize) -> Result<&'a [u8], Wrong> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => return self.string(),
            Some(open @ (b'{' | b'[')) => {
                if depth == MAX_DEPTH {
                    return Err((start, "too deep"));
                }
                self.at += 1;
                self.inner(open == b'{', depth + 1)?;
            }
            _ => {
                let end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
                let rest = self.text.get(self.at..).unwrap_or_default();
                self.at += rest.iter().position(end).unwrap_or(rest.len());
                if !is_plain(self.part(start)) {
                    return Err((start, "expected a value"));
                }
            }
        }
        Ok(self.part(start))
    }

    /// What is between the brackets of an object or an array, and the last one.
    fn inner(&mut self, object: bool, depth: usize) -> Result<(), Wrong> {
        let close = if object { b'}' } else { b']' };
        self.space();
        if self.takes(close) {
            return Ok(());
        }
        loop {
            self.space();
            if object {
                self.string()?;
                self.space();
                self.sign(b':', "expected :")?;
                self.space();
            }
            self.value(depth)?;
            self.space();
            if self.takes(close) {
                return Ok(());
            }
            self.sign(b',', "expected , or a bracket")?;
        }
    }
}

/// A number or one of the three words.
fn is_plain(text: &[u8]) -> bool {
    match text {
        b"true" | b"false" | b"null" => true,
        [first, rest @ ..] => {
            let digits = if *first == b'-' { rest } else { text };
            digits.first().is_some_and(u8::is_ascii_digit)
                && digits.iter().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(byte))
        }
        [] => false,
    }
}
