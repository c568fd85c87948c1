//! The transactions of all clients: their messages come from connections of any shard, and meet behind the merge.

use std::any::Any;
use std::collections::BTreeMap;
use std::net::IpAddr;

use super::names;
use super::parse::{Message, Options};
use super::record::Dhcp;
use crate::base::time::{Interval, Timestamp};
use crate::events::{Fold, FoldDescriptor, FoldOutput, MAX_FOLD_HELD, Set, Suppress, Uid, Vector, Weird};

/// Puts the messages of a transaction together.
pub(super) static TRANSACTIONS: FoldDescriptor =
    FoldDescriptor::new("dhcp", &[Dhcp::STREAM, Weird::STREAM], || Box::new(Transactions::default()))
        .every(PERIOD);

/// A transaction is looked at for the first time after this time.
const FIRST_LOOK: Interval = Interval::from_secs(10);
/// One that goes on is looked at again after this time.
const NEXT_LOOK: Interval = Interval::from_secs(5);
/// One goes on if its last message is no older.
const PATIENCE: Interval = Interval::from_secs(5);
/// No transaction goes on for longer.
const LIFE: Interval = Interval::from_secs(30);
/// Time between two looks at all transactions.
const PERIOD: Interval = Interval::from_secs(10);
/// Transactions that are open at once.
const MAX_OPEN: usize = 100_000;
/// Bytes that they hold at once: less than a fold may have, so that the oldest go and nothing that is new is given up.
const MAX_HELD: usize = MAX_FOLD_HELD / 2;
/// Connections of one row.
const MAX_UIDS: usize = 10;
/// Messages of one row.
const MAX_TYPES: usize = 50;
/// Bytes that a transaction takes beside what its row holds: itself, and its places in two trees.
const COST: usize = size_of::<Open>() + (size_of::<(u32, Box<Open>)>() + size_of::<(u64, u32)>()) * 4 / 3;

/// A message that was seen.
pub(super) struct Seen {
    pub(super) ts: Timestamp,
    pub(super) uid: Option<Uid>,
    /// Who sent it: a client, with its address, or a server.
    pub(super) from: Sender,
    pub(super) message: Message,
}

/// Who sends a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Client(IpAddr),
    Server(IpAddr),
}

/// A transaction that may go on.
struct Open {
    row: Dhcp,
    /// The hardware address in the client's last message that names none in its options.
    hardware: Option<Vec<u8>>,
    last: Timestamp,
    /// It is not looked at before.
    due: Timestamp,
    /// Its place in the order of beginnings.
    nth: u64,
}

/// All transactions that may go on.
#[derive(Default)]
struct Transactions {
    open: BTreeMap<u32, Box<Open>>,
    /// Their numbers, in the order in which they began.
    order: BTreeMap<u64, u32>,
    begun: u64,
    /// When the run began.
    start: Option<Timestamp>,
    /// Bytes that their rows hold.
    held: usize,
}

impl Open {
    fn new(seen: &Seen, due: Timestamp, nth: u64) -> Self {
        let row = Dhcp {
            ts: seen.ts,
            uids: Set::default(),
            client_addr: None,
            server_addr: None,
            mac: None,
            host_name: None,
            client_fqdn: None,
            domain: None,
            requested_addr: None,
            assigned_addr: None,
            lease_time: None,
            client_message: None,
            server_message: None,
            msg_types: Vector::default(),
            duration: Interval::ZERO,
        };
        Self { row, hardware: None, last: seen.ts, due, nth }
    }

    /// One more of its messages.
    fn add(&mut self, seen: Seen) {
        let Seen { ts, uid, from, message } = seen;
        let row = &mut self.row;
        self.last = ts;
        row.duration = ts - row.ts;
        if let Some(uid) = uid.filter(|uid| !row.uids.0.contains(uid)) {
            row.uids.0.push(uid);
        }
        row.msg_types.0.push(names::kind(message.options.kind));
        match from {
            Sender::Client(address) => self.client(address, message),
            Sender::Server(address) => self.server(address, message),
        }
    }

    fn client(&mut self, address: IpAddr, message: Message) {
        let Options { message: text, host_name, client_fqdn, client_id, requested, .. } = message.options;
        let row = &mut self.row;
        if !is_nobody(address) {
            row.client_addr = Some(address);
        }
        last(&mut row.client_message, text);
        last(&mut row.host_name, host_name);
        last(&mut row.client_fqdn, client_fqdn);
        last(&mut row.requested_addr, requested.map(IpAddr::V4));
        match client_id {
            Some(id) => row.mac = Some(id),
            None => self.hardware = Some(message.hardware),
        }
    }

    fn server(&mut self, address: IpAddr, message: Message) {
        let Options { message: text, domain_name, lease, .. } = message.options;
        let row = &mut self.row;
        if let Some(given) = message.your_address {
            row.server_addr = Some(address);
            row.assigned_addr = Some(IpAddr::V4(given));
        }
        row.mac.get_or_insert(message.hardware);
        row.client_addr = row.client_addr.or(row.assigned_addr);
        last(&mut row.server_message, text);
        last(&mut row.domain, domain_name);
        last(&mut row.lease_time, lease);
    }

    /// Whether nothing more is waited for.
    fn is_over(&self, now: Timestamp) -> bool {
        now - self.last > PATIENCE || now - self.row.ts > LIFE
    }

    fn is_full(&self) -> bool {
        self.row.uids.0.len() >= MAX_UIDS || self.row.msg_types.0.len() >= MAX_TYPES
    }

    /// The row, with the hardware address of the header if nothing better was said.
    fn finish(mut self) -> Dhcp {
        self.row.mac = self.row.mac.or(self.hardware);
        self.row
    }

    fn held(&self) -> usize {
        let row = &self.row;
        let texts = [
            &row.mac,
            &row.host_name,
            &row.client_fqdn,
            &row.domain,
            &row.client_message,
            &row.server_message,
            &self.hardware,
        ];
        let texts: usize = texts.into_iter().flatten().map(Vec::capacity).sum();
        COST + texts
            + row.uids.0.capacity() * size_of::<Uid>()
            + row.msg_types.0.capacity() * size_of::<std::borrow::Cow<'_, str>>()
    }
}

/// The last one said counts.
fn last<T>(field: &mut Option<T>, said: Option<T>) {
    if said.is_some() {
        *field = said;
    }
}

/// Whether an address is that of a client that has none, or of everybody.
fn is_nobody(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_unspecified() || address.is_broadcast(),
        IpAddr::V6(_) => false,
    }
}

impl Transactions {
    /// When to look at a transaction, so long after a time that is kept in whole seconds since the run began.
    fn due(&self, ts: Timestamp, after: Interval) -> Timestamp {
        let start = self.start.unwrap_or(ts);
        let seconds = (ts - start).nanos().div_euclid(1_000_000_000);
        start + Interval::from_secs(seconds) + after
    }

    fn take(&mut self, number: u32) -> Option<Box<Open>> {
        let open = self.open.remove(&number)?;
        self.order.remove(&open.nth);
        self.held = self.held.saturating_sub(open.held());
        Some(open)
    }

    /// Makes room for one more.
    fn make_room(&mut self, out: &mut FoldOutput<'_>) {
        let count = self.open.len();
        if count < MAX_OPEN && self.held < MAX_HELD {
            return;
        }
        let name = "DHCP_max_tracked_transactions_exceeded";
        let weird = Weird { source: Some("DHCP"), ..Weird::net(out.now(), name, &count.to_string()) };
        out.emit(None, &weird, Suppress::of_net(name).once());
        let oldest = self.order.first_key_value().map(|(_, number)| *number);
        if let Some(open) = oldest.and_then(|number| self.take(number)) {
            out.emit(None, &open.finish(), &[]);
        }
    }

    fn add(&mut self, seen: Seen, out: &mut FoldOutput<'_>) {
        let number = seen.message.transaction;
        let mut open = match self.take(number) {
            Some(open) => open,
            None => {
                self.make_room(out);
                self.begun += 1;
                Box::new(Open::new(&seen, self.due(seen.ts, FIRST_LOOK), self.begun))
            }
        };
        open.add(seen);
        if open.is_full() {
            return out.emit(None, &open.row, &[]);
        }
        self.held += open.held();
        self.order.insert(open.nth, number);
        self.open.insert(number, open);
    }

    /// Looks at those whose time has come.
    fn expire(&mut self, out: &mut FoldOutput<'_>) {
        let now = out.now();
        let next = self.due(now, NEXT_LOOK);
        let mut over = Vec::new();
        for number in self.order.values() {
            let Some(open) = self.open.get_mut(number).filter(|open| open.due < now) else { continue };
            match open.is_over(now) {
                true => over.push(*number),
                false => open.due = next,
            }
        }
        for open in over.into_iter().filter_map(|number| self.take(number)).collect::<Vec<_>>() {
            out.emit(None, &open.finish(), &[]);
        }
    }
}

impl Fold for Transactions {
    fn item(&mut self, out: &mut FoldOutput<'_>, item: Box<dyn Any + Send>) {
        if let Ok(seen) = item.downcast::<Seen>() {
            self.add(*seen, out);
        }
    }

    fn tick(&mut self, out: &mut FoldOutput<'_>) {
        self.start.get_or_insert(out.now());
        self.expire(out);
    }

    fn finish(&mut self, out: &mut FoldOutput<'_>) {
        self.order.clear();
        for (_, open) in std::mem::take(&mut self.open) {
            out.emit(None, &open.finish(), &[]);
        }
    }

    fn held(&self) -> usize {
        self.held
    }
}
