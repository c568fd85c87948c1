//! NTLM on messages made here, as trailers of DCE/RPC carry them.

use super::Ntlm;
use super::parse::{Client as Who, Message, Server as Host, message};
use crate::events::{Event, Weird};
use crate::flow::Conn;
use crate::testing::Side::{self, Client, Server};
use crate::testing::{Sees, text, weird_text};

/// What came out.
#[derive(Debug, Default)]
struct Seen {
    /// `user host domain server dns tree success`.
    rows: Vec<String>,
    services: Vec<String>,
    weirds: Vec<String>,
}

impl Sees for Seen {
    fn event(&mut self, event: Event<'_>) {
        if let Some(row) = event.get::<Ntlm>() {
            let texts = [
                &row.username,
                &row.hostname,
                &row.domainname,
                &row.server_nb_computer_name,
                &row.server_dns_computer_name,
                &row.server_tree_name,
            ];
            let mut line: Vec<_> = texts.map(|one| one.as_deref().map_or("-".into(), text)).into();
            line.push(row.success.map_or("-".into(), |success| success.to_string()));
            self.rows.push(line.join(" "));
        } else if let Some(conn) = event.get::<Conn>() {
            self.services.push(conn.service.as_deref().unwrap_or("-").to_owned());
        } else if let Some(weird) = event.get::<Weird>() {
            self.weirds.push(weird_text(weird));
        }
    }
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn field(length: usize, offset: usize) -> Vec<u8> {
    let length = (length as u16).to_le_bytes();
    [&length[..], &length, &(offset as u32).to_le_bytes()].concat()
}

/// A message with fixed parts before and after its fields, whose contents follow each other.
fn with_fields(kind: u8, before: &[u8], fields: &[&[u8]], after: &[u8]) -> Vec<u8> {
    let mut offset = 12 + before.len() + fields.len() * 8 + after.len();
    let mut message = [b"NTLMSSP\0", &[kind, 0, 0, 0][..], before].concat();
    for content in fields {
        message.extend(field(content.len(), offset));
        offset += content.len();
    }
    [&message, after, &fields.concat()[..]].concat()
}

fn negotiate() -> Vec<u8> {
    [b"NTLMSSP\0\x01\0\0\0", &[0x07, 0x82, 0x08, 0x00][..], &field(0, 0), &field(0, 0)].concat()
}

fn pair(id: u8, text: &str) -> Vec<u8> {
    let text = wide(text);
    [&[id, 0, text.len() as u8, 0], &text[..]].concat()
}

fn challenge(pairs: &[u8]) -> Vec<u8> {
    let begin =
        [b"NTLMSSP\0\x02\0\0\0", &field(0, 48)[..], &0x0080_0001_u32.to_le_bytes(), &[8; 16]].concat();
    [&begin[..], &field(pairs.len(), 48), pairs].concat()
}

fn authenticate(domain: &[u8], user: &[u8], workstation: &[u8]) -> Vec<u8> {
    with_fields(3, &[], &[&[], &[9; 24], domain, user, workstation, &[]], &[1, 0, 0, 0])
}

/// Messages in trailers of requests: all of one association.
fn play(messages: &[(Side, Vec<u8>)]) -> Seen {
    let pdu = |token: &[u8]| {
        let length = (16 + 8 + 8 + token.len()) as u16;
        let head = [5, 0, 16, 3, 0x10, 0, 0, 0];
        let lengths = [length.to_le_bytes(), (token.len() as u16).to_le_bytes()].concat();
        [&head[..], &lengths, &[1, 0, 0, 0], &[0; 8], &[10, 6, 0, 0, 1, 0, 0, 0], token].concat()
    };
    let steps: Vec<_> = messages.iter().map(|(side, message)| (*side, pdu(message))).collect();
    crate::testing::Tap::<Seen>::open(135).play(&steps, &[9999])
}

#[test]
fn a_logon_has_one_row_at_the_end() {
    let pairs = [pair(2, "DOM"), pair(1, "SRV"), pair(3, "srv.dom"), pair(5, "tree"), vec![0; 4]].concat();
    let seen = play(&[
        (Client, negotiate()),
        (Server, challenge(&pairs)),
        (Client, authenticate(&wide("DOM"), &wide("bob"), &wide("WS"))),
    ]);
    assert_eq!(seen.rows, ["bob WS DOM SRV srv.dom tree -"]);
    assert_eq!(seen.services, ["ntlm,dce_rpc"]);
    // The names of a later logon on the same connection are those that are told.
    let seen = play(&[
        (Client, authenticate(&[], &wide("bob"), &[])),
        (Client, authenticate(&[], &wide("eve"), &wide("W"))),
    ]);
    assert_eq!(seen.rows, ["eve W - - - - -"]);
}

#[test]
fn what_has_no_kind_is_a_message_and_what_is_cut_is_none() {
    let seen = play(&[(Client, vec![1; 16])]);
    assert!(seen.rows.is_empty());
    assert_eq!(seen.services, ["ntlm,dce_rpc"]);
    let whole = authenticate(&wide("DOM"), &wide("bob"), &wide("WS"));
    for length in 0..whole.len() {
        assert!(message(&whole[..length]).is_err(), "{length}");
    }
    assert_eq!(play(&[(Client, whole[..40].to_vec())]).services, ["dce_rpc"]);
}

#[test]
fn fields_lie_behind_the_fixed_part() {
    let mut message_bytes = authenticate(&[], &wide("bob"), &[]);
    let place = 12 + 3 * 8 + 4;
    message_bytes[place] = 10;
    assert!(message(&message_bytes).is_err());
    message_bytes[place] = 0xff;
    assert!(message(&message_bytes).is_err());
}

#[test]
fn pairs_that_say_of_the_server() {
    let cases: [(Vec<u8>, Option<&str>); 7] = [
        (pair(1, "A"), Some("A")),
        // Numbers of these have lengths of their own.
        ([vec![6, 0, 9, 0, 1, 2, 3, 4], pair(1, "A")].concat(), Some("A")),
        ([vec![7, 0, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8], pair(1, "A")].concat(), Some("A")),
        ([vec![0; 4], pair(1, "A")].concat(), None),
        ([vec![8, 0, 0, 0], vec![0; 16], pair(1, "A")].concat(), Some("A")),
        ([vec![10, 0, 16, 0, 0, 0], pair(1, "A")].concat(), Some("A")),
        ([pair(9, "x"), pair(1, "A")].concat(), Some("A")),
    ];
    for (pairs, name) in cases {
        let bytes = challenge(&pairs);
        let Ok(Message::Challenge(Host { nb_computer_name, .. })) = message(&bytes) else {
            panic!("{pairs:?}")
        };
        assert_eq!(nb_computer_name.map(<[u8]>::to_vec), name.map(wide));
    }
    assert!(message(&challenge(&[11, 0, 0, 0])).is_err());
    assert!(message(&challenge(&[1, 0, 9, 0, 1])).is_err());
}

#[test]
fn text_that_ends_within_a_character_stays_as_it_is() {
    let seen = play(&[(Client, authenticate(&[], &[0x41, 0, 0x3d, 0xd8], &[0x42, 0, 0x43]))]);
    assert_eq!(seen.weirds, ["utf16_conversion_failed(utf16 conversion failed in utf16_to_utf8_val)"]);
    assert!(seen.rows[0].contains("BC"), "{:?}", seen.rows);
    let who = Who { user: Some(b"a"), ..Who::default() };
    assert_ne!(who, Who::default());
}
