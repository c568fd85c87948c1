//! One connection to a screen: who speaks next, and what is said.

use super::parse::{self, Length, SCREEN, Screen, VERSION, Version};
use super::record::Rfb;
use crate::analyzers::late::Late;
use crate::analyzers::{Analyzer, Close, Context, Progress};
use crate::base::direction::Direction;

/// The minor version from which on the client chooses how to log in.
const CHOOSES: u32 = 7;
/// The minor version from which on every log-in has a result, and a refused one a reason.
const RESULTS: u32 = 8;

/// What the client sends next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Client {
    #[default]
    Version,
    /// How it logs in.
    Method,
    /// So many bytes of a log-in.
    Answer(usize),
    /// Whether others may stay.
    Init,
    Message,
    /// Nothing, before the server has spoken.
    Wait,
    /// Nothing any more.
    Over,
}

/// What the server sends next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Server {
    #[default]
    Version,
    /// The one way to log in.
    Method,
    /// The ways that there are.
    Methods,
    /// Why the client may not.
    Reason,
    /// The sixteen bytes of VNC's log-in.
    Challenge,
    /// The numbers of Apple's log-in.
    Numbers,
    Result,
    Init,
    Wait,
    Over,
}

/// One connection to a screen.
#[derive(Default)]
pub(super) struct RfbAnalyzer {
    row: Option<Box<Rfb>>,
    client: Client,
    server: Server,
    /// Minor version that the client speaks.
    minor: u32,
    /// Bytes of a client's message that are of no interest.
    skip: usize,
    /// Bytes are missing, or make no sense.
    lost: bool,
}

/// Waits for bytes from the front.
macro_rules! need {
    ($bytes:expr, $count:expr) => {
        match $bytes.first_chunk::<$count>() {
            Some(bytes) => bytes,
            None => return Progress::Need($count),
        }
    };
}

impl RfbAnalyzer {
    fn row(&mut self, cx: &Context<'_>) -> &mut Rfb {
        self.row.get_or_insert_with(|| Box::new(Rfb::new(cx.packet_time(), cx.conn())))
    }

    /// Something is wrong: nothing is read any more.
    fn wrong(&mut self, cx: &mut Context<'_>, reason: &str) -> Progress {
        self.lost = true;
        cx.violation(reason);
        Progress::Done
    }

    fn version(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        let bytes = need!(bytes, VERSION);
        let Some(version) = Version::read(bytes) else { return self.wrong(cx, "parse error: no version") };
        let (major, minor) = (version.major.to_vec(), version.minor.to_vec());
        let row = self.row(cx);
        if dir == Direction::Resp {
            (row.server_major_version, row.server_minor_version) = (Some(major), Some(minor));
            self.server = Server::Wait;
            return Progress::Consumed(VERSION);
        }
        (row.client_major_version, row.client_minor_version) = (Some(major), Some(minor));
        self.minor = version.minor_number();
        self.client = Client::Wait;
        self.server = if self.minor >= CHOOSES { Server::Methods } else { Server::Method };
        cx.confirm();
        Progress::Consumed(VERSION)
    }

    /// How the client logs in is settled; what follows, if that is known.
    fn method(&mut self, cx: &mut Context<'_>, number: u32, reason: &str) -> bool {
        self.row(cx).authentication_method = Some(parse::method(number));
        (self.client, self.server) = match number {
            0 if self.minor < CHOOSES => (Client::Over, Server::Reason),
            1 if self.minor >= RESULTS => (Client::Wait, Server::Result),
            1 => (Client::Init, Server::Wait),
            2 => (Client::Wait, Server::Challenge),
            30 => (Client::Wait, Server::Numbers),
            _ => {
                self.wrong(cx, &format!("{reason}{number}"));
                return false;
            }
        };
        true
    }

    fn methods(&mut self, bytes: &[u8]) -> Progress {
        let [count] = need!(bytes, 1);
        let length = 1 + usize::from(*count);
        if bytes.len() < length {
            return Progress::Need(length);
        }
        (self.client, self.server) =
            if *count == 0 { (Client::Over, Server::Reason) } else { (Client::Method, Server::Wait) };
        Progress::Consumed(length)
    }

    fn result(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Progress {
        let result = u32::from_be_bytes(*need!(bytes, 4));
        self.row(cx).auth = Some(result == 0);
        (self.client, self.server) = match result {
            0 => (Client::Init, Server::Wait),
            1 if self.minor >= RESULTS => (Client::Over, Server::Reason),
            1 => (Client::Over, Server::Over),
            _ => return self.wrong(cx, &format!("invalid RFB auth result: {result}")),
        };
        Progress::Consumed(4)
    }

    /// Why the client may not; nobody wants to know.
    fn reason(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Progress {
        let length = u32::from_be_bytes(*need!(bytes, 4));
        if length >= parse::MAX_TEXT {
            return self.wrong(cx, "parse error: a reason is too long");
        }
        (self.client, self.server) = (Client::Over, Server::Over);
        Progress::Skip(u64::from(length).saturating_sub(bytes.len() as u64 - 4))
    }

    fn screen(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Progress {
        let Ok(screen) = Screen::read(need!(bytes, SCREEN)) else { return Progress::Need(SCREEN) };
        if screen.name >= parse::MAX_TEXT {
            return self.wrong(cx, "parse error: a name is too long");
        }
        let length = SCREEN + screen.name as usize;
        let Some(name) = bytes.get(SCREEN..length) else { return Progress::Need(length) };
        let row = self.row(cx);
        row.desktop_name = Some(name.to_vec());
        (row.width, row.height) = (Some(u64::from(screen.width)), Some(u64::from(screen.height)));
        self.write(cx);
        (self.client, self.server) = (Client::Message, Server::Over);
        Progress::Done
    }

    fn server(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Progress {
        match self.server {
            Server::Version => self.version(cx, Direction::Resp, bytes),
            Server::Method => {
                let number = u32::from_be_bytes(*need!(bytes, 4));
                match self.method(cx, number, "invalid RFB security type ") {
                    true => Progress::Consumed(4),
                    false => Progress::Done,
                }
            }
            Server::Methods => self.methods(bytes),
            Server::Reason => self.reason(cx, bytes),
            Server::Challenge => {
                need!(bytes, 16);
                (self.client, self.server) = (Client::Answer(16), Server::Wait);
                Progress::Consumed(16)
            }
            Server::Numbers => {
                let [_, _, high, low] = need!(bytes, 4);
                let length = 2 * usize::from(u16::from_be_bytes([*high, *low]));
                if bytes.len() < 4 + length {
                    return Progress::Need(4 + length);
                }
                (self.client, self.server) = (Client::Answer(length), Server::Wait);
                Progress::Consumed(4 + length)
            }
            Server::Result => self.result(cx, bytes),
            Server::Init => self.screen(cx, bytes),
            Server::Wait => Progress::Consumed(0),
            Server::Over => self.wrong(cx, "invalid data from RFB server"),
        }
    }

    fn client(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Progress {
        match self.client {
            Client::Version => self.version(cx, Direction::Orig, bytes),
            Client::Method => {
                let [number] = need!(bytes, 1);
                match self.method(cx, u32::from(*number), "unknown RFB auth selection: ") {
                    true => Progress::Consumed(1),
                    false => Progress::Done,
                }
            }
            Client::Answer(length) => {
                let taken = length.min(bytes.len());
                self.client = Client::Answer(length - taken);
                if taken == length {
                    (self.client, self.server) = (Client::Wait, Server::Result);
                }
                Progress::Consumed(taken)
            }
            Client::Init => {
                let [shared] = need!(bytes, 1);
                self.row(cx).share_flag = Some(*shared != 0);
                (self.client, self.server) = (Client::Wait, Server::Init);
                Progress::Consumed(1)
            }
            Client::Message => self.message(cx, bytes),
            Client::Wait => Progress::Consumed(0),
            Client::Over => self.wrong(cx, "invalid data from RFB client"),
        }
    }

    /// A message of a client that sees the screen.
    fn message(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Progress {
        match parse::client_message(bytes) {
            Length::Is(length) => {
                let taken = length.min(bytes.len());
                self.skip = length - taken;
                Progress::Consumed(taken)
            }
            Length::Within(length) => Progress::Need(length),
            Length::Wrong => self.wrong(cx, "parse error: no message of a client"),
        }
    }

    fn write(&mut self, cx: &mut Context<'_>) {
        if let Some(mut row) = self.row.take() {
            row.conn = cx.conn();
            cx.emit(&*row);
        }
    }
}

impl Analyzer for RfbAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        if self.lost {
            return Progress::Done;
        }
        if dir == Direction::Resp {
            return self.server(cx, bytes);
        }
        if self.skip > 0 {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            return Progress::Consumed(skipped);
        }
        self.client(cx, bytes)
    }

    fn gap(&mut self, _cx: &mut Context<'_>, dir: Direction, _len: u64) -> Progress {
        // What the server shows is not read anyway.
        self.lost |= !(dir == Direction::Resp && self.client == Client::Message);
        Progress::Done
    }

    fn close(&mut self, cx: &mut Context<'_>, why: Close) {
        match why {
            Close::Violation => {
                if let Some(row) = self.row.take() {
                    cx.leave(Box::new(Late(row)));
                }
            }
            _ => self.write(cx),
        }
    }

    fn held(&self) -> usize {
        self.row.as_ref().map_or(0, |row| size_of::<Rfb>() + crate::analyzers::late::Open::held(&**row))
    }
}
