//! What messages of SMB 2 and 3 mean ([MS-SMB2] 3.2, 3.3).

use super::files::{Action, Done, Share, Times, Tree, kept};
use super::parse::Fault;
use super::parse::smb2::{Created, Header, Message, status};
use super::parse::{SMB2, smb2_body};
use super::session::{Command, Session};
use super::time::FileTime;
use crate::analyzers::{Context, text16};
use crate::base::direction::Direction;
use crate::parsers::Cursor;

/// Names of pipes that give away a share of pipes whose connection was not seen.
const PIPES: [&[u8]; 8] =
    [b"spoolss", b"winreg", b"samr", b"srvsvc", b"netdfs", b"lsarpc", b"wkssvc", b"MsFteWds"];
/// The path of such a share.
const UNKNOWN: &[u8] = b"<unknown>";
/// The name of what is opened if it is the share itself.
const SHARE_ROOT: &[u8] = b"<share_root>";
/// An opening's option: the file goes when it is closed ([MS-SMB2] 2.2.13).
const DELETE_ON_CLOSE: u32 = 0x1000;
/// What a device is asked to do: to take bytes and to answer them in one go ([MS-FSCC] 2.3).
const PIPE_TRANSCEIVE: u32 = 0x0011_c017;

/// A message: its header, from where it came, whether it is about a pipe, and whether more of it is to come.
struct Turn<'h> {
    header: &'h Header,
    dir: Direction,
    is_pipe: bool,
    is_cut: bool,
}

impl Session {
    /// The messages of a frame, one behind the other.
    pub(super) fn messages_v2(
        &mut self,
        cx: &mut Context<'_>,
        dir: Direction,
        mut at: Cursor<'_>,
        is_cut: bool,
    ) -> Result<(), Fault> {
        loop {
            let header = Header::read(&mut at)?;
            let is_pipe = self.is_pipe(&header, dir);
            self.note_v2(cx, &header, dir);
            self.header_v2(cx, &header, dir == Direction::Orig);
            if is_cut && !header.carries(dir == Direction::Orig) {
                return Ok(());
            }
            let message = smb2_body::message(&header, dir == Direction::Orig, &mut at, is_cut)?;
            self.message_v2(cx, &Turn { header: &header, dir, is_pipe, is_cut }, message);
            let is_over = header.is_last() || is_cut || at.is_empty();
            if is_over || *at.array::<4>()? != SMB2 {
                return Ok(());
            }
        }
    }

    /// Whether a message is about a pipe: replies do not always name the share.
    fn is_pipe(&self, header: &Header, dir: Direction) -> bool {
        let tree = match dir {
            Direction::Orig => header.tree,
            Direction::Resp => self.v2.trees.get(header.message).unwrap_or(0),
        };
        self.pipes.contains(u64::from(tree))
    }

    /// Remembers the share of a request until its reply comes.
    fn note_v2(&mut self, cx: &mut Context<'_>, header: &Header, dir: Direction) {
        if dir == Direction::Orig {
            if self.v2.trees.is_full() {
                self.discard(cx, "tree");
                self.v2.trees.clear();
            }
            self.v2.trees.set(header.message, header.tree);
        } else if header.status != status::PENDING {
            self.v2.trees.remove(header.message);
        }
    }

    /// Too many requests are open: what is known of files goes.
    fn discard(&mut self, cx: &mut Context<'_>, what: &str) {
        let (files, trees, requests) = (self.open.len(), self.connected.len(), self.requests.len());
        let addl = format!("state={what} fid_map={files} tid_map={trees} pending_cmds={requests} pipe_map=0");
        cx.weird_from(Some("SMB2"), "SMB_discarded_messages_state", addl);
        self.open.clear();
        self.requests.clear();
    }

    /// A message begins: which request and which share it is about.
    fn header_v2(&mut self, cx: &mut Context<'_>, header: &Header, is_request: bool) {
        let now = cx.now();
        let known = self.requests.get(header.message);
        let mut command = known.unwrap_or(Command { ts: now, file: None, tree: None, options: 0 });
        let tree = u64::from(header.tree);
        let id = match (command.tree, self.connected.get(tree)) {
            (_, _) if tree == 0 => self.new_tree(now),
            (Some(own), _) => own,
            (None, Some(connected)) => connected,
            (None, None) => self.new_tree(now),
        };
        if tree > 0 {
            self.connected.set(tree, id);
        }
        command.tree = Some(id);
        self.current_file = command.file;
        self.current_tree = command.tree;
        self.turn(header.message, command, !is_request && header.status != status::PENDING);
    }

    fn message_v2(&mut self, cx: &mut Context<'_>, turn: &Turn<'_>, message: Message<'_>) {
        match message {
            Message::TreeConnect(path) => {
                let path = text16::text(cx, path);
                self.edit_tree(|tree| tree.path = Some(kept(path).into()));
            }
            Message::TreeConnected(kind) => self.tree_connected(cx, turn.header, Share::of(kind)),
            Message::TreeDisconnect => self.tree_disconnect(turn.header),
            Message::Create { name, options } => self.create(cx, turn, name, options),
            Message::Created(created) => self.created(cx, turn.header, &created),
            Message::Close(file) => self.close(cx, turn.dir, file),
            Message::Read { file, offset } => {
                self.select_for(file, Action::Read);
                if self.v2.reads.is_full() {
                    self.discard(cx, "read");
                    self.v2.reads.clear();
                }
                self.v2.reads.set(turn.header.message, (offset, file));
            }
            Message::ReadBytes(bytes) => self.read(cx, turn, bytes),
            Message::Write { file, offset, bytes } => {
                self.select_for(file, Action::Write);
                if turn.is_pipe {
                    self.children.pipe(cx, turn.dir, file, bytes);
                } else {
                    self.carry(cx, turn.dir, offset, bytes, turn.is_cut);
                }
            }
            Message::Ioctl { code, file, input } => self.ioctl(cx, turn, (code, file), input),
            Message::IoctlReply { code, output } => {
                let file = self.v2.ioctls.remove(turn.header.message).unwrap_or(0);
                if code == PIPE_TRANSCEIVE {
                    self.children.pipe(cx, turn.dir, file, output);
                }
            }
            Message::SetBasic(file) => {
                self.select_for(file, Action::SetAttribute);
            }
            Message::Rename { file, name } => self.rename(cx, file, name),
            Message::Dispose { file, delete } => self.dispose(cx, file, delete),
            Message::Token(token) => self.children.token(cx, turn.dir, token),
            Message::Other => {}
        }
    }

    fn edit_tree(&mut self, change: impl FnOnce(&mut Tree)) {
        if let Some(tree) = self.current_tree {
            self.trees.edit(tree, change);
        }
    }

    fn tree_connected(&mut self, cx: &mut Context<'_>, header: &Header, share: Share) {
        if share == Share::Pipe {
            self.pipes.set(u64::from(header.tree), ());
        }
        self.edit_tree(|tree| tree.share = share);
        self.tell_tree(cx);
    }

    fn tree_disconnect(&mut self, header: &Header) {
        let tree = u64::from(header.tree);
        self.pipes.remove(tree);
        if self.connected.remove(tree).is_some() {
            self.current_tree = None;
            self.change(|current| current.tree = None);
        }
    }

    /// A name that only a pipe has tells what the share is, if its connection was not seen.
    pub(super) fn guess_pipe(&mut self, name: &[u8], tree: u64, is_pipe: bool) {
        if !is_pipe && PIPES.contains(&name) {
            self.pipes.set(tree, ());
            self.edit_tree(|tree| {
                tree.path = Some(UNKNOWN.into());
                tree.share = Share::Pipe;
            });
        }
    }

    fn create(&mut self, cx: &mut Context<'_>, turn: &Turn<'_>, name: &[u8], options: u32) {
        let mut name = text16::text(cx, name);
        self.guess_pipe(&name, u64::from(turn.header.tree), turn.is_pipe);
        if name.is_empty() {
            name = SHARE_ROOT.to_vec();
        }
        let file = self.own_file();
        self.current_file = Some(file);
        self.change(|current| current.options = options);
        let done = Done { action: Action::Open, share: self.share() };
        self.files.edit(file, |file| {
            file.name = Some(kept(name));
            file.done = Some(done);
        });
    }

    fn created(&mut self, cx: &mut Context<'_>, header: &Header, created: &Created) {
        let file = self.select(created.file);
        let path = self.tree_path();
        let times = Times {
            modified: FileTime(created.modified),
            accessed: FileTime(created.accessed),
            created: FileTime(created.created),
            changed: FileTime(created.changed),
        };
        self.files.edit(file, |file| {
            file.size = created.size;
            if path.is_some() {
                file.path = path;
            }
            if times.modified.is_after_1970() {
                file.times = Some(times);
            }
        });
        self.tell_file(cx);
        if header.status == 0 && self.current.options & DELETE_ON_CLOSE != 0 {
            self.dispose(cx, created.file, true);
        }
    }

    fn close(&mut self, cx: &mut Context<'_>, dir: Direction, number: u64) {
        let file = self.select_for(number, Action::Close);
        if let Some(path) = self.tree_path() {
            self.files.edit(file, |file| file.path = Some(path));
        }
        self.open.remove(number);
        self.tell_file(cx);
        self.end(cx, dir);
        self.children.close(cx, number);
    }

    fn read(&mut self, cx: &mut Context<'_>, turn: &Turn<'_>, bytes: &[u8]) {
        let (offset, file) = self.v2.reads.remove(turn.header.message).unwrap_or_default();
        if turn.is_pipe {
            self.children.pipe(cx, turn.dir, file, bytes);
        } else {
            self.carry(cx, turn.dir, offset, bytes, turn.is_cut);
        }
    }

    fn ioctl(&mut self, cx: &mut Context<'_>, turn: &Turn<'_>, (code, file): (u32, u64), input: &[u8]) {
        if code == PIPE_TRANSCEIVE {
            self.children.pipe(cx, turn.dir, file, input);
        }
        if self.v2.ioctls.is_full() {
            self.discard(cx, "ioctl");
            self.v2.ioctls.clear();
        }
        self.v2.ioctls.set(turn.header.message, file);
    }

    fn rename(&mut self, cx: &mut Context<'_>, number: u64, name: &[u8]) {
        let name = text16::text(cx, name);
        let file = self.select_for(number, Action::Rename);
        self.files.edit(file, |file| {
            if let Some(previous) = file.name.replace(name) {
                file.previous = Some(kept(previous));
            }
        });
        self.tell_file(cx);
    }

    /// A file is to go when it is closed. If it is not after all, that is no action of its own.
    fn dispose(&mut self, cx: &mut Context<'_>, number: u64, delete: bool) {
        if delete {
            self.select_for(number, Action::Delete);
        } else {
            self.select(number);
        }
        self.tell_file(cx);
    }
}
