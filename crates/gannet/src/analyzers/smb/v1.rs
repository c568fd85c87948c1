//! What messages of SMB 1 mean ([MS-CIFS] 3.2, 3.3).

use super::files::{Action, Done, Share, Times, kept};
use super::parse::smb1::{Header, Message, Text, Transaction};
use super::parse::smb1_chain::Chain;
use super::session::{Command, Session};
use super::table::Id;
use super::time::FileTime;
use crate::analyzers::{Context, text16};
use crate::base::direction::Direction;

/// The pipe that all bytes of pipes go to: what is said of files does not tell them apart.
const PIPE: u64 = 0;

fn text(cx: &mut Context<'_>, text: Text<'_>) -> Vec<u8> {
    match text {
        Text::Ascii(bytes) => bytes.to_vec(),
        Text::Unicode(bytes) => text16::text(cx, bytes),
    }
}

impl Session {
    /// A message begins: which request and which share it is about.
    pub(super) fn header_v1(&mut self, cx: &mut Context<'_>, header: &Header, is_request: bool) {
        let now = cx.now();
        let tree = match self.connected.get(u64::from(header.tree)) {
            Some(tree) => tree,
            None => {
                let tree = self.new_tree(now);
                self.connected.set(u64::from(header.tree), tree);
                tree
            }
        };
        self.current_tree = Some(tree);
        let number = u64::from(header.multiplex);
        let known = self.requests.get(number);
        let command = known.unwrap_or(Command { ts: now, file: None, tree: Some(tree), options: 0 });
        self.turn(number, command, !is_request);
    }

    /// The messages of a frame: what stands inside comes first.
    pub(super) fn chain_v1(
        &mut self,
        cx: &mut Context<'_>,
        header: &Header,
        dir: Direction,
        chain: Chain<'_>,
    ) {
        for message in chain.messages.into_iter().rev() {
            self.message_v1_body(cx, header, dir, message);
        }
        for (times, weird) in [
            (chain.too_deep, "smb_andx_depth_exceeded"),
            (chain.not_advancing, "smb_andx_offset_not_advancing"),
        ] {
            for _ in 0..times {
                cx.weird(weird, "");
                cx.limit_reached();
            }
        }
    }

    fn message_v1_body(
        &mut self,
        cx: &mut Context<'_>,
        header: &Header,
        dir: Direction,
        message: Message<'_>,
    ) {
        let is_pipe = self.pipes.contains(u64::from(header.tree));
        let number = u64::from(header.multiplex);
        match message {
            Message::TreeConnect { path, service } => self.tree_connect_v1(cx, path, service),
            Message::TreeConnected { service, file_system } => {
                self.tree_connected_v1(cx, header, service, file_system);
            }
            Message::Create(name) => self.create_v1(cx, header, name, is_pipe),
            Message::Created { file, size, times } => self.created_v1(cx, file, size, times),
            Message::Close(file) => self.close_v1(cx, dir, file),
            Message::Read { file, offset } => {
                self.touch_v1(file, Action::Read);
                self.v1.reads.set(number, offset);
            }
            Message::ReadBytes(bytes) if is_pipe => self.children.pipe(cx, dir, PIPE, bytes),
            Message::ReadBytes([]) => {}
            Message::ReadBytes(bytes) => {
                let offset = self.v1.reads.remove(number).unwrap_or(0);
                self.carry(cx, dir, offset, bytes, false);
            }
            Message::Write { file, offset, bytes } => {
                self.touch_v1(file, Action::Write);
                if is_pipe {
                    self.children.pipe(cx, dir, PIPE, bytes);
                } else {
                    self.carry(cx, dir, offset, bytes, false);
                }
            }
            Message::Transaction { kind, bytes } => {
                let to_pipe = kind == Transaction::Pipe;
                self.v1.transactions.set(number, to_pipe || kind == Transaction::Other && is_pipe);
                if to_pipe {
                    self.children.pipe(cx, dir, PIPE, bytes);
                }
            }
            Message::Transacted(bytes) => {
                let from_pipe = self.v1.transactions.remove(number) == Some(true);
                if let Some(bytes) = bytes.filter(|_| from_pipe) {
                    self.children.pipe(cx, dir, PIPE, bytes);
                }
            }
            Message::Token(token) => self.children.token(cx, dir, token),
            Message::Other => {}
        }
    }

    fn tree_connect_v1(&mut self, cx: &mut Context<'_>, path: Text<'_>, service: Text<'_>) {
        let (path, service) = (text(cx, path), text(cx, service));
        let tree = self.new_tree(cx.now());
        self.trees.edit(tree, |tree| {
            tree.path = Some(kept(path).into());
            tree.service = Some(service);
        });
        self.change(|current| current.tree = Some(tree));
    }

    fn tree_connected_v1(
        &mut self,
        cx: &mut Context<'_>,
        header: &Header,
        service: Text<'_>,
        file_system: Option<Text<'_>>,
    ) {
        let service = text(cx, service);
        let file_system = file_system.map(|name| text(cx, name)).filter(|name| !name.is_empty());
        if service.starts_with(b"IPC") {
            self.pipes.set(u64::from(header.tree), ());
        }
        match self.current.tree {
            Some(tree) => {
                self.trees.edit(tree, |tree| {
                    if service == b"IPC" {
                        tree.share = Share::Pipe;
                    }
                    tree.service = Some(service);
                    if file_system.is_some() {
                        tree.file_system = file_system;
                    }
                });
                self.current_tree = Some(tree);
                self.connected.set(u64::from(header.tree), tree);
            }
            // Only a request of SMB 2 that disconnects a share has none.
            None => {
                let addl = "current_cmd=TREE_DISCONNECT";
                cx.weird_from(None, "smb_tree_connect_andx_response_without_tree", addl);
            }
        }
        self.tell_tree(cx);
    }

    fn create_v1(&mut self, cx: &mut Context<'_>, header: &Header, name: Text<'_>, is_pipe: bool) {
        let name = text(cx, name);
        self.guess_pipe(&name, u64::from(header.tree), is_pipe);
        let file = self.new_file(cx.now());
        self.files.edit(file, |file| {
            file.name = Some(kept(name));
            file.done = Some(Done { action: Action::Open, share: Share::Disk });
        });
        self.change(|current| current.file = Some(file));
        self.current_file = Some(file);
    }

    fn created_v1(&mut self, cx: &mut Context<'_>, number: u16, size: u64, times: [u64; 4]) {
        let file = self.own_file();
        let [created, accessed, modified, changed] = times.map(FileTime);
        self.files.edit(file, |file| {
            file.done = Some(Done { action: Action::Open, share: Share::Disk });
            file.size = size;
            if modified.is_after_1970() {
                file.times = Some(Times { modified, accessed, created, changed });
            }
        });
        self.open.set(u64::from(number), file);
        self.current_file = Some(file);
        self.tell_file(cx);
    }

    /// A file is read or written: it is on the current share.
    fn touch_v1(&mut self, number: u16, action: Action) {
        let file = self.select_v1(number, action);
        let path = self.tree_path();
        self.files.edit(file, |file| {
            if file.path.is_none() {
                file.path = path;
            }
        });
    }

    /// The current file, and what is done to it. Pipes and printers are files as well.
    fn select_v1(&mut self, number: u16, action: Action) -> Id {
        let file = self.select(u64::from(number));
        self.files.edit(file, |file| file.done = Some(Done { action, share: Share::Disk }));
        file
    }

    fn close_v1(&mut self, cx: &mut Context<'_>, dir: Direction, number: u16) {
        let file = self.select_v1(number, Action::Close);
        if let Some(path) = self.tree_path() {
            self.files.edit(file, |file| file.path = Some(path));
        }
        self.open.remove(u64::from(number));
        self.tell_file(cx);
        self.end(cx, dir);
    }
}
