//! Rows as columns of values, next to each other.

use std::any::Any;
use std::sync::Arc;

use gannet::events::{List, Value};

use super::super::codes::{LogCodes, NONE};
use crate::columnar::{Meaning, Values};

/// Some rows: of each column its cells, or nothing if nobody wants it.
pub(crate) struct Batch {
    pub(super) columns: Vec<Option<Column>>,
    pub(super) rows: usize,
}

/// The cells of a column.
pub(super) struct Column {
    pub(super) meaning: Meaning,
    /// The values that there are.
    pub(super) pool: Arc<Values>,
    /// Whether these are the dictionary of the whole group of rows.
    pub(super) is_dictionary: bool,
    /// Of each cell, or of each element of a list, the place of its value, or [`NONE`].
    pub(super) codes: Vec<u32>,
    /// If the cells are lists: of each where its elements begin and end; nothing where it is unset.
    pub(super) lists: Option<Vec<Option<(usize, usize)>>>,
}

impl Batch {
    /// The column at a place, as places in its dictionary, if it has one.
    pub(crate) fn codes(&self, place: usize) -> Option<LogCodes<'_>> {
        let column = self.columns.get(place)?.as_ref()?;
        let has_one = column.is_dictionary && column.lists.is_none();
        let dictionary: Arc<dyn Any + Send + Sync> = Arc::clone(&column.pool) as _;
        has_one.then(|| LogCodes::new(&column.codes, column.pool.len(), dictionary))
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the cells of a column are lists.
    pub(crate) fn has_lists(&self, place: usize) -> bool {
        self.columns.get(place).and_then(Option::as_ref).is_some_and(|column| column.lists.is_some())
    }

    /// The lists of a row in these columns, for [`value`](Self::value).
    #[inline]
    pub(crate) fn lists<'a>(&'a self, row: usize, places: &[usize], to: &mut Vec<(usize, Elements<'a>)>) {
        to.clear();
        for place in places {
            let Some(column) = self.columns.get(*place).and_then(Option::as_ref) else { continue };
            let Some(lists) = &column.lists else { continue };
            if let Some(Some((from, until))) = lists.get(row) {
                let codes = column.codes.get(*from..*until).unwrap_or_default();
                to.push((*place, Elements { column, codes }));
            }
        }
    }

    /// The value of a column in a row; lists are found among those of the row. An error if it is none of the column's type.
    #[inline]
    pub(crate) fn value<'a>(
        &'a self,
        row: usize,
        place: usize,
        lists: &'a [(usize, Elements<'a>)],
    ) -> Result<Value<'a>, Stray> {
        let Some(column) = self.columns.get(place).and_then(Option::as_ref) else { return Ok(Value::Unset) };
        if column.lists.is_some() {
            let list = lists.iter().find(|(of, _)| *of == place);
            return Ok(list.map_or(Value::Unset, |(_, list)| Value::List(list)));
        }
        let code = column.codes.get(row).copied().unwrap_or(NONE);
        if code == NONE {
            return Ok(Value::Unset);
        }
        match column.pool.value(code as usize, column.meaning) {
            Value::Unset => Err(Stray),
            value => Ok(value),
        }
    }
}

/// There is a value that is none of its column's type.
pub(crate) struct Stray;

/// The elements of a list.
pub(crate) struct Elements<'a> {
    column: &'a Column,
    codes: &'a [u32],
}

impl List for Elements<'_> {
    fn count(&self) -> usize {
        self.codes.len()
    }

    fn each(&self, f: &mut dyn FnMut(Value<'_>)) {
        for code in self.codes {
            f(match *code {
                NONE => Value::Unset,
                code => self.column.pool.value(code as usize, self.column.meaning),
            });
        }
    }
}

impl Column {
    /// Whether one of the rows has this text; what is no column of texts may have it.
    pub(super) fn has(&self, text: &[u8]) -> bool {
        let Values::Bytes(texts) = &*self.pool else { return true };
        if self.is_dictionary {
            let mut places = (0..self.pool.len()).filter(|place| texts.get(*place) == Some(text));
            return places.any(|place| self.codes.contains(&(place as u32)));
        }
        self.codes.iter().any(|code| *code != NONE && texts.get(*code as usize) == Some(text))
    }
}
