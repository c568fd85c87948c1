//! What finds what, and what comes of it.

use super::super::sought::Sought;
use super::super::{POLICY, Settings, Store};
use super::{Lists, items, store, told};
use crate::intel::kind::Kind;
use crate::testing::Play;

const A: &str = "10.0.0.1:1000";
const B: &str = "10.0.0.2:80";

fn has(store: &Store, addr: &str) -> bool {
    store.has(&Sought::<&str>::Addr(addr.parse().unwrap()), false)
}

#[test]
fn addresses_are_found_by_themselves_and_by_their_networks() {
    let store = store(
        "1.2.3.4\tIntel::ADDR\tus\n::ffff:1.2.3.5\tIntel::ADDR\tus\n2001:DB8::1\tIntel::ADDR\tus\n\
         10.1.0.0/16\tIntel::SUBNET\tus\n::ffff:10.2.0.0/112\tIntel::SUBNET\tus\n2001:db8:5::/48\tIntel::SUBNET\tus\n\
         5.5.5.77/24\tIntel::SUBNET\tus\n",
    );
    for addr in [
        "1.2.3.4",
        "1.2.3.5",
        "::ffff:1.2.3.4",
        "2001:db8::1",
        "10.1.255.255",
        "10.2.7.7",
        "2001:db8:5::9",
        "5.5.5.5",
    ] {
        assert!(has(&store, addr), "{addr}");
    }
    // Neither is an address of IPv4 one of IPv6 with the same bits.
    for addr in ["1.2.3.6", "::1.2.3.4", "10.3.0.1", "2001:db8::2", "2001:db8:6::1", "5.5.6.5", "::10.1.0.1"]
    {
        assert!(!has(&store, addr), "{addr}");
    }
    let everything = super::store("0.0.0.0/0\tIntel::SUBNET\tus\n::/0\tIntel::SUBNET\tus\n");
    assert!(has(&everything, "255.255.255.255") && has(&everything, "::") && everything.len() == 2);
}

#[test]
fn names_stand_for_those_below_them_on_request() {
    let store = items("DOMAIN", &["evil.example", "com"]);
    let has = |name: &str, above| store.has(&Sought::Text(Kind::Domain, name), above);
    for (name, plain, above) in [
        ("EVIL.example", true, true),
        ("a.b.evil.example", false, true),
        ("notevil.example", false, false),
        ("evil.example.", false, false),
        ("a.com", false, true),
        ("example", false, false),
        ("..", false, false),
    ] {
        assert_eq!((has(name, false), has(name, true)), (plain, above), "{name}");
    }
    let deep = format!("{}evil.example", "a.".repeat(120));
    assert!(has(&deep, true), "however many names there are below it");
    assert!(!store.has(&Sought::Text(Kind::FileName, "a.com"), true), "names of hosts alone");
}

#[test]
fn all_that_is_found_is_there_among_many() {
    let names: Vec<String> = (0..100_000).map(|number| format!("host{number}.example")).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let store = items("DOMAIN", &all);
    assert_eq!(store.len(), 100_000);
    assert!(all.iter().all(|name| store.has(&Sought::Text(Kind::Domain, name), false)));
    assert!(
        !(100_000..300_000).any(|number| {
            store.has(&Sought::Text(Kind::Domain, &format!("host{number}.example")), false)
        })
    );
    // Twelve bytes an item, whatever its text, and the places of the lists.
    assert!(store.held() < 12 * 100_000 + (128 << 10), "{}", store.held());
}

#[test]
fn a_row_has_all_kinds_and_sources_that_matched() {
    let mut play = Play::default();
    play.shake(0.0, A, B);
    let store = store(
        "10.0.0.1\tIntel::ADDR\tus\n10.0.0.1\tIntel::ADDR\tthem\n10.0.0.0/24\tIntel::SUBNET\tus\n10.0.0.0/8\tIntel::SUBNET\twe\n",
    );
    let rows = told(&mut play, Settings::default(), store);
    assert_eq!(
        rows,
        [
            "0.01 id 10.0.0.1 1000 10.0.0.2 80 \"10.0.0.1\" Intel::ADDR Conn::IN_ORIG \"zeek\" Intel::ADDR,Intel::SUBNET \"us\",\"them\",\"we\" - - -",
            "0.01 id 10.0.0.1 1000 10.0.0.2 80 \"10.0.0.2\" Intel::ADDR Conn::IN_RESP \"zeek\" Intel::SUBNET \"us\",\"we\" - - -",
        ]
    );
}

/// Lines with an answer to whether they are worth a notice, where, and whether they are allowed.
fn told_of(lines: &str) -> (usize, Vec<String>) {
    let head =
        "#fields\tindicator\tindicator_type\tmeta.source\tmeta.do_notice\tmeta.if_in\tmeta.whitelist\n";
    let mut loading = super::Loading::new();
    loading.read("list", 0, &mut format!("{head}{lines}").as_bytes()).unwrap();
    let (store, faults) = loading.finish();
    assert_eq!(faults, []);
    let mut play = Play::default();
    play.shake(0.0, A, B).shake(10.0, "10.0.0.2:9", "10.0.0.1:80").shake(4000.0, A, "10.0.0.2:81");
    play.given = Some(Lists::new(Settings::default(), store).given());
    (play.rows(&POLICY).len(), play.notices(&POLICY))
}

#[test]
fn notices_are_told_where_an_item_asks_for_them_once_an_hour_between_two_hosts() {
    let expected = |ts: &str, place: &str, resp: &str| {
        let ends: Vec<&str> = resp.split(' ').collect();
        format!(
            "ts={ts} id.orig_h={} id.orig_p={} id.resp_h={} id.resp_p={} proto=tcp note=Intel::Notice msg=\"Intel hit on 10.0.0.1 at {place}\" \
             sub=\"10.0.0.1\" src={} dst={} p={}",
            ends[0], ends[1], ends[2], ends[3], ends[0], ends[2], ends[3]
        )
    };
    let first = expected("0.01", "Conn::IN_ORIG", "10.0.0.1 1000 10.0.0.2 80");
    let last = expected("4000.01", "Conn::IN_ORIG", "10.0.0.1 1000 10.0.0.2 81");
    let both = (3, vec![first, last]);
    assert_eq!(told_of("10.0.0.1\tIntel::ADDR\tus\tT\t-\t-\n"), both);
    assert_eq!(told_of("10.0.0.1\tIntel::ADDR\tus\tT\tIntel::IN_ANYWHERE\tF\n"), both);
    assert_eq!(told_of("10.0.0.1\tIntel::ADDR\tus\tT\tConn::IN_ORIG\tF\n"), both);
    let resp = expected("10.01", "Conn::IN_RESP", "10.0.0.2 9 10.0.0.1 80");
    assert_eq!(told_of("10.0.0.1\tIntel::ADDR\tus\tT\tConn::IN_RESP\tF\n"), (3, vec![resp]));
    assert_eq!(told_of("10.0.0.1\tIntel::ADDR\tus\tT\tHTTP::IN_URL\tF\n"), (3, vec![]));
    assert_eq!(told_of("10.0.0.1\tIntel::ADDR\tus\tF\t-\tF\n"), (3, vec![]));
}

#[test]
fn nothing_is_told_of_what_any_item_allows() {
    let lines = "10.0.0.1\tIntel::ADDR\tus\tT\t-\t-\n10.0.0.0/30\tIntel::SUBNET\tus\tF\t-\tT\n";
    assert_eq!(told_of(lines), (0, vec![]));
}

#[test]
fn without_lists_nothing_is_told() {
    let mut play = Play::default();
    play.shake(0.0, A, B);
    assert!(play.rows(&POLICY).is_empty());
    play.given = Some(std::sync::Arc::new(5_u8));
    assert!(play.rows(&POLICY).is_empty());
}
