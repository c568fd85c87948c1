//! Options that do nothing with the others, and logs that cannot come.

use gannet::analyzers::REGISTRY;

use super::line::Args;
use crate::moment::Moment;

impl Args {
    /// The options of interfaces that are of no use with captures.
    ///
    /// # Errors
    /// If there are any: what was found and what to do.
    pub(super) fn check_live_options(&self) -> Result<(), String> {
        let live = &self.live;
        let options = [
            ("--write", live.write.is_some()),
            ("--metrics", live.metrics.is_some()),
            ("--user", live.user.is_some()),
            ("--cpus", live.cpus.is_some()),
            ("--ring-size", live.ring_size.is_some()),
            ("--hardware-time", live.hardware_time),
            ("--no-promiscuous", live.no_promiscuous),
        ];
        let given: Vec<&str> = options.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
        match given.as_slice() {
            [] => Ok(()),
            [one] => {
                Err(format!("{one} is for interfaces: expected -i instead of captures, or leave it out"))
            }
            all => Err(format!(
                "{} are for interfaces: expected -i instead of captures, or leave them out",
                all.join(", ")
            )),
        }
    }

    /// Whether the part that is wanted has its end before its beginning.
    pub(super) fn check_window(&self) -> Result<(), String> {
        let turned = match (self.input.from, self.input.to) {
            (Some(Moment::At(from)), Some(Moment::At(to))) => to < from,
            (Some(Moment::After(from)), Some(Moment::After(to))) => to < from,
            _ => false,
        };
        if turned { Err("--to is before --from: expected a later time".to_owned()) } else { Ok(()) }
    }

    /// Why logs that were asked for by name will not come.
    pub(crate) fn silent_logs(&self) -> Vec<String> {
        let policies = self.policies();
        let of_policy = |name: &str| {
            let writes = |policy: &&gannet_policy::Policy| policy.logs().iter().any(|log| log.name == name);
            let writers = gannet_policy::REGISTRY.iter().copied().filter(writes);
            let (writers, runs) =
                (writers.map(|policy| policy.name).collect::<Vec<_>>(), policies.iter().any(writes));
            (!writers.is_empty() && !runs).then(|| writers.join(" or "))
        };
        let beyond = |name: &str| {
            let mut all =
                REGISTRY.iter().filter(|one| one.records.iter().any(|log| log.name == name)).peekable();
            all.peek().is_some() && all.all(|one| one.beyond)
        };
        let why = |log: &&'static gannet::events::LogStream| {
            let name = log.name;
            match of_policy(name) {
                Some(_) if name == "notice" => Some(format!(
                    "{name} is written only where a policy raises notices, as with --policy {}",
                    gannet_policy::LOCAL
                )),
                // The program measures too.
                Some(_) if name == "capture_loss" && self.live.capture_loss_interval.is_some() => None,
                Some(policy) => Some(format!("{name} is written only with --policy {policy}")),
                None if beyond(name) && !self.more_services => {
                    Some(format!("{name} is written only with --more-services"))
                }
                None => None,
            }
        };
        self.logs.iter().filter_map(why).collect()
    }
}
