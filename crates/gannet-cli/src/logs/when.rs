//! Times by the calendar, as `strftime` writes them.

use std::fmt::Write;

use anyhow::{Result, anyhow};
use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// The format, unless the user names another one.
const FORMAT: &str = "%Y-%m-%dT%H:%M:%S%z";
/// Who sets another one for all calls.
const VARIABLES: [&str; 2] = ["ZEEK_CUT_TIMEFMT", "BRO_CUT_TIMEFMT"];

/// How times are written.
pub(super) struct Calendar {
    zone: TimeZone,
    format: String,
    /// The last second, and its text: rows of one time come together.
    last: Option<(i64, String)>,
}

impl Calendar {
    /// In UTC or in local time, in this format or the usual one.
    ///
    /// # Errors
    /// A format that is none.
    pub(super) fn new(utc: bool, format: Option<&str>) -> Result<Self> {
        let set = VARIABLES.iter().find_map(|name| std::env::var(name).ok());
        let format = format.map(str::to_owned).or(set).unwrap_or_else(|| FORMAT.to_owned());
        let zone = if utc { TimeZone::UTC } else { TimeZone::system() };
        let mut calendar = Self { zone, format, last: None };
        let text = calendar.text(0).map(str::len);
        match text {
            Some(_) => Ok(calendar),
            None => Err(anyhow!("{:?} is no format of strftime(3)", calendar.format)),
        }
    }

    /// The text of a second since 1970; nothing if it is too far away.
    pub(super) fn text(&mut self, second: i64) -> Option<&str> {
        if self.last.as_ref().is_none_or(|(known, _)| *known != second) {
            let time = Timestamp::from_second(second).ok()?.to_zoned(self.zone.clone());
            let mut text = String::new();
            // Showing what cannot be shown is an error, not a panic.
            write!(text, "{}", strtime::BrokenDownTime::from(&time).to_string(&self.format).ok()?).ok()?;
            self.last = Some((second, text));
        }
        self.last.as_ref().map(|(_, text)| text.as_str())
    }

    /// A time as logs have it, by the calendar; nothing if it is none, or far away.
    pub(super) fn of_value(&mut self, value: &[u8]) -> Option<&[u8]> {
        let (seconds, _) = std::str::from_utf8(value).ok()?.split_once('.')?;
        let seconds = seconds.parse::<i64>().ok().filter(|seconds| *seconds >= 0)?;
        self.text(seconds).map(str::as_bytes)
    }
}
