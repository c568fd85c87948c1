//! MQTT on packets made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::{MqttConnect, MqttPublish, MqttSubscribe, probe};
use crate::analyzers::record::AnalyzerFailure;
use crate::analyzers::{Likeness, Sample};
use crate::base::direction::Transport;
use crate::events::{Event, Vector};
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, changed, text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `name version client status topic payload`.
    connects: Vec<String>,
    /// `from-client retain qos status topic payload length`.
    messages: Vec<String>,
    /// `action topics levels granted`.
    requests: Vec<String>,
    failures: usize,
    services: Vec<String>,
}

fn show(bytes: &Option<Vec<u8>>) -> String {
    bytes.as_deref().map_or("-".to_owned(), text)
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<MqttConnect>() {
            let version = row.proto_version.as_deref().unwrap_or("-");
            let status = row.connect_status.as_deref().unwrap_or("-");
            let will = format!("{} {}", show(&row.will_topic), show(&row.will_payload));
            self.connects.push(format!(
                "{} {version} {} {status} {will}",
                show(&row.proto_name),
                show(&row.client_id)
            ));
        } else if let Some(row) = event.get::<MqttPublish>() {
            let (topic, payload) = (text(&row.topic), text(&row.payload));
            let flags = format!("{} {}", row.from_client, row.retain);
            self.messages
                .push(format!("{flags} {} {} {topic} {payload} {}", row.qos, row.status, row.payload_len));
        } else if let Some(row) = event.get::<MqttSubscribe>() {
            let Vector(topics) = &row.topics;
            let topics: Vec<String> = topics.iter().map(|topic| text(topic)).collect();
            let levels =
                row.qos_levels.as_ref().map_or("-".to_owned(), |Vector(levels)| format!("{levels:?}"));
            let granted = row.granted_qos_level.map_or("-".to_owned(), |level| level.to_string());
            assert!(row.ack);
            self.requests.push(format!("{} {} {levels} {granted}", row.action.0, topics.join(",")));
        } else if event.get::<AnalyzerFailure>().is_some() {
            self.failures += 1;
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;
type Step = (Side, Vec<u8>);

/// A packet: its first byte, and what follows its length.
fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut length = body.len();
    while length >= 128 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    [bytes, body.to_vec()].concat()
}

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat()
}

fn connect(name: &str, version: u8, flags: u8, rest: &[&str]) -> Step {
    let rest: Vec<u8> = rest.iter().flat_map(|text| string(text)).collect();
    (Client, packet(0x10, &[&string(name), &[version, flags, 0, 60][..], &rest].concat()))
}

fn publish(flags: u8, topic: &str, id: Option<u16>, payload: &str) -> Step {
    let id = id.map_or(Vec::new(), |id| id.to_be_bytes().to_vec());
    (Client, packet(0x30 | flags, &[&string(topic), &id, payload.as_bytes()].concat()))
}

/// A packet that says no more than a number.
fn number(side: Side, first: u8, id: u16) -> Step {
    (side, packet(first, &id.to_be_bytes()))
}

fn accept() -> Step {
    (Server, packet(0x20, &[0, 0]))
}

fn play(steps: &[Step]) -> Seen {
    Tap::open(1883).play(steps, &[30_000])
}

/// The same where version 5 is read.
fn play_more(steps: &[Step]) -> Seen {
    let mut tap = Tap::more(1883);
    tap.dial();
    tap.play(steps, &[30_000])
}

#[test]
fn a_client_connects() {
    let seen = play(&[connect("MQTT", 4, 0xc6, &["me", "will/topic", "bye", "user", "word"]), accept()]);
    assert_eq!(seen.connects, ["MQTT 3.1.1 me Connection Accepted will/topic bye"]);
    assert_eq!(seen.services, ["mqtt"]);
    for (version, name) in [(3, "3.1"), (5, "5.0"), (6, "unknown-version-6")] {
        let seen = play(&[connect("MQIsdp", version, 0, &[""]), accept()]);
        assert_eq!(seen.connects, [format!("MQIsdp {name}  Connection Accepted - -")]);
    }
    for (code, status) in
        [(2, "Refused: identifier rejected"), (5, "Refused: not authorized"), (9, "unknown-return-code-9")]
    {
        let seen = play(&[connect("MQTT", 4, 0, &["me"]), (Server, packet(0x20, &[0, code]))]);
        assert_eq!(seen.connects, [format!("MQTT 3.1.1 me {status} - -")]);
    }
    // Without an answer there is no row; another one makes another.
    assert!(play(&[connect("MQTT", 4, 0, &["me"])]).connects.is_empty());
    assert_eq!(play(&[accept(), accept()]).connects, ["- - - Connection Accepted - -"; 2]);
    assert_eq!(play(&[accept()]).services, ["-"]);
}

#[test]
fn messages_are_told_when_they_are_acknowledged() {
    let seen = play(&[publish(1, "a/b", None, "text")]);
    assert_eq!(seen.messages, ["true true at most once ok a/b text 4"]);
    assert_eq!(seen.services, ["mqtt"]);

    let once = [
        publish(2, "a", Some(7), "x"),
        number(Server, 0x40, 8),
        number(Server, 0x40, 7),
        number(Server, 0x40, 7),
    ];
    assert_eq!(play(&once).messages, ["true false at least once ok a x 1"]);
    assert!(play(&once[..2]).messages.is_empty());

    let exactly = [
        publish(4, "a", Some(7), "x"),
        number(Server, 0x70, 7),
        number(Server, 0x50, 7),
        number(Server, 0x70, 7),
        number(Client, 0x62, 7),
        number(Server, 0x40, 7),
        number(Server, 0x70, 7),
    ];
    assert_eq!(play(&exactly).messages, ["true false exactly once ok a x 1"]);
    assert!(play(&exactly[..6]).messages.is_empty());

    // The same number again takes the place of the first.
    let again = [publish(2, "a", Some(7), "x"), publish(2, "b", Some(7), "y"), number(Server, 0x40, 7)];
    assert_eq!(play(&again).messages, ["true false at least once ok b y 1"]);

    let long = "z".repeat(300);
    let seen = play(&[(Server, publish(0, "t", None, &long).1)]);
    assert_eq!(seen.messages, [format!("false false at most once ok t {} 300", &long[..100])]);
}

#[test]
fn requests_for_topics_are_told_when_they_are_answered() {
    let subscribe = (Client, packet(0x82, &[&[0, 9][..], &string("a/#"), &[1], &string("b"), &[2]].concat()));
    let unsubscribe = (Client, packet(0xa2, &[&[0, 10][..], &string("b")].concat()));
    let seen = play(&[
        subscribe.clone(),
        (Server, packet(0x90, &[0, 9, 1, 2])),
        unsubscribe,
        number(Server, 0xb0, 10),
    ]);
    assert_eq!(seen.requests, ["MQTT::SUBSCRIBE a/#,b [1, 2] 1", "MQTT::UNSUBSCRIBE b - -"]);
    assert!(play(&[subscribe.clone(), (Server, packet(0x90, &[0, 8, 1]))]).requests.is_empty());
    // A topic that is cut is none.
    let mut cut = subscribe;
    cut.1.pop();
    cut.1[1] -= 1;
    assert!(play(&[cut, (Server, packet(0x90, &[0, 9, 1]))]).requests.is_empty());
}

#[test]
fn properties_of_version_5_are_taken_for_what_stands_there_in_others() {
    let connect = |properties: &[u8]| {
        let head = [&string("MQTT")[..], &[5, 0, 0, 60], properties, &string("me")].concat();
        play(&[(Client, packet(0x10, &head)), accept()])
    };
    let none = connect(&[0]);
    assert_eq!(
        (none.connects.as_slice(), none.failures),
        (&["MQTT 5.0  Connection Accepted - -".to_owned()][..], 0)
    );
    let some = connect(&[3, 0x21, 0, 20]);
    assert_eq!((some.connects.len(), some.services[0].as_str()), (0, "-"));
}

#[test]
fn version_5_has_properties_between_the_fields() {
    let head = [
        &string("MQTT")[..],
        &[5, 0x04, 0, 60, 3, 0x21, 0, 20],
        &string("me"),
        &[2, 0x01, 1],
        &string("t"),
        &string("w"),
    ];
    let connect = (Client, packet(0x10, &head.concat()));
    let publish = (Client, packet(0x32, &[&string("a")[..], &[0, 7, 2, 0x01, 1], b"text"].concat()));
    let subscribe = (
        Client,
        packet(0x82, &[&[0, 9, 2, 0x0b, 1][..], &string("a/#"), &[0x2e], &string("b"), &[1]].concat()),
    );
    let unsubscribe = (Client, packet(0xa2, &[&[0, 10, 0][..], &string("b")].concat()));
    let steps = [
        connect.clone(),
        (Server, packet(0x20, &[0, 0, 3, 0x22, 0, 10])),
        publish,
        (Server, packet(0x40, &[0, 7, 0x10, 0])),
        subscribe,
        (Server, packet(0x90, &[0, 9, 0, 2, 1])),
        unsubscribe,
        (Server, packet(0xb0, &[0, 10, 0, 0])),
    ];
    let seen = play_more(&steps);
    assert_eq!(seen.connects, ["MQTT 5.0 me Connection Accepted t w"]);
    assert_eq!(seen.messages, ["true false at least once ok a text 4"]);
    assert_eq!(seen.requests, ["MQTT::SUBSCRIBE a/#,b [2, 1] 2", "MQTT::UNSUBSCRIBE b - -"]);
    assert_eq!(seen.failures, 0);
    let refused = play_more(&[connect, (Server, packet(0x20, &[0, 0x87, 0]))]);
    assert_eq!(refused.connects, ["MQTT 5.0 me Refused: not authorized t w"]);
    // Properties that go on behind the packet.
    let broken = [&string("MQTT")[..], &[5, 0, 0, 60, 99, 0x21]];
    assert_eq!(play_more(&[(Client, packet(0x10, &broken.concat()))]).services, ["-"]);
}

#[test]
fn a_segment_is_a_packet() {
    let (two, rest) =
        ([publish(0, "a", None, "x").1, publish(0, "b", None, "y").1].concat(), publish(0, "c", None, "z"));
    assert_eq!(play(&[(Client, two), rest]).messages.len(), 2);
    let halves = Tap::open(1883).play(&[publish(0, "topic", None, "text")], &[5]);
    assert!(halves.messages.is_empty());
    for bytes in [vec![0xc0, 0], vec![0xd0, 0], vec![0xe0, 0], vec![0xf0, 0], vec![0x00, 0]] {
        let seen = play(&[connect("MQTT", 4, 0, &["me"]), (Client, bytes), accept()]);
        assert_eq!((seen.connects.len(), seen.failures), (1, 0));
    }
    for bytes in [
        vec![0xc0],
        vec![0xc0, 0x80],
        vec![0xc0, 0x80, 0x80, 0x80, 0],
        vec![0xc0, 0x80, 0x80, 0x80, 0x80, 0],
        vec![0xc0, 5],
        vec![0x40, 1, 0],
        vec![0x30, 3, 0, 9, b'a'],
    ] {
        let seen = play(&[connect("MQTT", 4, 0, &["me"]), (Client, bytes.clone()), accept()]);
        assert_eq!((seen.connects.len(), seen.failures, seen.services[0].as_str()), (0, 1, "-"), "{bytes:?}");
    }
}

#[test]
fn it_goes_on_behind_a_gap_and_in_the_middle() {
    let mut tap = Tap::new(1883, |_| ());
    tap.send(Client, &publish(0, "a", None, "x").1)
        .lose(Client, 9)
        .send(Client, &publish(0, "b", None, "y").1);
    assert_eq!(tap.finish().messages.len(), 2);
}

#[test]
fn what_waits_has_a_limit() {
    let mut steps: Vec<Step> = (0..1100).map(|id| publish(2, "a", Some(id), "x")).collect();
    steps.extend((0..1100).map(|id| number(Server, 0x40, id)));
    assert_eq!(play(&steps).messages.len(), 1024);
    let topic = "t".repeat(20_000);
    let mut steps: Vec<Step> = (0..100).map(|id| publish(2, &topic, Some(id), "x")).collect();
    steps.extend((0..100).map(|id| number(Server, 0x40, id)));
    let told = play(&steps).messages.len();
    assert!((40..60).contains(&told), "{told}");
}

#[test]
fn it_is_found_by_the_name_of_the_protocol() {
    use Likeness::{Match, No, Unsure};
    for (bytes, likeness) in [
        (&b""[..], Unsure),
        (b"\x10\x0c\0\x04MQTT", Match),
        (b"\x10\x80\x01\0\x06MQIsdp", Match),
        (b"\x10\x80\x80\x80\x01\0\x04MQTT", Match),
        (b"\x10\x80\x80\x80\x80\x01\0\x04MQTT", No),
        (b"\x10\x80\x80\x01\0\x04MQTT", Match),
        (b"123MQTT", Unsure),
        (b"123MQTT90", No),
        (b"1234567M", Unsure),
    ] {
        assert_eq!(probe(&Sample::new(Transport::Tcp, bytes, b"HTTP/1.1 ")), likeness, "{bytes:?}");
        assert_eq!(probe(&Sample::new(Transport::Tcp, b"HTTP/1.1 ", bytes)), likeness, "{bytes:?}");
    }
    let seen = Tap::open(9999).play(&[connect("MQTT", 4, 0, &["me"]), accept()], &[9999]);
    assert_eq!(seen.connects.len(), 1);
}

proptest! {
    #![proptest_config(crate::testing::cases(300))]

    #[test]
    fn a_changed_byte_does_no_harm(at in any::<Index>(), byte in any::<u8>()) {
        let steps = [connect("MQTT", 4, 0x06, &["me", "t", "w"]), accept(), publish(2, "a", Some(7), "x"), number(Server, 0x40, 7)];
        play(&changed(&steps, at, byte));
    }

    #[test]
    fn any_bytes_do_no_harm(client in any::<Vec<u8>>(), first in any::<u8>(), body in any::<Vec<u8>>()) {
        play(&[(Client, client), (Server, packet(first, &body)), (Client, packet(first, &body))]);
    }
}
