//! What the command line leaves open comes from the configuration file.

use super::line::Args;
use crate::config::{self, File};
use crate::notify::Sending;
use crate::values::host_name;

impl Args {
    /// The command line, and behind it what its configuration file says.
    ///
    /// # Errors
    /// A file that cannot be read, or says what it cannot: where, and what was expected.
    pub(crate) fn with_file(&self) -> Result<Self, String> {
        let mut args = self.clone();
        if let Some(path) = &self.config {
            let (file, sha256) = config::read(path).map_err(|error| error.to_string())?;
            file.fill(&mut args);
            args.config_sha256 = sha256;
        }
        args.intel.prepare();
        Ok(args)
    }
}

impl File {
    /// Fills in what the command line left open.
    pub(crate) fn fill(self, args: &mut Args) {
        if args.input.read.is_empty() && args.live.interfaces.is_empty() {
            args.input.read = self.capture.read;
            args.live.interfaces = self.capture.interfaces;
        }
        if args.logs.is_empty() {
            args.logs = self.logs.log;
        }
        if args.extract.is_empty() {
            args.extract = self.extract.types;
        }
        if args.policies.is_empty() {
            args.policies = self.policies.run;
        }
        if args.intel.files.is_empty() {
            args.intel.files = self.policies.intel;
        }
        args.intel.subdomains |= self.policies.intel_subdomains == Some(true);
        or(&mut args.intel.expire, self.policies.intel_expire);
        if args.long_conns.is_empty() {
            args.long_conns = self.logs.long_conns;
        }
        if args.input.decap.is_empty() {
            args.input.decap = self.engine.decap;
        }
        args.specs = self.filter.into_iter().map(Into::into).collect();
        args.predicates = self.predicates.into_iter().collect();
        or(&mut args.state, self.policies.state);
        args.settings = self.policy;
        args.notices = self.notice.into_iter().map(Into::into).collect();
        args.sending = Sending { mail: self.mail, webhook: self.webhook };
        or(&mut args.input.filter, self.capture.filter);
        or(&mut args.live.ring_size, self.capture.ring_size);
        or(&mut args.live.write, self.capture.write);
        or(&mut args.input.workers, self.engine.workers);
        or(&mut args.live.cpus, self.engine.cpus);
        or(&mut args.live.balance, self.engine.balance);
        or(&mut args.input.local_nets, self.engine.local_nets);
        or(&mut args.input.reorder, self.engine.reorder);
        or(&mut args.hashes, self.engine.hash);
        or(&mut args.input.uid_seed, self.engine.uid_seed);
        or(&mut args.extract_to, self.extract.to);
        or(&mut args.extract_size, self.extract.size);
        or(&mut args.extract_total, self.extract.total);
        or(&mut args.out, self.logs.out);
        args.publish.publications.extend(self.zeromq.into_iter().map(Into::into));
        let host = host_name();
        args.publish.publications.extend(self.syslog.into_iter().map(|syslog| syslog.publication(&host)));
        or(&mut args.archive.rotate, self.archive.rotate);
        or(&mut args.archive.rotate_size, self.archive.rotate_size);
        or(&mut args.archive.archive, self.archive.to);
        or(&mut args.archive.compress, self.archive.compress);
        #[cfg(feature = "parquet")]
        {
            or(&mut args.archive.parquet, self.archive.parquet);
            or(&mut args.archive.sensor, self.archive.sensor);
        }
        or(&mut args.archive.keep, self.archive.keep);
        or(&mut args.archive.keep_size, self.archive.keep_size);
        or(&mut args.archive.keep_free, self.archive.keep_free);
        or(&mut args.live.stats_interval, self.logs.stats_interval);
        or(&mut args.live.capture_loss_interval, self.logs.capture_loss_interval);
        or(&mut args.live.user, self.process.user);
        or(&mut args.live.metrics, self.process.metrics);
        or(&mut args.summary, self.process.summary);
        args.input.no_checksums |= self.engine.checksums == Some(false);
        args.live.no_promiscuous |= self.capture.promiscuous == Some(false);
        args.live.hardware_time |= self.capture.hardware_time == Some(true);
        args.input.more_tunnels |= self.engine.more_tunnels == Some(true);
        args.input.more_answers |= self.engine.more_answers == Some(true);
        args.input.trace_undecoded |= self.engine.trace_undecoded == Some(true);
        args.more_services |= self.engine.more_services == Some(true);
        args.json |= self.logs.json == Some(true);
        args.no_extras |= self.logs.extras == Some(false);
        args.quiet |= !args.verbose && self.process.quiet == Some(true);
        args.verbose |= !args.quiet && self.process.verbose == Some(true);
        self.limits.apply(&mut args.input.limits);
    }
}

/// What the command line says stays.
fn or<T>(said: &mut Option<T>, file: Option<T>) {
    if said.is_none() {
        *said = file;
    }
}
