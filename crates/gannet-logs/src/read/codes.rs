//! Columns whose values are places in a dictionary, which many blocks of rows share.

use std::any::Any;
use std::sync::Arc;

/// The place of a value that there is not.
pub(super) const NONE: u32 = u32::MAX;

/// A column of a block of rows, as places in its dictionary: rows with the same place have the same value.
pub struct LogCodes<'a> {
    codes: &'a [u32],
    values: usize,
    dictionary: LogDictionary,
}

impl<'a> LogCodes<'a> {
    #[cfg_attr(not(feature = "parquet"), expect(dead_code, reason = "only Parquet has dictionaries"))]
    pub(super) fn new(codes: &'a [u32], values: usize, dictionary: Arc<dyn Any + Send + Sync>) -> Self {
        Self { codes, values, dictionary: LogDictionary(dictionary) }
    }

    /// The place of a row's value, by the row's number in the block; behind the last one if it is unset.
    #[inline]
    pub fn code(&self, row: usize) -> usize {
        let code = self.codes.get(row).copied().unwrap_or(NONE);
        if code == NONE { self.values } else { code as usize }
    }

    /// How many codes there are.
    pub fn count(&self) -> usize {
        self.values + 1
    }

    /// The dictionary, by which codes of other blocks are known to mean the same.
    pub fn dictionary(&self) -> &LogDictionary {
        &self.dictionary
    }
}

/// A dictionary of values. It is alive as long as this is, so that it is not taken for another one.
#[derive(Clone)]
pub struct LogDictionary(Arc<dyn Any + Send + Sync>);

impl PartialEq for LogDictionary {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.0), Arc::as_ptr(&other.0))
    }
}
