//! The values that columns can hold.

use std::net::IpAddr;

use super::id::{Fuid, Uid};
use crate::base::proto;
use crate::base::time::{Interval, Timestamp};

/// The type of a column, named as in a log's `#types` line.
///
/// Not `#[non_exhaustive]`: whoever writes rows has to know of a new type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `time`
    Time,
    /// `interval`
    Interval,
    /// `double`
    Double,
    /// `count`
    Count,
    /// `int`
    Int,
    /// `bool`
    Bool,
    /// `port`
    Port,
    /// `addr`
    Addr,
    /// `enum`
    Enum,
    /// `string`
    Text,
    /// `set[…]` of a scalar kind; its order means nothing.
    Set(&'static Kind),
    /// `vector[…]` of a scalar kind.
    Vector(&'static Kind),
}

/// One value of one column, borrowed from its record.
///
/// Not `#[non_exhaustive]`: whoever writes rows has to know of a new kind of value.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// No value; shown as `-`, left out of JSON.
    Unset,
    /// A point in time.
    Time(Timestamp),
    /// A point in time far from any capture, in whole seconds since 1970.
    Date(i64),
    /// A length of time.
    Interval(Interval),
    /// A floating-point number.
    Double(f64),
    /// A number that is never negative.
    Count(u64),
    /// A number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A port, without its protocol.
    Port(u16),
    /// An address; IPv4-mapped ones are shown as IPv4.
    Addr(IpAddr),
    /// A name from a fixed list.
    Enum(&'a str),
    /// Bytes that usually are text; never trusted to be UTF-8.
    Text(&'a [u8]),
    /// The id of a connection.
    Uid(Uid),
    /// The id of a file.
    Fuid(Fuid),
    /// The elements of a set or vector.
    List(&'a dyn List),
}

/// Elements of a set or a vector, visited one by one.
pub trait List {
    /// Number of elements.
    fn count(&self) -> usize;
    /// Calls `f` with each element, in order.
    fn each(&self, f: &mut dyn FnMut(Value<'_>));
}

/// Receives the values of a record in the order of its columns.
pub trait Visitor {
    /// The next column's value.
    fn value(&mut self, value: Value<'_>);
}

/// A `set[…]` column; elements are kept in the order in which they came.
///
/// Not `#[non_exhaustive]`: it is made from what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set<T>(pub Vec<T>);

/// A name from a fixed list, such as `tcp`.
///
/// Not `#[non_exhaustive]`: it is made from what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enum(pub &'static str);

/// A port number as a column of its own.
///
/// Not `#[non_exhaustive]`: it is made from what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port(pub u16);

/// A `time` column that packets carry as a date: whole seconds since 1970, negative before. Certificates are valid
/// until the year 9999, which is more than a [`Timestamp`] can hold.
///
/// Not `#[non_exhaustive]`: it is made from what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub i64);

/// How a connection is named in a row: `uid` and the four `id` columns.
///
/// Not `#[non_exhaustive]`: these are the columns that Zeek has, and analyzers make tags of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnTag {
    /// The connection's id; unset for a row that names addresses only.
    pub uid: Option<Uid>,
    /// Originator's address.
    pub orig_h: IpAddr,
    /// Originator's port, or the ICMP type. Of SCTP, of which two hosts have one connection whatever its ports are, the port in
    /// its first packet; `id.orig_p` is 0 then, as Zeek has it.
    pub orig_p: u16,
    /// Responder's address.
    pub resp_h: IpAddr,
    /// Responder's port, or the ICMP counterpart type or code; of SCTP as above.
    pub resp_p: u16,
    /// IP protocol number of the connection.
    pub ip_proto: u8,
}

impl ConnTag {
    /// No connection, and no address.
    pub(crate) const NOBODY: Self = Self {
        uid: None,
        orig_h: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        orig_p: 0,
        resp_h: IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED),
        resp_p: 0,
        ip_proto: 0,
    };

    /// What `id.orig_p` and `id.resp_p` say.
    pub(crate) fn shown_ports(&self) -> (u16, u16) {
        if self.ip_proto == proto::SCTP { (0, 0) } else { (self.orig_p, self.resp_p) }
    }

    /// The same connection with its sides the other way round.
    pub(crate) const fn turned(self) -> Self {
        Self { orig_h: self.resp_h, orig_p: self.resp_p, resp_h: self.orig_h, resp_p: self.orig_p, ..self }
    }
}

/// A `vector[…]` column. (`Vec<u8>` itself is a `string`.)
///
/// Not `#[non_exhaustive]`: it is made from what it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vector<T>(pub Vec<T>);
