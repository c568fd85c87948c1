//! Mails over SMTP (RFC 5321): one connection for each.

use std::io;
use std::time::Instant;

use super::address::Address;
use super::talk::Talk;
use super::way::Outcome;

/// Lines of one reply.
const MOST_LINES: usize = 100;

/// Hands a mail, which has no line that begins with a dot, to a server. It has to be done by then.
pub(super) fn send(
    relay: &str,
    host: &str,
    (from, to): (&Address, &[Address]),
    mail: &[u8],
    until: Instant,
) -> Outcome {
    let begun = Talk::with(relay, until).map_err(Outcome::from);
    let sent = begun.and_then(|talk| Session { talk }.send(host, (from, to), mail));
    match sent {
        Ok(()) => Outcome::Sent,
        Err(Outcome::Later(why)) => Outcome::Later(format!("{relay}: {why}")),
        Err(Outcome::Never(why)) => Outcome::Never(format!("{relay}: {why}")),
        Err(Outcome::Sent) => Outcome::Sent,
    }
}

struct Session {
    talk: Talk,
}

impl Session {
    fn send(&mut self, host: &str, (from, to): (&Address, &[Address]), mail: &[u8]) -> Result<(), Outcome> {
        self.hear(2)?;
        if let Err(error) = self.ask(&format!("EHLO {host}"), 2) {
            // A server of the old kind knows HELO only (section 4.1.1.1).
            let Outcome::Never(_) = error else { return Err(error) };
            self.ask(&format!("HELO {host}"), 2)?;
        }
        self.ask(&format!("MAIL FROM:<{from}>"), 2)?;
        let mut refused = None;
        let mut taken = 0;
        for address in to {
            match self.ask(&format!("RCPT TO:<{address}>"), 2) {
                Ok(()) => taken += 1,
                Err(why) => refused = Some(why),
            }
        }
        // Whom the server knows gets the mail, whatever it says of others.
        if let Some(why) = refused.filter(|_| taken == 0) {
            return Err(why);
        }
        self.ask("DATA", 3)?;
        self.talk.say(mail)?;
        self.ask(".", 2)?;
        // It is sent, whatever comes now.
        let _gone = self.talk.say(b"QUIT\r\n");
        Ok(())
    }

    /// Says a line, and expects a reply of this kind.
    fn ask(&mut self, line: &str, kind: u16) -> Result<(), Outcome> {
        self.talk.say(format!("{line}\r\n").as_bytes())?;
        self.hear(kind)
    }

    fn hear(&mut self, kind: u16) -> Result<(), Outcome> {
        let (code, text) = self.reply()?;
        match code / 100 {
            found if found == kind => Ok(()),
            5 => Err(Outcome::Never(text)),
            _ => Err(Outcome::Later(text)),
        }
    }

    /// A reply: its code, and its last line.
    fn reply(&mut self) -> io::Result<(u16, String)> {
        for _ in 0..MOST_LINES {
            let line = self.talk.line()?;
            let code = line.get(..3).and_then(|code| std::str::from_utf8(code).ok());
            let code = code.and_then(|code| code.parse().ok()).filter(|code| (200..600).contains(code));
            let wrong = || io::Error::new(io::ErrorKind::InvalidData, "it does not speak SMTP");
            let code = code.ok_or_else(wrong)?;
            if line.get(3) != Some(&b'-') {
                let text = String::from_utf8_lossy(&line);
                return Ok((code, text.chars().filter(|c| !c.is_control()).take(200).collect()));
            }
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, "its reply has no end"))
    }
}
