//! What was seen and may be on a list, in order: rows of what is on the one that is in force.

use std::any::Any;
use std::sync::Arc;

use gannet::events::{ConnTag, Enum, Fold, FoldOutput, Given, Set};
use gannet::{Interval, Timestamp};

use super::hit::{Hit, Hits};
use super::kind::{Kinds, Place};
use super::lists::{Lists, Settings, Versions};
use super::record::Intel;
use super::sought::Sought;
use super::store::{About, Store};
use crate::notice::Raise;

/// The type of its notices.
pub(super) const NOTICE: &str = "Intel::Notice";
/// The sensor's name, where there is one alone.
const NODE: &str = "zeek";

/// Time from when new lists are met to when they are in force: by then all that workers tell was looked up in them too.
const SETTLE: Interval = Interval::from_secs(2);
/// Sources that a row names, and items that it raises notices for.
const MAX_NAMED: usize = 100;

/// Rows of what is on the lists.
pub(super) struct Matches {
    settings: Settings,
    lists: Option<Arc<Lists>>,
    /// The list in force, and its number.
    store: Arc<Store>,
    number: u64,
    /// From when on each of its files counts.
    since: Vec<Timestamp>,
    /// The one that is to be in force, and from when on.
    next: Option<(Timestamp, Arc<Versions>)>,
}

impl Matches {
    /// With the lists that the run is given; without any if it is given something else.
    pub(super) fn new(given: Option<&Given>) -> Self {
        let lists = given.and_then(|given| given.clone().downcast::<Lists>().ok());
        let settings = lists.as_ref().map(|lists| lists.settings).unwrap_or_default();
        let (number, store) = lists.as_ref().map_or_else(Default::default, |lists| {
            let versions = lists.versions();
            lists.reach(versions.number);
            (versions.number, versions.newest.clone())
        });
        Self { settings, lists, store, number, since: Vec::new(), next: None }
    }

    /// Lists that are new come into force at their time.
    fn follow(&mut self, now: Timestamp) {
        if self.since.len() < self.store.stamps().len() {
            self.since.resize(self.store.stamps().len(), now);
        }
        let due = self.next.take_if(|(from, _)| *from <= now);
        if let Some((_, next)) = &due {
            self.take_over(next, now);
        }
        let Some(lists) = &self.lists else { return };
        if due.is_some() {
            lists.reach(self.number);
        }
        let versions = lists.versions();
        let met = self.next.as_ref().map_or(self.number, |(_, next)| next.number);
        if versions.number != met {
            self.next = Some((now + SETTLE, Arc::clone(&versions)));
        }
    }

    /// Other lists are in force. Files that are as they were are as old as they were.
    fn take_over(&mut self, next: &Versions, now: Timestamp) {
        let before: Vec<_> = self.store.stamps().iter().copied().zip(self.since.drain(..)).collect();
        let since = |(at, stamp): (usize, &u64)| match before.get(at) {
            Some((before, since)) if before == stamp => *since,
            _ => now,
        };
        self.since = next.newest.stamps().iter().enumerate().map(since).collect();
        (self.store, self.number) = (next.newest.clone(), next.number);
    }

    /// What items that count say of a hit.
    fn items(&self, hit: &Hit, now: Timestamp) -> Vec<About> {
        let mut items = Vec::new();
        let is_over = |about: &About| {
            let since = self.since.get(usize::from(about.file)).copied().unwrap_or(now);
            self.settings.expire.is_some_and(|expire| since + expire < now)
        };
        self.store.find(&hit.sought, self.settings.subdomains, |about| {
            if !is_over(about) {
                items.push(*about);
            }
        });
        items
    }

    fn tell(&self, hit: Hit, out: &mut FoldOutput<'_>) {
        let items = self.items(&hit, out.now());
        if items.is_empty() || items.iter().any(|item| item.allows) {
            return;
        }
        let mut kinds = Kinds::default();
        let mut sources: Vec<u32> = items.iter().map(|item| item.source).collect();
        sources.sort_unstable();
        sources.dedup();
        items.iter().for_each(|item| kinds.add(item.kind));
        let named = sources.iter().take(MAX_NAMED).map(|number| self.store.source(*number).to_vec());
        let Hit { ts, conn, file, sought, place } = hit;
        let kind = Enum(sought.kind().name());
        let text = match sought {
            Sought::Addr(addr) => addr.to_canonical().to_string().into_bytes(),
            Sought::Text(_, text) => text,
        };
        let wanted = |item: &&About| item.notice && item.only.is_none_or(|only| only == place);
        for _ in items.iter().filter(wanted).take(MAX_NAMED) {
            notice(ts, conn.as_ref(), &text, place).to(out);
        }
        let (fuid, mime, desc) =
            file.map_or((None, None, None), |file| (Some(file.fuid), file.mime, file.desc));
        let row = Intel {
            ts,
            conn,
            indicator: Some(text),
            indicator_type: Some(kind),
            place: Enum(place.0),
            node: Some(NODE),
            matched: Set(kinds.each().map(|kind| Enum(kind.name())).collect()),
            sources: Set(named.collect()),
            fuid,
            file_mime_type: mime,
            file_desc: desc,
        };
        out.emit(conn.as_ref(), &row, &[]);
    }
}

/// The notice of a hit. It is the same again between the same two hosts.
fn notice(ts: Timestamp, conn: Option<&ConnTag>, text: &[u8], place: Place) -> Raise {
    let msg = [b"Intel hit on ", text, b" at ", place.0.as_bytes()].concat();
    let raised = Raise::new(NOTICE, msg).more(text).at(ts);
    match conn {
        Some(conn) => {
            let (one, other) = (conn.orig_h.min(conn.resp_h), conn.orig_h.max(conn.resp_h));
            let ends = format!("{one}{other}");
            raised.conn(*conn).identifier([text, ends.as_bytes()].concat())
        }
        None => raised,
    }
}

impl Fold for Matches {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        let Ok(hits) = item.downcast::<Hits>() else { return };
        self.follow(out.now());
        hits.into_iter().for_each(|hit| self.tell(hit, out));
    }

    fn advance(&mut self, out: &mut FoldOutput<'_>) {
        self.follow(out.now());
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.follow(out.now());
    }

    /// The lists are no part of it: nothing that is seen makes them larger.
    fn held(&self) -> usize {
        self.since.capacity() * size_of::<Timestamp>()
    }
}
