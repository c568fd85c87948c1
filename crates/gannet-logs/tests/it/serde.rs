//! `serde` says of a record what a JSON log says.

use std::path::Path;

use gannet::capture::{Batch, Files, Filled, PacketSource};
use gannet::events::{Event, Meta, Record, Row};
use gannet::{Config, Engine};
use gannet_logs::{Format, Formatter, Options, RowLimits, streams};
use serde_json::Value;

/// Rows without limits: what `serde` gives is not cut.
fn formatter() -> Formatter {
    let most = usize::MAX;
    let none =
        RowLimits { string_bytes: most, elements: most, total_string_bytes: most, total_elements: most };
    let options = streams()
        .into_iter()
        .fold(Options::new(Format::Json), |options, stream| options.with_limits(stream.name, none));
    Formatter::new(options)
}

fn compare(formatter: &mut Formatter, meta: &Meta<'_>, record: &dyn Record) {
    let mut line = Vec::new();
    let _uncut = formatter.row(meta, record, &mut line);
    let mut row: Value = serde_json::from_slice(&line).unwrap();
    // The one column that is worked out as the row is written.
    row.as_object_mut().unwrap().remove("community_id");
    let name = record.stream().name;
    assert_eq!(serde_json::to_value(record).unwrap(), row, "{name}");
    assert_eq!(serde_json::to_value(Row::from(record)).unwrap(), row, "{name}, owned");
}

#[test]
fn a_record_is_what_its_json_row_says() {
    let mut rows = std::collections::BTreeMap::<_, u32>::new();
    for name in
        ["dns-bind", "http-apache", "http-nginx", "tls-openssl", "tcp-basics", "geneve", "udp-icmp", "vlan"]
    {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(name).join("capture.pcap");
        let mut source = Files::open(&[path]).unwrap();
        let (mut engine, mut formatter) = (Engine::new(Config::default()), formatter());
        let mut subscriber = |meta: &Meta<'_>, event: Event<'_>| {
            compare(&mut formatter, meta, event.record);
            *rows.entry(event.record.stream().name).or_default() += 1;
        };
        let mut batch = Batch::default();
        while let Filled::Packets = source.fill(&mut batch, 256).unwrap() {
            for packet in &batch.packets {
                engine.feed(packet.link, packet.ts, packet.wire, batch.bytes(packet), &mut subscriber);
            }
        }
        engine.finish(&mut subscriber);
    }
    assert!(rows.len() > 6 && rows.values().sum::<u32>() > 600, "{rows:?}");
}
