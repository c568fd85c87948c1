//! Files of indicators, as Zeek reads them: lines with tabs between their columns, which a line that begins with `#fields` names.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead};
use std::net::IpAddr;

use super::kind::{Kind, Place};
use super::sought::MAX_INDICATOR;
use super::store::{About, Builder, Full, Indicator, Store};

/// Files of a load.
const MAX_FILES: usize = 256;
/// Bytes of all files of a load.
const MAX_BYTES: u64 = 4 << 30;
/// Bytes of a line.
const MAX_LINE: usize = 64 << 10;
/// Bytes of the name of a source.
const MAX_SOURCE: usize = 1024;
/// Faults of a file that are told one by one.
const MAX_FAULTS: usize = 10;

/// What is wrong with a file of indicators; everything else in it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The file.
    pub file: String,
    /// The line, from 1; none if it is about further ones.
    pub line: Option<u64>,
    /// What is wrong.
    pub what: Cow<'static, str>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

/// Files that are read one after the other. Of items of one indicator and one source the last one counts.
#[derive(Default)]
pub struct Loading {
    builder: Builder,
    files: usize,
    bytes: u64,
    faults: Vec<Fault>,
}

impl fmt::Debug for Loading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loading").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Loading {
    /// Nothing is read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file. Its `stamp` is another one whenever it has changed: by that is told how old its items are.
    ///
    /// # Errors
    /// Of reading. What was read before counts.
    pub fn read(&mut self, file: &str, stamp: u64, from: &mut dyn BufRead) -> io::Result<()> {
        let number = self.builder.file(stamp);
        self.files += 1;
        let mut reading = Reading { load: self, file, number, line: 0, columns: None, faults: 0 };
        let read = if reading.load.files > MAX_FILES {
            reading.fault(Cow::Owned(format!("there are more than {MAX_FILES} files: it is not read")));
            Ok(())
        } else {
            reading.lines(from)
        };
        reading.end();
        read
    }

    /// All files are read.
    #[must_use]
    pub fn finish(self) -> (Store, Vec<Fault>) {
        (self.builder.finish(), self.faults)
    }
}

/// What a column says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Indicator,
    Kind,
    Source,
    Notice,
    Only,
    Allows,
    Removes,
    /// It is for people, and a line has it.
    Told,
}

/// The columns that are known, and those that a file must have.
const COLUMNS: [(&[u8], Role, bool); 9] = [
    (b"indicator", Role::Indicator, true),
    (b"indicator_type", Role::Kind, true),
    (b"meta.source", Role::Source, true),
    (b"meta.do_notice", Role::Notice, false),
    (b"meta.if_in", Role::Only, false),
    (b"meta.whitelist", Role::Allows, false),
    (b"meta.remove", Role::Removes, false),
    (b"meta.desc", Role::Told, false),
    (b"meta.url", Role::Told, false),
];

/// The roles of columns, up to the last one that has any.
type Roles = Vec<Option<Role>>;

/// The roles of columns by their names, without the first word of the line.
fn roles(names: &[u8]) -> Result<Roles, Cow<'static, str>> {
    let role = |name: &[u8]| COLUMNS.iter().find(|(known, ..)| *known == name).map(|(_, role, _)| *role);
    let mut roles: Roles = names.split(|byte| *byte == b'\t').map(role).collect();
    for (name, role, needed) in COLUMNS {
        if needed && !roles.contains(&Some(role)) {
            let name = String::from_utf8_lossy(name);
            return Err(Cow::Owned(format!(
                "there is no column {name}: lines are left out up to other columns"
            )));
        }
    }
    let known = roles.iter().rposition(Option::is_some).map_or(0, |at| at + 1);
    roles.truncate(known);
    Ok(roles)
}

/// A file that is being read.
struct Reading<'a> {
    load: &'a mut Loading,
    file: &'a str,
    number: u16,
    line: u64,
    columns: Option<Roles>,
    faults: usize,
}

impl Reading<'_> {
    fn lines(&mut self, from: &mut dyn BufRead) -> io::Result<()> {
        // A line that did not come at once, and whether it is too long.
        let (mut begun, mut long) = (Vec::new(), false);
        loop {
            let bytes = match from.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                bytes => bytes?,
            };
            if bytes.is_empty() || self.load.bytes >= MAX_BYTES {
                break;
            }
            let end = memchr::memchr(b'\n', bytes);
            let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
            let taken = part.len() + usize::from(end.is_some());
            long |= begun.len() + part.len() > MAX_LINE;
            match end {
                Some(_) if begun.is_empty() && !long => self.line(part),
                _ if !long => begun.extend_from_slice(part),
                _ => begun.clear(),
            }
            if end.is_some() && (long || !begun.is_empty()) {
                self.ended(&mut begun, &mut long);
            }
            self.load.bytes += taken as u64;
            from.consume(taken);
        }
        if long || !begun.is_empty() {
            self.ended(&mut begun, &mut long);
        }
        if self.load.bytes >= MAX_BYTES {
            self.fault(Cow::Borrowed("the files have more than 4 GiB: the rest is left out"));
        }
        Ok(())
    }

    /// A line that came in parts is there.
    fn ended(&mut self, begun: &mut Vec<u8>, long: &mut bool) {
        if std::mem::take(long) {
            self.line += 1;
            self.fault(Cow::Owned(format!("a line of more than {MAX_LINE} bytes is left out")));
        } else {
            self.line(begun);
        }
        begun.clear();
    }

    fn line(&mut self, line: &[u8]) {
        self.line += 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let said = if let Some(names) = line.strip_prefix(b"#fields\t") {
            roles(names)
                .map(|roles| self.columns = Some(roles))
                .inspect_err(|_| self.columns = Some(Vec::new()))
        } else if line.is_empty() || line.starts_with(b"#") {
            Ok(())
        } else {
            self.item(line)
        };
        if let Err(what) = said {
            self.fault(what);
        }
    }

    fn item(&mut self, line: &[u8]) -> Result<(), Cow<'static, str>> {
        let Some(roles) = &self.columns else {
            self.columns = Some(Vec::new());
            return Err("before the columns are named by #fields: left out".into());
        };
        if roles.is_empty() {
            return Ok(());
        }
        let fields = Fields::read(line, roles).ok_or("it has fewer fields than there are columns")?;
        let kind = fields.get(Role::Kind).ok_or("the type is not set")?;
        let kind = Kind::parse(&kind).ok_or_else(|| unknown("a type", &kind))?;
        let source = fields.get(Role::Source).ok_or("the source is not set")?;
        if source.len() > MAX_SOURCE {
            return Err(format!("the source has more than {MAX_SOURCE} bytes").into());
        }
        let only = match fields.get(Role::Only) {
            Some(place) if *place != *Place::ANYWHERE => {
                Some(Place::parse(&place).ok_or_else(|| unknown("a place", &place))?)
            }
            _ => None,
        };
        let text = fields.get(Role::Indicator).ok_or("the indicator is not set")?;
        let (notice, allows, removes) =
            (fields.flag(Role::Notice)?, fields.flag(Role::Allows)?, fields.flag(Role::Removes)?);
        let indicator = indicator(kind, &text)?;
        let full = |full| match full {
            Full::Items => "there are too many items: left out",
            Full::Sources => "there are too many sources, or items that say different things: left out",
        };
        let source = self.load.builder.source(&source).map_err(full)?;
        let about = About { kind, source, file: self.number, notice, only, allows, removes };
        Ok(self.load.builder.add(indicator, about).map_err(full)?)
    }

    fn fault(&mut self, what: Cow<'static, str>) {
        self.faults += 1;
        if self.faults <= MAX_FAULTS {
            self.load.faults.push(Fault { file: self.file.to_owned(), line: Some(self.line), what });
        }
    }

    /// The file is read: tells of faults that were not told one by one.
    fn end(self) {
        if let Some(more) = self.faults.checked_sub(MAX_FAULTS + 1) {
            let what = Cow::Owned(format!("{} more lines are left out", more + 1));
            self.load.faults.push(Fault { file: self.file.to_owned(), line: None, what });
        }
    }
}

fn unknown(what: &str, name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name.get(..64).unwrap_or(name));
    format!("{:?} is not {what}", name)
}

/// The indicator that a text stands for.
fn indicator(kind: Kind, text: &[u8]) -> Result<Indicator<'_>, Cow<'static, str>> {
    let addr = |text: &str| text.parse::<IpAddr>().ok();
    let trimmed = || str::from_utf8(text.trim_ascii()).ok();
    match kind {
        _ if text.is_empty() => Err("the indicator is empty".into()),
        _ if text.len() > MAX_INDICATOR => {
            Err(format!("the indicator has more than {MAX_INDICATOR} bytes").into())
        }
        Kind::Addr => {
            trimmed().and_then(addr).map(Indicator::Addr).ok_or_else(|| unknown("an address", text).into())
        }
        Kind::Subnet => {
            let network = trimmed().and_then(|text| {
                let (first, length) = text.split_once('/')?;
                network(addr(first)?, length.parse().ok()?)
            });
            network.ok_or_else(|| unknown("a network", text).into())
        }
        kind => Ok(Indicator::Text(kind, text)),
    }
}

/// The network of an address and a length. One of IPv4 may be written in the form of IPv6.
fn network(addr: IpAddr, length: u8) -> Option<Indicator<'static>> {
    let length = match (addr, addr.to_canonical()) {
        (IpAddr::V6(_), IpAddr::V4(_)) => length.checked_sub(96)?,
        _ => length,
    };
    let width = if addr.to_canonical().is_ipv4() { 32 } else { 128 };
    (length <= width).then_some(Indicator::Subnet(addr, length))
}

/// The fields of a line that are known, by role.
struct Fields<'a>([&'a [u8]; 8]);

impl<'a> Fields<'a> {
    /// Nothing if there are too few.
    fn read(line: &'a [u8], roles: &Roles) -> Option<Self> {
        let mut known = [&b"-"[..]; 8];
        let mut fields = line.split(|byte| *byte == b'\t');
        for role in roles {
            let field = fields.next()?;
            if let Some(place) = role.and_then(|role| known.get_mut(role as usize)) {
                *place = field;
            }
        }
        Some(Self(known))
    }

    /// What one says, if it is set.
    fn get(&self, role: Role) -> Option<Cow<'a, [u8]>> {
        self.0.get(role as usize).filter(|field| **field != b"-").map(|field| unescaped(field))
    }

    /// Whether one is true; it is false where it is not set.
    fn flag(&self, role: Role) -> Result<bool, String> {
        match self.0.get(role as usize).map(|field| field.trim_ascii()) {
            Some(b"T" | b"1") => Ok(true),
            None | Some(b"F" | b"0" | b"-") => Ok(false),
            Some(other) => Err(unknown("T or F", other)),
        }
    }
}

/// A field with bytes in the place of their hexadecimal digits: `\x09`.
fn unescaped(field: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', field) else { return Cow::Borrowed(field) };
    let (plain, mut rest) = field.split_at_checked(first).unwrap_or_default();
    let mut bytes = plain.to_vec();
    while let Some((byte, behind)) = rest.split_first() {
        let digits = rest.strip_prefix(b"\\x").and_then(|digits| digits.split_at_checked(2));
        let escaped = digits.and_then(|(digits, behind)| {
            let all = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
            Some((u8::from_str_radix(str::from_utf8(all).ok()?, 16).ok()?, behind))
        });
        let (byte, behind) = escaped.unwrap_or((*byte, behind));
        bytes.push(byte);
        rest = behind;
    }
    Cow::Owned(bytes)
}
