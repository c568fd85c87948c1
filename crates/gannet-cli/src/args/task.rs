//! What the user wants, by the command line and the configuration file that it names.

use std::io::IsTerminal;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use super::line::{Args, Command, SchemaArgs};

/// What the user wants.
pub(crate) enum Task {
    /// Captures to be analysed.
    Analyse(Box<Args>),
    /// Interfaces to be watched: the options as they hold, and as the command line alone gives them, for a reload.
    Watch(Box<Args>, Box<Args>),
    /// `--list-analyzers`
    ListAnalyzers,
    /// `schema`
    Schema(SchemaArgs),
}

/// Reads the command line, and the configuration file that it names. What they say wrong ends the program with exit
/// status 2, `--help` with 0.
pub(crate) fn parse() -> Task {
    let mut line = Args::parse();
    if let Some(Command::Schema(columns)) = line.command.take() {
        return Task::Schema(columns);
    }
    if line.list_analyzers {
        return Task::ListAnalyzers;
    }
    let args = match line.with_file() {
        Ok(args) => args,
        Err(what) => refuse(ErrorKind::InvalidValue, &what),
    };
    if let Err((kind, what)) = check(&args) {
        refuse(kind, &what);
    }
    if args.live.interfaces.is_empty() {
        Task::Analyse(Box::new(args))
    } else {
        Task::Watch(Box::new(args), Box::new(line))
    }
}

fn refuse(kind: ErrorKind, what: &str) -> ! {
    Args::command().error(kind, what).exit()
}

/// What single options cannot tell: whether they go together.
fn check(args: &Args) -> Result<(), (ErrorKind, String)> {
    let invalid = |what: &str| Err((ErrorKind::InvalidValue, what.to_owned()));
    if args.read.is_empty() && args.live.interfaces.is_empty() {
        let what = "nothing to read: expected a capture file, a directory of captures, or - for standard input \
                    behind -r, or an interface behind -i";
        return Err((ErrorKind::MissingRequiredArgument, what.to_owned()));
    }
    if !args.read.is_empty() && !args.live.interfaces.is_empty() {
        return invalid("captures and interfaces are both named: a run reads the ones or the others");
    }
    if args.read.iter().any(|path| path.as_os_str() == "-") && std::io::stdin().is_terminal() {
        let what = "-r - reads a capture from standard input, which is a terminal: expected a pipe or a file";
        return invalid(what);
    }
    Ok(())
}
