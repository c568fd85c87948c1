//! Weirds on their way out: those of packets, of connections and of files, sampled as Zeek samples them, and those that tell of
//! what a limit gave up.

use super::budget::Shed;
use super::core::Core;
use super::state::Out;
use crate::base::key::Addr;
use crate::events::weird::{Action, Suppress, Weird, action};
use crate::events::{ConnTag, Record};

/// Pairs of addresses of one shard whose weirds are sampled; beyond it the shard's sampling starts anew (rows are limited
/// elsewhere too).
const MAX_SAMPLED_PAIRS: usize = 64;

impl Out<'_> {
    /// A weird that a file analyzer noticed: it names the file, and no connection.
    #[cold]
    pub(crate) fn file_weird(&mut self, about: Option<ConnTag>, name: &'static str, addl: &str) {
        let record = Weird::net(self.now(), name, addl);
        let limits = Suppress::new(action(name), name, about.as_ref());
        self.emit(about.as_ref(), &record, limits.once());
    }

    /// A weird of a packet without addresses.
    #[cold]
    pub(crate) fn net_weird(&mut self, name: &'static str, addl: &str, source: Option<&'static str>) {
        let tunnelled = self.state.tunnelled;
        self.note_amiss(name, || None);
        self.weird_row(None, name, addl.as_bytes(), source, tunnelled);
    }

    /// A weird that an analyzer raises without naming its connection.
    #[cold]
    pub(crate) fn nameless_weird(&mut self, name: &'static str, addl: &str) {
        self.weird_row(None, name, addl.as_bytes(), None, false);
    }

    /// A weird of a packet between two addresses; the shard is that of the packet.
    #[cold]
    pub(crate) fn flow_weird(
        &mut self,
        (shard, src, dst): (u16, Addr, Addr),
        name: &'static str,
        addl: &str,
        source: Option<&'static str>,
    ) {
        let now = self.now();
        let pairs = self.state.samplers(shard);
        if pairs.len() >= MAX_SAMPLED_PAIRS && !pairs.contains_key(&(src, dst)) {
            pairs.clear();
        }
        let passes = pairs.entry((src, dst)).or_default().pass_pair(name, now);
        let tag =
            ConnTag { uid: None, orig_h: src.ip(), orig_p: 0, resp_h: dst.ip(), resp_p: 0, ip_proto: 0 };
        self.note_amiss(name, || Some(tag));
        if passes {
            let tunnelled = self.state.tunnelled && source.is_some();
            self.weird_row(Some(tag), name, addl.as_bytes(), source, tunnelled);
        }
    }

    /// A weird of a connection.
    #[cold]
    pub(crate) fn weird(
        &mut self,
        core: &mut Core,
        name: &'static str,
        addl: impl AsRef<[u8]>,
        source: Option<&'static str>,
    ) {
        let _counts = self.sampled_weird(core, name, addl, source);
    }

    /// A weird of a connection. Whether it is one of those that count: of many with one name only some do.
    pub(crate) fn sampled_weird(
        &mut self,
        core: &mut Core,
        name: &'static str,
        addl: impl AsRef<[u8]>,
        source: Option<&'static str>,
    ) -> bool {
        core.had_weird = true;
        self.note_amiss(name, || Some(core.about()));
        let now = self.now();
        if !core.rare().weirds.pass(name, now) {
            return false;
        }
        self.weird_row(Some(core.about()), name, addl.as_ref(), source, false);
        true
    }

    fn weird_row(
        &mut self,
        about: Option<ConnTag>,
        name: &'static str,
        addl: &[u8],
        source: Option<&'static str>,
        tunnelled: bool,
    ) {
        self.state.stats.weirds += 1;
        if !self.state.wants_weird {
            return;
        }
        let name = if tunnelled { format!("{name}_in_tunnel") } else { name.to_owned() };
        let action = action(&name);
        if action == Action::Ignore {
            return;
        }
        let record = Weird {
            ts: self.now(),
            conn: about,
            name,
            addl: (!addl.is_empty()).then(|| addl.to_vec()),
            notice: action == Action::NoticePerOrig,
            peer: "zeek",
            source,
        };
        let limits = Suppress::new(action, &record.name, about.as_ref());
        let tag = about.filter(|tag| tag.uid.is_some());
        self.emit(tag.as_ref(), &record, limits.once());
    }
}

impl Out<'_> {
    /// A limit gave something of a shard up. It is counted; a weird about it comes once in a while from each shard, and at
    /// most one of all of them gets through. That names a connection, if one is at hand.
    pub(crate) fn shed(&mut self, what: Shed, shard: u16, about: Option<ConnTag>) {
        self.state.stats.shed.count(what);
        let now = self.now();
        if let Some(name) = what.weird()
            && self.state.told.again(what, shard, now)
        {
            self.tell_of(name, about);
        }
    }

    #[cold]
    fn tell_of(&mut self, name: &'static str, about: Option<ConnTag>) {
        self.state.stats.weirds += 1;
        if !self.state.wants.has(Weird::STREAM) {
            return;
        }
        let record = Weird { conn: about, ..Weird::net(self.now(), name, "") };
        let limits = Suppress::of_net(name);
        self.emit(about.as_ref(), &record as &dyn Record, limits.once());
    }
}
