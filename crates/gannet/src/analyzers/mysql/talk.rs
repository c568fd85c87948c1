//! What a packet means, which depends on those before it.

use super::parse::{self, Broken, Login, can};
use super::request;
use crate::base::cursor::Cursor;

/// What a client said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// It logs in as this user; none if it wants TLS first.
    Login(Option<&'a [u8]>),
    /// It wants a command to be carried out, by number, on this.
    Command(u8, &'a [u8]),
    /// What belongs to a login.
    More,
}

/// What a server answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer<'a> {
    /// It did it, and changed so many rows.
    Ok(u64),
    /// It did not, for the reason given.
    Error(&'a [u8]),
    /// That was all of the result.
    End,
    /// More will come.
    More,
}

/// What is next from the client as long as it is not logged in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Hello {
    #[default]
    Login,
    More,
}

/// What is next from the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Due {
    /// Nothing that is understood.
    Anything,
    #[default]
    Status,
    /// The number of columns, or a status.
    Columns,
    /// The definition of a column, of so many that are left.
    Column(u32),
    /// Definitions of columns, or the end of them.
    ColumnsToEnd,
    /// What is between columns and rows.
    Between,
    Rows,
}

/// One session.
#[derive(Debug, Default)]
pub(super) struct Talk {
    /// Version of the protocol, as the greeting has it.
    version: u8,
    /// Number of the server's last packet.
    number: u8,
    /// The client is logged in, and commands follow.
    commands: bool,
    hello: Hello,
    due: Due,
    /// What the client can do.
    capabilities: u32,
    /// The server takes attributes of queries.
    attributes: bool,
    /// Columns of the result at hand.
    columns: u32,
}

impl Talk {
    /// A packet of the client.
    pub(super) fn client<'a>(&mut self, body: &'a [u8]) -> Result<Said<'a>, Broken> {
        let mut at = Cursor::new(body);
        match (self.commands, self.hello) {
            (true, _) => self.command(&mut at),
            (false, Hello::More) => Ok(Said::More),
            (false, Hello::Login) => self.login(&mut at),
        }
    }

    fn login<'a>(&mut self, at: &mut Cursor<'a>) -> Result<Said<'a>, Broken> {
        let Login { capabilities, user } = match self.version {
            10 => parse::login10(at)?,
            9 => return Ok(Said::Login(parse::login9(at)?.user)),
            _ => return Err(Broken),
        };
        self.capabilities = capabilities;
        if user.is_some() && capabilities & can::PLUGIN_AUTH != 0 {
            self.hello = Hello::More;
        }
        Ok(Said::Login(user))
    }

    fn command<'a>(&mut self, at: &mut Cursor<'a>) -> Result<Said<'a>, Broken> {
        let command = at.u8()?;
        let attributes = self.attributes && self.capabilities & can::QUERY_ATTRIBUTES != 0;
        let argument = request::argument(command, at, self.capabilities, attributes)?;
        match command {
            // Those whose answer is a status alone.
            0..=2 | 5..=8 | 11..=16 | 29 | 31 => self.due = Due::Status,
            request::QUERY | 10 => self.due = Due::Columns,
            4 => self.due = Due::ColumnsToEnd,
            request::CHANGE_USER => self.commands = false,
            _ => self.due = Due::Anything,
        }
        Ok(Said::Command(command, argument))
    }

    /// A packet of the server, with its number; `length` is that of all of it, of which `body` may be the beginning.
    pub(super) fn server<'a>(
        &mut self,
        number: u8,
        body: &'a [u8],
        length: usize,
    ) -> Result<Answer<'a>, Broken> {
        let is_first = number == 0 && self.number != u8::MAX;
        let mut at = Cursor::new(body);
        let answer = match (self.commands, is_first) {
            (true, _) => self.answer(&mut at, length),
            (false, true) => self.greeting(&mut at),
            (false, false) => self.login_status(&mut at),
        };
        self.number = number;
        answer
    }

    fn greeting<'a>(&mut self, at: &mut Cursor<'a>) -> Result<Answer<'a>, Broken> {
        let version = at.u8()?;
        let answer = match version {
            9 | 10 => {
                self.attributes = parse::greeting(at, version)?;
                Answer::More
            }
            _ => self.error(at)?,
        };
        self.version = version;
        Ok(answer)
    }

    fn login_status<'a>(&mut self, at: &mut Cursor<'a>) -> Result<Answer<'a>, Broken> {
        match at.u8()? {
            0 => self.ok(at),
            1 => Ok(Answer::More),
            0xfe => {
                at.before(0)?;
                (self.hello, self.due) = (Hello::More, Due::Status);
                Ok(Answer::More)
            }
            0xff => self.error(at),
            _ => Err(Broken),
        }
    }

    fn ok<'a>(&mut self, at: &mut Cursor<'_>) -> Result<Answer<'a>, Broken> {
        let rows = parse::ok(at)?;
        (self.commands, self.hello) = (true, Hello::Login);
        Ok(Answer::Ok(rows))
    }

    fn error<'a>(&mut self, at: &mut Cursor<'a>) -> Result<Answer<'a>, Broken> {
        let text = parse::error(at)?;
        (self.commands, self.hello) = (true, Hello::Login);
        Ok(Answer::Error(text))
    }

    /// What ends a result, behind its first byte.
    fn end<'a>(&mut self, at: &mut Cursor<'a>, length: usize) -> Result<Answer<'a>, Broken> {
        /// An end has less bytes than that; with them and more it is an OK.
        const OK: usize = 10;
        if self.ends_by_ok() || length >= OK {
            return self.ok(at);
        }
        parse::end(at)?;
        Ok(Answer::End)
    }

    fn ends_by_ok(&self) -> bool {
        self.capabilities & can::DEPRECATE_EOF != 0
    }

    fn answer<'a>(&mut self, at: &mut Cursor<'a>, length: usize) -> Result<Answer<'a>, Broken> {
        if self.due == Due::Anything {
            return Ok(Answer::More);
        }
        let first = at.u8()?;
        match (self.due, first) {
            (Due::Status | Due::Columns, 0) => return self.ok(at),
            (Due::Status | Due::Columns, 0xff) => return self.error(at),
            (Due::Status, 0xfe) => {
                parse::end(at)?;
                return Ok(Answer::End);
            }
            (Due::Columns, first) => {
                self.columns = parse::number_behind(at, first)? as u32;
                self.due = Due::Column(self.columns);
            }
            (Due::Column(left), first) => {
                parse::column(at, first)?;
                let left = left.wrapping_sub(1);
                self.due = if left > 0 { Due::Column(left) } else { Due::Between };
            }
            (Due::ColumnsToEnd, 0xfe) => return self.end(at, length),
            (Due::ColumnsToEnd, first) => parse::column(at, first)?,
            (Due::Between, _) if !self.ends_by_ok() => {
                parse::end(at)?;
                self.due = Due::Rows;
            }
            (Due::Between | Due::Rows, 0xfe) => {
                let end = self.end(at, length)?;
                self.due = Due::Anything;
                return Ok(end);
            }
            (Due::Between | Due::Rows, first) => {
                // Of a long one not all is there.
                if at.whole().len() == length {
                    parse::row(at, first, self.columns)?;
                }
                self.due = Due::Rows;
            }
            (Due::Anything | Due::Status, _) => {}
        }
        Ok(Answer::More)
    }
}
