//! Records as values: by place and by name, owned, compared, and what ids look like.

use gannet::events::{ConnTag, Event, Fuid, Meta, OrDash, OwnedValue, Record, Row, Uid, Value, Visitor};
use gannet::{Config, Engine, Timestamp};

use crate::alloc::calls;
use crate::support::captures::{packets, testdata};
use crate::support::rows;

/// The values as a visitor gets them.
struct Values(Vec<OwnedValue>);

impl Visitor for Values {
    fn value(&mut self, value: Value<'_>) {
        self.0.push(value.into());
    }
}

/// Calls `check` with every record of some captures of all kinds.
fn every_record(mut check: impl FnMut(&dyn Record)) {
    let mut seen = std::collections::BTreeSet::new();
    for name in ["dns-bind", "http-nginx", "tls-openssl", "tcp-basics", "geneve", "ip-in-ip"] {
        let mut engine = Engine::new(Config::default());
        let mut subscriber = |_: &Meta<'_>, event: Event<'_>| {
            seen.insert(event.record.stream().name);
            check(event.record);
        };
        for packet in packets(&testdata(name), usize::MAX) {
            rows::feed(&mut engine, &packet, &mut subscriber);
        }
        engine.finish(&mut subscriber);
    }
    assert!(["conn", "dns", "http", "ssl", "x509", "files", "tunnel"].iter().all(|name| seen.contains(name)));
}

#[test]
fn a_value_is_found_by_its_place_and_by_its_name() {
    every_record(|record| {
        let mut values = Values(Vec::new());
        record.visit(&mut values);
        let columns = record.stream().columns();
        assert_eq!(values.0.len(), columns.len());
        for (at, (value, column)) in values.0.iter().zip(&columns).enumerate() {
            assert_eq!(record.stream().index_of(column.name), Some(at));
            assert_eq!(record.get(at).map(OwnedValue::from).as_ref(), Some(value), "{}", column.name);
            assert_eq!(record.field(column.name).map(OwnedValue::from).as_ref(), Some(value));
        }
        assert!(record.get(columns.len()).is_none() && record.field("nothing").is_none());
    });
}

#[test]
fn looking_a_value_up_allocates_nothing() {
    every_record(|record| {
        let before = calls();
        let found = (0..100).filter_map(|at| record.get(at)).count();
        let named = ["ts", "uid", "id.resp_p", "service", "extracted_size", "nothing"];
        let named = named.iter().filter_map(|name| record.field(name)).count();
        assert_eq!(calls() - before, 0, "{}", record.stream().name);
        assert!(found > named && named > 0);
    });
}

/// An owned row says what its record said, to writers as well.
#[test]
fn a_row_of_its_own() {
    let mut kept: Vec<(String, Row)> = Vec::new();
    every_record(|record| kept.push((rows::text(record), Row::from(record))));
    let there = std::thread::spawn(move || {
        for (text, row) in &kept {
            assert_eq!(*text, rows::text(row));
            assert_eq!(*row, Row::from(row as &dyn Record));
        }
        kept.len()
    });
    assert!(there.join().unwrap() > 300);
}

gannet::record! {
    /// A record with a column of several, and some of its own name.
    pub struct Knock in "knock" {
        /// When.
        ts: Timestamp,
        /// Who.
        conn: Option<ConnTag>,
        /// How often.
        times as "knock.times": u64,
    } extra {
        /// Beyond what Zeek logs.
        loud: Option<bool>,
    }
}

#[test]
fn records_compare_and_show_themselves() {
    let tag = ConnTag {
        uid: Some(Uid { high: 0, low: 61 }),
        orig_h: [192, 0, 2, 1].into(),
        orig_p: 1,
        resp_h: [192, 0, 2, 2].into(),
        resp_p: 2,
        ip_proto: 6,
    };
    let knock = Knock { ts: Timestamp::from_parts(1, 5), conn: Some(tag), times: 3, loud: None };
    assert_eq!(knock, knock.clone());
    assert_ne!(knock, Knock { times: 4, ..knock.clone() });
    assert!(format!("{knock:?}").contains("times: 3"));
    assert!(matches!(knock.field("knock.times"), Some(Value::Count(3))));
    assert!(matches!(knock.field("id.resp_p"), Some(Value::Port(2))));
    assert!(matches!(knock.get(7), Some(Value::Unset)) && knock.get(8).is_none());
    let nobody = Knock { conn: None, ..knock };
    assert!(matches!(nobody.field("uid"), Some(Value::Unset)));
}

#[test]
fn ids_show_themselves() {
    let (uid, fuid) = (Uid { high: 0, low: 61 }, Fuid { high: u32::MAX, low: u64::MAX });
    assert_eq!((uid.to_string(), fuid.to_string()), ("C0Z".into(), "F3cfFG4fyha61AhGYl".into()));
    assert_eq!(format!("[{:>5}] [{:<5}]", OrDash(Some(uid)), OrDash(None::<Fuid>)), "[  C0Z] [-    ]");
}
