//! The records of MQTT.

use std::borrow::Cow;

use crate::base::time::Timestamp;
use crate::events::{ConnTag, Enum, Vector};

crate::events::record! {
    /// One row for each answer to a client that connects.
    pub struct MqttConnect in "mqtt_connect" {
        /// When the connection's first message came.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// Name of the protocol, as sent (MQTT 3.1.1, section 3.1.2.1).
        proto_name: Option<Vec<u8>>,
        /// Its version: `3.1`, `3.1.1` or `5.0` (section 3.1.2.2).
        proto_version: Option<Cow<'static, str>>,
        /// Id of the client (section 3.1.3.1).
        client_id: Option<Vec<u8>>,
        /// What the server said to it (section 3.2.2.3).
        connect_status: Option<Cow<'static, str>>,
        /// Topic of the message that is published when the client is gone (section 3.1.3.2).
        will_topic: Option<Vec<u8>>,
        /// That message (section 3.1.3.3).
        will_payload: Option<Vec<u8>>,
    }
}

crate::events::record! {
    /// One row for each message that is published and, where that is asked for, acknowledged.
    pub struct MqttPublish in "mqtt_publish" {
        /// When it was sent.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// The connection's originator sent it.
        from_client: bool,
        /// It is kept for later subscribers (section 3.3.1.3).
        retain: bool,
        /// How often it is delivered (section 4.3).
        qos: &'static str,
        /// Always `ok`.
        status: &'static str,
        /// Its topic (section 3.3.2.1).
        topic: Vec<u8>,
        /// Its first bytes (section 3.3.3).
        payload: Vec<u8>,
        /// All of its bytes.
        payload_len: u64,
    }
}

crate::events::record! {
    /// One row for each request to get messages, or to get them no more, that is answered.
    pub struct MqttSubscribe in "mqtt_subscribe" {
        /// When it was sent.
        ts: Timestamp,
        /// The connection.
        conn: ConnTag,
        /// `MQTT::SUBSCRIBE` or `MQTT::UNSUBSCRIBE`.
        action: Enum,
        /// The topics (sections 3.8.3 and 3.10.3).
        topics: Vector<Vec<u8>>,
        /// How often messages of each are to be delivered at most (section 3.8.3).
        qos_levels: Option<Vector<u64>>,
        /// What the server grants for the first of them (section 3.9.3).
        granted_qos_level: Option<u64>,
        /// Always true.
        ack: bool,
    }
}
