//! SSH on conversations made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::Ssh;
use super::auth::{Sizes, Tells};
use super::parse::{self, Exchange, Says};
use crate::analyzers::record::AnalyzerFailure;
use crate::events::{Event, Weird};
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, changed, every_cut, text, weird_text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `version success attempts direction client server`.
    rows: Vec<String>,
    /// `cipher mac compression exchange key fingerprint`.
    algorithms: Vec<String>,
    /// Fingerprints of the client and of the server.
    prints: Vec<(Option<String>, Option<String>)>,
    /// The millisecond of each row.
    times: Vec<i64>,
    weirds: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
    histories: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        let bytes = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or("-".to_owned(), text);
        if let Some(row) = event.get::<Ssh>() {
            let version = row.version.map_or("-".to_owned(), |version| version.to_string());
            let success = row.auth_success.map_or("-", |success| if success { "T" } else { "F" });
            let direction = row.direction.map_or("-", |direction| direction.0);
            self.rows.push(format!(
                "{version} {success} {} {direction} {} {}",
                row.auth_attempts,
                bytes(&row.client),
                bytes(&row.server)
            ));
            let names =
                [&row.cipher_alg, &row.mac_alg, &row.compression_alg, &row.kex_alg, &row.host_key_alg];
            let print = row.host_key_fingerprint.as_deref().unwrap_or("-");
            self.algorithms.push(format!("{} {print}", names.map(bytes).join(" ")));
            self.prints.push((row.hassh.clone(), row.hassh_server.clone()));
            self.times.push(row.ts.nanos() / 1_000_000);
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
            self.histories.push(conn.history.as_deref().map_or(String::new(), text));
        }
    }
}

type Tap = crate::testing::Tap<Seen>;
type Step = (Side, Vec<u8>);

const CLIENT: &str = "SSH-2.0-client";
const SERVER: &str = "SSH-2.0-server a comment";
const ROW: &str = "2 - 0 - SSH-2.0-client SSH-2.0-server a comment";
const LISTS: [&str; 10] =
    ["curve25519-sha256", "ssh-ed25519", "a,b", "b", "m", "m,n", "none", "none", "", ""];

fn line(side: Side, line: &str) -> Step {
    (side, format!("{line}\r\n").into_bytes())
}

/// A string of SSH.
fn string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

/// A packet of SSH-2 with four bytes of padding.
fn packet(message: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32 + 6).to_be_bytes();
    [&length, &[4, message][..], body, &[0; 4]].concat()
}

fn offer(lists: [&str; 10]) -> Vec<u8> {
    let lists: Vec<u8> = lists.iter().flat_map(|list| string(list.as_bytes())).collect();
    packet(20, &[&[7; 16], &*lists, &[0; 5]].concat())
}

/// A reply with the server's key.
fn reply(message: u8) -> Vec<u8> {
    packet(message, &[string(b"the key"), string(b"x"), string(b"y")].concat())
}

/// Up to the keys: what each side offers, and how keys are exchanged.
fn opening(client: [&str; 10], server: [&str; 10]) -> Vec<Step> {
    vec![
        line(Server, SERVER),
        line(Client, CLIENT),
        (Client, offer(client)),
        (Server, offer(server)),
        (Client, packet(30, &string(b"q"))),
        (Server, [reply(31), packet(21, &[])].concat()),
        (Client, packet(21, &[])),
    ]
}

/// The same, and encrypted segments of these sizes; negative ones are the client's.
fn session(sizes: &[i32]) -> Vec<Step> {
    let mut steps = opening(LISTS, LISTS);
    steps.extend(sizes.iter().map(|size| {
        let side = if *size < 0 { Client } else { Server };
        (side, vec![0x5a; size.unsigned_abs() as usize])
    }));
    steps
}

fn play(steps: &[Step]) -> Seen {
    Tap::open(22).play(steps, &[9999])
}

#[test]
fn a_session_has_a_row() {
    let seen = play(&session(&[-44, 44]));
    assert_eq!(seen.rows, [ROW]);
    let algorithms = "To server: a, to client: b m none curve25519-sha256 ssh-ed25519";
    assert_eq!(seen.algorithms, [format!("{algorithms} SHA256:OgqsRIMuVVKKg0/sc3eGyZnnuN6ovWAb")]);
    assert_eq!(seen.services, ["ssh"]);
    assert_eq!(seen.times, [1_000_000_000_004]);
    assert!(seen.weirds.is_empty() && seen.failures.is_empty());
}

#[test]
fn log_ins_are_told_by_sizes() {
    for (sizes, success, attempts) in [
        // Nothing is known before the client has sent something.
        (&[60, 60, 44][..], "-", 0),
        // The method `none` is accepted.
        (&[-44, 60, -60, 44], "T", 1),
        // It is refused, and the password is right.
        (&[-44, 60, -60, 52, -80, 44], "T", 1),
        // A wrong password, then the right one.
        (&[-44, 60, -60, 52, -80, 52, -80, 44], "T", 2),
        (&[-44, 60, -60, 52, -80, 52, -80, 52], "F", 2),
        // Other sizes are questions.
        (&[-44, 60, -60, 52, -80, 77, -80, 44], "T", 1),
        // One banner is left out, a second one is an answer.
        (&[-44, 60, -60, 400, 52, -80, 44], "T", 1),
        (&[-44, 60, -60, 400, 400, 400, -80, 44], "T", 2),
    ] {
        let seen = play(&session(sizes));
        let row = format!("2 {success} {attempts} - {CLIENT} {SERVER}");
        assert_eq!(seen.rows, [row], "{sizes:?}");
        assert_eq!(seen.services, ["ssh"]);
    }
    let mut sizes = Sizes::default();
    sizes.client();
    assert_eq!(
        [60, 52, 52, 44].map(|size| sizes.server(size)),
        [Tells::Nothing, Tells::Nothing, Tells::Refused, Tells::Accepted]
    );
}

#[test]
fn the_row_comes_with_the_success() {
    let mut tap = Tap::open(22);
    for (side, bytes) in session(&[-44, 60, -60, 44, -9]) {
        tap.send(side, &bytes);
    }
    // What follows changes nothing, nor does a gap.
    tap.lose(Server, 100).send(Server, &[1; 52]).send(Server, &[1; 52]);
    assert_eq!(tap.finish().rows, [format!("2 T 1 - {CLIENT} {SERVER}")]);
}

#[test]
fn compression_hides_the_sizes() {
    for name in ["zlib", "zlib@openssh.com"] {
        let mut lists = LISTS;
        (lists[6], lists[7]) = (name, name);
        let mut steps = opening(lists, lists);
        steps.extend([
            (Client, vec![1; 44]),
            (Server, vec![1; 60]),
            (Client, vec![1; 60]),
            (Server, vec![1; 44]),
        ]);
        assert_eq!(play(&steps).rows, [ROW]);
    }
}

#[test]
fn messages_may_be_cut_anywhere() {
    let steps = session(&[]);
    let whole = play(&steps);
    assert_eq!(Tap::open(22).play(&steps, &[1]).algorithms, whole.algorithms);
    assert_eq!(Tap::open(22).play(&steps, &[1]).services, ["ssh"]);
    for cut in every_cut(&steps, 3) {
        assert!(play(&cut).rows.len() <= 1);
    }
}

#[test]
fn versions_are_agreed_upon() {
    for (client, server, version) in [
        ("SSH-2.0-a", "SSH-2.0-b", "2"),
        ("SSH-1.99-a", "SSH-2.0-b", "2"),
        ("SSH-2.0-a", "SSH-1.99-b", "2"),
        ("SSH-1.99-a", "SSH-1.99-b", "2"),
        ("SSH-1.5-a", "SSH-1.5-b", "1"),
        ("SSH-1.99-a", "SSH-1.5-b", "1"),
        ("SSH-1.5-a", "SSH-1.99-b", "1"),
        ("SSH-1.5-a", "SSH-2.0-b", "-"),
        ("SSH-2.0-a", "SSH-1.5-b", "-"),
        ("SSH-9-a", "SSH-2.0-b", "-"),
    ] {
        let seen = play(&[line(Server, server), line(Client, client)]);
        assert_eq!(seen.rows, [format!("{version} - 0 - {client} {server}")]);
        assert_eq!(seen.services, ["-"]);
        let weird = match (version, client) {
            ("-", "SSH-9-a") => vec!["SSH_cannot_determine_version".to_owned()],
            ("-", _) => vec![format!("SSH_version_mismatch({server} vs {client})")],
            _ => vec![],
        };
        assert_eq!(seen.weirds, weird);
    }
    assert_eq!(parse::says(b"SSH-"), None);
    assert_eq!(parse::says(b"SSH-1.9"), Some(Says::One));
}

#[test]
fn one_side_is_enough_for_a_row() {
    assert_eq!(play(&[line(Server, SERVER)]).rows, [format!("- - 0 - - {SERVER}")]);
    assert_eq!(play(&[line(Client, CLIENT)]).rows, [format!("- - 0 - {CLIENT} -")]);
    // A server may say something before.
    assert_eq!(play(&[line(Server, "hello"), line(Server, SERVER)]).rows, [format!("- - 0 - - {SERVER}")]);
    // The row stays when the client is no client.
    let seen = play(&[line(Server, SERVER), line(Client, "GET / HTTP/1.0"), line(Client, CLIENT)]);
    assert_eq!(seen.rows, [format!("- - 0 - - {SERVER}")]);
    assert!(play(&[line(Client, "GET / HTTP/1.0"), line(Server, SERVER)]).rows.is_empty());
    // Without its end a line is none.
    assert!(play(&[(Server, SERVER.into())]).rows.is_empty());
}

#[test]
fn any_port_will_do_if_both_sides_say_so() {
    let seen = Tap::open(2222).play(&session(&[-44, 60, -60, 44]), &[9999]);
    assert_eq!(seen.rows, [format!("2 T 1 - {CLIENT} {SERVER}")]);
    assert_eq!(seen.services, ["ssh"]);
    // The row begins with what gave it away.
    assert_eq!(seen.times, [1_000_000_000_005]);
    assert!(Tap::open(2222).play(&[line(Server, SERVER)], &[9999]).rows.is_empty());
}

#[test]
fn what_is_offered_too_early_is_lost() {
    let early = [SERVER.as_bytes(), b"\r\n", &*offer(LISTS)].concat();
    let seen = play(&[(Server, early), line(Client, CLIENT), (Client, offer(LISTS))]);
    assert_eq!((&*seen.rows, &*seen.services), (&[ROW.to_owned()][..], &["-".to_owned()][..]));
    assert_eq!(seen.algorithms, ["- - - - - -"]);
}

#[test]
fn unknown_exchanges_are_told_of() {
    for (method, known) in [
        ("diffie-hellman-group14-sha256", true),
        ("sntrup761x25519-sha512@openssh.com", true),
        ("gss-group1-sha1-xyz", true),
        ("diffie-hellman-group18-sha512", false),
        ("curve448-sha512", false),
    ] {
        assert_eq!(Exchange::of(method.as_bytes()).is_some(), known, "{method}");
    }
    let mut lists = LISTS;
    lists[0] = "curve448-sha512";
    let seen = play(&opening(lists, lists));
    assert_eq!(seen.weirds, ["ssh_unknown_kex_algorithm/SSH(curve448-sha512)"]);
    assert_eq!(seen.rows, [ROW]);
    assert!(seen.algorithms[0].contains("curve448-sha512"));
    assert_eq!(seen.services, ["-"]);
    assert!(seen.histories[0].contains('X'));
    lists[0] = "other";
    let seen = play(&opening(lists, LISTS));
    assert!(seen.algorithms[0].contains("Algorithm negotiation failed ssh-ed25519"));
}

#[test]
fn keys_come_by_several_exchanges() {
    for (method, message) in
        [("diffie-hellman-group1-sha1", 31), ("diffie-hellman-group-exchange-sha256", 33)]
    {
        let mut lists = LISTS;
        lists[0] = method;
        let mut steps = opening(lists, lists);
        steps[5].1 = [reply(message), packet(21, &[])].concat();
        let seen = play(&steps);
        assert!(seen.algorithms[0].ends_with("SHA256:OgqsRIMuVVKKg0/sc3eGyZnnuN6ovWAb"), "{method}");
        assert_eq!(seen.services, ["ssh"]);
    }
}

#[test]
fn fingerprints_are_of_the_first_offer() {
    let seen = play(&opening(LISTS, LISTS));
    let md5 = |text: &str| {
        use md5::{Digest, Md5};
        Some(crate::files::hash::hex(&Md5::digest(text)))
    };
    let (client, server) = ("curve25519-sha256;a,b;m;none", "curve25519-sha256;b;m,n;none");
    assert_eq!(seen.prints, [(md5(client), md5(server))]);
}

#[test]
fn ssh_1_has_a_row_and_no_more() {
    let old = |message: u8, body: &[u8]| {
        let length = body.len() + 5;
        let padding = vec![0; 8 - length % 8];
        [&(length as u32).to_be_bytes(), &*padding, &[message], body, &[0; 4]].concat()
    };
    let steps = [
        line(Server, "SSH-1.5-s"),
        line(Client, "SSH-1.5-c"),
        (Server, old(2, &[0; 40])),
        (Client, old(3, &[0; 30])),
        (Client, vec![1; 40]),
        (Server, vec![1; 40]),
    ];
    let seen = play(&steps);
    assert_eq!((seen.rows[0].as_str(), seen.services[0].as_str()), ("1 - 0 - SSH-1.5-c SSH-1.5-s", "ssh"));
    let mut odd = steps;
    odd[2].1 = old(9, &[0; 40]);
    assert_eq!(play(&odd).services, ["-"]);
}

#[test]
fn lengths_have_limits() {
    let seen = play(&[line(Server, SERVER), line(Client, CLIENT), (Client, b"ACK\r\n".to_vec())]);
    assert_eq!(seen.weirds, ["SSH_max_packet_length_exceeded/SSH(1094929165 > 8388608)"]);
    assert_eq!(seen.rows, [ROW]);
    let long = packet(20, &[&[7; 16][..], &3_000_000_u32.to_be_bytes(), &[0; 30]].concat());
    let seen = play(&[line(Server, SERVER), line(Client, CLIENT), (Client, long)]);
    assert_eq!(seen.weirds, ["SSH_max_string_length_exceeded/SSH(3000000 > 2097152)"]);
    let names = ["x"; 101].join(",");
    let mut lists = LISTS;
    lists[8] = &names;
    let seen = play(&[line(Server, SERVER), line(Client, CLIENT), (Client, offer(lists))]);
    assert_eq!(seen.weirds, ["SSH_max_kexinit_languages_exceeded/SSH(101 > 100)"]);
}

#[test]
fn a_gap_ends_it() {
    let steps = session(&[-44, 60, -60, 44]);
    for at in 0..steps.len() {
        let mut tap = Tap::open(22);
        for (index, (side, bytes)) in steps.iter().enumerate() {
            if index == at {
                tap.lose(*side, 3);
            }
            tap.send(*side, bytes);
        }
        let seen = tap.finish();
        assert!(seen.rows.iter().all(|row| row.contains(" - 0 ")), "{at}");
        assert_eq!(seen.rows.len(), usize::from(at > 0), "{at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn other_bytes_do_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1_usize..400) {
        let steps = session(&[-44, 60, -60, 44]);
        let seen = Tap::open(22).play(&changed(&steps, at, byte), &[size]);
        prop_assert!(seen.rows.len() <= 1);
    }
}
