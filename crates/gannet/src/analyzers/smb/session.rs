//! What a connection has said so far: shares, files, requests without a reply.
//!
//! Both versions share it, for a connection may begin with one and go on with the other.

use std::sync::Arc;

use super::children::Children;
use super::files::{Action, Done, File, Share, Tree};
use super::frames::Content;
use super::parse::{self, Fault, Frame, smb1, smb1_chain};
use super::pending::{PendingV1, PendingV2};
use super::recent::Recent;
use super::record::{SmbFiles, SmbMapping};
use super::table::{Id, Pool, Table};
use crate::analyzers::Context;
use crate::base::direction::{Direction, Pair};
use crate::base::time::Timestamp;
use crate::files::{About, Content as Carried, FileKey};
use crate::parsers::Cursor;

/// Requests without a reply.
const MAX_REQUESTS: usize = 4096;
/// Files that are open at once, and shares that are connected.
const MAX_FILES: usize = 16_384;
const MAX_TREES: usize = 4096;

/// A request, until its reply is worked on.
#[derive(Clone, Copy)]
pub(super) struct Command {
    pub(super) ts: Timestamp,
    /// The file that it is about; before that is known, one without a name.
    pub(super) file: Option<Id>,
    pub(super) tree: Option<Id>,
    /// An opening's options.
    pub(super) options: u32,
}

/// A long message of which more is to come: the content that it carries, and where the next bytes belong.
struct Flow {
    key: FileKey,
    offset: u64,
}

/// The state of a connection.
pub(super) struct Session {
    pub(super) children: Children,
    pub(super) files: Pool<File>,
    pub(super) trees: Pool<Tree>,
    /// Open files by their id.
    pub(super) open: Table<Id>,
    /// Connected shares by their id.
    pub(super) connected: Table<Id>,
    pub(super) requests: Table<Command>,
    pub(super) current: Command,
    /// The number of the current request, as long as it has no reply.
    waits: Option<u64>,
    pub(super) current_file: Option<Id>,
    pub(super) current_tree: Option<Id>,
    /// Rows that were written not long ago, and when they were last to be written.
    recent: Option<Box<Recent>>,
    /// Shares whose files are pipes.
    pub(super) pipes: Table<()>,
    pub(super) v1: PendingV1,
    pub(super) v2: PendingV2,
    flows: Pair<Option<Flow>>,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            children: Children::default(),
            files: Pool::new(),
            trees: Pool::new(),
            open: Table::new(MAX_FILES),
            connected: Table::new(MAX_TREES),
            requests: Table::new(MAX_REQUESTS),
            current: Command { ts: Timestamp::ZERO, file: None, tree: None, options: 0 },
            waits: None,
            current_file: None,
            current_tree: None,
            recent: None,
            pipes: Table::new(MAX_TREES),
            v1: PendingV1::default(),
            v2: PendingV2::default(),
            flows: Pair::default(),
        }
    }
}

impl Session {
    /// A frame, or a part of one.
    pub(super) fn frame(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        frame: Frame,
        content: Content<'_>,
    ) -> Result<(), Fault> {
        let (bytes, is_cut) = match content {
            Content::More(bytes) => {
                self.flow(cx, dir, bytes);
                return Ok(());
            }
            Content::Whole(bytes) => (bytes, false),
            Content::First(bytes) => (bytes, true),
        };
        *self.flows.of_mut(dir) = None;
        if !frame.is_message {
            return Ok(());
        }
        let mut at = Cursor::new(bytes);
        match *at.array::<4>()? {
            parse::SMB1 => self.message_v1(cx, dir, at, (frame.len, is_cut)),
            parse::SMB2 => self.messages_v2(cx, dir, at, is_cut),
            parse::SEALED => {
                at.take(parse::SEALED_HEADER)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn message_v1(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        mut at: Cursor<'_>,
        (len, is_cut): (usize, bool),
    ) -> Result<(), Fault> {
        let header = smb1::Header::read(&mut at)?;
        self.header_v1(cx, &header, dir == Direction::Orig);
        if is_cut {
            return Ok(());
        }
        let chain = smb1_chain::messages(&header, dir == Direction::Orig, at, len)?;
        self.chain_v1(cx, &header, dir, chain);
        Ok(())
    }

    /// A message begins, and is about this request. Its reply is the last of it.
    pub(super) fn turn(&mut self, number: u64, current: Command, ends: bool) {
        self.current = current;
        if ends {
            self.requests.remove(number);
            self.waits = None;
        } else {
            self.requests.set(number, current);
            self.waits = Some(number);
        }
    }

    /// Changes the current request.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Command)) {
        change(&mut self.current);
        if let Some(number) = self.waits {
            self.requests.set(number, self.current);
        }
    }

    /// A share of which nothing is known.
    pub(super) fn new_tree(&mut self, ts: Timestamp) -> Id {
        if self.trees.is_crowded() {
            let requests = self.requests.values().filter_map(|request| request.tree);
            let current = self.current.tree.into_iter().chain(self.current_tree);
            self.trees.keep(self.connected.values().chain(requests).chain(current));
        }
        self.trees.add(Tree::new(ts))
    }

    /// A file of which nothing is known.
    pub(super) fn new_file(&mut self, ts: Timestamp) -> Id {
        if self.files.is_crowded() {
            let requests = self.requests.values().filter_map(|request| request.file);
            let current = self.current.file.into_iter().chain(self.current_file);
            self.files.keep(self.open.values().chain(requests).chain(current));
        }
        self.files.add(File::new(ts))
    }

    /// The file of the current request.
    pub(super) fn own_file(&mut self) -> Id {
        if let Some(file) = self.current.file {
            return file;
        }
        let file = self.new_file(self.current.ts);
        self.change(|current| current.file = Some(file));
        file
    }

    /// The current request is about an open file. One that is not known is that of the request from now on.
    pub(super) fn select(&mut self, number: u64) -> Id {
        let file = match self.open.get(number) {
            Some(file) => file,
            None => {
                let file = self.own_file();
                self.open.set(number, file);
                file
            }
        };
        self.change(|current| current.file = Some(file));
        self.current_file = Some(file);
        file
    }

    /// The same, and what is done to it.
    pub(super) fn select_for(&mut self, number: u64, action: Action) -> Id {
        let file = self.select(number);
        let share = self.share();
        self.files.edit(file, |file| file.done = Some(Done { action, share }));
        file
    }

    /// What the current share is.
    pub(super) fn share(&self) -> Share {
        self.tree().map_or(Share::Disk, |tree| tree.share)
    }

    /// The current share.
    pub(super) fn tree(&self) -> Option<&Tree> {
        self.trees.get(self.current_tree?)
    }

    /// The path of the current share.
    pub(super) fn tree_path(&self) -> Option<Arc<[u8]>> {
        self.tree()?.path.clone()
    }

    /// Tells of the current share.
    pub(super) fn tell_tree(&self, cx: &mut Context<'_>) {
        if let Some(tree) = self.tree() {
            let row: SmbMapping = tree.row(cx.conn());
            cx.emit(&row);
        }
    }

    /// Tells what is done to the current file, if that is to have a row and had none a short time ago. It is asked for again
    /// when the content of a file begins or ends on this connection.
    pub(super) fn tell_file(&mut self, cx: &mut Context<'_>) {
        let Some(file) = self.current_file.and_then(|id| self.files.get(id)) else { return };
        let Some(action) = file.logged() else { return };
        if let Some(same) = file.sameness(action) {
            let recent = self.recent.get_or_insert_with(|| Box::new(Recent::new(cx.seed())));
            if recent.repeats(same, cx.now()) {
                return;
            }
        }
        let row: SmbFiles = file.row(cx.conn(), action);
        cx.emit(&row);
    }

    /// The content of the current file, as far as it has a name.
    fn content(&self, cx: &Context<'_>, dir: Direction) -> Option<Carried> {
        let file = self.files.get(self.current_file?)?;
        let key = file.key(cx.conn())?;
        let content = Carried::new(key, about(dir));
        Some(content.of_size((file.size > 0).then_some(file.size)).named(file.name.as_deref()))
    }

    /// Bytes of the current file; of a long message if more of it is to come.
    pub(super) fn carry(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        offset: u64,
        bytes: &[u8],
        is_cut: bool,
    ) {
        if bytes.is_empty() {
            return;
        }
        let Some(mut content) = self.content(cx, dir) else { return };
        let key = content.key();
        content.data_at(cx, offset, bytes);
        if content.has_begun() {
            let fuid = content.fuid(cx);
            if let Some(file) = self.current_file {
                self.files.edit(file, |file| file.fuid = Some(fuid));
            }
            self.tell_file(cx);
        }
        if content.has_ended() {
            self.tell_file(cx);
        }
        if is_cut {
            let offset = offset.saturating_add(bytes.len() as u64);
            *self.flows.of_mut(dir) = Some(Flow { key, offset });
        }
    }

    /// More of a long message.
    fn flow(&mut self, cx: &mut Context<'_>, dir: Direction, bytes: &[u8]) {
        if let Some(flow) = self.flows.of_mut(dir) {
            Carried::new(flow.key, about(dir)).data_at(cx, flow.offset, bytes);
            flow.offset = flow.offset.saturating_add(bytes.len() as u64);
        }
    }

    /// The current file is closed, and with it whoever else has the same open.
    pub(super) fn end(&mut self, cx: &mut Context<'_>, dir: Direction) {
        if let Some(mut content) = self.content(cx, dir) {
            content.end(cx);
            if content.has_ended() {
                self.tell_file(cx);
            }
        }
    }

    /// Bytes of memory held.
    pub(super) fn held(&self) -> usize {
        let tables = self.open.held() + self.connected.held() + self.requests.held();
        let recent = self.recent.as_ref().map_or(0, |recent| size_of::<Recent>() + recent.held());
        let records = self.files.held() + self.trees.held();
        tables + recent + records + self.pipes.held() + self.children.held() + self.v1.held() + self.v2.held()
    }
}

fn about(dir: Direction) -> About {
    let mut about = About::new("SMB");
    about.is_orig = dir == Direction::Orig;
    about
}
