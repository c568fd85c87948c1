//! Addresses of web servers.

use std::str::FromStr;

/// `http://HOST[:PORT][/PATH]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// As it is in the header `Host`.
    pub(super) authority: String,
    /// `HOST:PORT`, where to connect to.
    pub(super) endpoint: String,
    /// What is asked for.
    pub(super) target: String,
}

impl FromStr for Url {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |why: &str| format!("{why}expected an address such as http://127.0.0.1:8080/notices");
        if text.starts_with("https://") {
            return Err("TLS is for another program: expected http://, or a command such as [\"curl\", \"--fail\", \
                        \"--silent\", \"--show-error\", \"--header\", \"Content-Type: application/json\", \"--data-binary\", \
                        \"@-\", \"https://...\"]"
                .to_owned());
        }
        let rest = text.strip_prefix("http://").ok_or_else(|| wrong(""))?;
        if !rest.bytes().all(|byte| byte.is_ascii_graphic()) || rest.contains(['\\', '"', '<', '>']) {
            return Err(wrong("letters beyond ASCII, spaces and quotes have to be escaped: "));
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.contains('@') {
            return Err(wrong("a password does not belong into an address, but into a header: "));
        }
        let host_end = authority.rfind(']').map_or(0, |end| end + 1);
        let (host, port) = match authority.get(host_end..).and_then(|after| after.find(':')) {
            Some(colon) => authority.split_at(host_end + colon),
            None => (authority, ":80"),
        };
        let port = port.strip_prefix(':').and_then(|port| port.parse::<u16>().ok()).filter(|port| *port > 0);
        let port = port.filter(|_| !host.is_empty()).ok_or_else(|| wrong(""))?;
        let target = target.split('#').next().unwrap_or_default();
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        Ok(Self { authority: authority.to_owned(), endpoint: format!("{host}:{port}"), target })
    }
}
