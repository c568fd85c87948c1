//! Redis: commands of a client and replies of a server, in RESP 2 and 3
//! (<https://redis.io/docs/latest/develop/reference/protocol-spec>).

mod names;
mod names_table;
mod pairing;
mod parse;
mod probe;
mod record;
#[cfg(test)]
mod tests;

pub use record::Redis;

use pairing::Pairing;
use parse::command::Commands;
use parse::reply::{Broken, Replies};

use super::{Analyzer, Close, Context, Descriptor, Progress};
use crate::base::direction::{Direction, Transport};

/// The analyzer of Redis.
pub static REDIS: Descriptor = Descriptor::new("redis", "REDIS", |_| Box::new(RedisAnalyzer::default()))
    .doc("Redis: commands and replies (RESP 2 and 3)")
    .ports(&[(Transport::Tcp, 6379)])
    .probe(probe::probe)
    .first(&[], b"-+_,:$*#(!=%`~>")
    .records(&[Redis::STREAM])
    .partial(true);

/// One connection's Redis. The originator is the client.
#[derive(Default)]
struct RedisAnalyzer {
    commands: Commands,
    replies: Replies,
    pairing: Pairing,
    /// The client said something.
    asked: bool,
    /// What the server sent was no reply at some place; the next end of a line was looked for.
    stumbled: bool,
    /// Bytes are missing.
    gap: bool,
    /// Something was wrong: nothing more is read.
    over: bool,
    /// That was told.
    failed: bool,
}

impl RedisAnalyzer {
    fn fail(&mut self, cx: &mut Context<'_>, why: &str) -> Progress {
        cx.violation(why);
        self.failed |= !self.gap && !cx.is_partial();
        self.stop()
    }

    fn stop(&mut self) -> Progress {
        self.over = true;
        (self.commands, self.replies) = Default::default();
        Progress::Done
    }

    fn client(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Progress {
        self.asked = true;
        let mut rest = bytes;
        loop {
            match self.commands.next(&mut rest) {
                Ok(Some(words)) => self.pairing.command(cx, words),
                Ok(None) => return Progress::Consumed(bytes.len()),
                Err(why) => return self.fail(cx, why),
            }
        }
    }

    fn server(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Progress {
        if !self.asked {
            return self.fail(cx, "parse error: a reply before any command");
        }
        let mut rest = bytes;
        loop {
            match self.replies.next(&mut rest) {
                Ok(Some(reply)) => {
                    cx.confirm();
                    self.pairing.reply(cx, reply);
                }
                Ok(None) => return Progress::Consumed(bytes.len()),
                Err(Broken) => self.stumbled = true,
            }
        }
    }
}

impl Analyzer for RedisAnalyzer {
    fn data(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) -> Progress {
        match dir {
            _ if self.over => Progress::Done,
            Direction::Orig => self.client(cx, bytes),
            Direction::Resp => self.server(cx, bytes),
        }
    }

    /// A server's next reply is found again, a client's next command is not.
    fn gap(&mut self, _cx: &mut Context<'_>, dir: Direction, _len: u64) -> Progress {
        self.gap = true;
        if self.over || dir == Direction::Orig {
            return self.stop();
        }
        self.replies.lose();
        Progress::Consumed(0)
    }

    fn end(&mut self, cx: &mut Context<'_>, dir: Direction, _rest: &[u8]) {
        let wrong = match dir {
            Direction::Orig => self.commands.is_partial(),
            Direction::Resp => self.stumbled || self.replies.is_partial(),
        };
        if wrong && !self.over {
            self.fail(cx, "parse error: the stream ends within a unit, or went on behind an error");
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, _why: Close) {
        if !self.failed {
            self.pairing.finish(cx);
        }
    }

    fn held(&self) -> usize {
        self.commands.held() + self.replies.held() + self.pairing.held()
    }
}
