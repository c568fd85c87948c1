//! The rings of one interface, one for each worker: opened together, in the order of the workers, and opened anew together
//! when the interface has been away.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::map::Map;
use super::pair;
use super::program::{Wanted, nothing};
use super::reader::Reader;
use super::sys::{Socket, State, check_name};
use crate::balance::{Balance, Decap};
use crate::base::packet::LinkType;
#[cfg(feature = "libpcap")]
use crate::capture::Filter;
use crate::capture::live::LiveOptions;
use crate::capture::{Refusal, SourceError, link};

/// Hardware types (`ARPHRD_…`) that the C library does not name.
const RAW_IP: u16 = 519;
const WIRELESS: u16 = 801;
const RADIOTAP: u16 = 803;

/// An interface and the rings on it.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    /// Its number among those of its source.
    pub(super) number: u16,
    workers: usize,
    balance: Balance,
    decap: Vec<Decap>,
    ring_bytes: usize,
    promiscuous: bool,
    hardware_time: bool,
    #[cfg(feature = "libpcap")]
    filter: Mutex<Option<Filter>>,
    /// Counts how often the rings were opened.
    generation: AtomicU64,
    /// Rings that were opened anew and whose worker has not come for them yet.
    fresh: Mutex<Vec<Option<Reader>>>,
    /// The rings of all workers, to stop them together.
    rings: Mutex<Vec<Weak<Map>>>,
    pub(super) up: AtomicBool,
    stopped: AtomicBool,
}

/// Rings just opened, and what there is to tell of that.
pub(super) struct Opened {
    pub(super) readers: Vec<Reader>,
    pub(super) troubles: Vec<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Group {
    pub(super) fn new(name: &str, number: u16, options: &LiveOptions) -> Self {
        Self {
            name: name.to_owned(),
            number,
            workers: options.workers.max(1),
            balance: options.balance,
            decap: options.decap.clone(),
            ring_bytes: options.ring_bytes,
            promiscuous: options.promiscuous,
            hardware_time: options.hardware_time,
            #[cfg(feature = "libpcap")]
            filter: Mutex::new(options.filter.clone()),
            generation: AtomicU64::new(0),
            fresh: Mutex::default(),
            rings: Mutex::default(),
            up: AtomicBool::new(true),
            stopped: AtomicBool::new(false),
        }
    }

    fn failed(&self, why: Refusal) -> SourceError {
        SourceError::Interface { name: self.name.clone(), why }
    }

    /// Opens a ring for each worker. They see nothing until all of them are there, so that the kernel spreads no packet over
    /// a part of them.
    pub(super) fn open(&self) -> Result<Opened, SourceError> {
        if !check_name(&self.name) {
            return Err(self.failed(Refusal::Request("there can be no interface of that name".to_owned())));
        }
        let mut troubles = Vec::new();
        let mut readers = Vec::new();
        let mut id = None;
        for _ in 0..self.workers {
            let reader = self.open_one(readers.is_empty(), &mut troubles)?;
            if self.workers > 1 {
                id = Some(self.join(&reader, id)?);
            }
            readers.push(reader);
        }
        *lock(&self.rings) = readers.iter().map(|reader| Arc::downgrade(reader.map())).collect();
        for reader in &readers {
            troubles.extend(self.apply_filter(reader)?);
        }
        let state = readers.first().map_or(State::Gone, |reader| reader.state(&self.name));
        self.up.store(state == State::Up, Ordering::Relaxed);
        Ok(Opened { readers, troubles })
    }

    fn open_one(&self, first: bool, troubles: &mut Vec<String>) -> Result<Reader, SourceError> {
        let name = &self.name;
        let failed = |what: &str, error| self.failed(Refusal::by_kernel(what, error));
        let socket = Socket::new().map_err(|error| failed("no packet socket", error))?;
        let index = socket.index_of(name).map_err(|error| self.failed(missing(error)))?;
        let hardware = socket.hardware(name).map_err(|error| self.failed(missing(error)))?;
        let link = link_type(hardware).ok_or_else(|| {
            self.failed(Refusal::Request(format!(
                "its hardware type {hardware} is none that a ring is read from: try `pcap:{name}`"
            )))
        })?;
        let map = Map::new(socket, self.ring_bytes).map_err(|error| self.failed(no_memory(error)))?;
        let socket = &map.socket;
        socket
            .filter(Some(&nothing()))
            .map_err(|error| self.failed(Refusal::of_program("the kernel takes no filter", error)))?;
        if self.hardware_time {
            // The card has one clock and one setting for all its sockets, which takes more rights than this one.
            let made = if first { socket.make_hardware_time(name) } else { Ok(()) };
            if let Err(error) = made {
                troubles.push(format!("no timestamps of its own, so the kernel's are taken: {error}"));
            }
            socket.hardware_time().map_err(|error| failed("no hardware timestamps", error))?;
        }
        socket.bind(name).map_err(|error| failed("cannot be bound to", error))?;
        if self.promiscuous {
            socket.promiscuous(name).map_err(|error| failed("no promiscuous mode", error))?;
        }
        Ok(Reader::new(Arc::new(map), index, link, hardware == libc::ARPHRD_LOOPBACK, self.number))
    }

    /// Has a ring take its share of the packets. The kernel's option to put fragments together first is not used: it would
    /// show packets that were never on the wire. Nor is its option to send what a full ring cannot take to another one.
    fn join(&self, reader: &Reader, id: Option<u16>) -> Result<u16, SourceError> {
        let socket = &reader.map().socket;
        let mode = match self.balance {
            Balance::Pair => libc::PACKET_FANOUT_CBPF,
            // The kernel's own hash sees the tunnel only.
            Balance::Flow if !self.decap.is_empty() => libc::PACKET_FANOUT_CBPF,
            Balance::Flow => libc::PACKET_FANOUT_HASH,
        };
        let joined = socket.join(id, mode).map_err(|error| {
            let hint = match reader.state(&self.name) {
                State::Up => "",
                _ => ": it is down, and this kernel spreads packets only of one that is up",
            };
            let why = Refusal::by_kernel(&format!("cannot be shared by {} workers", self.workers), error);
            self.failed(why.with_hint(hint))
        })?;
        if id.is_none() && mode == libc::PACKET_FANOUT_CBPF {
            let program = pair::program(reader.link(), self.workers, &self.decap);
            socket.spread_by(&program).map_err(|error| {
                self.failed(Refusal::of_program("the kernel takes no balancing program", error))
            })?;
        }
        Ok(joined)
    }

    /// Sets the filter for one ring, and gives back what there is to tell. A filter that the kernel does not take is left to
    /// the engine, which filters in any case.
    fn apply_filter(&self, reader: &Reader) -> Result<Option<String>, SourceError> {
        if self.stopped.load(Ordering::Acquire) {
            return Ok(None);
        }
        let socket = &reader.map().socket;
        let (wanted, mut trouble) = self.wanted(reader.link());
        let mut result = socket.filter(reader.program(wanted.as_ref()).as_deref());
        if let (Err(error), Some(_)) = (&result, &wanted) {
            trouble = Some(format!("the kernel does not take the filter, so it costs more: {error}"));
            result = socket.filter(reader.program(None).as_deref());
        }
        match result {
            Ok(()) => Ok(trouble),
            Err(error) => Err(self.failed(Refusal::of_program("the kernel takes no filter", error))),
        }
    }

    /// The filter's instructions for this link type, or why there are none.
    #[cfg(feature = "libpcap")]
    fn wanted(&self, link: LinkType) -> (Option<Wanted>, Option<String>) {
        let filter = lock(&self.filter);
        let Some(filter) = filter.as_ref() else { return (None, None) };
        match filter.instructions(link) {
            Ok(program) => (Some(Wanted { program, names_tags: filter.names_tags() }), None),
            Err(error) => (None, Some(error.to_string())),
        }
    }

    #[cfg(not(feature = "libpcap"))]
    fn wanted(&self, _link: LinkType) -> (Option<Wanted>, Option<String>) {
        (None, None)
    }

    /// Sets another filter for one ring; the others' workers do the same.
    #[cfg(feature = "libpcap")]
    pub(super) fn set_filter(
        &self,
        filter: Option<&Filter>,
        reader: &Reader,
    ) -> Result<Option<String>, SourceError> {
        *lock(&self.filter) = filter.cloned();
        self.apply_filter(reader)
    }

    /// No ring of the interface sees anything from here on. Their sockets stay in their group: if they left it one by one,
    /// the kernel would spread packets over those that are left.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.see_nothing();
    }

    fn see_nothing(&self) {
        for map in lock(&self.rings).iter().filter_map(Weak::upgrade) {
            // If the kernel refuses, which it did not when the ring was opened, the ring is read until it is empty once.
            let _refused = map.socket.filter(Some(&nothing()));
        }
    }

    /// Opens all rings anew, once an interface of that name is there and up. None as long as there is none.
    pub(super) fn reopen(&self, socket: &Socket) -> Option<Result<Vec<String>, SourceError>> {
        let there = socket.index_of(&self.name).is_ok_and(|index| socket.state_of(index) == State::Up);
        if !there || self.stopped.load(Ordering::Acquire) {
            return None;
        }
        // The one before may still be there under another name; a ring is left when it has given all that it has.
        self.see_nothing();
        Some(self.open().map(|Opened { readers, troubles }| {
            *lock(&self.fresh) = readers.into_iter().map(Some).collect();
            self.generation.fetch_add(1, Ordering::Release);
            troubles
        }))
    }

    /// How often the rings were opened anew.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// A worker's ring that was opened anew.
    pub(super) fn take_fresh(&self, worker: usize) -> Option<Reader> {
        let reader = lock(&self.fresh).get_mut(worker)?.take()?;
        // It may have been opened with the filter before the last one.
        let _left_to_the_engine = self.apply_filter(&reader);
        Some(reader)
    }
}

/// How packets begin on hardware of this type.
fn link_type(hardware: u16) -> Option<LinkType> {
    match hardware {
        libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => Some(link::ETHERNET),
        libc::ARPHRD_NONE | RAW_IP => Some(LinkType(12)),
        WIRELESS => Some(LinkType(105)),
        RADIOTAP => Some(LinkType(127)),
        _ => None,
    }
}

fn missing(error: io::Error) -> Refusal {
    match error.raw_os_error() {
        Some(libc::ENODEV) => Refusal::Request("there is no interface of that name".to_owned()),
        _ => Refusal::by_kernel("cannot be asked for", error),
    }
}

fn no_memory(error: io::Error) -> Refusal {
    let hint = match error.raw_os_error() {
        Some(libc::ENOMEM) => ": the kernel has not enough memory for the ring, make it smaller",
        Some(libc::EAGAIN) => {
            ": the limit of locked memory is too low (see `ulimit -l`), raise it or make the ring smaller"
        }
        _ => "",
    };
    Refusal::by_kernel("no ring", error).with_hint(hint)
}
