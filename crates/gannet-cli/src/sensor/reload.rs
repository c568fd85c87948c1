//! A reload: the configuration file is read again, what can change without a restart does, and the rest is named.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;

use gannet::Config;
use gannet::capture::live::Interface;
use gannet::capture::shown;

use crate::args::Args;

/// A setting, and whether it is the same in two sets of options.
type Setting = (&'static str, fn(&Args, &Args) -> bool);

/// Settings that need a restart.
const FIXED: [Setting; 28] = [
    ("interfaces", |a, b| a.live.interfaces == b.live.interfaces && a.input.read == b.input.read),
    ("ring-size", |a, b| a.live.ring_size() == b.live.ring_size()),
    ("promiscuous", |a, b| a.live.no_promiscuous == b.live.no_promiscuous),
    ("hardware-time", |a, b| a.live.hardware_time == b.live.hardware_time),
    ("write", |a, b| a.live.write == b.live.write),
    ("workers", |a, b| a.input.workers == b.input.workers),
    ("cpus", |a, b| a.live.cpus == b.live.cpus),
    ("balance", |a, b| a.live.balance.unwrap_or_default() == b.live.balance.unwrap_or_default()),
    ("decap", |a, b| a.input.decap == b.input.decap),
    ("more-tunnels", |a, b| a.input.more_tunnels == b.input.more_tunnels),
    ("more-answers", |a, b| a.input.more_answers == b.input.more_answers),
    ("reorder", |a, b| a.input.reorder == b.input.reorder),
    ("hash", |a, b| a.hashes.unwrap_or_default() == b.hashes.unwrap_or_default()),
    ("uid-seed", |a, b| a.input.uid_seed == b.input.uid_seed),
    ("out", |a, b| a.out() == b.out()),
    ("json", |a, b| a.json == b.json),
    ("extras", |a, b| a.no_extras == b.no_extras),
    ("archive", |a, b| a.archive == b.archive),
    ("policies", |a, b| a.policies == b.policies),
    ("policy-state", |a, b| a.state == b.state),
    ("settings of policies", |a, b| a.set_as(b)),
    ("intel", |a, b| a.intel.same(&b.intel)),
    ("zeromq and syslog", |a, b| a.publish == b.publish),
    ("mail and webhook", |a, b| a.sending == b.sending),
    ("user", |a, b| a.live.user == b.live.user),
    ("metrics", |a, b| a.live.metrics == b.live.metrics),
    ("summary", |a, b| a.summary() == b.summary()),
    ("verbose", |a, b| a.verbose == b.verbose),
];

/// A file that is being read, on a thread of its own: it may be far away, and the edge has rows to write.
pub(super) struct Reading(Receiver<Result<Change, String>>);

impl Reading {
    /// Begins to read the configuration file that the command line names; `now` are the options that hold.
    pub(super) fn begin(line: &Args, now: &Args) -> Self {
        let (tell, told) = channel();
        let (line, now) = (line.clone(), now.clone());
        let read = move || {
            // Nobody listens when the run is over.
            let _over = tell.send(reload(&line, &now));
        };
        // Without a thread the other end is gone at once, which is an error.
        let _refused = thread::Builder::new().name("reload".to_owned()).spawn(read);
        Self(told)
    }

    /// What came of it, once it is over.
    pub(super) fn end(&self) -> Option<Result<Change, String>> {
        match self.0.try_recv() {
            Ok(change) => Some(change),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err("there was no thread to read the file".to_owned())),
        }
    }
}

/// What a reload comes to.
pub(super) struct Change {
    /// What the engine has to know of it.
    pub(super) config: Config,
    /// The options as they hold from now on.
    pub(super) args: Args,
    /// What has changed, in words.
    pub(super) told: String,
    /// What would need a restart, in words.
    pub(super) restart: Option<String>,
}

impl Change {
    /// Whether the packet filter is another one than before.
    pub(super) fn filter_differs(&self, before: &Args) -> bool {
        filter(&self.args) != filter(before)
    }
}

/// Reads the configuration file that the command line names; `now` are the options that hold.
///
/// # Errors
/// Why the file cannot be used. Nothing is changed then.
pub(super) fn reload(line: &Args, now: &Args) -> Result<Change, String> {
    let new = line.with_file()?;
    let fixed: Vec<&str> = FIXED.iter().filter(|(_, same)| !same(&new, now)).map(|(name, _)| *name).collect();
    let mut args = now.clone();
    let mut changed = Vec::new();
    let mut note = |name: &'static str, differs: bool| changed.extend(differs.then_some(name));
    note("checksums", args.input.no_checksums != new.input.no_checksums);
    note("filter", filter(&args) != filter(&new));
    // These are shown in full by their debug form.
    note("local-nets", format!("{:?}", args.input.local_nets) != format!("{:?}", new.input.local_nets));
    note("limits", format!("{:?}", args.input.limits) != format!("{:?}", new.input.limits));
    note("log", !args.logs.iter().map(|log| log.name).eq(new.logs.iter().map(|log| log.name)));
    note("filters", !args.filters_as(&new));
    note("notices", !args.rules_as(&new));
    note("long-conns", args.long_conns() != new.long_conns());
    note("stats-interval", args.live.stats_interval() != new.live.stats_interval());
    note("capture-loss-interval", args.live.capture_loss_interval() != new.live.capture_loss_interval());
    note("quiet", args.quiet != new.quiet);
    args.input.no_checksums = new.input.no_checksums;
    args.input.filter = new.input.filter;
    args.input.local_nets = new.input.local_nets;
    args.input.limits = new.input.limits;
    args.logs = new.logs;
    args.specs = new.specs;
    args.notices = new.notices;
    args.config_sha256 = new.config_sha256;
    args.predicates = new.predicates;
    args.long_conns = new.long_conns;
    args.live.stats_interval = new.live.stats_interval;
    args.live.capture_loss_interval = new.live.capture_loss_interval;
    args.quiet = new.quiet;
    let told = match changed.as_slice() {
        [] => "reloaded: no setting has changed that can change without a restart".to_owned(),
        names => format!("reloaded: {} changed", names.join(", ")),
    };
    // The last that can fail: the workers see other filters at once.
    args.config().map_err(|error| error.to_string())?;
    args.check_rules()?;
    args.load_filters()?;
    args.load_rules()?;
    let config = args.config().map_err(|error| error.to_string())?;
    let restart = (!fixed.is_empty()).then(|| format!("these settings need a restart: {}", fixed.join(", ")));
    Ok(Change { config, args, told, restart })
}

fn filter(args: &Args) -> Option<&str> {
    args.input.filter_text()
}

/// An interface as it is named on the command line.
pub(super) fn interface_name(interface: &Interface) -> String {
    match interface {
        Interface::Pcap(name) => format!("pcap:{}", shown(name)),
        Interface::Ring(name) => shown(name).to_string(),
        other => format!("{other:?}"),
    }
}
