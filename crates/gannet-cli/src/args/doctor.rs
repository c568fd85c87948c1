//! The options of `doctor`.

use std::path::PathBuf;

use super::help;

/// What `doctor` looks at, and how it answers.
#[derive(Clone, clap::Args)]
#[command(after_help = help::DOCTOR)]
pub(crate) struct DoctorArgs {
    /// Interfaces, such as eth0 [default: all but the loopback one]
    #[arg(value_name = "INTERFACE")]
    pub(crate) interfaces: Vec<String>,

    /// Directory that the logs will be in
    #[arg(short = 'o', long = "output", value_name = "DIR", default_value = ".")]
    pub(crate) log_dir: PathBuf,

    /// Print one JSON object instead of lines
    #[arg(long)]
    pub(crate) json: bool,
}
