//! The schema parses and says what the columns say.

use serde_json::{Value, json};

use super::*;
use crate::options::Format;
use crate::{PacketFilter, Reporter};

gannet::record! {
    /// A knock, with
    /// a "quote".
    pub struct Knock in "knock" {
        /// When.
        ts: gannet::Timestamp,
        /// Who.
        conn: Option<gannet::events::ConnTag>,
        /// How loud each was.
        loud: gannet::events::Vector<f64>,
        /// Where.
        doors: Option<gannet::events::Set<std::net::IpAddr>>,
    } extra {
        /// Through which wall.
        wall: Option<u64>,
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn one_log() {
    let text = schema(Knock::STREAM, &Options::new(Format::Json));
    let got = parsed(&text);
    assert_eq!(got["$schema"], DIALECT);
    assert_eq!(got["description"], "A knock, with a \"quote\".");
    assert_eq!(got["required"], json!(["ts", "loud"]));
    let properties = &got["properties"];
    assert_eq!(properties["ts"], json!({"description": "When.", "type": "number", "x-type": "time"}));
    assert_eq!(properties["id.orig_p"]["maximum"], 65535);
    assert_eq!(
        properties["loud"]["items"],
        json!({"anyOf": [{"type": ["number", "null"]}, {"type": "null"}]})
    );
    assert_eq!(properties["doors"]["x-type"], "set[addr]");
    assert_eq!(properties["wall"]["x-extra"], true);
    assert_eq!(properties["community_id"]["type"], "string");
    let places: Vec<_> =
        ["\"ts\"", "\"uid\"", "\"doors\"", "\"wall\"", "\"community_id\""].map(|key| text.find(key)).into();
    assert!(places.is_sorted() && places[0].is_some(), "in the order of the columns");
}

#[test]
fn documentation_lists_the_columns() {
    let text = crate::documentation(&[Knock::STREAM], &Options::default());
    let want = "## knock.log\n\nA knock, with a \"quote\".\n\n| column | type | meaning |\n|---|---|---|\n\
        | `ts` | `time` | When. |\n| `uid` | `string`, optional | Id of the connection. |\n";
    assert!(text.starts_with(want), "{text}");
    assert!(text.contains("| `wall` | `count`, optional, extra | Through which wall. |\n"), "{text}");
}

#[test]
fn all_logs() {
    let streams = [Knock::STREAM, PacketFilter::STREAM, Reporter::STREAM];
    let got = parsed(&schemas(&streams, &Options::new(Format::Json).with_extras(false)));
    assert_eq!(got["$defs"].as_object().unwrap().len(), 3);
    assert_eq!(got["$defs"]["knock"]["properties"].get("wall"), None);
    assert_eq!(got["$defs"]["reporter"]["required"], json!(["ts", "level", "message"]));
    assert_eq!(got["$defs"]["packet_filter"]["required"], json!(["ts", "filter", "init", "success"]));
    parsed(&schemas(&[], &Options::default()));
}
