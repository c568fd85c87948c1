//! `gannet summary`: what is in a capture, as an analyst asks first.
//!
//! Workers leave small notes on connections, names and files. One [`Tally`] takes them in the order of the capture, so
//! that what comes out is the same for any number of workers. What it holds is bounded.

mod beacon;
mod note;
mod show;
mod tally;
#[cfg(test)]
mod tests;
mod top;

use anyhow::Result;
use gannet::analyzers::dns::Dns;
use gannet::capture::Files;
use gannet::files::FileInfo;
use gannet::flow::Conn;
use gannet::{Config, Control};

use crate::analyse::Outcome;
use crate::args::SummaryArgs;
use crate::progress::Progress;
use crate::report;
use crate::signals::Interrupt;
use crate::summary::Account;
use crate::terminal::{print, warn};
use crate::window::Window;
use note::Notes;
use tally::Tally;

/// Sums up what the command line names, on standard output.
///
/// # Errors
/// A capture that cannot be read.
pub(crate) fn summarise(args: &SummaryArgs) -> Result<Outcome> {
    let mut config = Config::builder();
    args.input.configure(&mut config);
    let config = config.only([Conn::STREAM, Dns::STREAM, FileInfo::STREAM]).build()?;
    let window = Window::new(&args.input);
    let mut source = Files::open(&args.input.read)?;
    let interrupt = Interrupt::install()?;
    let mut progress = Progress::new(!args.quiet);
    let mut outcome = Outcome::Complete;
    let mut tally = Tally::new(args.top);
    let summary = gannet::run(
        config.clone(),
        &mut window.source(&mut source),
        |_, output| window.rows(Notes::new(output)),
        |entry| tally.add(entry.item),
        |at| {
            progress.show(at.packets, &|| at.status());
            if at.packets > 0 {
                interrupt.worth_keeping();
            }
            if interrupt.asked() {
                outcome = Outcome::Interrupted;
                return Control::Stop;
            }
            Control::Continue
        },
    )?;
    let elapsed = progress.end();
    let status = gannet::PacketSource::status(&source);
    report::messages(&summary, &status, config.checksums())
        .iter()
        .filter_map(|message| message.told.as_deref())
        .for_each(warn);
    let account = Account {
        stats: &summary.stats,
        status: &status,
        live: None,
        logs: None,
        out: None,
        part: window.ends(),
        complete: outcome == Outcome::Complete,
        checksums: config.checksums(),
        filter: args.input.filter_text(),
        workers: config.workers(),
        elapsed,
        extracted: None,
    };
    let findings = tally.finish();
    let text = if args.json { show::json(&account, &findings) } else { show::text(&account, &findings) };
    print(&text)?;
    Ok(outcome)
}
