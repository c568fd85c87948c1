//! The ordered edge of a live run: rows to their logs, and ten times a second a look at everything else.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use gannet::events::LogStream;
use gannet::{Control, Edge, Entry, Report, WorkerReport};
use gannet_logs::{LoadedScript, PacketFilter};

use super::force;
use super::journal::{Journal, wall};
use super::lists::Lookout;
use super::messages::Messages;
use super::metrics::{Metrics, Snapshot};
use super::periodic::Periodic;
use super::progress::Progress;
use super::reload::{self, Change, Reading};
use super::service::Service;
use super::state::State;
use super::trouble::Trouble;
use super::watch::Watch;
use crate::account;
use crate::args::Args;
use crate::notify::Notify;
use crate::report;
use crate::signals::Signals;

/// Time after which rows are handed to the operating system.
const FLUSH: Duration = Duration::from_millis(250);

/// All that a live run keeps beside its workers.
pub(crate) struct Sensor<'a> {
    /// The options as they hold.
    args: Args,
    /// The command line alone.
    line: &'a Args,
    journal: Journal,
    signals: &'a Signals,
    /// The workers as they last told.
    workers: Vec<WorkerReport>,
    periodic: Periodic,
    watch: Watch,
    trouble: Trouble,
    service: Service,
    metrics: Option<Metrics>,
    messages: Option<Messages>,
    state: Option<State>,
    progress: Progress,
    reloads: u64,
    /// A configuration file that is being read.
    reading: Option<Reading>,
    /// Who looks after the files of indicators.
    lists: Option<Lookout>,
    flushed: Instant,
    stopping: bool,
}

impl<'a> Sensor<'a> {
    pub(crate) fn new(
        args: &Args,
        line: &'a Args,
        journal: Journal,
        signals: &'a Signals,
        workers: usize,
    ) -> Self {
        let service = Service::new();
        let now = Instant::now();
        Self {
            args: args.clone(),
            line,
            journal,
            signals,
            workers: vec![WorkerReport::default(); workers],
            periodic: Periodic::new(args, workers, now),
            watch: Watch::new(workers, service.patience(), now),
            trouble: Trouble::default(),
            service,
            metrics: None,
            messages: None,
            state: None,
            progress: Progress::new(!args.quiet && !args.out_is_stream(), now),
            reloads: 0,
            reading: None,
            lists: None,
            flushed: now,
            stopping: false,
        }
    }

    /// Answers Prometheus behind a socket.
    ///
    /// # Errors
    /// If no thread can be had.
    pub(crate) fn serve(&mut self, listener: TcpListener) -> Result<()> {
        self.metrics = Some(Metrics::serve(listener)?);
        Ok(())
    }

    /// Notices go this way to whom they are for.
    pub(crate) fn notify_by(&mut self, notify: Notify) {
        self.messages = Some(Messages::by(notify));
    }

    /// What policies know is kept there.
    pub(super) fn remember_by(&mut self, state: State) {
        self.state = Some(state);
    }

    /// Reads the lists of indicators, and has them looked at.
    ///
    /// # Errors
    /// A list that cannot be read.
    pub(crate) fn read_lists(&mut self) -> Result<()> {
        self.lists = Lookout::begin(&self.args.intel, &mut self.journal)?;
        Ok(())
    }

    /// The interfaces are open: it begins.
    pub(crate) fn begin(&mut self) {
        self.filter_row(true, None);
        self.tell_force();
        let names: Vec<String> = self.args.live.interfaces.iter().map(reload::interface_name).collect();
        let what = format!("watching {} with {}", names.join(", "), workers_text(self.workers.len()));
        let out = self.args.out();
        let place = if self.args.out_is_stream() {
            "standard output".into()
        } else {
            gannet::capture::shown(out).to_string()
        };
        if !self.args.quiet {
            self.journal.say(&format!("gannet: {what}; logs go to {place}"));
        }
        if self.args.verbose {
            self.journal.note(&what);
        }
        self.signals.interrupt.worth_keeping();
        self.service.ready(&what);
    }

    /// It is over: the last rows, and what there is to finish.
    ///
    /// # Errors
    /// If the last rows cannot be written.
    pub(crate) fn end(mut self) -> Result<(Journal, Args, Vec<WorkerReport>)> {
        self.service.stopping();
        self.progress.end();
        self.periodic.last(&self.workers, 0, Instant::now(), &mut self.journal);
        if let Some(messages) = self.messages.take() {
            messages.end(&mut self.journal);
        }
        for text in self.state.take().map(State::end).unwrap_or_default() {
            self.journal.warn(&text);
        }
        Ok((self.journal, self.args, self.workers))
    }

    fn filter_row(&mut self, init: bool, failure: Option<String>) {
        let filter = self.args.input.filter_text().unwrap_or(report::EVERYTHING);
        let row = report::packet_filter(wall(), filter, init, failure);
        self.journal.row(PacketFilter::STREAM, &row);
    }

    /// Which policies run, and by which files.
    fn tell_force(&mut self) {
        for row in force::rows(&self.args, wall()) {
            self.journal.row(LoadedScript::STREAM, &row);
        }
    }

    /// Takes over what the workers tell.
    fn hear(&mut self, report: &Report<'_>) {
        self.workers.clear();
        self.workers.extend_from_slice(report.workers);
        for (id, worker) in report.workers.iter().enumerate() {
            for event in &worker.events {
                self.journal.warn_once(&event.to_string());
            }
            if let Some(why) = &worker.refused {
                let text = format!("{}: the kernel's filter stays as it was: {why}", account::peer(id));
                self.journal.warn(&text);
            }
        }
    }

    /// Who is asked to reload, reloads: one file after the other.
    fn reload(&mut self) -> Control {
        if self.reading.is_none() && self.signals.reload() {
            self.service.reloading();
            self.reading = Some(Reading::begin(self.line, &self.args));
        }
        match self.reading.as_ref().and_then(Reading::end) {
            Some(change) => self.take_over(change),
            None => Control::Continue,
        }
    }

    /// Goes on with what a file says.
    fn take_over(&mut self, change: Result<Change, String>) -> Control {
        self.reading = None;
        let control = match change {
            Ok(change) => {
                self.reloads += 1;
                let other_filter = change.filter_differs(&self.args);
                self.args = change.args;
                self.journal.follow(&self.args);
                self.periodic.follow(&self.args);
                if other_filter {
                    self.filter_row(false, None);
                }
                self.tell_force();
                self.journal.info(&change.told);
                if let Some(text) = change.restart {
                    self.journal.warn(&text);
                }
                Control::Reconfigure(Arc::new(change.config))
            }
            Err(why) => {
                self.journal.error(&format!("not reloaded, nothing has changed: {why}"));
                Control::Continue
            }
        };
        self.service.ready("reloaded");
        control
    }

    /// Who is asked for an account, gives it.
    fn tell_account(&mut self) {
        for line in account::table(&self.workers) {
            self.journal.say(&line);
            self.journal.note(&line);
        }
    }

    /// Closes the logs whose time has come or that somebody wants to have, and makes rows readable.
    fn keep_logs(&mut self, now: Instant) {
        self.journal.sink.turn(wall());
        if self.signals.reopen() {
            self.journal.sink.reopen(wall());
            self.journal.note("the logs so far are closed, as SIGUSR2 wants it");
        }
        if now >= self.flushed + FLUSH {
            self.flushed = now;
            self.journal.sink.flush();
            self.trouble.look(&mut self.journal, now);
            if let Some(messages) = &mut self.messages {
                messages.look(&mut self.journal);
            }
            for text in self.state.as_ref().map(State::trouble).unwrap_or_default() {
                self.journal.warn(&text);
            }
        }
    }

    fn snapshot(&self, report: &Report<'_>) -> Snapshot {
        Snapshot {
            workers: self.workers.clone(),
            logs: self.journal.sink.summary(),
            paused: self.trouble.is_there(),
            published: self.journal.sink.published(),
            sent: self.messages.as_ref().map(Messages::status).unwrap_or_default(),
            late: report.late,
            waiting: report.waiting as u64,
            reloads: self.reloads,
            now: wall(),
        }
    }
}

impl Edge<&'static LogStream> for Sensor<'_> {
    fn entry(&mut self, entry: Entry<&'static LogStream>) {
        if self.journal.wants(entry.item) {
            self.journal.sink.entry(&entry);
        }
    }

    fn tick(&mut self, report: &Report<'_>) -> Control {
        let now = Instant::now();
        self.hear(report);
        self.periodic.tick(&self.workers, report.waiting, now, &mut self.journal);
        for text in self.watch.look(&self.workers, now) {
            self.journal.error(&text);
        }
        self.progress.show(&self.workers, now);
        self.service.tick(self.watch.all_alive(), &self.workers, now);
        if self.metrics.as_ref().is_some_and(|metrics| metrics.is_due(now)) {
            let snapshot = self.snapshot(report);
            self.metrics.iter_mut().for_each(|metrics| metrics.publish(snapshot.clone(), now));
        }
        if self.signals.report() {
            self.tell_account();
        }
        if let Some(lists) = &self.lists {
            lists.tell(&mut self.journal);
        }
        self.keep_logs(now);
        if self.stopping {
            return Control::Continue;
        }
        if self.signals.interrupt.asked() || self.journal.sink.has_failed() {
            self.stopping = true;
            self.service.stopping();
            return Control::Stop;
        }
        self.reload()
    }
}

fn workers_text(workers: usize) -> String {
    crate::human::some(workers as u64, "worker", "workers")
}
