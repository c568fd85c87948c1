//! DNP3 on frames made here.

mod frames;
mod hostile;
mod objects;
mod rows;

use super::Dnp3;
use super::parse::checksum;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Weird};
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `request reply indications`.
    rows: Vec<String>,
    /// The millisecond of each row.
    times: Vec<i64>,
    weirds: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Dnp3>() {
            let name = |name: &Option<_>| name.as_deref().unwrap_or("-").to_owned();
            let iin = row.iin.map_or("-".to_owned(), |iin| iin.to_string());
            self.rows.push(format!("{} {} {iin}", name(&row.fc_request), name(&row.fc_reply)));
            self.times.push(row.ts.nanos() / 1_000_000);
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

/// What a side sends.
type Step = (Side, Vec<u8>);
type Tap = crate::testing::Tap<Seen>;

const PORT: u16 = 20_000;
/// Transport octets.
const FIRST: u8 = 0x40;
const LAST: u8 = 0x80;
const ONLY: u8 = FIRST | LAST;
/// Functions.
const CONFIRM: u8 = 0;
const READ: u8 = 1;
const WRITE: u8 = 2;
const RESPONSE: u8 = 129;
const UNSOLICITED: u8 = 130;

/// A link header with its checksum.
fn link(side: Side, length: u8) -> Vec<u8> {
    let control = if side == Client { 0xc4 } else { 0x44 };
    let head = [0x05, 0x64, length, control, 1, 0, 0, 4];
    [&head[..], &checksum(&head)].concat()
}

/// A frame with this transport octet and these bytes of a fragment.
fn frame(side: Side, transport: u8, bytes: &[u8]) -> Vec<u8> {
    let data = [&[transport], bytes].concat();
    let mut frame = link(side, data.len() as u8 + 5);
    for block in data.chunks(16) {
        frame.extend_from_slice(block);
        frame.extend_from_slice(&checksum(block));
    }
    frame
}

fn ask(function: u8, objects: &[u8]) -> (Side, Vec<u8>) {
    (Client, frame(Client, ONLY, &[&[0xc0, function], objects].concat()))
}

fn tell(function: u8, indications: u16, objects: &[u8]) -> (Side, Vec<u8>) {
    let [high, low] = indications.to_be_bytes();
    (Server, frame(Server, ONLY, &[&[0xc0, function, high, low], objects].concat()))
}

/// A master that reads all classes, and an outstation that has an input.
fn read() -> [(Side, Vec<u8>); 2] {
    [ask(READ, &[60, 2, 6, 60, 3, 6]), tell(RESPONSE, 0x8000, &[1, 2, 0, 0, 1, 0x81, 0x01])]
}

const READ_ROW: &str = "READ RESPONSE 32768";

fn play(steps: &[(Side, Vec<u8>)]) -> Seen {
    Tap::open(PORT).play(steps, &[9999])
}
