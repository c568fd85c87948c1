//! MQTT 3.1, 3.1.1 and 5: clients that connect, messages that are published, topics that are subscribed to. The sections
//! named here are those of version 3.1.1 (<https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/mqtt-v3.1.1.html>).

mod names;
mod open;
mod parse;
mod record;
#[cfg(test)]
mod tests;

pub use record::{MqttConnect, MqttPublish, MqttSubscribe};

use std::borrow::Cow;

use open::{Held, Open};
use parse::{Connect, Packet, Publish, Versions};

use super::{Analyzer, Context, Descriptor, Likeness, Progress, Sample, Start};
use crate::base::direction::{Direction, Transport};
use crate::base::time::Timestamp;
use crate::events::{Enum, Vector};

/// The analyzer of MQTT. It takes version 5 for 3.1.1, as Zeek does, and mostly fails at its properties.
pub static MQTT: Descriptor = of_versions(|_| Box::new(MqttAnalyzer::default()))
    .doc("MQTT 3.1 and 3.1.1: clients, messages, subscriptions");

/// The same that reads version 5 too. It is in the place of the other where more services are asked for.
pub static MQTT_5: Descriptor =
    of_versions(|_| Box::new(MqttAnalyzer { reads_fifth: true, ..MqttAnalyzer::default() }))
        .doc("MQTT 3.1, 3.1.1 and 5: clients, messages, subscriptions")
        .beyond(true);

const fn of_versions(new: fn(&Start) -> Box<dyn Analyzer>) -> Descriptor {
    Descriptor::new("mqtt", "MQTT", new)
        .ports(&[(Transport::Tcp, 1883)])
        .probe(probe)
        .records(&[MqttConnect::STREAM, MqttPublish::STREAM, MqttSubscribe::STREAM])
        .partial(true)
        .by_segment(true)
}

/// Bytes of a message that are told.
const MAX_PAYLOAD: usize = 100;

/// The name of the protocol stands behind the type, one to four bytes of length, and its own length.
fn probe(sample: &Sample<'_>) -> Likeness {
    let side = |bytes: &[u8]| {
        let places = bytes.get(4..9).or(bytes.get(4..)).unwrap_or_default();
        match places.windows(2).any(|pair| pair == b"MQ") {
            true => Likeness::Match,
            false if bytes.len() < 9 => Likeness::Unsure,
            false => Likeness::No,
        }
    };
    match (side(sample.orig), side(sample.resp)) {
        (Likeness::Match, _) | (_, Likeness::Match) => Likeness::Match,
        (Likeness::No, Likeness::No) => Likeness::No,
        _ => Likeness::Unsure,
    }
}

/// Bytes of a name that is no constant.
fn made(name: &Option<Cow<'static, str>>) -> usize {
    match name {
        Some(Cow::Owned(name)) => name.capacity(),
        Some(Cow::Borrowed(_)) | None => 0,
    }
}

/// A message that waits for its acknowledgement.
#[derive(Debug)]
struct Message {
    row: MqttPublish,
    qos: u8,
    received: bool,
    released: bool,
}

impl Held for Message {
    fn held(&self) -> usize {
        self.row.topic.capacity() + self.row.payload.capacity()
    }
}

impl Held for MqttSubscribe {
    fn held(&self) -> usize {
        let Vector(topics) = &self.topics;
        let levels =
            self.qos_levels.as_ref().map_or(0, |Vector(levels)| levels.capacity() * size_of::<u64>());
        let texts: usize = topics.iter().map(Vec::capacity).sum();
        texts + topics.capacity() * size_of::<Vec<u8>>() + levels
    }
}

/// One connection's MQTT.
#[derive(Default)]
struct MqttAnalyzer {
    /// What is known of the client.
    client: Option<Box<MqttConnect>>,
    /// Version 5 is read as such.
    reads_fifth: bool,
    /// It is spoken, as far as the client has said so.
    fifth: bool,
    messages: Open<Message>,
    requests: Open<MqttSubscribe>,
}

impl MqttAnalyzer {
    /// What is known of the client, from the first message on that says anything.
    fn client(&mut self, cx: &Context<'_>) -> &mut MqttConnect {
        self.client.get_or_insert_with(|| {
            Box::new(MqttConnect {
                ts: cx.now(),
                conn: cx.conn(),
                proto_name: None,
                proto_version: None,
                client_id: None,
                connect_status: None,
                will_topic: None,
                will_payload: None,
            })
        })
    }

    fn connect(&mut self, cx: &Context<'_>, connect: &Connect<'_>) {
        self.fifth = self.reads_fifth && connect.version == parse::FIFTH;
        let row = self.client(cx);
        row.proto_name = Some(connect.name.to_vec());
        row.proto_version = Some(names::version(connect.version));
        row.client_id = Some(connect.client_id.to_vec());
        if let Some((topic, text)) = connect.will {
            (row.will_topic, row.will_payload) = (Some(topic.to_vec()), Some(text.to_vec()));
        }
    }

    fn connected(&mut self, cx: &mut Context<'_>, code: u8) {
        let conn = cx.conn();
        let row = self.client(cx);
        (row.conn, row.connect_status) = (conn, Some(names::status(code)));
        cx.emit(row);
    }

    fn publish(&mut self, cx: &mut Context<'_>, dir: Direction, publish: &Publish<'_>) {
        let payload = publish.payload;
        let row = MqttPublish {
            ts: cx.now(),
            conn: cx.conn(),
            from_client: dir == Direction::Orig,
            retain: publish.retain,
            qos: names::qos(publish.qos),
            status: "ok",
            topic: publish.topic.to_vec(),
            payload: payload.get(..MAX_PAYLOAD).unwrap_or(payload).to_vec(),
            payload_len: payload.len() as u64,
        };
        if publish.qos == 0 {
            self.messages.remove(publish.id);
            return cx.emit(&row);
        }
        let message = Message { row, qos: publish.qos, received: false, released: false };
        self.messages.insert(publish.id, message);
    }

    /// A message is acknowledged for good, by a packet for this level.
    fn acknowledged(&mut self, cx: &mut Context<'_>, id: u16, level: u8) {
        let is_due = |message: &mut Message| {
            message.qos == level && (level == 1 || message.received && message.released)
        };
        if self.messages.get_mut(id).is_some_and(is_due)
            && let Some(message) = self.messages.remove(id)
        {
            cx.emit(&message.row);
        }
    }

    fn request(
        &mut self,
        cx: &Context<'_>,
        id: u16,
        action: Enum,
        topics: Vec<Vec<u8>>,
        levels: Option<Vec<u64>>,
    ) {
        let (ts, conn): (Timestamp, _) = (cx.now(), cx.conn());
        let (topics, qos_levels) = (Vector(topics), levels.map(Vector));
        let row = MqttSubscribe { ts, conn, action, topics, qos_levels, granted_qos_level: None, ack: true };
        self.requests.insert(id, row);
    }

    fn answered(&mut self, cx: &mut Context<'_>, id: u16, granted: Option<u8>) {
        if let Some(row) = self.requests.remove(id) {
            cx.emit(&MqttSubscribe { granted_qos_level: granted.map(u64::from), ..row });
        }
    }

    fn packet(&mut self, cx: &mut Context<'_>, dir: Direction, packet: Packet<'_>) {
        if packet == Packet::Other {
            return;
        }
        self.client(cx);
        match packet {
            Packet::Connect(connect) => {
                cx.confirm();
                self.connect(cx, &connect);
            }
            Packet::ConnAck(code) => self.connected(cx, code),
            Packet::Publish(publish) => {
                cx.confirm();
                self.publish(cx, dir, &publish);
            }
            Packet::PubAck(id) => self.acknowledged(cx, id, 1),
            Packet::PubComp(id) => self.acknowledged(cx, id, 2),
            Packet::PubRec(id) => {
                if let Some(message) = self.messages.get_mut(id) {
                    message.received = true;
                }
            }
            Packet::PubRel(id) => {
                if let Some(message) = self.messages.get_mut(id) {
                    message.released = true;
                }
            }
            Packet::Subscribe(id, topics) => {
                let levels = topics.iter().map(|(_, level)| u64::from(*level)).collect();
                let topics = topics.iter().map(|(topic, _)| topic.to_vec()).collect();
                self.request(cx, id, Enum("MQTT::SUBSCRIBE"), topics, Some(levels));
            }
            Packet::Unsubscribe(id, topics) => {
                let topics = topics.iter().map(|topic| topic.to_vec()).collect();
                self.request(cx, id, Enum("MQTT::UNSUBSCRIBE"), topics, None);
            }
            Packet::SubAck(id, granted) => self.answered(cx, id, Some(granted)),
            Packet::UnsubAck(id) => self.answered(cx, id, None),
            Packet::Other => {}
        }
    }
}

impl Analyzer for MqttAnalyzer {
    /// A segment is taken for a packet.
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let versions = Versions { fifth: self.fifth, reads_fifth: self.reads_fifth };
        match parse::packet(bytes, versions) {
            Ok(packet) => self.packet(cx, dir, packet),
            Err(why) => cx.violation(why),
        }
        Progress::Consumed(bytes.len())
    }

    fn gap(&mut self, _cx: &mut Context<'_>, _dir: Direction, _len: u64) -> Progress {
        Progress::Consumed(0)
    }

    fn held(&self) -> usize {
        let client = self.client.as_ref().map_or(0, |row| {
            let texts = [&row.proto_name, &row.client_id, &row.will_topic, &row.will_payload];
            let texts: usize = texts.into_iter().flatten().map(Vec::capacity).sum();
            size_of::<MqttConnect>() + texts + made(&row.proto_version) + made(&row.connect_status)
        });
        client + self.messages.held() + self.requests.held()
    }
}
