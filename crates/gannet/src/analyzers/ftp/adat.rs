//! Tokens of GSSAPI in commands and replies (RFC 2228): grid software puts TLS into them, which goes to a child.

use super::parse::{code, word};
use crate::analyzers::Context;
use crate::analyzers::ssl;
use crate::base::direction::{Direction, Transport};
use crate::parsers::base64::Base64;
use crate::parsers::mime::skip_blanks;

/// The key of the child.
const TOKENS: u64 = 0;

/// The exchange of tokens on one connection.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    open: bool,
    /// The client sent a token.
    begun: bool,
}

impl Exchange {
    /// The server takes the mechanism.
    pub(super) fn begin(&mut self, cx: &mut Context<'_>) {
        if !self.open {
            self.open = cx.open_child(TOKENS, &ssl::GRID, Transport::Tcp);
            self.begun = false;
        }
    }

    /// A line that may have a token in it.
    pub(super) fn line(&mut self, cx: &mut Context<'_>, dir: Direction, line: &[u8]) {
        if !self.open {
            return;
        }
        let (token, over) = match dir {
            Direction::Orig => self.command(cx, line),
            Direction::Resp => reply(cx, line),
        };
        if let Some(token) = token {
            cx.child_data(TOKENS, dir, &token);
        }
        if over {
            cx.close_child(TOKENS);
            self.open = false;
        }
    }

    /// The token in a command, and whether there will be no more.
    fn command(&mut self, cx: &mut Context<'_>, line: &[u8]) -> (Option<Vec<u8>>, bool) {
        let (name, rest) = word(line);
        match name {
            b"AUTH" => return (None, true),
            b"ADAT" => {}
            _ => return (None, false),
        }
        let token = decode(cx, skip_blanks(rest));
        if std::mem::replace(&mut self.begun, true) {
            return (token, false);
        }
        if token.is_none() {
            cx.weird("ftp_adat_bad_first_token_encoding", "");
        }
        let token = token.filter(|token| is_record(token));
        let over = token.is_none();
        (token, over)
    }
}

/// Whether a token is one record of TLS's handshake.
fn is_record(token: &[u8]) -> bool {
    matches!(token, [0x16, _, _, high, low, rest @ ..] if rest.len() == usize::from(u16::from_be_bytes([*high, *low])))
}

/// The token in a reply, and whether there will be no more.
fn reply(cx: &mut Context<'_>, line: &[u8]) -> (Option<Vec<u8>>, bool) {
    let code = code(line);
    let over = matches!(code, 232 | 234 | 235 | 421 | 431 | 500 | 501 | 503 | 535 | 631..=633);
    if !matches!(code, 235 | 334 | 335) {
        return (None, over);
    }
    let rest = line.get(3..).unwrap_or_default();
    let rest = skip_blanks(rest.strip_prefix(b"-").unwrap_or(rest));
    (rest.strip_prefix(b"ADAT=").and_then(|text| decode(cx, text)), over)
}

/// Decodes a token; nothing if it is not in base64.
fn decode(cx: &mut Context<'_>, text: &[u8]) -> Option<Vec<u8>> {
    let (mut decoder, mut token) = (Base64::default(), Vec::new());
    let mut odd = |what: crate::parsers::base64::Odd| {
        cx.weird_from(None, "base64_illegal_encoding", what.to_string());
    };
    decoder.decode(text, &mut token, &mut odd);
    decoder.finish(&mut token, &mut odd);
    (!decoder.is_bad()).then_some(token)
}
