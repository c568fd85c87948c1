//! What is in force: rows of `loaded_scripts.log`, at the beginning and whenever the configuration is read again.

use gannet::Timestamp;
use gannet::capture::shown;
use gannet_logs::LoadedScript;

use crate::args::Args;
use crate::values;

/// The policies that run, and the files that say how; nothing if none runs.
pub(super) fn rows(args: &Args, ts: Timestamp) -> Vec<LoadedScript> {
    let policies = args.policies();
    if policies.is_empty() {
        return Vec::new();
    }
    let row = |name: String, sha256: Option<String>| LoadedScript { name, ts, sha256 };
    let config =
        args.config.iter().map(|path| row(shown(path).to_string(), Some(args.config_sha256.clone())));
    let mut rows: Vec<LoadedScript> = config.collect();
    for policy in policies {
        rows.push(row(format!("policy/{}", policy.name), None));
        let settings = args.settings_of(policy);
        let files = settings.files().map(|(path, text)| row(path.to_owned(), Some(values::sha256(text))));
        rows.extend(files);
    }
    rows
}
