//! Local servers with weak keys, old versions of TLS or weak ciphers: notices.

#[cfg(test)]
mod tests;

use gannet::Interval;
use gannet::events::{ConnTag, Event, FoldDescriptor, Observation, Presented, Secured};
use gannet::files::x509::Certificate;

use crate::certificates::modulus_bits;
use crate::notice::{self, Raise, Relay};
use crate::policy::Policy;
use crate::settings::{Kind, Setting, Settings};

/// What can be set.
const BITS: Setting = Setting::new("bits", Kind::Count(2048), "bits that a key by RSA or DSA should have");

/// The oldest version that is safe, and those before it.
const MIN_VERSION: &str = "TLSv10";
const OLD_VERSIONS: [&str; 2] = ["SSLv2", "SSLv3"];
/// What the names of weak ciphers have in them.
const WEAK_CIPHERS: [&str; 2] = ["_EXPORT_", "_RC4_"];
/// A server is told once within this time.
const DAY: Interval = Interval::from_secs(86_400);

const WEAK_KEY: &str = "SSL::Weak_Key";
const OLD_VERSION: &str = "SSL::Old_Version";
const WEAK_CIPHER: &str = "SSL::Weak_Cipher";

/// The policy.
pub const POLICY: Policy =
    Policy::new("Local servers with short keys, old versions of TLS or weak ciphers", &FOLD)
        .raises(&[WEAK_KEY, OLD_VERSION, WEAK_CIPHER])
        .set_by(&[&BITS]);

static FOLD: FoldDescriptor = FoldDescriptor::new("weak_keys", &[], || Box::new(Relay))
    .watches(&[Presented::STREAM, Secured::STREAM], |_, event| observe(&Settings::default(), event))
    .given(|_| Box::new(Relay))
    .watches_given(|given, _, event| observe(Settings::of(given), event))
    .tells(&notice::FOLD);

fn observe(settings: &Settings, event: Event<'_>) -> Option<Observation> {
    if let Some(presented) = event.get() {
        return key(presented, settings.size(&BITS));
    }
    let Secured { conn, local_resp: Some(true), version, cipher, .. } = event.get()? else { return None };
    let old = version.as_deref().filter(|version| OLD_VERSIONS.contains(version)).map(|version| {
        let text = format!(
            "Host uses protocol version {version} which is lower than the safe minimum {MIN_VERSION}"
        );
        raise(OLD_VERSION, text, conn, "")
    });
    let weak = |cipher: &&str| WEAK_CIPHERS.iter().any(|part| cipher.contains(part));
    let weak = cipher.as_deref().filter(weak).map(|cipher| {
        let text = format!("Host established connection using unsafe cipher suite {cipher}");
        raise(WEAK_CIPHER, text, conn, cipher)
    });
    let all: Vec<Raise> = old.into_iter().chain(weak).collect();
    (!all.is_empty()).then(|| Box::new(all) as Observation)
}

fn raise(note: &'static str, text: String, conn: &ConnTag, of: &str) -> Raise {
    let identifier = format!("{} {} {of}", conn.resp_h, conn.resp_p);
    Raise::new(note, text).conn(*conn).identifier(identifier).suppress_for(DAY)
}

/// The key of a server, if it is short.
fn key(presented: &Presented, least: usize) -> Option<Observation> {
    let Presented { conn, local_resp: Some(true), established: true, leaf_fuid, certificates } = presented
    else {
        return None;
    };
    let der = certificates.0.first()?;
    let leaf = Certificate::read(der)?;
    let bits = modulus_bits(&leaf).filter(|bits| *bits < least)?;
    let [subject, ..] = leaf.names();
    let raised = Raise::new(WEAK_KEY, format!("Host uses weak certificate with {bits} bit key"))
        .more(format!("Subject: {subject}"))
        .conn(*conn)
        .fuid(*leaf_fuid)
        .identifier(notice::of_server(conn, der))
        .suppress_for(DAY);
    Some(Box::new(vec![raised]))
}
