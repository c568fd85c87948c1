//! An analyzer that says what it is told to: where the records of a real one take more than a test can play.

use gannet::analyzers::ssh::Ssh;
use gannet::analyzers::{Analyzer, Context, Descriptor, Direction, Progress, Transport};

/// Each datagram to its port makes a record of SSH, whose client failed to log in if the first byte is `F`, and did if it is `T`;
/// with a second byte the server is not known.
pub(super) static PUPPET: Descriptor = Descriptor::new("puppet", "PUPPET", |_| Box::new(Puppet))
    .ports(&[(Transport::Udp, 2222)])
    .records(&[Ssh::STREAM]);

struct Puppet;

impl Analyzer for Puppet {
    fn data(&mut self, cx: &mut Context<'_>, _dir: Direction, bytes: &[u8]) -> Progress {
        let auth_success = match bytes.first() {
            Some(b'F') => Some(false),
            Some(b'T') => Some(true),
            _ => None,
        };
        cx.emit(&Ssh {
            ts: cx.now(),
            conn: cx.conn(),
            version: Some(2),
            auth_success,
            auth_attempts: 1,
            direction: None,
            client: Some(b"SSH-2.0-c".to_vec()),
            server: (bytes.len() == 1).then(|| b"SSH-2.0-s".to_vec()),
            cipher_alg: None,
            mac_alg: None,
            compression_alg: None,
            kex_alg: None,
            host_key_alg: None,
            host_key_fingerprint: None,
            hassh: None,
            hassh_server: None,
        });
        Progress::Consumed(bytes.len())
    }

    fn held(&self) -> usize {
        0
    }
}
