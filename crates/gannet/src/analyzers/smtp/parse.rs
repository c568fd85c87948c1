//! Commands, replies and the argument of BDAT (RFC 5321, sections 4.1 and 4.2; RFC 3030).

use crate::parsers::mime::skip_blanks;
use crate::parsers::number::decimal;

/// What a client may say, as far as it makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// No command: the server's greeting answers the connection itself.
    Connection,
    /// EHLO and HELO.
    Hello,
    Mail,
    /// SEND, SOML and SAML: MAIL with another way of delivery (RFC 821, section 3.4).
    Send,
    Rcpt,
    Data,
    Bdat,
    /// The line that ends a mail.
    EndOfData,
    Auth,
    /// A line of a dialogue that AUTH began (RFC 4954, section 4).
    AuthAnswer,
    /// The two sides change roles (RFC 821, section 3.8).
    Turn,
    StartTls,
    /// RSET and QUIT: whatever was begun is no more.
    Reset,
    Other,
}

/// Commands by name.
const COMMANDS: &[(&str, Command)] = &[
    ("EHLO", Command::Hello),
    ("HELO", Command::Hello),
    ("MAIL", Command::Mail),
    ("RCPT", Command::Rcpt),
    ("DATA", Command::Data),
    ("QUIT", Command::Reset),
    ("RSET", Command::Reset),
    ("VRFY", Command::Other),
    ("EXPN", Command::Other),
    ("HELP", Command::Other),
    ("NOOP", Command::Other),
    ("STARTTLS", Command::StartTls),
    ("X-ANONYMOUSTLS", Command::StartTls),
    ("SEND", Command::Send),
    ("SOML", Command::Send),
    ("SAML", Command::Send),
    ("TURN", Command::Turn),
    ("BDAT", Command::Bdat),
    ("ETRN", Command::Other),
    ("AUTH", Command::Auth),
];

/// A line as a command and its argument, if it is one.
pub(super) fn command(line: &[u8]) -> Option<(Command, &[u8])> {
    let is_end = |byte: &u8| *byte == 0 || *byte == 11 || byte.is_ascii_whitespace();
    let length = line.iter().position(is_end).unwrap_or(line.len());
    let (word, rest) = line.split_at_checked(length)?;
    let (_, command) = COMMANDS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()))?;
    Some((*command, skip_blanks(rest)))
}

/// One line of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reply<'a> {
    pub(super) code: u16,
    /// Further lines follow.
    pub(super) continues: bool,
    pub(super) text: &'a [u8],
}

/// Reads a line of a reply; nothing if it has no code between 100 and 599.
pub(super) fn reply(line: &[u8]) -> Option<Reply<'_>> {
    let (digits, rest) = line.split_at_checked(3)?;
    let code = decimal(digits).and_then(|code| u16::try_from(code).ok())?;
    let behind = rest.strip_prefix(b"-");
    let text = skip_blanks(behind.unwrap_or(rest));
    (100..600).contains(&code).then_some(Reply { code, continues: behind.is_some(), text })
}

/// What BDAT announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) size: u64,
    pub(super) last: bool,
}

/// Longest argument of BDAT: the largest number, and ` LAST`.
const MAX_CHUNK: usize = 25;

/// Reads the argument of BDAT (RFC 3030, section 2); what is wrong with it if it has no sense.
pub(super) fn chunk(text: &[u8]) -> Result<Chunk, &'static str> {
    if text.is_empty() || text.len() > MAX_CHUNK {
        return Err("BDAT argument bad length");
    }
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, behind) = text.split_at_checked(digits).unwrap_or_default();
    if digits.is_empty() {
        return Err("BDAT not followed by a valid chunk-size");
    }
    if !matches!(behind.first(), None | Some(b' ' | 0)) {
        return Err("BDAT chunk-size not valid");
    }
    let size = decimal(digits).ok_or("BDAT chunk-size too large")?;
    match behind {
        [] => Ok(Chunk { size, last: false }),
        _ if behind.eq_ignore_ascii_case(b" LAST") => Ok(Chunk { size, last: true }),
        _ => Err("BDAT chunk-size followed by junk"),
    }
}
