//! Records and their columns.

use std::any::Any;

use super::field::Column;
use super::value::{Value, Visitor};

/// A kind of record, that is a log: its name and its columns.
#[derive(Debug)]
#[non_exhaustive]
pub struct LogStream {
    /// Name of the log, such as `conn`.
    pub name: &'static str,
    /// What a row stands for.
    pub doc: &'static str,
    /// Whether it is no log: it goes to who watches it ([`FoldDescriptor::watches`](super::FoldDescriptor::watches)) or names
    /// it, and not to who listens to everything.
    pub internal: bool,
    columns: Columns,
    spread: Option<usize>,
    origin: Option<&'static str>,
}

/// How the columns of a stream are told.
#[derive(Debug)]
enum Columns {
    /// Tells each in its order, Zeek's first.
    Declared(fn(&mut dyn FnMut(Column))),
    /// What was chosen of another stream's.
    Chosen(&'static [Column]),
}

impl LogStream {
    /// A kind of record whose columns `describe` tells, Zeek's first.
    pub const fn new(name: &'static str, doc: &'static str, describe: fn(&mut dyn FnMut(Column))) -> Self {
        Self { name, doc, columns: Columns::Declared(describe), spread: None, origin: None, internal: false }
    }

    /// A log with what was chosen of another one's columns, perhaps under other names: its rows are made from that one's
    /// records. Nothing is added to these columns, and none is left out.
    pub const fn chosen(name: &'static str, doc: &'static str, columns: &'static [Column]) -> Self {
        Self { name, doc, columns: Columns::Chosen(columns), spread: None, origin: None, internal: false }
    }

    /// The same for rows that are spread over so many logs: each row has the name of its own in front. Those of further names
    /// go to this one.
    #[must_use]
    pub const fn spread_over(mut self, most: usize) -> Self {
        self.spread = Some(most);
        self
    }

    /// Over how many logs its rows are spread; nothing if they are all in one.
    pub const fn spread(&self) -> Option<usize> {
        self.spread
    }

    /// The columns, if they were chosen of another stream's.
    pub const fn chosen_columns(&self) -> Option<&'static [Column]> {
        match self.columns {
            Columns::Chosen(columns) => Some(columns),
            Columns::Declared(_) => None,
        }
    }

    /// The same, whose rows are made from the records of that log.
    #[must_use]
    pub const fn made_from(mut self, log: &'static str) -> Self {
        self.origin = Some(log);
        self
    }

    /// Name of the log whose records its rows are made from: its own, unless somebody said otherwise.
    pub const fn origin(&self) -> &'static str {
        match self.origin {
            Some(log) => log,
            None => self.name,
        }
    }

    /// The same, that is no log.
    #[must_use]
    pub const fn internal(mut self) -> Self {
        self.internal = true;
        self
    }

    /// All the columns in their order.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns = Vec::new();
        self.each_column(&mut |column| columns.push(column));
        columns
    }

    /// Calls `f` with each column in its order, and allocates nothing.
    pub fn each_column(&self, f: &mut dyn FnMut(Column)) {
        match self.columns {
            Columns::Declared(describe) => describe(f),
            Columns::Chosen(columns) => columns.iter().copied().for_each(f),
        }
    }

    /// The place of a column among [`Self::columns`]. Whoever asks many records keeps it.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        let (mut at, mut found) = (0, None);
        self.each_column(&mut |column| {
            if found.is_none() && column.name == name {
                found = Some(at);
            }
            at += 1;
        });
        found
    }
}

/// A record that can be logged. Implemented by [`record!`](crate::record!).
pub trait Record: Any {
    /// The kind of record.
    fn stream(&self) -> &'static LogStream;

    /// Hands over the values, one for each column of [`LogStream::columns`].
    fn visit(&self, visitor: &mut dyn Visitor);

    /// The value of a column by its place among [`LogStream::columns`]; nothing if there are fewer.
    fn get(&self, index: usize) -> Option<Value<'_>>;

    /// The value of a column by its name, such as `id.orig_h`; nothing if there is none of that name.
    fn field(&self, name: &str) -> Option<Value<'_>> {
        self.get(self.stream().index_of(name)?)
    }
}

/// A type of record whose kind is known without one of them. Implemented by [`record!`](crate::record!).
pub trait Logged: Record + Sized {
    /// The kind of record.
    const LOG: &'static LogStream;
}

/// Makes a record `Serialize`, with the feature `serde`.
#[cfg(feature = "serde")]
#[doc(hidden)]
#[macro_export]
macro_rules! serialize_record {
    ($name:ident) => {
        impl $crate::serde::Serialize for $name {
            fn serialize<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let record: &dyn $crate::events::Record = self;
                $crate::serde::Serialize::serialize(record, serializer)
            }
        }
    };
}

/// Nothing, without the feature `serde`.
#[cfg(not(feature = "serde"))]
#[doc(hidden)]
#[macro_export]
macro_rules! serialize_record {
    ($name:ident) => {};
}

/// Makes a struct that holds a record a record of another log, with the same columns.
///
/// ```
/// use gannet::events::{Logged, Record};
///
/// gannet::record! {
///     /// One row for each knock.
///     pub struct Knock in "knock" {
///         /// How often.
///         times: u64,
///     }
/// }
///
/// /// A knock at night.
/// pub struct NightKnock(pub Knock);
/// gannet::same_columns!(NightKnock, Knock, "night_knock", "One row for each knock at night.");
/// assert_eq!(NightKnock(Knock { times: 2 }).stream().name, "night_knock");
/// assert_eq!(NightKnock::LOG.columns().len(), 1);
/// ```
#[macro_export]
macro_rules! same_columns {
    ($name:ident, $inner:ident, $log:literal, $doc:literal) => {
        impl $name {
            /// The log stream that these records make.
            pub const STREAM: &'static $crate::events::LogStream =
                &$crate::events::LogStream::new($log, $doc, $inner::describe);
        }

        impl $crate::events::Record for $name {
            fn stream(&self) -> &'static $crate::events::LogStream {
                Self::STREAM
            }

            fn visit(&self, visitor: &mut dyn $crate::events::Visitor) {
                self.0.visit(visitor);
            }

            fn get(&self, index: usize) -> ::core::option::Option<$crate::events::Value<'_>> {
                self.0.get(index)
            }
        }

        impl $crate::events::Logged for $name {
            const LOG: &'static $crate::events::LogStream = Self::STREAM;
        }

        $crate::serialize_record!($name);
    };
}

/// Declares a record: a struct whose fields are the columns of a log, in their order.
///
/// ```
/// use gannet::{Timestamp, events::{ConnTag, Record}};
///
/// gannet::record! {
///     /// One row for each knock.
///     pub struct Knock in "knock" {
///         /// When.
///         ts: Timestamp,
///         /// Who.
///         conn: ConnTag,
///         /// How often.
///         times as "knock.times": u64,
///     } extra {
///         /// Beyond what Zeek logs.
///         loud: Option<bool>,
///     }
/// }
/// let names: Vec<_> = Knock::STREAM.columns().iter().map(|c| c.name).collect();
/// assert_eq!(names, ["ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "knock.times", "loud"]);
/// ```
///
/// With `internal` behind the name it is no log ([`LogStream::internal`](crate::events::LogStream)).
///
/// The struct has `Clone`, `Debug` and `PartialEq`, its fields are public, and a value of a row is found by its name too
/// ([`Record::field`](crate::events::Record::field)). With the feature `serde` it is `Serialize`.
///
/// Not `#[non_exhaustive]`: whoever declares a record makes it by naming every column. The engine's own records grow by
/// columns, with a new version of the crate each time: callers read them, and do not make them.
#[macro_export]
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident in $stream:literal $($mark:ident)? {
            $( $(#[doc = $fdoc:literal])* $field:ident $(as $column:literal)? : $ty:ty ),* $(,)?
        } $( extra {
            $( $(#[doc = $xdoc:literal])* $xfield:ident $(as $xcolumn:literal)? : $xty:ty ),* $(,)?
        } )?
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $( $(#[doc = $fdoc])* pub $field: $ty, )*
            $( $( $(#[doc = $xdoc])* pub $xfield: $xty, )* )?
        }

        impl $name {
            /// The log stream that these records make.
            pub const STREAM: &'static $crate::events::LogStream =
                &$crate::events::LogStream::new($stream, concat!($($doc),*), Self::describe)$(.$mark())?;

            fn describe(out: &mut dyn FnMut($crate::events::Column)) {
                $( <$ty as $crate::events::Field>::describe(
                    $crate::record!(@name $field $($column)?), concat!($($fdoc),*), false, out); )*
                $( $( <$xty as $crate::events::Field>::describe(
                    $crate::record!(@name $xfield $($xcolumn)?), concat!($($xdoc),*), true, out); )* )?
            }
        }

        impl $crate::events::Record for $name {
            fn stream(&self) -> &'static $crate::events::LogStream {
                Self::STREAM
            }

            fn visit(&self, visitor: &mut dyn $crate::events::Visitor) {
                $( $crate::events::Field::visit(&self.$field, visitor); )*
                $( $( $crate::events::Field::visit(&self.$xfield, visitor); )* )?
            }

            fn get(&self, index: usize) -> Option<$crate::events::Value<'_>> {
                let from = 0;
                $( $crate::record!(@get self index from $field $ty); )*
                $( $( $crate::record!(@get self index from $xfield $xty); )* )?
                let _all = from;
                None
            }
        }

        impl $crate::events::Logged for $name {
            const LOG: &'static $crate::events::LogStream = Self::STREAM;
        }

        $crate::serialize_record!($name);
    };
    (@get $self:ident $index:ident $from:ident $field:ident $ty:ty) => {
        if $index < $from + <$ty as $crate::events::Field>::COUNT {
            return Some($crate::events::Field::get(&$self.$field, $index - $from));
        }
        let $from = $from + <$ty as $crate::events::Field>::COUNT;
    };
    (@name $field:ident $column:literal) => { $column };
    (@name $field:ident) => { stringify!($field) };
}

pub(crate) use {record, same_columns};
