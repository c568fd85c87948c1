//! What the commands that read logs are told.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::help;
use crate::moment::{self, Moment};
use crate::values;

/// Which columns `cut` shows, and how: the options of zeek-cut.
#[derive(Clone, Default, Args)]
#[command(after_help = help::CUT)]
pub(crate) struct CutArgs {
    /// Columns, in the order in which they are printed [default: all]
    #[arg(value_name = "COLUMN")]
    pub(crate) columns: Vec<String>,

    /// A log to read, plain or packed; may be given several times [default: standard input]
    #[arg(short = 'r', long = "read", value_name = "FILE")]
    pub(crate) read: Vec<PathBuf>,

    /// Print the first header
    #[arg(short = 'c')]
    pub(crate) first_header: bool,

    /// Print all headers
    #[arg(short = 'C')]
    pub(crate) all_headers: bool,

    /// Print the names of the columns once, and nothing else of headers
    #[arg(short = 'm')]
    pub(crate) names: bool,

    /// Print the names of the columns for each log
    #[arg(short = 'M')]
    pub(crate) all_names: bool,

    /// Print all columns but those that are named
    #[arg(short = 'n')]
    pub(crate) without: bool,

    /// What is printed between columns [default: as in the log]
    #[arg(short = 'F', value_name = "SIGN")]
    pub(crate) separator: Option<String>,

    /// Print times by the calendar, in local time
    #[arg(short = 'd')]
    pub(crate) local: bool,

    /// The same in this format of strftime(3)
    #[arg(short = 'D', value_name = "FORMAT")]
    pub(crate) local_format: Option<String>,

    /// Print times by the calendar, in UTC
    #[arg(short = 'u')]
    pub(crate) utc: bool,

    /// The same in this format of strftime(3)
    #[arg(short = 'U', value_name = "FORMAT")]
    pub(crate) utc_format: Option<String>,
}

/// Logs, and the part of them that is wanted.
#[derive(Clone, Default, Args)]
pub(crate) struct Where {
    /// Logs and folders of logs, plain or packed [default: .]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Only these logs, such as conn,dns
    #[arg(long = "log", value_name = "NAMES", value_delimiter = ',')]
    pub(crate) logs: Vec<String>,

    /// Only rows from TIME on
    ///
    /// TIME is a date and time (2026-11-25T19:17:16Z; UTC, unless it ends with another zone such as +02:00), or seconds since
    /// 1970.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) from: Option<gannet::Timestamp>,

    /// Only rows before TIME
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) to: Option<gannet::Timestamp>,
}

/// A point in time; there is no first packet that it could be after.
fn time(text: &str) -> Result<gannet::Timestamp, String> {
    match moment::parse(text)? {
        Moment::At(time) => Ok(time),
        Moment::After(_) => Err("expected a date and time, or seconds since 1970".to_owned()),
    }
}

/// What `search` looks for, and what it makes of it.
#[derive(Clone, Args)]
#[command(after_help = help::SEARCH)]
pub(crate) struct SearchArgs {
    /// What rows have to match, such as 'id.resp_p == 443 && service has "ssl"'; true for all
    #[arg(value_name = "PREDICATE")]
    pub(crate) predicate: String,

    #[command(flatten)]
    pub(crate) place: Where,

    /// Print these columns only
    #[arg(short = 'f', long = "columns", value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,

    /// Count rows by the values of these columns
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) by: Vec<String>,

    /// Count rows by time, in steps such as 1h or 5min
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub(crate) every: Option<Duration>,

    /// Count rows alone
    #[arg(long)]
    pub(crate) count: bool,

    /// Add up these columns, too
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) sum: Vec<String>,

    /// Count different values of these columns, too
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) distinct: Vec<String>,

    /// Groups that are printed, those with most rows first
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// Rows that are printed at most
    #[arg(long, value_name = "N", help_heading = "Limits")]
    pub(crate) limit: Option<u64>,

    /// Memory for groups and different values
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = values::size, help_heading = "Limits")]
    pub(crate) memory: usize,

    /// End after this time, with what there is by then
    #[arg(long, value_name = "TIME", value_parser = values::duration, help_heading = "Limits")]
    pub(crate) timeout: Option<Duration>,

    /// Threads [default: number of cores, at most 16]
    #[arg(long, value_name = "N", value_parser = values::workers, help_heading = "Limits")]
    pub(crate) workers: Option<usize>,
}

/// What `cat` merges.
#[derive(Clone, Args)]
#[command(after_help = help::CAT)]
pub(crate) struct CatArgs {
    #[command(flatten)]
    pub(crate) place: Where,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,

    /// Memory for rows that wait for their turn
    #[arg(long, value_name = "SIZE", default_value = "64M", value_parser = values::size)]
    pub(crate) memory: usize,
}

/// What `convert` converts.
#[derive(Clone, Args)]
#[command(after_help = help::CONVERT)]
pub(crate) struct ConvertArgs {
    /// The log, plain, packed or in Parquet; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) from: PathBuf,

    /// The log's name, where nothing else tells it: its columns and their types are known by it
    #[arg(long = "log", value_name = "NAME")]
    pub(crate) log: Option<String>,

    /// The file to write [default: standard output]
    #[arg(short = 'o', long = "out", value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,

    /// Write JSON lines; without, a log in TSV or Parquet becomes JSON, and one in JSON becomes TSV
    #[arg(long, conflicts_with = "tsv")]
    pub(crate) json: bool,

    /// Write tab-separated columns
    #[arg(long)]
    pub(crate) tsv: bool,

    /// Write Parquet, with the types of the columns
    #[cfg(feature = "parquet")]
    #[arg(long, conflicts_with_all = ["tsv", "json"], requires = "to")]
    pub(crate) parquet: bool,

    /// Add a table of the log's name to a SQLite database, which is made if there is none
    #[cfg(feature = "sqlite")]
    #[arg(long, conflicts_with_all = ["tsv", "json"], requires = "to")]
    #[cfg_attr(feature = "parquet", arg(conflicts_with = "parquet"))]
    pub(crate) sqlite: bool,
}

/// What `diff` compares.
#[derive(Clone, Args)]
#[command(after_help = help::DIFF)]
pub(crate) struct DiffArgs {
    /// The folder whose logs are right, such as Zeek's
    #[arg(value_name = "WANTED")]
    pub(crate) wanted: PathBuf,

    /// The folder whose logs are held against them
    #[arg(value_name = "FOUND")]
    pub(crate) found: PathBuf,

    /// Only these logs, such as conn,dns
    #[arg(long = "log", value_name = "NAMES", value_delimiter = ',')]
    pub(crate) logs: Vec<String>,

    /// Leave out these logs
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) skip: Vec<String>,

    /// Columns that do not count, such as conn.service
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,

    /// Rows that differ to print for each log
    #[arg(long, value_name = "N", default_value = "3")]
    pub(crate) show: usize,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
