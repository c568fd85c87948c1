//! The lines of a TSV log that begin with `#`.

use super::kind;
use super::shape::{LogColumn, LogShape};
use crate::options::Format;

/// Columns of a log, at most.
const MAX_COLUMNS: usize = 4096;
/// Bytes of a header.
const MAX_HEADER: usize = 1 << 20;

/// A header as far as it has been read.
pub(super) struct Header {
    shape: LogShape,
    fields: Vec<String>,
    has_types: bool,
}

impl Header {
    pub(super) fn new(path: &str) -> Self {
        Self { shape: LogShape::new(Format::Tsv, path), fields: Vec::new(), has_types: false }
    }

    /// One line, without its end.
    ///
    /// # Errors
    /// What was expected.
    pub(super) fn line(&mut self, line: &[u8]) -> Result<(), String> {
        let shape = &mut self.shape;
        if shape.header.len() + line.len() > MAX_HEADER {
            return Err(format!("expected a header of {MAX_HEADER} bytes at most"));
        }
        shape.header.extend_from_slice(line);
        shape.header.push(b'\n');
        if let Some(sign) = line.strip_prefix(b"#separator ") {
            shape.separator = separator(sign)?;
            return Ok(());
        }
        let mut parts = line.split(|byte| *byte == shape.separator);
        let name = parts.next().unwrap_or_default();
        let value = parts.next();
        let word = |what: &str| match value {
            Some(value) if !value.is_empty() => Ok(value.to_vec()),
            _ => Err(format!("expected a value behind {what}")),
        };
        match name {
            b"#set_separator" => {
                let sign = word("#set_separator")?;
                shape.set_separator = match sign.as_slice() {
                    [sign] => *sign,
                    _ => return Err("expected one character behind #set_separator".to_owned()),
                };
            }
            b"#empty_field" => shape.empty = word("#empty_field")?,
            b"#unset_field" => shape.unset = word("#unset_field")?,
            b"#path" => shape.path = String::from_utf8_lossy(&word("#path")?).into_owned(),
            b"#fields" => self.fields(line)?,
            b"#types" => self.types(line)?,
            _ => {}
        }
        Ok(())
    }

    fn words(&self, line: &[u8]) -> Vec<String> {
        let words = line.split(|byte| *byte == self.shape.separator).skip(1);
        words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    }

    fn fields(&mut self, line: &[u8]) -> Result<(), String> {
        self.fields = self.words(line);
        let mut names: Vec<&str> = self.fields.iter().map(String::as_str).collect();
        names.sort_unstable();
        if let Some(twice) =
            names.windows(2).find_map(|pair| (pair.first() == pair.last()).then(|| pair.first()))
        {
            return Err(format!("two columns are called {}", twice.copied().unwrap_or_default()));
        }
        match self.fields.len() {
            0 => Err("expected names of columns behind #fields".to_owned()),
            1..=MAX_COLUMNS => Ok(()),
            more => Err(format!("expected {MAX_COLUMNS} columns at most, found {more}")),
        }
    }

    fn types(&mut self, line: &[u8]) -> Result<(), String> {
        let types = self.words(line);
        if types.len() != self.fields.len() {
            return Err(format!(
                "expected {} types, as many as #fields has names, found {}",
                self.fields.len(),
                types.len()
            ));
        }
        let column = |(name, kind_name): (String, String)| LogColumn {
            name,
            kind: kind::of_name(&kind_name),
            kind_name,
        };
        self.shape.columns = std::mem::take(&mut self.fields).into_iter().zip(types).map(column).collect();
        self.has_types = true;
        Ok(())
    }

    /// The shape, when rows follow.
    ///
    /// # Errors
    /// Which line is missing.
    pub(super) fn finish(self) -> Result<LogShape, String> {
        if !self.has_types {
            let missing = if self.fields.is_empty() { "#fields" } else { "#types" };
            return Err(format!("expected a line {missing} before the first row"));
        }
        Ok(self.shape)
    }
}

/// `\x09` or the sign itself.
fn separator(sign: &[u8]) -> Result<u8, String> {
    let code = || {
        let digits = std::str::from_utf8(sign.strip_prefix(b"\\x")?).ok()?;
        u8::from_str_radix(digits, 16).ok()
    };
    let sign = match sign {
        [sign] => Some(*sign),
        _ => code(),
    };
    let sound = |sign: &u8| !matches!(sign, 0 | b'\n' | b'\r' | b'#' | b'\\');
    sign.filter(sound).ok_or_else(|| r"expected one character behind #separator, such as \x09".to_owned())
}
