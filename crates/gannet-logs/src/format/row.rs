//! One row: receives a record's values and writes them.

use gannet::events::{List, Value, Visitor};
use gannet::flow::community;

use super::address::address;
use super::column::Shown;
use super::{escape, number};
use crate::options::{Cut, RowLimits};

/// What a row may still hold.
pub(super) struct Budget {
    limits: RowLimits,
    cut: Cut,
}

impl Budget {
    pub(super) fn new(limits: RowLimits) -> Self {
        Self { limits, cut: Cut::default() }
    }

    /// The part of a string that the row may show.
    fn string<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let shown =
            bytes.get(..self.limits.string_bytes.min(self.limits.total_string_bytes)).unwrap_or(bytes);
        self.cut.string |= shown.len() < bytes.len();
        self.limits.total_string_bytes -= shown.len();
        shown
    }

    /// How many elements of a list the row may show.
    fn elements(&mut self, list: &dyn List) -> usize {
        let count = list.count();
        let shown = count.min(self.limits.elements).min(self.limits.total_elements);
        self.cut.container |= shown < count;
        self.limits.total_elements -= shown;
        shown
    }
}

/// Calls `f` with the elements that may be shown, numbered.
fn each_shown(list: &dyn List, shown: usize, f: &mut dyn FnMut(usize, Value<'_>)) {
    let mut index = 0;
    list.each(&mut |value| {
        if index < shown {
            f(index, value);
        }
        index += 1;
    });
}

/// A row of tab-separated columns.
pub(super) struct TsvRow<'a> {
    columns: std::slice::Iter<'a, Shown>,
    budget: Budget,
    start: usize,
    connected: bool,
    out: &'a mut Vec<u8>,
}

impl<'a> TsvRow<'a> {
    pub(super) fn new(columns: &'a [Shown], budget: Budget, out: &'a mut Vec<u8>) -> Self {
        Self { columns: columns.iter(), budget, start: out.len(), connected: false, out }
    }

    pub(super) fn community(&mut self, id: Option<[u8; community::LEN]>) {
        match id {
            Some(id) if self.connected => self.out.extend_from_slice(&id),
            _ => self.out.extend_from_slice(escape::UNSET),
        }
        self.out.push(b'\t');
    }

    pub(super) fn finish(self) -> Cut {
        // Every column left a tab behind it.
        match self.out.last_mut() {
            Some(last) if *last == b'\t' => *last = b'\n',
            _ => self.out.push(b'\n'),
        }
        if self.out.get(self.start) == Some(&b'#') {
            self.out.splice(self.start..=self.start, *b"\\x23");
        }
        self.budget.cut
    }

    #[inline]
    fn scalar(&mut self, value: Value<'_>, element: bool) {
        let out = &mut *self.out;
        match value {
            Value::Unset | Value::List(_) => out.extend_from_slice(escape::UNSET),
            Value::Time(at) => number::time(at, out),
            Value::Date(seconds) => number::date(seconds, out),
            Value::Interval(length) => number::interval(length, out),
            Value::Double(d) => number::double(d, out),
            Value::Count(n) => number::count(n, out),
            Value::Int(n) => number::int(n, out),
            Value::Bool(b) => out.push(if b { b'T' } else { b'F' }),
            Value::Port(port) => number::count(port.into(), out),
            Value::Addr(a) => address(a, out),
            Value::Enum(name) => escape::tsv(name.as_bytes(), element, out),
            Value::Text(bytes) => escape::tsv(self.budget.string(bytes), element, out),
            Value::Uid(uid) => {
                uid.with_text(|text| out.extend_from_slice(self.budget.string(text.as_bytes())));
            }
            Value::Fuid(fuid) => {
                fuid.with_text(|text| out.extend_from_slice(self.budget.string(text.as_bytes())));
            }
        }
    }

    fn list(&mut self, list: &dyn List) {
        let shown = self.budget.elements(list);
        if shown == 0 {
            return self.out.extend_from_slice(escape::EMPTY);
        }
        each_shown(list, shown, &mut |index, value| {
            if index > 0 {
                self.out.push(b',');
            }
            self.scalar(value, true);
        });
    }
}

impl Visitor for TsvRow<'_> {
    fn value(&mut self, value: Value<'_>) {
        let Some(column) = self.columns.next() else { return };
        self.connected |= column.uid && !matches!(value, Value::Unset);
        if !column.kept {
            return;
        }
        match value {
            Value::List(list) => self.list(list),
            scalar => self.scalar(scalar, false),
        }
        self.out.push(b'\t');
    }
}

/// A single value as it stands in a TSV row.
pub(crate) fn cell(value: Value<'_>, out: &mut Vec<u8>) {
    let budget = Budget::new(RowLimits::default());
    TsvRow::new(&[], budget, out).scalar(value, false);
}

/// Columns that are all shown, whatever they hold.
pub(crate) struct Unlimited(Box<[Shown]>);

/// Rows that have been written before have been cut to their limits.
const NO_LIMITS: RowLimits = RowLimits {
    string_bytes: usize::MAX,
    elements: usize::MAX,
    total_string_bytes: usize::MAX,
    total_elements: usize::MAX,
};

impl Unlimited {
    /// Columns of these names.
    pub(crate) fn new<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        Self(names.map(Shown::of_name).collect())
    }
}

/// A row of values that `each` hands over.
pub(crate) fn tsv_row(columns: &Unlimited, each: impl FnOnce(&mut dyn Visitor), out: &mut Vec<u8>) {
    let mut row = TsvRow::new(&columns.0, Budget::new(NO_LIMITS), out);
    each(&mut row);
    let _all = row.finish();
}

/// The same as a JSON object.
pub(crate) fn json_row(columns: &Unlimited, each: impl FnOnce(&mut dyn Visitor), out: &mut Vec<u8>) {
    let mut row = JsonRow::new(&columns.0, Budget::new(NO_LIMITS), out);
    each(&mut row);
    let _all = row.finish();
}

/// A row that is a JSON object.
pub(super) struct JsonRow<'a> {
    columns: std::slice::Iter<'a, Shown>,
    budget: Budget,
    start: usize,
    connected: bool,
    out: &'a mut Vec<u8>,
}

impl<'a> JsonRow<'a> {
    pub(super) fn new(columns: &'a [Shown], budget: Budget, out: &'a mut Vec<u8>) -> Self {
        Self { columns: columns.iter(), budget, start: out.len(), connected: false, out }
    }

    /// Appends members, each behind a comma, in front of the columns.
    pub(super) fn begin(&mut self, members: &[u8]) {
        self.out.extend_from_slice(members);
    }

    pub(super) fn community(&mut self, key: &[u8], id: Option<[u8; community::LEN]>) {
        if let Some(id) = id
            && self.connected
        {
            self.out.extend_from_slice(key);
            self.out.push(b'"');
            self.out.extend_from_slice(&id);
            self.out.push(b'"');
        }
    }

    pub(super) fn finish(self) -> Cut {
        // The first key brought the comma that all keys bring.
        match self.out.get_mut(self.start) {
            Some(first) => *first = b'{',
            None => self.out.push(b'{'),
        }
        self.out.extend_from_slice(b"}\n");
        self.budget.cut
    }

    fn scalar(&mut self, value: Value<'_>) {
        let out = &mut *self.out;
        match value {
            Value::Unset | Value::List(_) => out.extend_from_slice(b"null"),
            Value::Time(at) => number::json_time(at, out),
            Value::Date(seconds) => number::json_date(seconds, out),
            Value::Interval(length) => number::json_interval(length, out),
            Value::Double(d) => number::json_double(d, out),
            Value::Count(n) => number::count(n, out),
            Value::Int(n) => number::int(n, out),
            Value::Bool(b) => out.extend_from_slice(if b { b"true" } else { b"false" }),
            Value::Port(port) => number::count(port.into(), out),
            Value::Addr(a) => {
                out.push(b'"');
                address(a, out);
                out.push(b'"');
            }
            Value::Enum(name) => escape::json(name.as_bytes(), out),
            Value::Text(bytes) => escape::json(self.budget.string(bytes), out),
            Value::Uid(uid) => uid.with_text(|text| escape::json(self.budget.string(text.as_bytes()), out)),
            Value::Fuid(fuid) => {
                fuid.with_text(|text| escape::json(self.budget.string(text.as_bytes()), out))
            }
        }
    }

    fn list(&mut self, list: &dyn List) {
        let shown = self.budget.elements(list);
        self.out.push(b'[');
        each_shown(list, shown, &mut |index, value| {
            if index > 0 {
                self.out.push(b',');
            }
            self.scalar(value);
        });
        self.out.push(b']');
    }
}

impl Visitor for JsonRow<'_> {
    fn value(&mut self, value: Value<'_>) {
        let Some(column) = self.columns.next() else { return };
        if matches!(value, Value::Unset) {
            return;
        }
        self.connected |= column.uid;
        if !column.kept {
            return;
        }
        self.out.extend_from_slice(&column.key);
        match value {
            Value::List(list) => self.list(list),
            scalar => self.scalar(scalar),
        }
    }
}
