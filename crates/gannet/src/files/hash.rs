//! Hashes of file content, for those who ask for them.

use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::Sha256;

/// Which hashes are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wanted {
    /// MD5.
    pub md5: bool,
    /// SHA-1.
    pub sha1: bool,
    /// SHA-256.
    pub sha256: bool,
}

impl Wanted {
    /// Reads names separated by commas.
    ///
    /// # Errors
    /// The first name that is none of md5, sha1 and sha256, or that there is none.
    pub fn parse(names: &str) -> Result<Self, String> {
        let mut wanted = Self::default();
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match name {
                "md5" => wanted.md5 = true,
                "sha1" => wanted.sha1 = true,
                "sha256" => wanted.sha256 = true,
                other => return Err(format!("\"{other}\" is no hash; expected md5, sha1 or sha256")),
            }
        }
        if wanted.any() {
            Ok(wanted)
        } else {
            Err("expected md5, sha1 or sha256, or several of them".to_owned())
        }
    }

    /// Whether any is wanted.
    pub fn any(self) -> bool {
        self.md5 || self.sha1 || self.sha256
    }
}

/// The hashes of one file, as it goes by.
#[derive(Clone, Default)]
pub(crate) struct Hashes {
    md5: Option<Md5>,
    sha1: Option<Sha1>,
    sha256: Option<Sha256>,
}

/// Hashes as text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Digests {
    pub(crate) md5: Option<String>,
    pub(crate) sha1: Option<String>,
    pub(crate) sha256: Option<String>,
}

impl Hashes {
    pub(crate) fn new(wanted: Wanted) -> Self {
        Self {
            md5: wanted.md5.then(Md5::default),
            sha1: wanted.sha1.then(Sha1::default),
            sha256: wanted.sha256.then(Sha256::default),
        }
    }

    pub(crate) fn data(&mut self, bytes: &[u8]) {
        if let Some(hash) = &mut self.md5 {
            hash.update(bytes);
        }
        if let Some(hash) = &mut self.sha1 {
            hash.update(bytes);
        }
        if let Some(hash) = &mut self.sha256 {
            hash.update(bytes);
        }
    }

    pub(crate) fn finish(self) -> Digests {
        Digests {
            md5: self.md5.map(|hash| hex(&hash.finalize())),
            sha1: self.sha1.map(|hash| hex(&hash.finalize())),
            sha256: self.sha256.map(|hash| hex(&hash.finalize())),
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    push_hex(&mut text, bytes);
    text
}

/// Appends bytes as lower-case hexadecimal digits.
pub(crate) fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        text.push(char::from(digit(byte >> 4)));
        text.push(char::from(digit(byte & 15)));
    }
}

/// Appends a byte as two upper-case hexadecimal digits.
pub(crate) fn push_upper(text: &mut String, byte: u8) {
    for number in [byte >> 4, byte & 15] {
        text.push(char::from(digit(number).to_ascii_uppercase()));
    }
}

/// A number below 16 as a hexadecimal digit.
fn digit(number: u8) -> u8 {
    if number < 10 { b'0' + number } else { b'a' - 10 + number }
}

/// SHA-256 of bytes, as lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
