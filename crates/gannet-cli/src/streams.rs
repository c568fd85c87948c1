//! The logs that there are.

use gannet::events::LogStream;

/// Every log by name: the engine's, those about the run itself, and those of policies.
pub(crate) fn logs() -> Vec<&'static LogStream> {
    let mut logs = gannet_logs::streams();
    logs.extend(gannet_policy::streams());
    logs.sort_by_key(|log| log.name);
    // A measurement of loss is made by a policy, or by the program.
    logs.dedup_by_key(|log| log.name);
    logs
}
