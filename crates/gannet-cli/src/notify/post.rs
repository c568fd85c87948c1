//! Notices as requests of HTTP: `POST` with a body in JSON.
//!
//! Without TLS, one request needs a head, a body and the first line of the answer, which is less than a client's crate asks for;
//! with TLS, a client would bring some thirty crates, roots and keys into the sensor. Who needs that has `curl` ([`command`]).

use std::io;
use std::time::Instant;

use gannet::events::{Key, Meta};
use gannet_logs::{Format, Formatter, Options, json_quoted};
use gannet_policy::notice::Notice;

use super::command;
use super::letter::MOST_SHOWN;
use super::spec::{Receiver, Webhook};
use super::talk::Talk;
use super::url::Url;
use super::way::{Outcome, Way};

/// Lines of the head of an answer.
const MOST_LINES: usize = 200;

/// Sends notices to a web server.
pub(super) struct Poster {
    webhook: Webhook,
    rows: Formatter,
}

impl Poster {
    pub(super) fn new(webhook: &Webhook) -> Self {
        Self { webhook: webhook.clone(), rows: Formatter::new(Options::new(Format::Json)) }
    }

    /// `{"sensor":…,"notices":[…],"more":…,"lost":…}`: notices are as a row in JSON has them, and above some number only counted.
    fn body(&mut self, notices: &[&Notice], lost: u64) -> Vec<u8> {
        let mut body = b"{\"sensor\":".to_vec();
        json_quoted(self.webhook.host.as_bytes(), &mut body);
        body.extend_from_slice(b",\"notices\":[");
        for (place, notice) in notices.iter().take(MOST_SHOWN).enumerate() {
            if place > 0 {
                body.push(b',');
            }
            let meta = Meta::new(Key::at(notice.ts), None);
            let _whole = self.rows.row(&meta, *notice, &mut body);
            body.pop_if(|end| *end == b'\n');
        }
        let more = notices.len().saturating_sub(MOST_SHOWN);
        body.extend_from_slice(format!("],\"more\":{more},\"lost\":{lost}}}").as_bytes());
        body
    }
}

impl Way for Poster {
    fn send(&mut self, notices: &[&Notice], lost: u64) -> Outcome {
        let until = Instant::now() + self.webhook.limits.time;
        let body = self.body(notices, lost);
        match &self.webhook.to {
            Receiver::Program(program) => command::run(program, &body, until),
            Receiver::Server(url) => post(url, &self.webhook.headers, &body, until),
        }
    }
}

fn post(url: &Url, headers: &[(String, String)], body: &[u8], until: Instant) -> Outcome {
    let begun = Talk::with(&url.endpoint, until);
    match begun.and_then(|mut talk| ask(&mut talk, url, headers, body)) {
        // Who is asked to wait, waits; the other answers of these classes would be the same again (RFC 9110, section 15).
        Ok((200..300, _)) => Outcome::Sent,
        Ok((408 | 425 | 429 | 500.., line)) => Outcome::Later(format!("{}: {line}", url.authority)),
        Ok((_, line)) => Outcome::Never(format!("{}: {line}", url.authority)),
        Err(error) => Outcome::Later(format!("{}: {error}", url.authority)),
    }
}

/// Sends a request; the status of the answer, and its line.
fn ask(talk: &mut Talk, url: &Url, headers: &[(String, String)], body: &[u8]) -> io::Result<(u16, String)> {
    let mut head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: gannet/{}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n",
        url.target,
        url.authority,
        env!("CARGO_PKG_VERSION"),
        body.len()
    );
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    talk.say(head.as_bytes())?;
    talk.say(body)?;
    // An answer may come before the last one (1xx), with a head of its own.
    for _ in 0..MOST_LINES {
        let line = talk.line()?;
        let Some(status) = status(&line) else { continue };
        if status >= 200 {
            let line = String::from_utf8_lossy(&line);
            return Ok((status, line.chars().filter(|c| !c.is_control()).take(200).collect()));
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "it does not speak HTTP"))
}

/// The status of a line that says one.
fn status(line: &[u8]) -> Option<u16> {
    let rest = line.strip_prefix(b"HTTP/1.")?;
    let code = std::str::from_utf8(rest.get(2..5)?).ok()?;
    code.parse().ok().filter(|_| rest.get(1) == Some(&b' '))
}
