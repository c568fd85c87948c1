//! GSSAPI on tokens made here, as trailers of DCE/RPC carry them.

use super::parse::{Element, kerberos, token};
use crate::analyzers::krb::Kerberos;
use crate::analyzers::ntlm::Ntlm;
use crate::analyzers::record::AnalyzerFailure;
use crate::events::Event;
use crate::flow::Conn;
use crate::testing::Sees;
use crate::testing::Side::Client;

/// What came out.
#[derive(Debug, Default)]
struct Seen {
    /// Success of each logon.
    logons: Vec<Option<bool>>,
    /// Rows of Kerberos.
    exchanges: usize,
    failures: Vec<&'static str>,
    services: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Ntlm>() {
            self.logons.push(row.success);
        } else if event.get::<Kerberos>().is_some() {
            self.exchanges += 1;
        } else if let Some(failure) = event.get::<AnalyzerFailure>() {
            self.failures.push(failure.analyzer_name);
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        }
    }
}

fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, content.len() as u8], content].concat()
}

/// An answer with a state and a token.
fn answer(state: Option<u8>, mechanism: Option<&[u8]>) -> Vec<u8> {
    let state = state.map_or(Vec::new(), |state| value(0xa0, &value(10, &[state])));
    let token = mechanism.map_or(Vec::new(), |token| value(0xa2, &value(4, token)));
    value(0xa1, &value(0x30, &[state, token].concat()))
}

/// A beginning with a token.
fn initial(mechanism: &[u8]) -> Vec<u8> {
    let object = value(6, &[0x2b, 6, 1, 5, 5, 2]);
    let list = value(0xa0, &value(0x30, &[]));
    let token = value(0xa2, &value(4, mechanism));
    value(0x60, &[object, value(0xa0, &value(0x30, &[list, token].concat()))].concat())
}

const NEGOTIATE: &[u8] = b"NTLMSSP\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

fn play(tokens: &[Vec<u8>]) -> Seen {
    let pdu = |token: &Vec<u8>| {
        let length = (16 + 8 + token.len()) as u16;
        let lengths = [length.to_le_bytes(), (token.len() as u16).to_le_bytes()].concat();
        let head = [5, 0, 16, 3, 0x10, 0, 0, 0];
        let pdu = [&head[..], &lengths, &[1, 0, 0, 0], &[9, 6, 0, 0, 1, 0, 0, 0], token].concat();
        (Client, pdu)
    };
    let steps: Vec<_> = tokens.iter().map(pdu).collect();
    crate::testing::Tap::<Seen>::open(135).play(&steps, &[9999])
}

#[test]
fn the_outcome_of_a_logon_is_told_once() {
    let begin = initial(NEGOTIATE);
    let cases: [(&[u8], &[Option<bool>]); 6] = [
        (&[], &[None]),
        (&[0], &[Some(true)]),
        (&[2], &[Some(false)]),
        (&[3], &[Some(false)]),
        (&[1, 1], &[None]),
        (&[1, 0, 2], &[Some(true)]),
    ];
    for (states, logons) in cases {
        let answers = states.iter().map(|state| answer(Some(*state), None));
        let tokens: Vec<_> = std::iter::once(begin.clone()).chain(answers).collect();
        let seen = play(&tokens);
        assert_eq!(seen.logons, logons, "{states:?}");
        assert_eq!(seen.services, ["ntlm,gssapi,dce_rpc"]);
    }
    // A state without a logon is nobody's.
    assert!(play(&[answer(Some(0), None)]).logons.is_empty());
}

#[test]
fn what_is_no_token_costs_gssapi_its_name_for_good() {
    let seen = play(&[initial(NEGOTIATE), value(0x30, &[0x30, 2, 0xa9, 0]), answer(Some(0), None)]);
    assert_eq!(seen.failures, ["GSSAPI"]);
    assert_eq!(seen.services, ["ntlm,dce_rpc"]);
    // What comes after it is read all the same.
    assert_eq!(seen.logons, [Some(true)]);
    // Before it was confirmed it may still be.
    let seen = play(&[vec![0x60, 1], initial(NEGOTIATE)]);
    assert!(seen.failures.is_empty());
    assert!(seen.services[0].contains("gssapi"), "{:?}", seen.services);
}

#[test]
fn a_ticket_is_found_with_and_without_its_wrapping() {
    let error = [0x7e, 0x03, 0x30, 0x01, 0x00];
    for (bytes, message) in [
        (&[0x6e, 1, 2][..], Some(&[0x6e, 1, 2][..])),
        (&[0x60, 5, 6, 1, 9, 1, 0, 0x7e, 7], Some(&[0x7e, 7])),
        (b"token", None),
        (&[], None),
    ] {
        assert_eq!(kerberos(bytes).unwrap(), message);
    }
    assert!(kerberos(&[0x60, 5, 6, 9]).is_err());
    assert_eq!(play(&[answer(None, Some(&error))]).exchanges, 0);
}

#[test]
fn elements_are_told_up_to_what_cannot_be_read() {
    let whole = answer(Some(1), Some(b"token"));
    let mut seen = Vec::new();
    token(&whole, |element| seen.push(element)).unwrap();
    assert_eq!(seen, [Element::State(1), Element::Token(b"token")]);
    for length in 0..whole.len() {
        let mut seen = 0;
        let read = token(&whole[..length], |_| seen += 1);
        assert!(seen < 2, "{length}");
        // What ends between two elements cannot be told from a shorter answer.
        assert!(read.is_err() || [4, 9].contains(&length), "{length}");
    }
    for bare in [&[5, 4, 1][..], &[4, 4]] {
        token(bare, |_| unreachable!()).unwrap();
    }
}
