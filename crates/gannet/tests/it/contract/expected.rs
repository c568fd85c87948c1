//! As FTP does it: one connection announces others, and learns what became of them.

use std::net::IpAddr;

use gannet::analyzers::{
    Analyzer, Close, Context, Descriptor, Direction, Expectation, Outcome, Progress, Start, Transport,
};
use gannet::flow::Conn;
use gannet::{Interval, SHARDS};

use super::network::{HOLE, Wire};
use super::{CLIENT, Heard, Listener, SERVER, Told, each, ends, text};
use crate::support::packets::v4;

const PORT: u16 = 2121;
/// Longest line.
const MAX_LINE: usize = 64;
/// So long a connection is waited for.
const LIFE: i64 = 5;

static CONTROL: Descriptor = Descriptor::new("control", "CONTROL", |_| Box::new(Control))
    .doc("Announces connections")
    .ports(&[(Transport::Tcp, PORT)])
    .max_tail(MAX_LINE)
    .records(&[Heard::STREAM]);
static PARCEL: Descriptor = Descriptor::new("parcel", "PARCEL", parcel)
    .doc("What comes on an announced connection")
    .records(&[Heard::STREAM]);
