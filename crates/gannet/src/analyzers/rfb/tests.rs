//! RFB on conversations made here.

use proptest::prelude::*;
use proptest::sample::Index;

use super::Rfb;
use super::parse::{Length, client_message, method};
use crate::analyzers::record::AnalyzerFailure;
use crate::events::Event;
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, changed, every_cut, text};

/// What came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    /// `client server method auth shared name width height`.
    rows: Vec<String>,
    failures: Vec<String>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Rfb>() {
            let bytes = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or("-".to_owned(), text);
            let flag = |flag: Option<bool>| flag.map_or("-", |flag| if flag { "T" } else { "F" });
            let number = |number: Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
            self.rows.push(format!(
                "{}.{} {}.{} {} {} {} {} {} {}",
                bytes(&row.client_major_version),
                bytes(&row.client_minor_version),
                bytes(&row.server_major_version),
                bytes(&row.server_minor_version),
                row.authentication_method.unwrap_or("-"),
                flag(row.auth),
                flag(row.share_flag),
                bytes(&row.desktop_name),
                number(row.width),
                number(row.height),
            ));
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.failure_reason.clone());
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

type Tap = crate::testing::Tap<Seen>;
type Step = (Side, Vec<u8>);

fn version(side: Side, minor: &str) -> Step {
    (side, format!("RFB 003.{minor}\n").into_bytes())
}

/// The description of a screen of 800 by 600.
fn screen(name: &str) -> Step {
    let size = [3, 32, 2, 88];
    (Server, [&size, &[9; 16][..], &(name.len() as u32).to_be_bytes(), name.as_bytes()].concat())
}

fn with(minor: &str, steps: &[Step]) -> Vec<Step> {
    [&[version(Server, minor), version(Client, minor)], steps].concat()
}

fn play(steps: &[Step]) -> Seen {
    Tap::open(5901).play(steps, &[9999])
}

/// VNC's log-in, and a screen.
fn session() -> Vec<Step> {
    with(
        "008",
        &[
            (Server, vec![2, 1, 2]),
            (Client, vec![2]),
            (Server, vec![7; 16]),
            (Client, vec![8; 16]),
            (Server, vec![0; 4]),
            (Client, vec![1]),
            screen("a screen"),
            (Client, vec![0; 20]),
            (Server, vec![77; 50]),
            (Client, [3; 10].to_vec()),
        ],
    )
}

const ROW: &str = "003.008 003.008 VNC T T a screen 800 600";

#[test]
fn a_screen_has_a_row() {
    let seen = play(&session());
    assert_eq!(seen.rows, [ROW]);
    assert_eq!(seen.services, ["rfb"]);
    assert!(seen.failures.is_empty());
}

#[test]
fn messages_may_be_cut_anywhere() {
    assert_eq!(Tap::open(5901).play(&session(), &[1]).rows, [ROW]);
    for cut in every_cut(&session(), 1) {
        let seen = play(&cut);
        assert!(seen.rows.len() <= 1 && seen.failures.is_empty());
    }
}

#[test]
fn dialogues_differ_by_version_and_method() {
    let shared = (Client, vec![0]);
    let good = (Server, vec![0; 4]);
    let cases: &[(Vec<Step>, &str)] = &[
        // Without a log-in, with its result and without.
        (
            with(
                "008",
                &[(Server, vec![1, 1]), (Client, vec![1]), good.clone(), shared.clone(), screen("s")],
            ),
            "003.008 003.008 None T F s 800 600",
        ),
        (
            with("007", &[(Server, vec![1, 1]), (Client, vec![1]), shared.clone(), screen("")]),
            "003.007 003.007 None - F  800 600",
        ),
        (
            with("003", &[(Server, vec![0, 0, 0, 1]), shared.clone(), screen("s")]),
            "003.003 003.003 None - F s 800 600",
        ),
        // The server alone says how.
        (
            with(
                "003",
                &[(Server, vec![0, 0, 0, 2]), (Server, vec![1; 16]), (Client, vec![1; 16]), good.clone()],
            ),
            "003.003 003.003 VNC T - - - -",
        ),
        // Apple's.
        (
            with(
                "889",
                &[
                    (Server, vec![1, 30]),
                    (Client, vec![30]),
                    (Server, [&[0, 2, 0, 8][..], &[1; 16]].concat()),
                    (Client, vec![1; 16]),
                    good,
                    shared,
                    screen("mac"),
                ],
            ),
            "003.889 003.889 Apple Remote Desktop T F mac 800 600",
        ),
        // Refused, with a reason.
        (
            with(
                "008",
                &[
                    (Server, vec![1, 2]),
                    (Client, vec![2]),
                    (Server, vec![1; 16]),
                    (Client, vec![1; 16]),
                    (Server, [&[0, 0, 0, 1][..], &[0, 0, 0, 2], b"no"].concat()),
                ],
            ),
            "003.008 003.008 VNC F - - - -",
        ),
        (with("008", &[(Server, [&[0][..], &[0, 0, 0, 2], b"no"].concat())]), "003.008 003.008 - - - - - -"),
        (with("003", &[(Server, vec![0; 4])]), "003.003 003.003 Invalid - - - - -"),
    ];
    for (steps, row) in cases {
        let seen = play(steps);
        assert_eq!(seen.rows, [*row]);
        assert!(seen.failures.is_empty(), "{row}");
    }
}

#[test]
fn what_is_not_known_costs_the_name_and_not_the_row() {
    let chosen = |number| with("008", &[(Server, vec![1, number]), (Client, vec![number])]);
    let with_result = |code: u8| {
        let mut steps = session()[..6].to_vec();
        steps.push((Server, vec![0, 0, 0, code]));
        steps
    };
    let mut odd_message = session();
    odd_message.push((Client, vec![250, 1]));
    let mut late = with_result(1);
    late.push((Client, vec![1]));
    for (steps, reason) in [
        (chosen(19), "unknown RFB auth selection: 19"),
        (with("003", &[(Server, vec![0, 0, 0, 5])]), "invalid RFB security type 5"),
        (with_result(2), "invalid RFB auth result: 2"),
        (odd_message, "parse error: no message of a client"),
        (late, "invalid data from RFB client"),
        (
            with(
                "008",
                &[
                    (Server, vec![1, 1]),
                    (Client, vec![1]),
                    (Server, vec![0; 4]),
                    (Client, vec![1]),
                    (Server, vec![255; 24]),
                ],
            ),
            "parse error: a name is too long",
        ),
    ] {
        let seen = play(&steps);
        assert_eq!(seen.failures, [reason]);
        assert_eq!((seen.rows.len(), seen.services[0].as_str()), (1, "-"), "{reason}");
    }
    assert!(play(&chosen(19)).rows[0].contains("VeNCrypt"));
}

#[test]
fn both_sides_have_to_say_so() {
    assert!(play(&[version(Server, "008")]).rows.is_empty());
    assert!(play(&[version(Server, "008"), (Client, b"GET / HTTP/1.0\r\n\r\n".to_vec())]).rows.is_empty());
    let seen = play(&[version(Server, "008"), (Client, b"RFB".to_vec())]);
    assert_eq!((seen.rows[0].as_str(), seen.services[0].as_str()), ("-.- 003.008 - - - - - -", "-"));
}

#[test]
fn a_gap_ends_it() {
    let mut tap = Tap::open(5901);
    for (side, bytes) in &session()[..5] {
        tap.send(*side, bytes);
    }
    tap.lose(Server, 4).send(Client, &[1]).send(Server, &screen("s").1);
    assert_eq!(tap.finish().rows, ["003.008 003.008 VNC - - - - -"]);
}

#[test]
fn messages_of_clients_have_lengths() {
    let cut = [6, 0, 0, 0, 0, 0, 0, 9];
    for (bytes, length) in [
        (&[0][..], Length::Is(20)),
        (&[2], Length::Within(4)),
        (&[2, 0, 1, 2], Length::Is(4 + 4 * 258)),
        (&[3], Length::Is(10)),
        (&[4], Length::Is(8)),
        (&[5], Length::Is(6)),
        (&[6], Length::Within(8)),
        (&cut, Length::Is(17)),
        (&[6, 0, 0, 0, 0, 1, 0, 0], Length::Wrong),
        (&[1], Length::Wrong),
        (&[248], Length::Wrong),
    ] {
        assert_eq!(client_message(bytes), length, "{bytes:?}");
    }
    let names = [(0, "Invalid"), (16, "Tight"), (22, "Colin Dean xvp"), (5, "RealVNC"), (1 << 24, "RealVNC")];
    names.iter().for_each(|(number, name)| assert_eq!(method(*number), *name));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn other_bytes_do_no_harm(at in any::<Index>(), byte in any::<u8>(), size in 1_usize..40) {
        let seen = Tap::open(5901).play(&changed(&session(), at, byte), &[size]);
        prop_assert!(seen.rows.len() <= 1);
    }
}
