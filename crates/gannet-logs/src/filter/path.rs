//! Names of log files that are made of values: `http-{id.resp_p}`.

use gannet::events::{Kind, Record, Value};
use gannet_query::Scheme;

use crate::format::cell;

/// Bytes of a value in a name.
const MAX_VALUE: usize = 48;
/// Bytes of a whole name.
const MAX_NAME: usize = 160;
/// What stands for a column without a value.
const UNSET: &str = "none";

/// The name of a log, perhaps with values in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Column(usize),
}

impl Template {
    /// Reads a name.
    pub(super) fn parse(text: &str, scheme: &Scheme) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let Some((column, behind)) = behind.split_once('}') else {
                return Err(format!("path {text}: a brace does not end: expected {{column}}"));
            };
            let (place, kind) =
                scheme.find(column).ok_or_else(|| format!("path {text}: {}", scheme.missing(column)))?;
            if let Kind::Set(_) | Kind::Vector(_) = kind {
                return Err(format!(
                    "path {text}: {column} holds several values: expected a column with one"
                ));
            }
            parts.extend((!before.is_empty()).then(|| Part::Text(before.to_owned())));
            parts.push(Part::Column(place));
            rest = behind;
        }
        parts.extend((!rest.is_empty()).then(|| Part::Text(rest.to_owned())));
        let fixed = |part: &Part| match part {
            Part::Text(text) => text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)),
            Part::Column(_) => true,
        };
        let begins = matches!(parts.first(), Some(Part::Text(text)) if text.starts_with(|c: char| c.is_ascii_alphanumeric()));
        if !parts.iter().all(fixed) || !begins || text.len() > MAX_NAME {
            return Err(format!(
                "path {text}: expected a name that begins with a letter or digit and has only letters, digits, points, \
                 hyphens, underscores and {{column}}"
            ));
        }
        Ok(Self { parts })
    }

    /// The name, if no value is in it.
    pub(super) fn fixed(&self) -> Option<String> {
        let text = |part: &Part| match part {
            Part::Text(text) => Some(text.clone()),
            Part::Column(_) => None,
        };
        self.parts.iter().map(text).collect()
    }

    /// The name with a word in the place of each value.
    pub(super) fn with(&self, word: &str) -> String {
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Column(_) => word.to_owned(),
        };
        self.parts.iter().map(text).collect()
    }

    /// Puts the name for a record into `out`, which is empty.
    pub(super) fn name(&self, record: &dyn Record, out: &mut Vec<u8>) {
        for part in &self.parts {
            let start = out.len();
            match part {
                Part::Text(text) => out.extend_from_slice(text.as_bytes()),
                Part::Column(place) => match record.get(*place) {
                    None | Some(Value::Unset) => out.extend_from_slice(UNSET.as_bytes()),
                    Some(value) => {
                        cell(value, out);
                        out.truncate(start + MAX_VALUE);
                        let sound = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
                        let bytes = out.iter_mut().skip(start);
                        bytes.filter(|byte| !sound(byte)).for_each(|byte| *byte = b'_');
                    }
                },
            }
        }
        out.truncate(MAX_NAME);
    }
}
