//! DNS on messages made here.

mod engine;
mod messages;
mod names;
mod rows;

use super::message::{Header, Question, Sink};
use super::parse::{Outcome, Setting, parse};

const QUERY: u16 = 0x0100;
const REPLY: u16 = 0x8400;
const UPDATE: u16 = 5 << 11;

const A: u16 = 1;
const CNAME: u16 = 5;
const TXT: u16 = 16;
const IN: u16 = 1;
const NONE: u16 = 254;
const ANY: u16 = 255;

/// A name on the wire, without compression; an empty text is the root.
fn wire(name: &str) -> Vec<u8> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    let mut bytes: Vec<u8> =
        labels.flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
    bytes.push(0);
    bytes
}

fn words(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

fn header(id: u16, flags: u16, counts: [u16; 4]) -> Vec<u8> {
    words(&[&[id, flags], counts.as_slice()].concat())
}

fn question(name: &str, kind: u16) -> Vec<u8> {
    [wire(name), words(&[kind, IN])].concat()
}

fn rr(owner: &str, kind: u16, class: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let fixed = [words(&[kind, class]), ttl.to_be_bytes().to_vec(), words(&[data.len() as u16])];
    [wire(owner), fixed.concat(), data.to_vec()].concat()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Writes down what it is told.
#[derive(Default)]
struct Notes(Vec<String>);

impl Sink for Notes {
    fn weird(&mut self, name: &'static str, addl: &str) {
        self.0.push(format!("weird {name}({addl})"));
    }

    fn violation(&mut self, reason: &'static str) {
        self.0.push(format!("violation {reason}"));
    }

    fn confirm(&mut self) {
        self.0.push("confirm".into());
    }

    fn question(&mut self, _: &Header, question: &Question<'_>) {
        let Question { name, kind, class } = question;
        self.0.push(format!("{} {kind} {class}?", text(name)));
    }

    fn answer(&mut self, _: &Header, owner: &[u8], ttl: u32, answer: Vec<u8>) {
        self.0.push(format!("{} {ttl} = {}", text(owner), text(&answer)));
    }
}

const PLAIN: Setting = Setting { netbios: false, netbios_responder: false, datagram: true, more: false };
const NETBIOS: Setting = Setting { netbios: true, netbios_responder: true, datagram: true, more: false };

fn outcome(setting: Setting, message: &[u8]) -> (Outcome, Vec<String>) {
    let mut notes = Notes::default();
    let outcome = parse(message, &Header::read(message).unwrap(), setting, &mut notes);
    (outcome, notes.0)
}

fn notes(message: &[u8]) -> Vec<String> {
    outcome(PLAIN, message).1
}

/// What is noted of one answer; "|" between the notes, and the last one left out if it is "confirm".
fn answer(kind: u16, data: &[u8]) -> String {
    answer_by(PLAIN, kind, data)
}

fn answer_by(setting: Setting, kind: u16, data: &[u8]) -> String {
    let message = [header(1, REPLY, [0, 1, 0, 0]), rr("Own.er", kind, IN, 60, data)].concat();
    let notes = outcome(setting, &message).1.join("|");
    notes.replace("own.er 60 = ", "= ").trim_end_matches("confirm").trim_end_matches('|').to_owned()
}
