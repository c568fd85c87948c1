//! What requests of HTTP say.

use std::net::IpAddr;

use gannet::analyzers::http::Http;

use super::Looking;
use crate::intel::kind::{Kind, Place};

impl Looking<'_> {
    pub(super) fn http(&mut self, http: &Http) {
        self.of(http.conn, http.ts);
        if let Some(host) = &http.host {
            let host = without_port(host);
            match addr(host) {
                Some(addr) => self.addr(Place::HOST, addr),
                None => self.text(Place::HOST, Kind::Domain, host),
            };
        }
        let proxied = http.proxied.iter().flat_map(|proxied| &proxied.0);
        for forwarded in proxied.filter_map(|text| text.strip_prefix(b"X-FORWARDED-FOR -> ")) {
            if let Some(addr) = addr(forwarded) {
                self.addr(Place::FORWARDED, addr);
            }
        }
        let referrer = http.referrer.as_deref().map(without_scheme);
        self.some_text(Place::REFERRER, Kind::Url, referrer);
        self.some_text(Place::USER_AGENT, Kind::Software, http.user_agent.as_deref());
        if let Some(uri) = &http.uri {
            self.url(http, uri);
        }
    }

    fn url(&mut self, http: &Http, uri: &[u8]) {
        if memchr::memmem::find(uri, b"://").is_some() {
            self.text(Place::URL, Kind::Url, uri);
            return;
        }
        let resp = http.conn.resp_h.to_canonical();
        let named = if resp.is_ipv4() { resp.to_string() } else { format!("[{resp}]") };
        let host = http.host.as_deref().unwrap_or(named.as_bytes());
        let port = match http.conn.resp_p {
            80 => String::new(),
            port => format!(":{port}"),
        };
        self.text(Place::URL, Kind::Url, &[host, port.as_bytes(), uri].concat());
        // Zeek has the port of a host that names it twice, as nobody writes it: the plain form is looked up too.
        if !port.is_empty() && host.ends_with(port.as_bytes()) {
            self.text(Place::URL, Kind::Url, &[host, uri].concat());
        }
    }
}

/// An address, with or without what is around one of IPv6.
fn addr(text: &[u8]) -> Option<IpAddr> {
    let inner = text.strip_prefix(b"[").and_then(|text| text.strip_suffix(b"]"));
    str::from_utf8(inner.unwrap_or(text)).ok()?.parse().ok()
}

/// A host without the port behind it.
fn without_port(host: &[u8]) -> &[u8] {
    let digits = host.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let (before, _) = host.split_at(host.len() - digits);
    // The last part of an address of IPv6 is no port.
    let plain = before.strip_suffix(b":").filter(|_| digits > 0);
    plain.filter(|plain| !plain.contains(&b':') || plain.ends_with(b"]")).unwrap_or(host)
}

/// A URL without everything up to the last `://`.
fn without_scheme(url: &[u8]) -> &[u8] {
    memchr::memmem::rfind(url, b"://").and_then(|at| url.get(at + 3..)).unwrap_or(url)
}
