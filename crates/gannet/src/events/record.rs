//! Records and their columns.

use std::any::Any;

use super::value::{Kind, Value, Visitor};

/// A column of a log stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header and in JSON.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether a row may leave it unset.
    pub optional: bool,
    /// What it means.
    pub doc: &'static str,
    /// True for a column beyond Zeek's: it comes last and can be switched off.
    pub extra: bool,
}

/// A kind of record: its name and its columns.
#[derive(Debug)]
pub struct LogStream {
    /// Name of the log, such as `conn`.
    pub name: &'static str,
    /// What a row stands for.
    pub doc: &'static str,
    /// Appends the columns, Zeek's first.
    pub describe: fn(&mut Vec<Column>),
}

impl LogStream {
    /// All the columns in their order.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns = Vec::new();
        (self.describe)(&mut columns);
        columns
    }
}

/// A record that can be logged. Implemented by [`record!`](crate::record!).
pub trait Record: Any {
    /// The kind of record.
    fn stream(&self) -> &'static LogStream;
    /// Hands over the values, one for each column of [`LogStream::columns`].
    fn visit(&self, visitor: &mut dyn Visitor);
}

/// A type that is one column.
pub trait Scalar {
    /// The column's type.
    const KIND: Kind;
    /// Whether it can be unset.
    const OPTIONAL: bool;
    /// The value.
    fn value(&self) -> Value<'_>;
}

/// A type that is one column or several.
pub trait Field {
    /// Appends the columns.
    fn describe(name: &'static str, doc: &'static str, extra: bool, out: &mut Vec<Column>);
    /// Hands over the values.
    fn visit(&self, visitor: &mut dyn Visitor);
}

impl<T: Scalar> Field for T {
    fn describe(name: &'static str, doc: &'static str, extra: bool, out: &mut Vec<Column>) {
        out.push(Column { name, kind: T::KIND, optional: T::OPTIONAL, doc: doc.trim_ascii(), extra });
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        visitor.value(self.value());
    }
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
#[macro_export]
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident in $stream:literal {
            $( $(#[doc = $fdoc:literal])* $field:ident $(as $column:literal)? : $ty:ty ),* $(,)?
        } $( extra {
            $( $(#[doc = $xdoc:literal])* $xfield:ident $(as $xcolumn:literal)? : $xty:ty ),* $(,)?
        } )?
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $( $(#[doc = $fdoc])* pub $field: $ty, )*
            $( $( $(#[doc = $xdoc])* pub $xfield: $xty, )* )?
        }

        impl $name {
            /// The log stream that these records make.
            pub const STREAM: &'static $crate::events::LogStream = &$crate::events::LogStream {
                name: $stream,
                doc: concat!($($doc),*),
                describe: Self::describe,
            };

            fn describe(out: &mut Vec<$crate::events::Column>) {
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
        }
    };
    (@name $field:ident $column:literal) => { $column };
    (@name $field:ident) => { stringify!($field) };
}
