//! What the user wants, by the command line and the configuration file that it names.

use std::ffi::OsString;
use std::io::IsTerminal;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};
use clap_complete::Shell;

#[cfg(target_os = "linux")]
use super::doctor::DoctorArgs;
use super::input::InputArgs;
use super::line::{Args, Command, PolicyCommand, SchemaArgs, SummaryArgs};
use super::logs::{CatArgs, ConvertArgs, CutArgs, DiffArgs, SearchArgs};
use crate::terminal::{print, say};
use crate::values::SummaryForm;

/// Exit status of a command line or configuration that is wrong.
const USAGE: i32 = 2;

/// What the user wants.
pub(crate) enum Task {
    /// Captures to be analysed.
    Analyse(Box<Args>),
    /// Interfaces to be watched: the options as they hold, and as the command line alone gives them, for a reload.
    Watch(Box<Args>, Box<Args>),
    /// Captures to be summed up.
    Summary(Box<SummaryArgs>),
    /// `--list-analyzers`
    ListAnalyzers,
    /// `search`
    Search(Box<SearchArgs>),
    /// `cut`
    Cut(CutArgs),
    /// `cat`
    Cat(CatArgs),
    /// `convert`
    Convert(ConvertArgs),
    /// `diff`
    Diff(DiffArgs),
    /// `doctor`
    #[cfg(target_os = "linux")]
    Doctor(DoctorArgs),
    /// `policy list`
    Policies,
    /// `schema`
    Schema(SchemaArgs),
    /// `completions`
    Completions(Shell),
    /// `man`, of the program or of a command.
    Man(Option<String>),
}

/// The options as clap knows them.
fn command() -> clap::Command {
    Args::command()
}

/// Reads the command line, and the configuration file that it names. What they say wrong ends the program with exit
/// status 2, `--help` with 0.
pub(crate) fn parse() -> Task {
    match task(std::env::args_os().collect()) {
        Ok(task) => task,
        Err(Refusal::Told(error)) => error.exit(),
        Err(Refusal::Wrong(what)) => {
            say(&format!("gannet: error: {what}"));
            std::process::exit(USAGE)
        }
    }
}

/// Why there is nothing to do.
pub(super) enum Refusal {
    /// The user asked for help or the version.
    Told(clap::Error),
    /// Something is wrong: what was found, what was expected, what to do.
    Wrong(String),
}

/// What a command line asks for.
pub(super) fn task(line: Vec<OsString>) -> Result<Task, Refusal> {
    let matches = Args::command().try_get_matches_from(line).map_err(refusal)?;
    let mut line = Args::from_arg_matches(&matches).map_err(refusal)?;
    match line.command.take() {
        None => {}
        Some(Command::Summary(mut args)) => {
            if let Some(matches) = matches.subcommand_matches("summary") {
                args.input.sort(matches);
            }
            check_input(&args.input).map_err(Refusal::Wrong)?;
            return Ok(Task::Summary(args));
        }
        Some(Command::Search(args)) => return Ok(Task::Search(args)),
        Some(Command::Cut(args)) => return Ok(Task::Cut(args)),
        Some(Command::Cat(args)) => return Ok(Task::Cat(args)),
        Some(Command::Convert(args)) => return Ok(Task::Convert(args)),
        Some(Command::Diff(args)) => return Ok(Task::Diff(args)),
        #[cfg(target_os = "linux")]
        Some(Command::Doctor(args)) => return Ok(Task::Doctor(args)),
        Some(Command::Policy { what: PolicyCommand::List }) => return Ok(Task::Policies),
        Some(Command::Schema(args)) => return Ok(Task::Schema(args)),
        Some(Command::Completions { shell }) => return Ok(Task::Completions(shell)),
        Some(Command::Man { of }) => return Ok(Task::Man(of)),
    }
    if line.list_analyzers {
        return Ok(Task::ListAnalyzers);
    }
    line.input.sort(&matches);
    let args = line.with_file().map_err(Refusal::Wrong)?;
    check(&args).map_err(Refusal::Wrong)?;
    args.load_filters().map_err(Refusal::Wrong)?;
    if args.live.interfaces.is_empty() {
        Ok(Task::Analyse(Box::new(args)))
    } else {
        Ok(Task::Watch(Box::new(args), Box::new(line)))
    }
}

/// An error of clap in the style of all others: without the usage, which `--help` has.
fn refusal(error: clap::Error) -> Refusal {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return Refusal::Told(error);
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let said = |line: &&str| {
        !line.is_empty() && !line.starts_with("Usage:") && !line.starts_with("For more information")
    };
    let mut lines = text.lines().take_while(|line| !line.starts_with("Usage:")).filter(said);
    let mut what = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        what += "\n  ";
        what += line.trim_start();
    }
    Refusal::Wrong(format!("{what}\n  gannet --help shows all options"))
}

/// What single options cannot tell: whether they go together.
fn check(args: &Args) -> Result<(), String> {
    let live = !args.live.interfaces.is_empty();
    if live && !args.input.read.is_empty() {
        return Err("captures cannot be used with interfaces: expected captures or -i, not both".to_owned());
    }
    if live && (args.input.from.is_some() || args.input.to.is_some()) {
        return Err(
            "--from and --to are for captures: expected captures instead of -i, or neither option".to_owned()
        );
    }
    if args.out_is_stream() && args.summary() == SummaryForm::Json {
        return Err(
            "--summary json and -o - both write to standard output: name a directory behind -o, or leave \
                    --summary json out"
                .to_owned(),
        );
    }
    args.archive.check(args.out_is_stream())?;
    if live { Ok(()) } else { check_input(&args.input) }
}

/// Whether there is something to read.
fn check_input(input: &InputArgs) -> Result<(), String> {
    if input.read.is_empty() {
        return Err(
            "nothing to read: expected a capture file, a directory of captures, or - for standard input; or \
                    -i with the name of an interface\n  gannet --help shows all options"
                .to_owned(),
        );
    }
    if input.reads_stdin() && std::io::stdin().is_terminal() {
        return Err(
            "- reads a capture from standard input, which is a terminal: expected a pipe or a file, as in \
                    tcpdump -w - | gannet -"
                .to_owned(),
        );
    }
    Ok(())
}

/// Completions for a shell.
///
/// # Errors
/// If standard output cannot be written.
pub(crate) fn completions(shell: Shell) -> std::io::Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command(), "gannet", &mut text);
    print(&String::from_utf8_lossy(&text))
}

/// The manual page, of the program or of a command.
///
/// # Errors
/// A command that there is not, or standard output that cannot be written.
pub(crate) fn man(of: Option<&str>) -> anyhow::Result<()> {
    let mut all = command();
    all.build();
    let page = match of {
        None => all,
        Some(name) => {
            let found = all.find_subcommand(name).cloned();
            let Some(found) = found else {
                let names: Vec<&str> = all.get_subcommands().map(clap::Command::get_name).collect();
                anyhow::bail!("there is no command {name}: expected one of {}", names.join(", "));
            };
            found
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    Ok(print(&String::from_utf8_lossy(&text))?)
}
