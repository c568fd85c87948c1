//! Filters of logs, by the command line and the configuration file.

use gannet::events::LogStream;
use gannet_logs::{FilterSpec, Saved};

use super::line::Args;
use crate::streams::logs;

impl Args {
    /// The logs to write; all if there is none.
    pub(crate) fn wanted(&self) -> Vec<&'static LogStream> {
        let all = logs();
        if self.logs.is_empty() && !all.iter().any(|stream| self.filters.is_off(stream)) {
            return Vec::new();
        }
        all.into_iter().filter(|stream| self.wants(stream)).collect()
    }

    /// Puts the filters that the options name in the place of those that there were.
    ///
    /// # Errors
    /// A filter or a saved predicate that cannot be used. Nothing is changed then.
    pub(crate) fn load_filters(&self) -> Result<(), String> {
        let saved = self.saved()?;
        let specs = self.all_specs();
        let is_off = |stream: &LogStream| specs.iter().any(|spec| spec.off && spec.log == stream.name);
        let named =
            |stream: &LogStream| self.logs.is_empty() || self.logs.iter().any(|log| log.name == stream.name);
        if logs().iter().all(|stream| !named(stream) || is_off(stream)) {
            return Err("every log is off: expected one at least that is written".to_owned());
        }
        self.filters.replace(&specs, &logs(), &saved, &self.options()).map_err(|error| error.to_string())
    }

    /// The saved predicates.
    ///
    /// # Errors
    /// One that cannot be used.
    pub(super) fn saved(&self) -> Result<Saved, String> {
        let mut saved = Saved::default();
        for (name, text) in &self.predicates {
            saved.insert(name, text).map_err(|error| format!("saved predicates: {error}"))?;
        }
        Ok(saved)
    }

    /// Filters of the file, and in the place of those of a log what the command line says of it.
    fn all_specs(&self) -> Vec<FilterSpec> {
        let mut named: Vec<&str> =
            self.conditions.iter().flat_map(|condition| condition.logs.clone()).collect();
        named.sort_unstable();
        named.dedup();
        let of_file = self.specs.iter().filter(|spec| !named.contains(&spec.log.as_str()));
        let mut specs: Vec<FilterSpec> = of_file.cloned().collect();
        for log in named {
            let of_log = self.conditions.iter().filter(|condition| condition.logs.contains(&log));
            let texts: Vec<&str> = of_log.map(|condition| condition.text.as_str()).collect();
            let mut spec = FilterSpec::new(log);
            spec.condition = Some(match texts.as_slice() {
                [text] => (*text).to_owned(),
                texts => format!("({})", texts.join(") && (")),
            });
            specs.push(spec);
        }
        specs
    }

    /// Whether the filters of two sets of options are the same.
    pub(crate) fn filters_as(&self, other: &Self) -> bool {
        self.specs == other.specs
            && self.predicates == other.predicates
            && self.conditions == other.conditions
    }
}
