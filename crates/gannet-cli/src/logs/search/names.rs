//! The different values of a column that rows are grouped by, as text, with a number for each.

use std::collections::HashMap;

use gannet::events::Value;
use gannet_logs::{LogBlock, LogCodes, LogDictionary, LogRow, value_text};
use gannet_query::Row;

use super::hash::Hash;

/// Bytes that a name takes beside its text, twice.
const NAME: usize = 64;
/// A code whose name is not known yet.
const UNKNOWN: u32 = u32::MAX;

/// Names by their numbers, and the other way round.
#[derive(Default)]
pub(super) struct Names {
    numbers: HashMap<Box<[u8]>, u32, Hash>,
    texts: Vec<Box<[u8]>>,
    /// Of a dictionary the numbers of its codes, as far as they were seen.
    dictionary: Option<LogDictionary>,
    known: Vec<u32>,
    text: Vec<u8>,
}

impl Names {
    /// Begins with a block of rows: the codes of its column, if it has some.
    pub(super) fn begin<'a>(&mut self, block: &'a LogBlock, place: usize) -> Option<LogCodes<'a>> {
        let codes = block.codes(place)?;
        if self.dictionary.as_ref() != Some(codes.dictionary()) {
            self.dictionary = Some(codes.dictionary().clone());
            self.known.clear();
            self.known.resize(codes.count(), UNKNOWN);
        }
        Some(codes)
    }

    /// The number of a row's value; nothing if it is a new one, and takes more than what is left.
    #[inline]
    pub(super) fn of_row(
        &mut self,
        codes: Option<&LogCodes<'_>>,
        index: usize,
        (row, place): (&LogRow<'_>, usize),
        left: &mut usize,
    ) -> Option<u32> {
        let Some(codes) = codes else { return self.of_value(row.value(place), left) };
        let code = codes.code(index);
        match self.known.get(code) {
            Some(number) if *number != UNKNOWN => Some(*number),
            _ => {
                let value = row.value(place);
                let number = self.of_value(value, left)?;
                // A value that is none of its column's type is to be told each time.
                if (!matches!(value, Value::Unset) || code + 1 == codes.count())
                    && let Some(known) = self.known.get_mut(code)
                {
                    *known = number;
                }
                Some(number)
            }
        }
    }

    fn of_value(&mut self, value: Value<'_>, left: &mut usize) -> Option<u32> {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        value_text(value, &mut text);
        let number = self.of_text(&text, left);
        self.text = text;
        number
    }

    /// The number of a text; nothing if it is a new one, and takes more than what is left.
    pub(super) fn of_text(&mut self, text: &[u8], left: &mut usize) -> Option<u32> {
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        *left = left.checked_sub(2 * (NAME + text.len()))?;
        let number = u32::try_from(self.texts.len()).ok().filter(|number| *number != UNKNOWN)?;
        self.numbers.insert(text.into(), number);
        self.texts.push(text.into());
        Some(number)
    }

    /// The text of a number.
    pub(super) fn text(&self, number: u32) -> &[u8] {
        self.texts.get(number as usize).map_or(b"", |text| text)
    }
}
