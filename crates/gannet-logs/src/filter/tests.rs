//! Tests of filters.

use gannet::events::{ConnTag, Enum, Key, Meta, Uid};
use gannet::flow::Conn;
use gannet::{Interval, Timestamp};

use super::{Families, FilterRows, FilterSpec, Filters};
use crate::{Format, Options, Saved, columns, streams};

fn conn(port: u16, service: Option<&str>) -> Conn {
    Conn {
        ts: Timestamp::from_parts(1, 0),
        conn: ConnTag {
            uid: Some(Uid { high: 1, low: port.into() }),
            orig_h: "10.0.0.1".parse().unwrap(),
            orig_p: 4000,
            resp_h: "10.0.0.2".parse().unwrap(),
            resp_p: port,
            ip_proto: 6,
        },
        proto: Enum("tcp"),
        service: service.map(Into::into),
        duration: Some(Interval::from_secs(2)),
        orig_bytes: None,
        resp_bytes: None,
        conn_state: Some("SF"),
        local_orig: Some(true),
        local_resp: Some(true),
        missed_bytes: 0,
        history: None,
        orig_pkts: None,
        orig_ip_bytes: None,
        resp_pkts: None,
        resp_ip_bytes: None,
        tunnel_parents: None,
        ip_proto: Some(6),
        vlan: None,
        inner_vlan: None,
        orig_l2_addr: None,
        resp_l2_addr: None,
    }
}

fn spec(change: impl FnOnce(&mut FilterSpec)) -> FilterSpec {
    let mut spec = FilterSpec::new("conn");
    change(&mut spec);
    spec
}

fn few(spec: &mut FilterSpec) {
    spec.columns = ["id.resp_p", "service", "community_id"].map(str::to_owned).to_vec();
}

/// The names of the logs and the rows that connections make, as the one who writes them sees them.
fn rows(filters: &Filters, format: Format, conns: &[Conn]) -> Vec<(String, String)> {
    let mut all = FilterRows::new(filters.clone(), Options::new(format).with_path(format == Format::Json));
    let mut families = Families::default();
    let mut out = Vec::new();
    for conn in conns {
        let meta = Meta::new(Key::at(conn.ts), Some(&conn.conn));
        all.rows(&meta, conn, &mut |stream, append| {
            let mut row = Vec::new();
            let cut = append(&mut row);
            let (stream, row) = families.place(stream, &row);
            out.push((stream.name.to_owned(), String::from_utf8_lossy(row).trim_end().to_owned()));
            assert_eq!(cut, crate::Cut::default());
        });
    }
    out
}

fn filters(specs: &[FilterSpec]) -> Filters {
    Filters::new(specs, &streams(), &saved(), &Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn saved() -> Saved {
    let mut saved = Saved::default();
    saved.insert("tls", "id.resp_p == 443").unwrap();
    saved
}

#[test]
fn without_filters_a_log_is_as_it_is() {
    let all = rows(&Filters::default(), Format::Tsv, &[conn(443, None)]);
    let (name, row) = &all[0];
    assert_eq!((all.len(), name.as_str()), (1, "conn"));
    let width = columns(gannet::flow::OpenConn::STREAM, &Options::default()).len();
    assert_eq!(row.split('\t').count(), width);
}

#[test]
fn columns_names_and_predicates() {
    let one = spec(|spec| {
        few(spec);
        spec.rename =
            vec![("id.resp_p".to_owned(), "port".to_owned()), ("community_id".to_owned(), "cid".to_owned())];
        spec.condition = Some("@tls || service?".to_owned());
    });
    let filters = filters(&[one]);
    let conns = [conn(443, Some("ssl,http")), conn(80, None), conn(53, Some("dns"))];
    let text = rows(&filters, Format::Tsv, &conns);
    let names: Vec<&str> = text.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["conn", "conn"]);
    assert!(text[0].1.starts_with("443\tssl,http\t1:"), "{text:?}");
    let json = rows(&filters, Format::Json, &conns);
    assert!(json[1].1.starts_with(r#"{"_path":"conn","port":53,"service":"dns","cid":"1:"#), "{json:?}");
}

#[test]
fn the_header_has_the_chosen_columns() {
    let filters = filters(&[spec(|spec| {
        few(spec);
        spec.rename = vec![("service".to_owned(), "what".to_owned())];
    })]);
    let mut all = FilterRows::new(filters, Options::default());
    let conn = conn(1, None);
    let mut text = Vec::new();
    all.rows(&Meta::new(Key::at(conn.ts), None), &conn, &mut |stream, append| {
        crate::header(stream, &Options::default(), conn.ts, &mut text);
        let _cut = append(&mut text);
    });
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.contains("#path\tconn\n") && text.contains("#fields\tid.resp_p\twhat\tcommunity_id\n"),
        "{text}"
    );
    assert!(text.ends_with("#types\tport\tstring\tstring\n1\t-\t-\n"), "{text}");
}

#[test]
fn several_filters_and_names_that_are_taken() {
    let named = |path: Option<&str>| {
        spec(|spec| {
            few(spec);
            spec.path = path.map(str::to_owned);
        })
    };
    let filters = filters(&[
        named(None),
        named(Some("conn")),
        named(Some("dns")),
        named(Some("conn")),
        named(Some("x")),
    ]);
    let names: Vec<String> =
        rows(&filters, Format::Tsv, &[conn(1, None)]).into_iter().map(|(name, _)| name).collect();
    // dns is the name of another log.
    assert_eq!(names, ["conn", "conn-2", "dns-2", "conn-3", "x"]);
}

#[test]
fn a_path_for_each_value_has_a_limit() {
    let by_service = spec(|spec| {
        few(spec);
        spec.path = Some("by-{service}".to_owned());
        spec.files = Some(2);
    });
    let filters = filters(&[by_service]);
    let conns = [
        conn(1, Some("../a\u{e9}")),
        conn(1, None),
        conn(2, Some("third")),
        conn(2, None),
        conn(3, Some("x")),
    ];
    let all = rows(&filters, Format::Json, &conns);
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["by-..__", "by-none", "by-rest", "by-none", "by-rest"].map(|name| if name == "by-..__" {
            names[0]
        } else {
            name
        })
    );
    assert!(names[0].starts_with("by-.._a") && !names[0].contains('/'), "{names:?}");
    assert!(all[1].1.starts_with(r#"{"_path":"by-none""#), "{all:?}");
}

/// What one worker sees of all rows does not change which logs there are.
#[test]
fn the_limit_of_paths_does_not_depend_on_workers() {
    let by_port = spec(|spec| {
        few(spec);
        spec.path = Some("p{id.resp_p}".to_owned());
        spec.files = Some(3);
    });
    let filters = filters(&[by_port]);
    let conns: Vec<Conn> = [5, 5, 1, 2, 1, 9, 3, 9, 2, 5].map(|port| conn(port, None)).to_vec();
    let one: Vec<String> = rows(&filters, Format::Tsv, &conns).into_iter().map(|(name, _)| name).collect();
    let mut workers = [0, 1].map(|_| FilterRows::new(filters.clone(), Options::default()));
    let mut families = Families::default();
    let mut two = Vec::new();
    for (index, conn) in conns.iter().enumerate() {
        let meta = Meta::new(Key::at(conn.ts), Some(&conn.conn));
        workers[index % 2].rows(&meta, conn, &mut |stream, append| {
            let mut row = Vec::new();
            let _cut = append(&mut row);
            two.push(families.place(stream, &row).0.name.to_owned());
        });
    }
    assert_eq!(one, two);
    assert_eq!(one.iter().filter(|name| *name == "prest").count(), 3, "{one:?}");
}

#[test]
fn filters_are_replaced_in_place() {
    let filters = filters(&[spec(|spec| spec.condition = Some("false".to_owned()))]);
    let mut all = FilterRows::new(filters.clone(), Options::default());
    let conn = conn(1, None);
    let mut count = || {
        let mut rows = 0;
        all.rows(&Meta::new(Key::at(conn.ts), None), &conn, &mut |_, append| {
            rows += 1;
            let _cut = append(&mut Vec::new());
        });
        rows
    };
    assert_eq!(count(), 0);
    filters.replace(&[], &streams(), &saved(), &Options::default()).unwrap();
    assert_eq!(count(), 1);
    let off = spec(|spec| spec.off = true);
    filters.replace(std::slice::from_ref(&off), &streams(), &saved(), &Options::default()).unwrap();
    assert_eq!(count(), 0);
    assert!(filters.is_off(gannet::streams().into_iter().find(|stream| stream.name == "conn").unwrap()));
    assert!(
        filters.replace(&[FilterSpec::new("no_log")], &streams(), &saved(), &Options::default()).is_err()
    );
    assert_eq!(count(), 0, "an error changes nothing");
    // Streams are made once, however often the same filters are read.
    let names = |_| {
        filters.replace(&[spec(few)], &streams(), &saved(), &Options::default()).unwrap();
        std::ptr::from_ref(filters.current().by_log["conn"][0].stream).addr()
    };
    let made: std::collections::BTreeSet<usize> = (0..10).map(names).collect();
    assert_eq!(made.len(), 1);
}

#[test]
fn what_cannot_be_is_named() {
    type Change = fn(&mut FilterSpec);
    let cases: [(Change, &str); 12] = [
        (|spec| spec.log = "con".to_owned(), "did you mean conn?"),
        (
            |spec| spec.condition = Some("id.rep_p == 1".to_owned()),
            "where: conn has no column id.rep_p; did you mean id.resp_p?",
        ),
        (|spec| spec.condition = Some("community_id?".to_owned()), "made when a row is written"),
        (|spec| spec.condition = Some("@none".to_owned()), "no saved predicate @none"),
        (|spec| spec.columns = vec!["tss".to_owned()], "did you mean ts?"),
        (|spec| spec.without = vec!["x".to_owned()], "has no column x"),
        (|spec| spec.rename = vec![("ts".to_owned(), "uid".to_owned())], "two columns are called uid"),
        (|spec| spec.rename = vec![("ts".to_owned(), "a b".to_owned())], "expected letters"),
        (|spec| spec.path = Some("../x".to_owned()), "expected a name that begins"),
        (|spec| spec.path = Some("{service}".to_owned()), "expected a name that begins"),
        (|spec| spec.path = Some("a-{tunnel_parents}".to_owned()), "holds several values"),
        (
            |spec| {
                spec.path = Some("a-{service}".to_owned());
                spec.files = Some(0);
            },
            "from 1 to 1000",
        ),
    ];
    for (change, what) in cases {
        let error =
            Filters::new(&[spec(change)], &streams(), &saved(), &Options::default()).unwrap_err().to_string();
        assert!(error.starts_with("filter 1 (of con") && error.contains(what), "{error}");
    }
    let both = [spec(|spec| spec.off = true), spec(|_| ())];
    let error = Filters::new(&both, &streams(), &saved(), &Options::default()).unwrap_err().to_string();
    assert!(error.contains("the log is off, and has a filter"), "{error}");
}
